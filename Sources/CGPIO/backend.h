// What cgpio.c needs from libgpiod: implemented by libgpiod1.c or libgpiod2.c, whichever gpiod.h is installed.
#ifndef CGPIO_BACKEND_H
#define CGPIO_BACKEND_H

#include <gpiod.h>

#include "cgpio.h"

// Version 1 has this macro; version 2 has no macros, only enums.
#ifdef GPIOD_LINE_BULK_MAX_LINES
#define CGPIO_LIBGPIOD 1
#else
#define CGPIO_LIBGPIOD 2
#endif

struct cgpio_lines {
  struct gpiod_chip *chip;
  size_t count;
  unsigned int offsets[CGPIO_MAX_LINES];
  uint64_t active_low;
  bool output;
  bool edges;
#if CGPIO_LIBGPIOD == 1
  struct gpiod_line_bulk bulk;
  int epoll;  // Version 1 has one descriptor a line; this one gathers them. -1 without edges.
#else
  struct gpiod_line_request *request;
  struct gpiod_edge_event_buffer *buffer;
#endif
};

/// What to ask the kernel for. Levels and edges are physical.
struct line_request {
  const char *consumer;
  uint64_t levels;
  cgpio_bias bias;
  uint64_t rising;   // The lines to report rising edges of.
  uint64_t falling;  // The lines to report falling edges of.
};

/// The functions below return 0 or, if not said otherwise, a negative errno value.

void backend_chip_info(struct gpiod_chip *chip, cgpio_chip_info *info);
int backend_line_info(struct gpiod_chip *chip, unsigned int offset, cgpio_line_info *info);

/// Opens the lines named by `lines->chip`, `offsets` and `count`. On failure nothing is held.
int backend_open(struct cgpio_lines *lines, const struct line_request *request);
int backend_set(struct cgpio_lines *lines, uint64_t levels);
int backend_get(struct cgpio_lines *lines, uint64_t *levels);
int backend_edge_descriptor(const struct cgpio_lines *lines);
/// Returns 1 with an edge, 0 without.
int backend_read_edge(struct cgpio_lines *lines, cgpio_edge *edge);
/// Gives the lines back, but does not close the chip.
void backend_release(struct cgpio_lines *lines);

/// -errno of the call that just failed.
int failure(void);

/// Copies a text, which may be null, and cuts what does not fit.
void copy_text(char destination[CGPIO_TEXT_SIZE], const char *source);

static inline bool bit(uint64_t mask, size_t index) {
  return (mask >> index & 1) != 0;
}

#endif

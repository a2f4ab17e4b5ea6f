// The backend over libgpiod 1.6.
#include "backend.h"

#if CGPIO_LIBGPIOD == 1

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

const char *cgpio_library_version(void) {
  return gpiod_version_string();
}

void backend_chip_info(struct gpiod_chip *chip, cgpio_chip_info *info) {
  copy_text(info->name, gpiod_chip_name(chip));
  copy_text(info->label, gpiod_chip_label(chip));
  info->line_count = gpiod_chip_num_lines(chip);
}

int backend_line_info(struct gpiod_chip *chip, unsigned int offset, cgpio_line_info *info) {
  struct gpiod_line *line = gpiod_chip_get_line(chip, offset);
  if (!line) return failure();
  info->offset = offset;
  info->used = gpiod_line_is_used(line);
  copy_text(info->name, gpiod_line_name(line));
  copy_text(info->consumer, gpiod_line_consumer(line));
  return 0;
}

static int bias_flags(cgpio_bias bias) {
  switch (bias) {
    case CGPIO_BIAS_DISABLED: return GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE;
    case CGPIO_BIAS_PULL_UP: return GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP;
    case CGPIO_BIAS_PULL_DOWN: return GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN;
    case CGPIO_BIAS_AS_IS: break;
  }
  return 0;
}

static int edge_request_type(bool rising, bool falling) {
  if (rising && falling) return GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES;
  return rising ? GPIOD_LINE_REQUEST_EVENT_RISING_EDGE : GPIOD_LINE_REQUEST_EVENT_FALLING_EDGE;
}

/// Requests all lines at once.
static int open_values(struct cgpio_lines *lines, const struct line_request *request) {
  int levels[CGPIO_MAX_LINES];
  for (size_t i = 0; i < lines->count; i++) levels[i] = bit(request->levels, i);
  struct gpiod_line_request_config config = {
    .consumer = request->consumer,
    .request_type = lines->output ? GPIOD_LINE_REQUEST_DIRECTION_OUTPUT : GPIOD_LINE_REQUEST_DIRECTION_INPUT,
    .flags = bias_flags(request->bias),
  };
  return gpiod_line_request_bulk(&lines->bulk, &config, levels) < 0 ? failure() : 0;
}

/// Requests one line with its edges and lets the common descriptor watch it.
static int open_edges(struct cgpio_lines *lines, const struct line_request *request, unsigned int index) {
  struct gpiod_line *line = lines->bulk.lines[index];
  struct gpiod_line_request_config config = {
    .consumer = request->consumer,
    .request_type = edge_request_type(bit(request->rising, index), bit(request->falling, index)),
    .flags = bias_flags(request->bias),
  };
  if (gpiod_line_request(line, &config, 0) < 0) return failure();
  struct epoll_event watch = {.events = EPOLLIN, .data.u32 = index};
  return epoll_ctl(lines->epoll, EPOLL_CTL_ADD, gpiod_line_event_get_fd(line), &watch) < 0 ? failure() : 0;
}

static int open_all_edges(struct cgpio_lines *lines, const struct line_request *request) {
  lines->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (lines->epoll < 0) return failure();
  int result = 0;
  for (unsigned int i = 0; i < lines->count && result == 0; i++) result = open_edges(lines, request, i);
  return result;
}

int backend_open(struct cgpio_lines *lines, const struct line_request *request) {
  lines->epoll = -1;
  errno = 0;
  if (gpiod_chip_get_lines(lines->chip, lines->offsets, (unsigned int)lines->count, &lines->bulk) < 0) {
    return failure();
  }
  int result = lines->edges ? open_all_edges(lines, request) : open_values(lines, request);
  if (result < 0) backend_release(lines);
  return result;
}

int backend_set(struct cgpio_lines *lines, uint64_t levels) {
  int values[CGPIO_MAX_LINES];
  for (size_t i = 0; i < lines->count; i++) values[i] = bit(levels, i);
  return gpiod_line_set_value_bulk(&lines->bulk, values) < 0 ? failure() : 0;
}

int backend_get(struct cgpio_lines *lines, uint64_t *levels) {
  int values[CGPIO_MAX_LINES];
  if (gpiod_line_get_value_bulk(&lines->bulk, values) < 0) return failure();
  for (size_t i = 0; i < lines->count; i++) *levels |= (uint64_t)(values[i] != 0) << i;
  return 0;
}

int backend_edge_descriptor(const struct cgpio_lines *lines) {
  return lines->epoll;
}

int backend_read_edge(struct cgpio_lines *lines, cgpio_edge *edge) {
  struct epoll_event ready;
  int count = epoll_wait(lines->epoll, &ready, 1, 0);
  if (count <= 0) return count < 0 ? failure() : 0;

  struct gpiod_line_event event;
  if (gpiod_line_event_read(lines->bulk.lines[ready.data.u32], &event) < 0) return failure();
  edge->timestamp_ns = (uint64_t)event.ts.tv_sec * 1000000000u + (uint64_t)event.ts.tv_nsec;
  edge->index = ready.data.u32;
  edge->rising = event.event_type == GPIOD_LINE_EVENT_RISING_EDGE;
  return 1;
}

void backend_release(struct cgpio_lines *lines) {
  if (lines->epoll >= 0) close(lines->epoll);
  gpiod_line_release_bulk(&lines->bulk);
}

#endif

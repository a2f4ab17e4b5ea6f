// Finding chips and lines, checking requests, and active-low lines: what is the same over both versions of libgpiod.
#include "cgpio.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"

static const char device_prefix[] = "gpiochip";

int failure(void) {
  return errno > 0 ? -errno : -EIO;
}

void copy_text(char destination[CGPIO_TEXT_SIZE], const char *source) {
  snprintf(destination, CGPIO_TEXT_SIZE, "%s", source ? source : "");
}

// MARK: Chips

static int is_chip_device(const struct dirent *entry) {
  const size_t length = sizeof device_prefix - 1;
  return strncmp(entry->d_name, device_prefix, length) == 0 && isdigit((unsigned char)entry->d_name[length]);
}

static void free_entries(struct dirent **entries, int count) {
  for (int i = 0; i < count; i++) free(entries[i]);
  free(entries);
}

static int open_path(const char *path, struct gpiod_chip **chip) {
  errno = 0;
  *chip = gpiod_chip_open(path);
  return *chip ? 0 : failure();
}

/// Opens /dev/<name>. An alias of another device counts as not there.
static int open_device(const char *name, struct gpiod_chip **chip, cgpio_chip_info *info) {
  char path[sizeof "/dev/" + sizeof((struct dirent *)0)->d_name];
  snprintf(path, sizeof path, "/dev/%s", name);
  int result = open_path(path, chip);
  if (result < 0) return result;

  backend_chip_info(*chip, info);
  if (strcmp(info->name, name) == 0) return 0;
  gpiod_chip_close(*chip);
  *chip = NULL;
  return -ENOENT;
}

/// Opens the only chip with this label. `*found` is null on failure.
static int open_label(const char *label, struct gpiod_chip **found) {
  struct dirent **entries;
  int count = scandir("/dev", &entries, is_chip_device, alphasort);
  if (count < 0) return failure();

  *found = NULL;
  int result = -ENOENT;
  for (int i = 0; i < count && result != -ENOTUNIQ; i++) {
    struct gpiod_chip *chip;
    cgpio_chip_info info;
    int opened = open_device(entries[i]->d_name, &chip, &info);
    if (opened == -EACCES && !*found) result = -EACCES;
    if (opened < 0) continue;

    if (strcmp(info.label, label) != 0) {
      gpiod_chip_close(chip);
    } else if (!*found) {
      *found = chip;
      result = 0;
    } else {
      gpiod_chip_close(chip);
      gpiod_chip_close(*found);
      *found = NULL;
      result = -ENOTUNIQ;
    }
  }
  free_entries(entries, count);
  return result;
}

static int open_chip(const char *chip, struct gpiod_chip **opened) {
  return chip[0] == '/' ? open_path(chip, opened) : open_label(chip, opened);
}

int cgpio_list_chips(cgpio_chip_info *chips, size_t capacity) {
  struct dirent **entries;
  int count = scandir("/dev", &entries, is_chip_device, alphasort);
  if (count < 0) return failure();

  int listed = 0;
  bool refused = false;
  for (int i = 0; i < count; i++) {
    struct gpiod_chip *chip;
    cgpio_chip_info info;
    int opened = open_device(entries[i]->d_name, &chip, &info);
    if (opened == -EACCES) refused = true;
    if (opened < 0) continue;

    if ((size_t)listed < capacity) chips[listed] = info;
    listed++;
    gpiod_chip_close(chip);
  }
  free_entries(entries, count);
  return listed == 0 && refused ? -EACCES : listed;
}

int cgpio_list_lines(const char *chip_name, cgpio_line_info *lines, size_t capacity) {
  struct gpiod_chip *chip;
  int result = open_chip(chip_name, &chip);
  if (result < 0) return result;

  cgpio_chip_info info;
  backend_chip_info(chip, &info);
  for (uint32_t offset = 0; offset < info.line_count && offset < capacity && result == 0; offset++) {
    result = backend_line_info(chip, offset, &lines[offset]);
  }
  gpiod_chip_close(chip);
  return result < 0 ? result : (int)info.line_count;
}

int cgpio_find_line(const char *chip_name, const char *line_name) {
  struct gpiod_chip *chip;
  int result = open_chip(chip_name, &chip);
  if (result < 0) return result;

  cgpio_chip_info info;
  backend_chip_info(chip, &info);
  int found = -ENOENT;
  for (uint32_t offset = 0; offset < info.line_count && found == -ENOENT; offset++) {
    cgpio_line_info line;
    result = backend_line_info(chip, offset, &line);
    if (result < 0) found = result;
    if (result == 0 && strcmp(line.name, line_name) == 0) found = (int)offset;
  }
  gpiod_chip_close(chip);
  return found;
}

// MARK: Opening

static uint64_t mask_of(size_t count) {
  return count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

static int check_offsets(const uint32_t *offsets, size_t count) {
  if (count == 0 || count > CGPIO_MAX_LINES) return -EINVAL;
  for (size_t i = 1; i < count; i++) {
    for (size_t j = 0; j < i; j++) {
      if (offsets[i] == offsets[j]) return -EINVAL;
    }
  }
  return 0;
}

/// Opens the chip and notes the lines, which must exist; does not request them.
static int prepare(const char *chip, const uint32_t *offsets, size_t count, struct cgpio_lines *lines) {
  int result = check_offsets(offsets, count);
  if (result < 0) return result;
  result = open_chip(chip, &lines->chip);
  if (result < 0) return result;

  cgpio_chip_info info;
  backend_chip_info(lines->chip, &info);
  lines->count = count;
  for (size_t i = 0; i < count; i++) {
    lines->offsets[i] = offsets[i];
    if (offsets[i] >= info.line_count) result = -ENOENT;
  }
  if (result < 0) gpiod_chip_close(lines->chip);
  return result;
}

/// Requests the lines that `template` describes and moves it to the heap.
static int request_lines(struct cgpio_lines *template, const struct line_request *request, cgpio_lines **lines) {
  struct cgpio_lines *opened = malloc(sizeof *opened);
  int result = -ENOMEM;
  if (opened) {
    *opened = *template;
    result = backend_open(opened, request);
  }
  if (result < 0) {
    gpiod_chip_close(template->chip);
    free(opened);
    return result;
  }
  *lines = opened;
  return 0;
}

int cgpio_open_outputs(const char *chip, const char *consumer, const uint32_t *offsets, size_t count,
                       uint64_t active_low, uint64_t values, cgpio_lines **lines) {
  *lines = NULL;
  struct cgpio_lines template = {.output = true};
  int result = prepare(chip, offsets, count, &template);
  if (result < 0) return result;

  template.active_low = active_low & mask_of(count);
  struct line_request request = {.consumer = consumer, .levels = (values ^ active_low) & mask_of(count)};
  return request_lines(&template, &request, lines);
}

int cgpio_open_inputs(const char *chip, const char *consumer, const uint32_t *offsets, size_t count,
                      uint64_t active_low, cgpio_bias bias, cgpio_edges edges, cgpio_lines **lines) {
  *lines = NULL;
  struct cgpio_lines template = {.edges = edges != CGPIO_EDGES_NONE};
  int result = prepare(chip, offsets, count, &template);
  if (result < 0) return result;

  const uint64_t all = mask_of(count);
  const uint64_t low = active_low & all;
  const uint64_t rising = edges & CGPIO_EDGES_RISING ? all : 0;
  const uint64_t falling = edges & CGPIO_EDGES_FALLING ? all : 0;
  template.active_low = low;
  struct line_request request = {
    .consumer = consumer,
    .bias = bias,
    .rising = (rising & ~low) | (falling & low),
    .falling = (falling & ~low) | (rising & low),
  };
  return request_lines(&template, &request, lines);
}

// MARK: Using

int cgpio_set(cgpio_lines *lines, uint64_t values) {
  if (!lines->output) return -EPERM;
  return backend_set(lines, (values ^ lines->active_low) & mask_of(lines->count));
}

int cgpio_get(cgpio_lines *lines, uint64_t *values) {
  uint64_t levels = 0;
  int result = backend_get(lines, &levels);
  if (result == 0) *values = levels ^ lines->active_low;
  return result;
}

int cgpio_edge_descriptor(const cgpio_lines *lines) {
  return lines->edges ? backend_edge_descriptor(lines) : -EPERM;
}

int cgpio_read_edge(cgpio_lines *lines, cgpio_edge *edge) {
  if (!lines->edges) return -EPERM;
  int result = backend_read_edge(lines, edge);
  if (result == 1 && bit(lines->active_low, edge->index)) edge->rising = !edge->rising;
  return result;
}

void cgpio_release(cgpio_lines *lines) {
  if (!lines) return;
  backend_release(lines);
  gpiod_chip_close(lines->chip);
  free(lines);
}

// The backend over libgpiod 2.x.
#include "backend.h"

#if CGPIO_LIBGPIOD == 2

#include <errno.h>

const char *cgpio_library_version(void) {
  return gpiod_api_version();
}

void backend_chip_info(struct gpiod_chip *chip, cgpio_chip_info *info) {
  *info = (cgpio_chip_info){0};
  struct gpiod_chip_info *source = gpiod_chip_get_info(chip);
  if (!source) return;
  copy_text(info->name, gpiod_chip_info_get_name(source));
  copy_text(info->label, gpiod_chip_info_get_label(source));
  info->line_count = (uint32_t)gpiod_chip_info_get_num_lines(source);
  gpiod_chip_info_free(source);
}

int backend_line_info(struct gpiod_chip *chip, unsigned int offset, cgpio_line_info *info) {
  struct gpiod_line_info *source = gpiod_chip_get_line_info(chip, offset);
  if (!source) return failure();
  info->offset = offset;
  info->used = gpiod_line_info_is_used(source);
  copy_text(info->name, gpiod_line_info_get_name(source));
  copy_text(info->consumer, gpiod_line_info_get_consumer(source));
  gpiod_line_info_free(source);
  return 0;
}

static enum gpiod_line_value line_value(bool level) {
  return level ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
}

static enum gpiod_line_bias line_bias(cgpio_bias bias) {
  switch (bias) {
    case CGPIO_BIAS_DISABLED: return GPIOD_LINE_BIAS_DISABLED;
    case CGPIO_BIAS_PULL_UP: return GPIOD_LINE_BIAS_PULL_UP;
    case CGPIO_BIAS_PULL_DOWN: return GPIOD_LINE_BIAS_PULL_DOWN;
    case CGPIO_BIAS_AS_IS: break;
  }
  return GPIOD_LINE_BIAS_AS_IS;
}

static enum gpiod_line_edge line_edge(bool rising, bool falling) {
  if (rising && falling) return GPIOD_LINE_EDGE_BOTH;
  if (rising) return GPIOD_LINE_EDGE_RISING;
  return falling ? GPIOD_LINE_EDGE_FALLING : GPIOD_LINE_EDGE_NONE;
}

/// Writes what the i-th line shall be into `settings`.
static int describe_line(struct gpiod_line_settings *settings, bool output, const struct line_request *request,
                         size_t i) {
  if (output) {
    return gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_OUTPUT)
        || gpiod_line_settings_set_output_value(settings, line_value(bit(request->levels, i)));
  }
  return gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT)
      || gpiod_line_settings_set_bias(settings, line_bias(request->bias))
      || gpiod_line_settings_set_edge_detection(
             settings, line_edge(bit(request->rising, i), bit(request->falling, i)));
}

/// Adds every line with its settings to `config`. Returns 0, or another value with errno set.
static int describe_lines(struct gpiod_line_config *config, struct gpiod_line_settings *settings,
                          const struct cgpio_lines *lines, const struct line_request *request) {
  for (size_t i = 0; i < lines->count; i++) {
    if (describe_line(settings, lines->output, request, i) != 0) return -1;
    if (gpiod_line_config_add_line_settings(config, &lines->offsets[i], 1, settings) != 0) return -1;
  }
  return 0;
}

static struct gpiod_line_request *request_lines(struct cgpio_lines *lines, const struct line_request *request) {
  struct gpiod_line_settings *settings = gpiod_line_settings_new();
  struct gpiod_line_config *config = gpiod_line_config_new();
  struct gpiod_request_config *owner = gpiod_request_config_new();
  struct gpiod_line_request *opened = NULL;
  if (settings && config && owner && describe_lines(config, settings, lines, request) == 0) {
    gpiod_request_config_set_consumer(owner, request->consumer);
    opened = gpiod_chip_request_lines(lines->chip, owner, config);
  }
  const int reason = errno;
  gpiod_request_config_free(owner);
  gpiod_line_config_free(config);
  gpiod_line_settings_free(settings);
  errno = reason;
  return opened;
}

int backend_open(struct cgpio_lines *lines, const struct line_request *request) {
  lines->buffer = NULL;
  errno = 0;
  lines->request = request_lines(lines, request);
  if (!lines->request) return failure();
  if (!lines->edges) return 0;

  lines->buffer = gpiod_edge_event_buffer_new(1);
  if (lines->buffer) return 0;
  backend_release(lines);
  return -ENOMEM;
}

int backend_set(struct cgpio_lines *lines, uint64_t levels) {
  enum gpiod_line_value values[CGPIO_MAX_LINES];
  for (size_t i = 0; i < lines->count; i++) values[i] = line_value(bit(levels, i));
  return gpiod_line_request_set_values(lines->request, values) < 0 ? failure() : 0;
}

int backend_get(struct cgpio_lines *lines, uint64_t *levels) {
  enum gpiod_line_value values[CGPIO_MAX_LINES];
  if (gpiod_line_request_get_values(lines->request, values) < 0) return failure();
  for (size_t i = 0; i < lines->count; i++) *levels |= (uint64_t)(values[i] == GPIOD_LINE_VALUE_ACTIVE) << i;
  return 0;
}

int backend_edge_descriptor(const struct cgpio_lines *lines) {
  return gpiod_line_request_get_fd(lines->request);
}

static uint32_t index_of(const struct cgpio_lines *lines, unsigned int offset) {
  uint32_t index = 0;
  while (index < lines->count - 1 && lines->offsets[index] != offset) index++;
  return index;
}

int backend_read_edge(struct cgpio_lines *lines, cgpio_edge *edge) {
  int waiting = gpiod_line_request_wait_edge_events(lines->request, 0);
  if (waiting <= 0) return waiting < 0 ? failure() : 0;
  if (gpiod_line_request_read_edge_events(lines->request, lines->buffer, 1) < 1) return failure();

  struct gpiod_edge_event *event = gpiod_edge_event_buffer_get_event(lines->buffer, 0);
  edge->timestamp_ns = gpiod_edge_event_get_timestamp_ns(event);
  edge->index = index_of(lines, gpiod_edge_event_get_line_offset(event));
  edge->rising = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE;
  return 1;
}

void backend_release(struct cgpio_lines *lines) {
  gpiod_edge_event_buffer_free(lines->buffer);
  gpiod_line_request_release(lines->request);
}

#endif

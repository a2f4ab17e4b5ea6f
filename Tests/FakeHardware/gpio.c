// The GPIO chip, both versions of the kernel's interface (linux/gpio.h).
//
// A request is a descriptor of the shared memory's file with a record lock on one byte a line. So a line is free again
// when the kernel closes the last copy of the descriptor: after close, exit, exec or SIGKILL, as with a real chip.
#define _GNU_SOURCE
#include <malloc.h>
#include <stdlib.h>

#include "internal.h"

#define NO_WATCHER FAKEHW_WATCHERS

struct line_set {
  unsigned count;
  unsigned offsets[FAKEHW_LINES];
  uint64_t inverted;  // Bit i: the i-th line is active low.
  bool output;
  int holder;        // The descriptor with the locks.
  unsigned watcher;  // NO_WATCHER without edges.
};

/// A request of either version.
struct wish {
  struct line_set lines;
  const char *consumer;
  uint64_t values;  // Logical, bit i belongs to the i-th line.
  bool input;
  uint64_t rising, falling;
  uint32_t version;
};

static bool bit(uint64_t mask, unsigned index) {
  return (mask >> index & 1) != 0;
}

// MARK: Levels

static void log_line(uint32_t kind, unsigned line, int level) {
  const int64_t now = fakehw_now();
  log_event((struct fakehw_event){
    .kind = kind, .begin_ns = now, .bus = BUS_OF_CHIP, .number = (uint16_t)line, .value = level});
}

static void drive(const struct line_set *lines, unsigned index, bool value) {
  struct fakehw_line *line = fakehw_line(&hw, lines->offsets[index]);
  const uint32_t level = value != bit(lines->inverted, index);
  if (line->driven == level) return;
  line->driven = level;
  line->changes++;
  log_line(FAKEHW_EVENT_SET, lines->offsets[index], (int)level);
}

static void set_values(const struct line_set *lines, uint64_t values, uint64_t mask) {
  for (unsigned i = 0; i < lines->count; i++) {
    if (bit(mask, i)) drive(lines, i, bit(values, i));
  }
}

static uint64_t get_values(const struct line_set *lines) {
  uint64_t values = 0;
  for (unsigned i = 0; i < lines->count; i++) {
    const bool level = fakehw_level(&hw, lines->offsets[i]) != 0;
    values |= (uint64_t)(level != bit(lines->inverted, i)) << i;
  }
  return values;
}

// MARK: Requests

static int hold_lines(struct line_set *lines) {
  lines->holder = real.open(hw.path, O_RDWR | O_CLOEXEC);
  if (lines->holder < 0) return -errno;
  int result = 0;
  for (unsigned i = 0; i < lines->count && result == 0; i++) {
    const bool exists = lines->offsets[i] < fakehw_control(&hw)->line_count;
    result = exists ? lock_byte(lines->holder, FAKEHW_LINE_LOCK + (long)lines->offsets[i], F_WRLCK) : -EINVAL;
  }
  if (result == 0) return 0;
  real.close(lines->holder);
  return result == -EAGAIN || result == -EACCES ? -EBUSY : result;
}

/// Masks by offset instead of by position in the request.
static uint64_t by_offset(const struct line_set *lines, uint64_t mask) {
  uint64_t result = 0;
  for (unsigned i = 0; i < lines->count; i++) result |= (uint64_t)bit(mask, i) << lines->offsets[i];
  return result;
}

/// Returns the descriptor to give to the program, or a negative errno value.
static int open_watcher(struct wish *wish) {
  struct line_set *lines = &wish->lines;
  unsigned index = 0;
  while (index < FAKEHW_WATCHERS && lock_byte(lines->holder, FAKEHW_WATCHER_LOCK + (long)index, F_WRLCK) != 0) index++;
  if (index == FAKEHW_WATCHERS) return -EMFILE;

  char path[sizeof hw.path + 32];
  snprintf(path, sizeof path, "%s.d/edges-%u", hw.path, index);
  if (mkfifo(path, 0666) < 0 && errno != EEXIST) return -errno;
  const int fifo = real.open(path, O_RDWR | O_CLOEXEC);
  if (fifo < 0) return -errno;
  lines->watcher = index;
  *fakehw_watcher(&hw, index) = (struct fakehw_watcher){
    .rising = by_offset(lines, wish->rising),
    .falling = by_offset(lines, wish->falling),
    .inverted = by_offset(lines, lines->inverted),
    .version = wish->version,
  };
  return fifo;
}

/// The new direction, holder and first level of every line.
static void enter(const struct wish *wish) {
  const struct line_set *lines = &wish->lines;
  for (unsigned i = 0; i < lines->count; i++) {
    struct fakehw_line *line = fakehw_line(&hw, lines->offsets[i]);
    snprintf(line->consumer, sizeof line->consumer, "%.31s", wish->consumer);
    line->owner = (uint32_t)getpid();
    const uint32_t level = bit(wish->values, i) != bit(lines->inverted, i);
    if (lines->output) line->driven = level;
    if (lines->output || wish->input) line->flags = lines->output ? FAKEHW_OUTPUT : 0;
    line->flags |= bit(lines->inverted, i) ? FAKEHW_ACTIVE_LOW : 0;
    log_line(FAKEHW_EVENT_REQUEST, lines->offsets[i], fakehw_level(&hw, lines->offsets[i]));
  }
}

/// Returns the new descriptor, or a negative errno value.
static int request(struct wish *wish) {
  if (wish->lines.count == 0 || wish->lines.count > FAKEHW_LINES) return -EINVAL;
  wait_ms(fakehw_control(&hw)->request_ms);
  int result = hold_lines(&wish->lines);
  if (result < 0) return result;

  wish->lines.watcher = NO_WATCHER;
  int descriptor = wish->lines.holder;
  if (wish->rising | wish->falling) descriptor = open_watcher(wish);
  struct line_set *lines = descriptor < 0 ? NULL : malloc(sizeof *lines);
  if (!lines) {
    real.close(wish->lines.holder);
    return descriptor < 0 ? descriptor : -ENOMEM;
  }
  *lines = wish->lines;
  enter(wish);
  return adopt(descriptor, (struct descriptor){.kind = GPIO_LINES, .lines = lines});
}

int lines_close(struct line_set *lines, int descriptor) {
  const int result = real.close(descriptor);
  if (lines->watcher != NO_WATCHER) real.close(lines->holder);
  for (unsigned i = 0; i < lines->count; i++) {
    const bool copied = fakehw_held(&hw, lines->offsets[i]);
    if (!copied) log_line(FAKEHW_EVENT_RELEASE, lines->offsets[i], fakehw_level(&hw, lines->offsets[i]));
  }
  free(lines);
  return result;
}

// MARK: Version 2

static uint64_t flags_of_line(const struct gpio_v2_line_config *config, unsigned index) {
  for (unsigned a = 0; a < config->num_attrs && a < GPIO_V2_LINE_NUM_ATTRS_MAX; a++) {
    const struct gpio_v2_line_config_attribute *attribute = &config->attrs[a];
    if (attribute->attr.id == GPIO_V2_LINE_ATTR_ID_FLAGS && bit(attribute->mask, index)) return attribute->attr.flags;
  }
  return config->flags;
}

static uint64_t output_values(const struct gpio_v2_line_config *config) {
  uint64_t values = 0;
  for (unsigned a = 0; a < config->num_attrs && a < GPIO_V2_LINE_NUM_ATTRS_MAX; a++) {
    const struct gpio_v2_line_config_attribute *attribute = &config->attrs[a];
    if (attribute->attr.id == GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES) values |= attribute->attr.values & attribute->mask;
  }
  return values;
}

static void read_config(const struct gpio_v2_line_config *config, struct wish *wish) {
  wish->version = 2;
  wish->values = output_values(config);
  wish->lines.inverted = 0;
  for (unsigned i = 0; i < wish->lines.count; i++) {
    const uint64_t flags = flags_of_line(config, i);
    wish->lines.output = (flags & GPIO_V2_LINE_FLAG_OUTPUT) != 0;
    wish->input = (flags & GPIO_V2_LINE_FLAG_INPUT) != 0;
    wish->lines.inverted |= (uint64_t)((flags & GPIO_V2_LINE_FLAG_ACTIVE_LOW) != 0) << i;
    wish->rising |= (uint64_t)((flags & GPIO_V2_LINE_FLAG_EDGE_RISING) != 0) << i;
    wish->falling |= (uint64_t)((flags & GPIO_V2_LINE_FLAG_EDGE_FALLING) != 0) << i;
  }
}

static int request_v2(struct gpio_v2_line_request *call) {
  if (call->num_lines == 0 || call->num_lines > FAKEHW_LINES) return -EINVAL;
  struct wish wish = {.consumer = call->consumer, .lines.count = call->num_lines};
  for (unsigned i = 0; i < call->num_lines; i++) wish.lines.offsets[i] = call->offsets[i];
  read_config(&call->config, &wish);
  call->fd = request(&wish);
  return call->fd < 0 ? call->fd : 0;
}

static int info_v2(struct gpio_v2_line_info *info) {
  if (info->offset >= fakehw_control(&hw)->line_count) return -EINVAL;
  const struct fakehw_line *line = fakehw_line(&hw, info->offset);
  *info = (struct gpio_v2_line_info){.offset = info->offset};
  snprintf(info->name, sizeof info->name, "%.31s", line->name);
  info->flags = line->flags & FAKEHW_OUTPUT ? GPIO_V2_LINE_FLAG_OUTPUT : GPIO_V2_LINE_FLAG_INPUT;
  if (!fakehw_held(&hw, info->offset)) return 0;
  info->flags |= GPIO_V2_LINE_FLAG_USED | (line->flags & FAKEHW_ACTIVE_LOW ? GPIO_V2_LINE_FLAG_ACTIVE_LOW : 0);
  snprintf(info->consumer, sizeof info->consumer, "%.31s", line->consumer);
  return 0;
}

// MARK: Version 1

static void read_flags(uint32_t flags, struct wish *wish) {
  wish->version = 1;
  wish->lines.output = (flags & GPIOHANDLE_REQUEST_OUTPUT) != 0;
  wish->input = (flags & GPIOHANDLE_REQUEST_INPUT) != 0;
  wish->lines.inverted = flags & GPIOHANDLE_REQUEST_ACTIVE_LOW ? UINT64_MAX : 0;
}

static uint64_t mask_of(const uint8_t *values, unsigned count) {
  uint64_t mask = 0;
  for (unsigned i = 0; i < count; i++) mask |= (uint64_t)(values[i] != 0) << i;
  return mask;
}

static int request_v1(struct gpiohandle_request *call) {
  if (call->lines == 0 || call->lines > FAKEHW_LINES) return -EINVAL;
  struct wish wish = {.consumer = call->consumer_label, .lines.count = call->lines};
  for (unsigned i = 0; i < call->lines; i++) wish.lines.offsets[i] = call->lineoffsets[i];
  read_flags(call->flags, &wish);
  wish.values = mask_of(call->default_values, call->lines);
  call->fd = request(&wish);
  return call->fd < 0 ? call->fd : 0;
}

static int request_events_v1(struct gpioevent_request *call) {
  struct wish wish = {.consumer = call->consumer_label, .lines = {.count = 1, .offsets = {call->lineoffset}}};
  read_flags(call->handleflags | GPIOHANDLE_REQUEST_INPUT, &wish);
  wish.rising = call->eventflags & GPIOEVENT_REQUEST_RISING_EDGE ? 1 : 0;
  wish.falling = call->eventflags & GPIOEVENT_REQUEST_FALLING_EDGE ? 1 : 0;
  call->fd = request(&wish);
  return call->fd < 0 ? call->fd : 0;
}

static int info_v1(struct gpioline_info *info) {
  struct gpio_v2_line_info second = {.offset = info->line_offset};
  int result = info_v2(&second);
  if (result < 0) return result;
  *info = (struct gpioline_info){.line_offset = second.offset};
  memcpy(info->name, second.name, sizeof info->name);
  memcpy(info->consumer, second.consumer, sizeof info->consumer);
  if (second.flags & GPIO_V2_LINE_FLAG_USED) info->flags |= GPIOLINE_FLAG_KERNEL;
  if (second.flags & GPIO_V2_LINE_FLAG_OUTPUT) info->flags |= GPIOLINE_FLAG_IS_OUT;
  if (second.flags & GPIO_V2_LINE_FLAG_ACTIVE_LOW) info->flags |= GPIOLINE_FLAG_ACTIVE_LOW;
  return 0;
}

// MARK: Calls

static int chip_info(struct gpiochip_info *info) {
  *info = (struct gpiochip_info){.name = "gpiochip0", .lines = fakehw_control(&hw)->line_count};
  snprintf(info->label, sizeof info->label, "%.31s", fakehw_control(&hw)->label);
  return 0;
}

static int finish(int result) {
  return result < 0 ? fail(-result) : 0;
}

int chip_ioctl(unsigned long call, void *argument) {
  switch (call) {
    case GPIO_GET_CHIPINFO_IOCTL: return finish(chip_info(argument));
    case GPIO_V2_GET_LINEINFO_IOCTL: case GPIO_V2_GET_LINEINFO_WATCH_IOCTL: return finish(info_v2(argument));
    case GPIO_GET_LINEINFO_IOCTL: case GPIO_GET_LINEINFO_WATCH_IOCTL: return finish(info_v1(argument));
    case GPIO_GET_LINEINFO_UNWATCH_IOCTL: return 0;
    case GPIO_V2_GET_LINE_IOCTL: return finish(request_v2(argument));
    case GPIO_GET_LINEHANDLE_IOCTL: return finish(request_v1(argument));
    case GPIO_GET_LINEEVENT_IOCTL: return finish(request_events_v1(argument));
    default: return fail(ENOTTY);
  }
}

/// Takes over a new direction, inversion and values of lines that are held already.
static int reconfigure(struct line_set *lines, struct wish *wish) {
  lines->output = wish->lines.output;
  lines->inverted = wish->lines.inverted;
  for (unsigned i = 0; i < lines->count; i++) {
    fakehw_line(&hw, lines->offsets[i])->flags =
        (lines->output ? FAKEHW_OUTPUT : 0u) | (bit(lines->inverted, i) ? FAKEHW_ACTIVE_LOW : 0u);
  }
  if (lines->output) set_values(lines, wish->values, UINT64_MAX);
  return 0;
}

/// A test asks how much its program has allocated; the answer is given where every cycle comes by.
static void answer_heap(void) {
  struct fakehw_control *control = fakehw_control(&hw);
  if (!__atomic_load_n(&control->heap_asked, __ATOMIC_ACQUIRE)) return;
  const struct mallinfo2 heap = mallinfo2();
  control->heap_in_use = heap.uordblks + heap.hblkhd;
  __atomic_store_n(&control->heap_asked, 0, __ATOMIC_RELEASE);
}

static int set_lines(const struct line_set *lines, uint64_t values, uint64_t mask) {
  if (!lines->output) return -EPERM;
  answer_heap();
  set_values(lines, values, mask);
  return 0;
}

static void get_v1(const struct line_set *lines, struct gpiohandle_data *data) {
  const uint64_t values = get_values(lines);
  for (unsigned i = 0; i < lines->count; i++) data->values[i] = bit(values, i);
}

static bool is_absent(const struct line_set *lines) {
  const uint64_t absent = __atomic_load_n(&fakehw_control(&hw)->absent_lines, __ATOMIC_ACQUIRE);
  for (unsigned i = 0; i < lines->count; i++) {
    if (bit(absent, lines->offsets[i])) return true;
  }
  return false;
}

int lines_ioctl(struct line_set *lines, unsigned long call, void *argument) {
  struct gpio_v2_line_values *second = argument;
  struct gpiohandle_data *first = argument;
  struct gpiohandle_config *first_config = argument;
  struct wish wish = {.lines.count = lines->count};
  if (is_absent(lines)) return fail(EREMOTEIO);
  switch (call) {
    case GPIO_V2_LINE_SET_VALUES_IOCTL: return finish(set_lines(lines, second->bits, second->mask));
    case GPIO_V2_LINE_GET_VALUES_IOCTL: second->bits = get_values(lines) & second->mask; return 0;
    case GPIO_V2_LINE_SET_CONFIG_IOCTL: read_config(argument, &wish); return finish(reconfigure(lines, &wish));
    case GPIOHANDLE_SET_LINE_VALUES_IOCTL:
      return finish(set_lines(lines, mask_of(first->values, lines->count), UINT64_MAX));
    case GPIOHANDLE_GET_LINE_VALUES_IOCTL: get_v1(lines, first); return 0;
    case GPIOHANDLE_SET_CONFIG_IOCTL:
      read_flags(first_config->flags, &wish);
      wish.values = mask_of(first_config->default_values, lines->count);
      return finish(reconfigure(lines, &wish));
    default: return fail(ENOTTY);
  }
}

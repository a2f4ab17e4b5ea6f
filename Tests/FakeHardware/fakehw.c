// A library to preload: it takes the place of the C library's file calls for I2C buses and the GPIO chip, and lets all
// other files through. See README.md.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "internal.h"

#define PUBLIC __attribute__((visibility("default")))
#define MOST_DESCRIPTORS 4096

struct real_calls real;

static struct descriptor descriptors[MOST_DESCRIPTORS];

int fail(int error) {
  errno = error;
  return -1;
}

void wait_ms(uint32_t milliseconds) {
  if (!milliseconds) return;
  const struct timespec time = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000l};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

static void start(void) {
  real.open = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
  real.openat = (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, "openat");
  real.close = (int (*)(int))dlsym(RTLD_NEXT, "close");
  real.ioctl = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
  real.read = (ssize_t (*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
  real.write = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  attach();
}

/// Other libraries' constructors may open files before ours has run.
__attribute__((constructor)) static void ready(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, start);
}

// MARK: Paths

static bool begins(const char *path, const char *prefix) {
  return strncmp(path, prefix, strlen(prefix)) == 0;
}

static bool ours(const char *path) {
  static const char *const prefixes[] = {
    "/dev/gpiochip", "/dev/i2c-", "/sys/bus/gpio", "/sys/bus/i2c", "/sys/class/i2c-dev", "/sys/dev/char/89:",
    "/sys/dev/char/254:",
  };
  for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
    if (begins(path, prefixes[i])) return true;
  }
  return false;
}

/// The path to use instead: in the tree beside the shared memory if it is ours. `buffer` holds PATH_MAX bytes.
static const char *mapped(const char *path, char *buffer) {
  ready();
  if (!path || !ours(path)) return path;
  snprintf(buffer, PATH_MAX, "%s.d%s", hw.path, path);
  return buffer;
}

/// As `mapped`, but also for the folder of all devices, which is listed to find chips and buses.
static const char *mapped_folder(const char *path, char *buffer) {
  if (path && (strcmp(path, "/dev") == 0 || strcmp(path, "/dev/") == 0)) {
    ready();
    snprintf(buffer, PATH_MAX, "%s.d/dev", hw.path);
    return buffer;
  }
  return mapped(path, buffer);
}

// MARK: Descriptors

int adopt(int descriptor, struct descriptor meaning) {
  if (descriptor >= MOST_DESCRIPTORS) {
    real.close(descriptor);
    return fail(EMFILE);
  }
  const enum descriptor_kind kind = meaning.kind;
  meaning.kind = NOT_OURS;
  descriptors[descriptor] = meaning;
  __atomic_store_n(&descriptors[descriptor].kind, kind, __ATOMIC_RELEASE);
  return descriptor;
}

static struct descriptor *find(int descriptor) {
  static struct descriptor other;
  if (descriptor < 0 || descriptor >= MOST_DESCRIPTORS) return &other;
  return &descriptors[descriptor];
}

static void log_device(uint32_t kind, const struct descriptor *device) {
  const unsigned bus = device->kind == I2C_BUS ? device->bus : BUS_OF_CHIP;
  log_event((struct fakehw_event){.kind = kind, .begin_ns = fakehw_now(), .bus = (uint16_t)bus});
}

static struct descriptor device_at(const char *path) {
  struct descriptor device = {.kind = NOT_OURS};
  char *end;
  if (strcmp(path, "/dev/gpiochip0") == 0) device.kind = GPIO_CHIP;
  if (!begins(path, "/dev/i2c-")) return device;
  device.bus = (unsigned)strtoul(path + strlen("/dev/i2c-"), &end, 10);
  if (*end == 0 && device.bus < fakehw_control(&hw)->bus_count) device.kind = I2C_BUS;
  return device;
}

static int open_file(const char *path, int flags, mode_t mode) {
  char buffer[PATH_MAX];
  const char *where = mapped(path, buffer);
  const int descriptor = real.open(where, where == path ? flags : flags & ~O_CREAT, mode);
  if (descriptor < 0 || where == path) return descriptor;
  const struct descriptor device = device_at(path);
  if (device.kind == NOT_OURS) return descriptor;
  log_device(FAKEHW_EVENT_OPEN, &device);
  return adopt(descriptor, device);
}

// MARK: Calls on paths

static mode_t mode_argument(int flags, va_list arguments) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

#define DEFINE_OPEN(name)                                \
  PUBLIC int name(const char *path, int flags, ...) {    \
    va_list arguments;                                   \
    va_start(arguments, flags);                          \
    const mode_t mode = mode_argument(flags, arguments); \
    va_end(arguments);                                   \
    return open_file(path, flags, mode);                 \
  }
DEFINE_OPEN(open)
DEFINE_OPEN(open64)

#define DEFINE_OPENAT(name)                                                             \
  PUBLIC int name(int folder, const char *path, int flags, ...) {                       \
    va_list arguments;                                                                  \
    va_start(arguments, flags);                                                         \
    const mode_t mode = mode_argument(flags, arguments);                                \
    va_end(arguments);                                                                  \
    ready();                                                                            \
    return ours(path) ? open_file(path, flags, mode) : real.openat(folder, path, flags, mode); \
  }
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)

PUBLIC int __open_2(const char *path, int flags) {
  return open_file(path, flags, 0);
}

PUBLIC int __open64_2(const char *path, int flags) {
  return open_file(path, flags, 0);
}

/// Defines `result name(parameters)` that calls the next function of that name with the path replaced.
#define DEFINE_ON_PATH(map, result, name, parameters, ...)                \
  PUBLIC result name parameters {                                         \
    char buffer[PATH_MAX];                                                \
    static result (*next) parameters;                                     \
    if (!next) next = (result (*) parameters)dlsym(RTLD_NEXT, #name);     \
    path = map(path, buffer);                                             \
    return next(__VA_ARGS__);                                             \
  }
DEFINE_ON_PATH(mapped, FILE *, fopen, (const char *path, const char *mode), path, mode)
DEFINE_ON_PATH(mapped, FILE *, fopen64, (const char *path, const char *mode), path, mode)
DEFINE_ON_PATH(mapped, int, access, (const char *path, int mode), path, mode)
DEFINE_ON_PATH(mapped, ssize_t, readlink, (const char *path, char *target, size_t size), path, target, size)
DEFINE_ON_PATH(mapped_folder, DIR *, opendir, (const char *path), path)

typedef int (*entry_filter)(const struct dirent *);
typedef int (*entry_order)(const struct dirent **, const struct dirent **);
DEFINE_ON_PATH(mapped_folder, int, scandir,
               (const char *path, struct dirent ***entries, entry_filter filter, entry_order order),
               path, entries, filter, order)
typedef int (*entry_filter64)(const struct dirent64 *);
typedef int (*entry_order64)(const struct dirent64 **, const struct dirent64 **);
DEFINE_ON_PATH(mapped_folder, int, scandir64,
               (const char *path, struct dirent64 ***entries, entry_filter64 filter, entry_order64 order),
               path, entries, filter, order)

/// The device number of a path in /dev that is ours, or 0.
static dev_t device_number(const char *path) {
  unsigned bus;
  if (strcmp(path, "/dev/gpiochip0") == 0) return makedev(DEVICE_MAJOR_GPIO, 0);
  return sscanf(path, "/dev/i2c-%u", &bus) == 1 ? makedev(DEVICE_MAJOR_I2C, bus) : 0;
}

/// Defines a function of the stat family: files that stand for devices look like devices.
#define DEFINE_STAT(name, parameters, ...)                                    \
  PUBLIC int name parameters {                                                \
    char buffer[PATH_MAX];                                                    \
    static int (*next) parameters;                                            \
    if (!next) next = (int (*) parameters)dlsym(RTLD_NEXT, #name);            \
    const char *asked = path;                                                 \
    path = mapped(path, buffer);                                              \
    const int outcome = next(__VA_ARGS__);                                    \
    const dev_t number = path == asked ? 0 : device_number(asked);            \
    if (outcome == 0 && number) {                                             \
      status->st_mode = S_IFCHR | 0666;                                       \
      status->st_rdev = number;                                               \
    }                                                                         \
    return outcome;                                                           \
  }
DEFINE_STAT(stat, (const char *path, struct stat *status), path, status)
DEFINE_STAT(lstat, (const char *path, struct stat *status), path, status)
DEFINE_STAT(stat64, (const char *path, struct stat64 *status), path, status)
DEFINE_STAT(lstat64, (const char *path, struct stat64 *status), path, status)
DEFINE_STAT(__xstat, (int version, const char *path, struct stat *status), version, path, status)
DEFINE_STAT(__lxstat, (int version, const char *path, struct stat *status), version, path, status)
DEFINE_STAT(fstatat, (int folder, const char *path, struct stat *status, int flags), folder, path, status, flags)

/// The outside name of a path in the tree.
static char *unmapped(char *path) {
  char root[sizeof hw.path + 2];
  snprintf(root, sizeof root, "%s.d", hw.path);
  if (path && begins(path, root)) memmove(path, path + strlen(root), strlen(path + strlen(root)) + 1);
  return path;
}

PUBLIC char *realpath(const char *path, char *resolved) {
  char buffer[PATH_MAX];
  static char *(*next)(const char *, char *);
  if (!next) next = (char *(*)(const char *, char *))dlsym(RTLD_NEXT, "realpath");
  const char *where = mapped(path, buffer);
  return where == path ? next(path, resolved) : unmapped(next(where, resolved));
}

PUBLIC char *__realpath_chk(const char *path, char *resolved, size_t size) {
  (void)size;
  return realpath(path, resolved);
}

// MARK: Calls on descriptors

PUBLIC int ioctl(int descriptor, unsigned long request, ...) {
  ready();
  va_list arguments;
  va_start(arguments, request);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  struct descriptor *device = find(descriptor);
  switch (__atomic_load_n(&device->kind, __ATOMIC_ACQUIRE)) {
    case I2C_BUS: return i2c_ioctl(device, request & UINT32_MAX, argument);
    case GPIO_CHIP: return chip_ioctl(request & UINT32_MAX, argument);
    case GPIO_LINES: return lines_ioctl(device->lines, request & UINT32_MAX, argument);
    case NOT_OURS: break;
  }
  return real.ioctl(descriptor, request, argument);
}

PUBLIC ssize_t read(int descriptor, void *bytes, size_t count) {
  ready();
  struct descriptor *device = find(descriptor);
  const bool is_bus = __atomic_load_n(&device->kind, __ATOMIC_ACQUIRE) == I2C_BUS;
  return is_bus ? i2c_read(device, bytes, count) : real.read(descriptor, bytes, count);
}

PUBLIC ssize_t write(int descriptor, const void *bytes, size_t count) {
  ready();
  struct descriptor *device = find(descriptor);
  const bool is_bus = __atomic_load_n(&device->kind, __ATOMIC_ACQUIRE) == I2C_BUS;
  return is_bus ? i2c_write(device, bytes, count) : real.write(descriptor, bytes, count);
}

PUBLIC int close(int descriptor) {
  ready();
  if (descriptor == hw.descriptor) return 0;  // Programs that close all descriptors must not take ours.
  struct descriptor *device = find(descriptor);
  const struct descriptor was = *device;
  device->kind = NOT_OURS;
  if (was.kind == GPIO_LINES) return lines_close(was.lines, descriptor);
  if (was.kind != NOT_OURS) log_device(FAKEHW_EVENT_CLOSE, &was);
  return real.close(descriptor);
}

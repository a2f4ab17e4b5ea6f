// The shared memory: made from the environment by whoever comes first, then used by all.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>

#include "internal.h"

struct fakehw hw = {.descriptor = -1};

void stop(const char *what, const char *why) {
  fprintf(stderr, "fakehw: %s: %s\n", what, why);
  _exit(96);
}

unsigned setting(const char *name, unsigned otherwise, unsigned most) {
  const char *text = getenv(name);
  if (!text) return otherwise;
  char *end;
  unsigned long value = strtoul(text, &end, 10);
  if (end == text || *end || value > most) stop(name, "not a number in range");
  return (unsigned)value;
}

// MARK: Locks

int lock_byte(int descriptor, long byte, short type) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
  return fcntl(descriptor, F_OFD_SETLK, &lock) < 0 ? -errno : 0;
}

static void lock_attaching(short type) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = FAKEHW_ATTACH_LOCK, .l_len = 1};
  if (fcntl(hw.descriptor, F_OFD_SETLKW, &lock) < 0) stop(hw.path, strerror(errno));
}

static pthread_mutex_t *bus_mutex(unsigned bus) {
  return (pthread_mutex_t *)(hw.base + FAKEHW_MUTEXES_AT) + bus;
}

/// Robust, so that a process killed in a transfer does not hang the bus for the others.
static void make_mutexes(void) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  for (unsigned bus = 0; bus < FAKEHW_BUSES; bus++) pthread_mutex_init(bus_mutex(bus), &attributes);
  pthread_mutexattr_destroy(&attributes);
}

void lock_bus(unsigned bus) {
  if (pthread_mutex_lock(bus_mutex(bus)) == EOWNERDEAD) pthread_mutex_consistent(bus_mutex(bus));
}

void unlock_bus(unsigned bus) {
  pthread_mutex_unlock(bus_mutex(bus));
}

// MARK: First settings

static void place_sensors(const char *list) {
  char *end;
  for (const char *next = list; *next; next = *end ? end + 1 : end) {
    unsigned long bus = strtoul(next, &end, 10);
    if (*end != ':' || bus >= FAKEHW_BUSES) stop("FAKEHW_SENSORS", "want BUS:ADDRESS,... with hexadecimal addresses");
    unsigned long address = strtoul(end + 1, &end, 16);
    if ((*end && *end != ',') || address >= FAKEHW_ADDRESSES) stop("FAKEHW_SENSORS", "bad address");
    fakehw_sensor(&hw, (unsigned)bus, (unsigned)address)->present = 1;
  }
}

static void settle_sensors(void) {
  for (unsigned bus = 0; bus < FAKEHW_BUSES; bus++) {
    for (unsigned address = 0; address < FAKEHW_ADDRESSES; address++) {
      struct fakehw_sensor *sensor = fakehw_sensor(&hw, bus, address);
      sensor->temperature = 24;
      sensor->humidity = 60;
      sensor->serial = 0x5a000000u | bus << 8 | address;
      sensor->status = 0x8010;
    }
  }
  const char *list = getenv("FAKEHW_SENSORS");
  place_sensors(list ? list : "0:44,0:45,1:44,1:45,2:44,2:45,3:44,3:45");
}

static void settle_from_environment(void) {
  struct fakehw_control *control = fakehw_control(&hw);
  const char *label = getenv("FAKEHW_LABEL");
  const char *release = getenv("FAKEHW_RELEASE");
  if (release && strcmp(release, "keep") != 0 && strcmp(release, "drop") != 0) stop("FAKEHW_RELEASE", "keep or drop");

  control->version = FAKEHW_VERSION;
  control->bus_count = setting("FAKEHW_BUSES", 4, FAKEHW_BUSES);
  control->khz = setting("FAKEHW_KHZ", 100, 5000);
  control->nak_errno = setting("FAKEHW_NAK_ERRNO", EREMOTEIO, 4095);
  control->line_count = setting("FAKEHW_LINES", 58, FAKEHW_LINES);
  control->release = release && strcmp(release, "keep") == 0 ? FAKEHW_KEEP : FAKEHW_DROP;
  snprintf(control->label, sizeof control->label, "%s", label ? label : "fakehw");
  for (unsigned line = 0; line < FAKEHW_LINES; line++) {
    snprintf(fakehw_line(&hw, line)->name, sizeof fakehw_line(&hw, line)->name, "GPIO%u", line);
  }
  settle_sensors();
  __atomic_store_n(&control->magic, FAKEHW_MAGIC, __ATOMIC_RELEASE);
}

// MARK: The device tree beside the shared memory

static void in_tree(char *buffer, size_t size, const char *below) {
  snprintf(buffer, size, "%s.d%s", hw.path, below);
}

static void make_folders(const char *below) {
  char path[512];
  in_tree(path, sizeof path, below);
  for (char *slash = path + strlen(hw.path); slash; slash = strchr(slash + 1, '/')) {
    if (*slash != '/') continue;
    *slash = 0;
    mkdir(path, 0777);
    *slash = '/';
  }
  mkdir(path, 0777);
}

static void make_file(const char *folder, const char *name, const char *content) {
  make_folders(folder);
  char path[512];
  in_tree(path, sizeof path, folder);
  snprintf(path + strlen(path), sizeof path - strlen(path), "/%s", name);
  int file = real.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0 || real.write(file, content, strlen(content)) < 0) stop(path, strerror(errno));
  real.close(file);
}

static void make_link(const char *folder, const char *name, const char *target) {
  make_folders(folder);
  char path[512];
  in_tree(path, sizeof path, folder);
  snprintf(path + strlen(path), sizeof path - strlen(path), "/%s", name);
  if (symlink(target, path) < 0 && errno != EEXIST) stop(path, strerror(errno));
}

static void make_bus_files(unsigned bus) {
  char name[32], number[32], folder[64], title[32];
  snprintf(name, sizeof name, "i2c-%u", bus);
  snprintf(number, sizeof number, "%d:%u\n", DEVICE_MAJOR_I2C, bus);
  snprintf(title, sizeof title, "fakehw bus %u\n", bus);
  make_file("/dev", name, "");
  snprintf(folder, sizeof folder, "/sys/bus/i2c/devices/%s", name);
  make_file(folder, "name", title);
  snprintf(folder, sizeof folder, "/sys/class/i2c-dev/%s", name);
  make_file(folder, "name", title);
  make_file(folder, "dev", number);
  snprintf(folder, sizeof folder, "/sys/dev/char/%d:%u", DEVICE_MAJOR_I2C, bus);
  make_link(folder, "subsystem", "../../../class/i2c-dev");
}

static void make_tree(void) {
  make_file("/dev", "gpiochip0", "");
  make_file("/sys/bus/gpio/devices/gpiochip0", "dev", "254:0\n");
  make_link("/sys/dev/char/254:0", "subsystem", "../../../bus/gpio");
  for (unsigned bus = 0; bus < fakehw_control(&hw)->bus_count; bus++) make_bus_files(bus);
}

// MARK: Attaching

void attach(void) {
  const char *path = getenv("FAKEHW_SHM");
  if (!path || !*path) stop("FAKEHW_SHM", "must name the file of the shared memory");
  snprintf(hw.path, sizeof hw.path, "%s", path);
  hw.descriptor = real.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (hw.descriptor < 0) stop(path, strerror(errno));

  lock_attaching(F_WRLCK);
  if (ftruncate(hw.descriptor, FAKEHW_SIZE) < 0) stop(path, strerror(errno));
  void *base = mmap(0, FAKEHW_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, hw.descriptor, 0);
  if (base == MAP_FAILED) stop(path, strerror(errno));
  hw.base = base;
  struct fakehw_control *control = fakehw_control(&hw);
  if (control->magic != FAKEHW_MAGIC) settle_from_environment();
  if (!control->mutexes_ready) {
    make_mutexes();
    make_tree();
    control->mutexes_ready = 1;
  }
  lock_attaching(F_UNLCK);
}

// MARK: Events

void log_event(struct fakehw_event event) {
  const uint64_t index = __atomic_fetch_add(&fakehw_control(&hw)->event_count, 1, __ATOMIC_ACQ_REL);
  struct fakehw_event *slot = (struct fakehw_event *)(hw.base + FAKEHW_EVENTS_AT) + index % FAKEHW_EVENTS;
  __atomic_store_n(&slot->sequence, 0, __ATOMIC_RELEASE);
  event.time_ns = fakehw_now();
  event.pid = (uint32_t)getpid();
  event.sequence = 0;
  *slot = event;
  __atomic_store_n(&slot->sequence, index + 1, __ATOMIC_RELEASE);
}

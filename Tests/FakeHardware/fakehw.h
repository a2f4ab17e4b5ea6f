// The shared memory of the fake hardware, and what a test needs to look at it and to play the world outside.
//
// All numbers have the machine's byte order; fakehw.py reads the same layout. A writer changes one aligned field at a
// time; nothing here waits for anything.
#ifndef FAKEHW_H
#define FAKEHW_H

#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef F_OFD_GETLK  // Hidden by the C library without _GNU_SOURCE.
#define F_OFD_GETLK 36
#endif

#define FAKEHW_MAGIC 0x57484b46u  // "FKHW"
#define FAKEHW_VERSION 1u
#define FAKEHW_BUSES 8
#define FAKEHW_ADDRESSES 128
#define FAKEHW_LINES 64
#define FAKEHW_WATCHERS 16
#define FAKEHW_EVENTS 16384

// Where each part begins, in bytes from the start of the file.
#define FAKEHW_LINES_AT 128
#define FAKEHW_SENSORS_AT 8192
#define FAKEHW_WATCHERS_AT 73728
#define FAKEHW_EVENTS_AT 77824
#define FAKEHW_MUTEXES_AT 864256
#define FAKEHW_SIZE 868352

// Record locks on bytes beyond the end of the file say who is alive: the kernel drops them with the last descriptor,
// as it drops GPIO lines, however the process ends.
#define FAKEHW_LINE_LOCK 0x40000000
#define FAKEHW_WATCHER_LOCK 0x40001000
#define FAKEHW_ATTACH_LOCK 0x40002000

enum fakehw_release { FAKEHW_KEEP = 0, FAKEHW_DROP = 1 };
enum fakehw_stuck { FAKEHW_FREE = 0, FAKEHW_STUCK_LOW = 1, FAKEHW_STUCK_HIGH = 2 };
enum fakehw_wall { FAKEHW_WALL_AS_IS = 0, FAKEHW_WALL_SYNCHRONISED = 1, FAKEHW_WALL_FREE = 2 };
enum fakehw_line_flag { FAKEHW_OUTPUT = 1, FAKEHW_ACTIVE_LOW = 2 };
enum fakehw_fault {
  FAKEHW_HEALTHY = 0,
  FAKEHW_NAK = 1,              // Does not answer its address.
  FAKEHW_CRC_TEMPERATURE = 2,  // The first word's checksum is wrong.
  FAKEHW_CRC_HUMIDITY = 3,     // The second word's checksum is wrong.
  FAKEHW_STUCK_BUS = 4,        // The transfer ends after 200 ms with ETIMEDOUT.
  FAKEHW_ARBITRATION = 5,      // The transfer ends with EAGAIN.
};
enum fakehw_event_kind {
  FAKEHW_EVENT_OPEN = 1,      // A bus or, with bus = 0xffff, the GPIO chip.
  FAKEHW_EVENT_CLOSE = 2,
  FAKEHW_EVENT_TRIGGER = 3,   // A measurement command; detail is the command.
  FAKEHW_EVENT_READ = 4,      // An answer; detail is the command answered, value the temperature measured, °C.
  FAKEHW_EVENT_COMMAND = 5,   // Any other command; detail is the command.
  FAKEHW_EVENT_NACK = 6,      // detail is 1 if the sensor was busy, 0 if there is none.
  FAKEHW_EVENT_ERROR = 7,     // detail is the errno value of the transfer.
  FAKEHW_EVENT_REQUEST = 8,   // number is the line, value the physical level it has from then on.
  FAKEHW_EVENT_SET = 9,       // A driven level that changed; value is the physical level.
  FAKEHW_EVENT_RELEASE = 10,  // By close(); a killed process leaves none. value is the level that stays.
};

struct fakehw_control {
  uint32_t magic;  // Written last: before it is there, nothing else is valid.
  uint32_t version;
  uint32_t mutexes_ready;
  uint32_t bus_count;
  uint32_t khz;        // Bus clock; 0: transfers take no time.
  uint32_t nak_errno;  // What the adapter's driver makes of a missing acknowledge: 121 EREMOTEIO, 6 ENXIO.
  uint32_t line_count;
  uint32_t release;  // enum fakehw_release
  char label[32];
  uint64_t event_count;  // Events begun so far; event i is at index i % FAKEHW_EVENTS.
  int64_t wall_offset_ns;  // Added to the wall clock that programs see.
  uint32_t wall;           // enum fakehw_wall: what adjtimex(2) says of it.
  uint32_t heap_asked;     // Set by a test; the process that sets lines next answers, and clears it.
  uint64_t heap_in_use;    // Bytes that process has allocated.
  uint32_t sync_ms;        // Time that fsync(2) and fdatasync(2) take: a worn card.
  uint32_t sync_errno;     // What they fail with; 0: they do not.
  uint64_t absent_lines;   // A request that holds one of these fails with EREMOTEIO: their chip, on a bus, does not answer.
  uint32_t request_ms;     // Time that a request for lines takes before it has them: a chip on a bus, a busy processor.
};

struct fakehw_line {
  char name[32];
  char consumer[32];  // Of the last request.
  uint32_t owner;     // Process of the last request.
  uint32_t driven;    // Physical level last driven.
  uint32_t pull;      // Physical level while nobody drives the line: inputs, and released outputs that drop.
  uint32_t stuck;     // enum fakehw_stuck: the level that is there whatever is driven.
  uint32_t flags;     // enum fakehw_line_flag
  uint32_t changes;   // Changes of the driven level.
  uint32_t reserved[2];
};

/// An SHT3x, at offset (bus * 128 + address) * 64.
struct fakehw_sensor {
  double temperature;  // °C, taken over by the next measurement.
  double humidity;     // %
  uint32_t present;
  uint32_t fault;  // enum fakehw_fault
  uint32_t serial;
  uint16_t status;   // SHT3x status register.
  uint16_t command;  // What the next read answers; 0: nothing, the read is not acknowledged.
  int64_t busy_until_ns;
  double measured_temperature;
  double measured_humidity;
  uint32_t reads;
  uint32_t nacks;
};

/// A request that waits for edges on a FIFO, <shared memory>.d/edges-<index>. Masks have one bit a line of the chip.
struct fakehw_watcher {
  uint64_t rising;    // Logical edges to report.
  uint64_t falling;
  uint64_t inverted;  // Active-low lines.
  uint32_t version;   // Of the GPIO interface: 1 or 2 decide the format of an event.
  uint32_t sequence;
};

struct fakehw_event {
  uint64_t sequence;  // Number of the event plus one, written last.
  int64_t time_ns;    // CLOCK_MONOTONIC when the call returned.
  int64_t begin_ns;   // CLOCK_MONOTONIC when the call was made.
  double value;
  uint32_t kind;  // enum fakehw_event_kind
  uint32_t pid;
  uint16_t bus;     // 0xffff: the GPIO chip.
  uint16_t number;  // Address or line.
  uint32_t detail;
};

_Static_assert(sizeof(struct fakehw_control) == 120, "fakehw.py has the same layout");
_Static_assert(sizeof(struct fakehw_line) == 96, "fakehw.py has the same layout");
_Static_assert(sizeof(struct fakehw_sensor) == 64, "fakehw.py has the same layout");
_Static_assert(sizeof(struct fakehw_watcher) == 32, "fakehw.py has the same layout");
_Static_assert(sizeof(struct fakehw_event) == 48, "fakehw.py has the same layout");

/// An attached shared memory.
struct fakehw {
  char *base;
  int descriptor;
  char path[256];
};

static inline struct fakehw_control *fakehw_control(const struct fakehw *hw) {
  return (struct fakehw_control *)hw->base;
}

static inline struct fakehw_line *fakehw_line(const struct fakehw *hw, unsigned line) {
  return (struct fakehw_line *)(hw->base + FAKEHW_LINES_AT) + line;
}

static inline struct fakehw_sensor *fakehw_sensor(const struct fakehw *hw, unsigned bus, unsigned address) {
  return (struct fakehw_sensor *)(hw->base + FAKEHW_SENSORS_AT) + bus * FAKEHW_ADDRESSES + address;
}

static inline struct fakehw_watcher *fakehw_watcher(const struct fakehw *hw, unsigned index) {
  return (struct fakehw_watcher *)(hw->base + FAKEHW_WATCHERS_AT) + index;
}

/// Event number `index`, or null if it is not written yet or already written over.
static inline struct fakehw_event *fakehw_event(const struct fakehw *hw, uint64_t index) {
  struct fakehw_event *event = (struct fakehw_event *)(hw->base + FAKEHW_EVENTS_AT) + index % FAKEHW_EVENTS;
  return __atomic_load_n(&event->sequence, __ATOMIC_ACQUIRE) == index + 1 ? event : 0;
}

/// Attaches to shared memory that fakehw.py or the library has made. Returns 0 or a negative errno value; -EAGAIN if
/// nobody has made it ready yet.
static inline int fakehw_attach(struct fakehw *hw, const char *path) {
  hw->descriptor = open(path, O_RDWR | O_CLOEXEC);
  if (hw->descriptor < 0) return -errno;
  struct stat file;
  if (fstat(hw->descriptor, &file) < 0 || file.st_size < FAKEHW_SIZE) {
    close(hw->descriptor);
    return -EAGAIN;
  }
  void *base = mmap(0, FAKEHW_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, hw->descriptor, 0);
  if (base == MAP_FAILED) return -errno;
  hw->base = (char *)base;
  snprintf(hw->path, sizeof hw->path, "%s", path);
  return fakehw_control(hw)->magic == FAKEHW_MAGIC ? 0 : -EAGAIN;
}

/// Whether a live descriptor holds this lock byte.
static inline bool fakehw_locked(const struct fakehw *hw, long byte) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
  return fcntl(hw->descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/// Whether a process holds the line now.
static inline bool fakehw_held(const struct fakehw *hw, unsigned line) {
  return fakehw_locked(hw, FAKEHW_LINE_LOCK + (long)line);
}

/// The physical level of a line, as a meter at the pin would show it, whatever became of the process that drove it.
static inline int fakehw_level(const struct fakehw *hw, unsigned line) {
  const struct fakehw_line *state = fakehw_line(hw, line);
  if (state->stuck != FAKEHW_FREE) return state->stuck == FAKEHW_STUCK_HIGH;
  const bool keeps = fakehw_control(hw)->release == FAKEHW_KEEP;
  const bool driven = (state->flags & FAKEHW_OUTPUT) && (keeps || fakehw_held(hw, line));
  return (int)(driven ? state->driven : state->pull);
}

static inline int64_t fakehw_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/// Reports an edge to a watcher in the format of its interface. The edge is lost if the FIFO is full, as in the kernel.
static inline void fakehw_report_edge(const struct fakehw *hw, unsigned index, unsigned line, bool rising) {
  char path[sizeof hw->path + 32];
  snprintf(path, sizeof path, "%s.d/edges-%u", hw->path, index);
  const int fifo = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  if (fifo < 0) return;

  struct fakehw_watcher *watcher = fakehw_watcher(hw, index);
  const uint32_t kind = rising ? GPIO_V2_LINE_EVENT_RISING_EDGE : GPIO_V2_LINE_EVENT_FALLING_EDGE;
  struct gpioevent_data first = {.timestamp = (uint64_t)fakehw_now(), .id = kind};
  struct gpio_v2_line_event second = {.timestamp_ns = first.timestamp, .id = kind, .offset = line};
  second.seqno = second.line_seqno = ++watcher->sequence;
  ssize_t written = watcher->version == 1 ? write(fifo, &first, sizeof first) : write(fifo, &second, sizeof second);
  (void)written;
  close(fifo);
}

/// Puts a physical level on a line from outside and reports the edge to whoever watches it.
static inline void fakehw_drive_input(const struct fakehw *hw, unsigned line, int level) {
  struct fakehw_line *state = fakehw_line(hw, line);
  if (state->pull == (uint32_t)level) return;
  state->pull = (uint32_t)level;
  for (unsigned i = 0; i < FAKEHW_WATCHERS; i++) {
    const struct fakehw_watcher *watcher = fakehw_watcher(hw, i);
    const bool rising = (level != 0) != ((watcher->inverted >> line & 1) != 0);
    const uint64_t wanted = rising ? watcher->rising : watcher->falling;
    if ((wanted >> line & 1) && fakehw_locked(hw, FAKEHW_WATCHER_LOCK + (long)i)) {
      fakehw_report_edge(hw, i, line, rising);
    }
  }
}

#endif

// What the parts of the library share.
#ifndef FAKEHW_INTERNAL_H
#define FAKEHW_INTERNAL_H

#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

/// The kernel's clock, whatever the test makes of it: events are stamped with it.
int kernel_clock(clockid_t clock, struct timespec *time);
#define clock_gettime kernel_clock
#include "fakehw.h"
#undef clock_gettime

#define BUS_OF_CHIP 0xffff
#define DEVICE_MAJOR_I2C 89
#define DEVICE_MAJOR_GPIO 254

enum descriptor_kind { NOT_OURS = 0, I2C_BUS, GPIO_CHIP, GPIO_LINES };

struct line_set;

/// What one of our file descriptors stands for. The kind is written last.
struct descriptor {
  enum descriptor_kind kind;
  unsigned bus;
  unsigned address;        // Set by I2C_SLAVE.
  struct line_set *lines;  // Of GPIO_LINES.
};

/// The C library's own functions, beneath ours.
struct real_calls {
  int (*open)(const char *, int, ...);
  int (*openat)(int, const char *, int, ...);
  int (*close)(int);
  int (*ioctl)(int, unsigned long, ...);
  ssize_t (*read)(int, void *, size_t);
  ssize_t (*write)(int, const void *, size_t);
};
extern struct real_calls real;

/// The shared memory of this process.
extern struct fakehw hw;

/// attach.c: opens, and if need be makes, the shared memory and the device tree beside it. Ends the process on failure.
void attach(void);
/// Takes or frees (F_WRLCK, F_UNLCK) one lock byte; returns 0 or a negative errno value, -EAGAIN if somebody has it.
int lock_byte(int descriptor, long byte, short type);
/// Locks a bus against all processes and threads, and unlocks it.
void lock_bus(unsigned bus);
void unlock_bus(unsigned bus);
/// Writes an event; begin_ns, kind, bus, number, detail and value are the caller's.
void log_event(struct fakehw_event event);

/// fakehw.c: registers a descriptor as ours.
int adopt(int descriptor, struct descriptor meaning);

/// i2c.c: all return 0 or more, or -1 with errno set.
int i2c_ioctl(struct descriptor *bus, unsigned long request, void *argument);
ssize_t i2c_read(struct descriptor *bus, void *bytes, size_t count);
ssize_t i2c_write(struct descriptor *bus, const void *bytes, size_t count);

/// gpio.c: all return 0 or more, or -1 with errno set.
int chip_ioctl(unsigned long request, void *argument);
int lines_ioctl(struct line_set *lines, unsigned long request, void *argument);
/// Closes the descriptor; the lines are free when it was the last copy.
int lines_close(struct line_set *lines, int descriptor);

/// Ends the process: the fake hardware cannot be had.
void stop(const char *what, const char *why);
/// A setting of the environment.
unsigned setting(const char *name, unsigned otherwise, unsigned most);

/// errno = error; -1
int fail(int error);
/// Waits for so many milliseconds; 0: not at all.
void wait_ms(uint32_t milliseconds);

#endif

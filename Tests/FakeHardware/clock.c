// The clocks that programs ask: the wall clock as the test has set it, and a monotonic clock that may run fast.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/timex.h>

#include "internal.h"

#define PUBLIC __attribute__((visibility("default")))
#define SECOND 1000000000ll

static int (*next_clock)(clockid_t, struct timespec *);
static int64_t speed;
static int64_t began;

static int64_t nanoseconds(struct timespec time) {
  return (int64_t)time.tv_sec * SECOND + time.tv_nsec;
}

static struct timespec split(int64_t time) {
  // Before 1970 the seconds are negative and the nanoseconds are not.
  const int64_t rest = (time % SECOND + SECOND) % SECOND;
  return (struct timespec){.tv_sec = (time - rest) / SECOND, .tv_nsec = rest};
}

static void start(void) {
  next_clock = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  speed = setting("FAKEHW_SPEED", 1, 100000);
  struct timespec now;
  next_clock(CLOCK_MONOTONIC, &now);
  began = nanoseconds(now);
}

int kernel_clock(clockid_t clock, struct timespec *time) {
  if (!next_clock) start();
  return next_clock(clock, time);
}

static int64_t offset(void) {
  return hw.base ? __atomic_load_n(&fakehw_control(&hw)->wall_offset_ns, __ATOMIC_ACQUIRE) : 0;
}

PUBLIC int clock_gettime(clockid_t clock, struct timespec *time) {
  const int result = kernel_clock(clock, time);
  if (result != 0) return result;
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
    if (offset() != 0) *time = split(nanoseconds(*time) + offset());
  } else if (clock == CLOCK_MONOTONIC && speed > 1) {
    *time = split(began + (nanoseconds(*time) - began) * speed);
  }
  return 0;
}

PUBLIC int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  (void)zone;
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  *time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  return 0;
}

PUBLIC time_t time(time_t *result) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0) return -1;
  if (result) *result = now.tv_sec;
  return now.tv_sec;
}

/// Whether a time server has set the clock, as the test says.
PUBLIC int adjtimex(struct timex *state) {
  static int (*next)(struct timex *);
  if (!next) next = (int (*)(struct timex *))dlsym(RTLD_NEXT, "adjtimex");
  const int result = next(state);
  const uint32_t wall = hw.base ? fakehw_control(&hw)->wall : FAKEHW_WALL_AS_IS;
  if (result < 0 || wall == FAKEHW_WALL_AS_IS) return result;
  if (wall == FAKEHW_WALL_FREE) {
    state->status |= STA_UNSYNC;
    return TIME_ERROR;
  }
  state->status &= ~STA_UNSYNC;
  return TIME_OK;
}

/// A program whose clock runs fast must not wait at the old pace.
PUBLIC int poll(struct pollfd *descriptors, nfds_t count, int timeout) {
  static int (*next)(struct pollfd *, nfds_t, int);
  if (!next) next = (int (*)(struct pollfd *, nfds_t, int))dlsym(RTLD_NEXT, "poll");
  if (speed <= 1 || timeout <= 0) return next(descriptors, count, timeout);
  const struct timespec wait = split(timeout * (SECOND / 1000) / speed);
  return ppoll(descriptors, count, &wait, NULL);
}

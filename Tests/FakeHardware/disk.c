// A disk that is slow, or fails, when something has to be written to it for good.
#define _GNU_SOURCE
#include <dlfcn.h>

#include "internal.h"

#define PUBLIC __attribute__((visibility("default")))

/// Returns 0, or -1 with errno set, after the time that the test wants.
static int worn(void) {
  if (!hw.base) return 0;
  const uint32_t wait = fakehw_control(&hw)->sync_ms, error = fakehw_control(&hw)->sync_errno;
  if (wait) {
    const struct timespec time = {.tv_sec = wait / 1000, .tv_nsec = wait % 1000 * 1000000l};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
  }
  return error ? fail((int)error) : 0;
}

#define DEFINE_SYNC(name)                                        \
  PUBLIC int name(int descriptor) {                              \
    static int (*next)(int);                                     \
    if (!next) next = (int (*)(int))dlsym(RTLD_NEXT, #name);     \
    return worn() < 0 ? -1 : next(descriptor);                   \
  }
DEFINE_SYNC(fsync)
DEFINE_SYNC(fdatasync)

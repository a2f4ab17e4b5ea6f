// A disk that is slow, or fails, when something has to be written to it for good.
#define _GNU_SOURCE
#include <dlfcn.h>

#include "internal.h"

#define PUBLIC __attribute__((visibility("default")))

/// Returns 0, or -1 with errno set, after the time that the test wants.
static int worn(void) {
  if (!hw.base) return 0;
  const uint32_t error = fakehw_control(&hw)->sync_errno;
  wait_ms(fakehw_control(&hw)->sync_ms);
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

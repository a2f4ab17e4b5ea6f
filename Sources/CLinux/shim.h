// Kernel interfaces that Swift's Glibc module leaves out.
#pragma once
#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timex.h>

/// What SO_PEERCRED fills in: `struct ucred` of unix(7), which glibc declares only with _GNU_SOURCE.
struct clinux_credentials {
  int32_t pid;
  uint32_t uid;
  uint32_t gid;
};

/// Accepts a connection that is non-blocking and closed on exec. Returns the descriptor or -1 with errno.
static inline int clinux_accept(int listener) {
  int descriptor = accept(listener, (struct sockaddr *)0, (socklen_t *)0);
  if (descriptor >= 0) {
    (void)fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    (void)fcntl(descriptor, F_SETFL, O_NONBLOCK);
  }
  return descriptor;
}

/// Makes the calling thread give way to others by so much, 0-19. On Linux niceness is a thread's: setpriority(2), "C library/kernel
/// differences".
static inline void clinux_nice_thread(int niceness) { (void)setpriority(PRIO_PROCESS, 0, niceness); }

/// Names the calling thread; the kernel keeps 15 bytes.
static inline void clinux_name_thread(const char *name) {
  (void)prctl(PR_SET_NAME, name, 0, 0, 0);
}

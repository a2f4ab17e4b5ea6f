// Kernel interfaces that Swift's Glibc module leaves out.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <unistd.h>

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

static inline int clinux_release_text_of(struct dl_phdr_info *object, size_t size, void *context) {
  (void)size;
  (void)context;
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int index = 0; index < object->dlpi_phnum; index++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
    // A writable segment holds what the loader and the program have written: giving it back would lose that.
    if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
    const uintptr_t first = (uintptr_t)object->dlpi_addr + segment->p_vaddr;
    const uintptr_t begin = (first + page - 1) & ~(page - 1);
    const uintptr_t end = (first + segment->p_filesz) & ~(page - 1);
    if (begin < end) (void)madvise((void *)begin, end - begin, MADV_DONTNEED);
  }
  return 0;
}

/// Unmaps the pages of all read-only segments of the program and its libraries; they are mapped again when they are used.
static inline void clinux_release_text(void) {
  (void)dl_iterate_phdr(clinux_release_text_of, (void *)0);
}

/// Names the calling thread; the kernel keeps 15 bytes.
static inline void clinux_name_thread(const char *name) {
  (void)prctl(PR_SET_NAME, name, 0, 0, 0);
}

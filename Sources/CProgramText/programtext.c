// See cprogramtext.h.
#define _GNU_SOURCE
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cprogramtext.h"

static int release(struct dl_phdr_info *object, size_t size, void *context) {
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

void cprogramtext_release(void) {
  (void)dl_iterate_phdr(release, (void *)0);
}

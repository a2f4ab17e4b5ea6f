// See cprogramtext.h.
#define _GNU_SOURCE
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cprogramtext.h"

// Runs of pages; holes of up to GAP pages are counted in, and what comes after MOST runs is left out.
enum { MOST = 512, GAP = 16 };
static struct {
  uintptr_t begin, end;
} runs[MOST];
static int run_count;

static void note_page(uintptr_t page, uintptr_t size) {
  const int is_new = run_count == 0 || page < runs[run_count - 1].begin || page > runs[run_count - 1].end + GAP * size;
  if (is_new && run_count < MOST) {
    runs[run_count].begin = page;
    run_count++;
  } else if (is_new) {
    return;
  }
  runs[run_count - 1].end = page + size;
}

static int note(struct dl_phdr_info *object, size_t size, void *context) {
  (void)size;
  (void)context;
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int index = 0; index < object->dlpi_phnum; index++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
    if (segment->p_type != PT_LOAD || segment->p_filesz == 0) continue;
    const uintptr_t first = (uintptr_t)object->dlpi_addr + segment->p_vaddr;
    const uintptr_t begin = first & ~(page - 1);
    const size_t count = (first + segment->p_filesz - begin + page - 1) / page;
    unsigned char *present = malloc(count);
    if (present == NULL) return 1;
    if (mincore((void *)begin, count * page, present) == 0) {
      for (size_t place = 0; place < count; place++) {
        if (present[place] & 1) note_page(begin + place * page, page);
      }
    }
    free(present);
  }
  return 0;
}

size_t cprogramtext_note(void) {
  run_count = 0;
  (void)dl_iterate_phdr(note, (void *)0);
  size_t bytes = 0;
  for (int index = 0; index < run_count; index++) bytes += runs[index].end - runs[index].begin;
  return bytes;
}

void cprogramtext_read_again(void) {
  for (int index = 0; index < run_count; index++) {
    (void)madvise((void *)runs[index].begin, runs[index].end - runs[index].begin, MADV_WILLNEED);
  }
}

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

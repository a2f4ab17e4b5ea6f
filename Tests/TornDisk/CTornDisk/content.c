// The contents of files: what programs see, what is on the medium, and what a power cut carries out of the difference.
#include <stdlib.h>
#include <string.h>

#include "internal.h"

// MARK: Memory

void *torndisk_resized(void *memory, uint64_t bytes) {
  void *resized = realloc(memory, bytes ? (size_t)bytes : 1);
  if (!resized) abort();
  return resized;
}

char *torndisk_copied(const char *text) {
  char *copy = torndisk_resized(NULL, strlen(text) + 1);
  strcpy(copy, text);
  return copy;
}

uint64_t next_random(uint64_t *state) {
  uint64_t mixed = *state += 0x9E3779B97F4A7C15;
  mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
  return mixed ^ mixed >> 31;
}

// MARK: Images

void resize(struct image *image, uint64_t size) {
  if (size > image->room) {
    image->room = size + size / 2 + 4096;
    image->bytes = torndisk_resized(image->bytes, image->room);
  }
  if (size > image->size) memset(image->bytes + image->size, 0, size - image->size);
  image->size = size;
}

void copy_image(struct image *to, const struct image *from) {
  resize(to, from->size);
  if (from->size) memcpy(to->bytes, from->bytes, from->size);
}

void put(struct image *image, uint64_t offset, const unsigned char *bytes, uint64_t count) {
  if (!count) return;
  if (offset + count > image->size) resize(image, offset + count);
  memcpy(image->bytes + offset, bytes, count);
}

void carry_out(struct image *image, const struct change *change) {
  if (change->is_truncation) {
    resize(image, change->offset);
  } else {
    put(image, change->offset, change->bytes, change->count);
  }
}

// MARK: What a power cut leaves of a file

/// Of every sector of the write either the old bytes or the new ones.
static void tear(struct image *image, const struct change *change, uint64_t *random) {
  if (change->is_truncation) return;
  uint64_t done = 0;
  while (done < change->count) {
    uint64_t rest = SECTOR - (change->offset + done) % SECTOR;
    if (rest > change->count - done) rest = change->count - done;
    if (next_random(random) & 1) put(image, change->offset + done, change->bytes + done, rest);
    done += rest;
  }
}

/// The file is as long as with the write, but holds nothing of it.
static void lengthen_only(struct image *image, const struct change *change) {
  if (change->offset + change->count > image->size) resize(image, change->offset + change->count);
}

/// Carries out a part of the changes. Not all draws are alike: none, all, and the first few with one torn are what a subset drawn
/// change by change nearly never is.
void carry_out_some(struct image *image, const struct inode *inode, uint64_t *random) {
  const uint64_t draw = next_random(random);
  const unsigned manner = draw & 7;
  const size_t whole = (size_t)((draw >> 8) % (inode->change_count + 1));
  const unsigned kept_of_16 = 4 * (1 + (unsigned)((draw >> 40) % 3));
  for (size_t index = 0; index < inode->change_count; index++) {
    const struct change *change = &inode->changes[index];
    if (manner == 0) continue;
    if (manner == 1) {
      carry_out(image, change);
    } else if (manner <= 3) {
      if (index < whole) carry_out(image, change);
      if (index == whole) tear(image, change, random);
    } else {
      const uint64_t fate = next_random(random);
      if (fate % 10 < 3) {
        tear(image, change, random);
      } else if ((fate >> 16) % 16 < kept_of_16) {
        carry_out(image, change);
      } else if ((fate >> 24) % 16 == 0 && !change->is_truncation) {
        lengthen_only(image, change);
      }
    }
  }
}

// MARK: Files

void forget_changes(struct inode *inode) {
  for (size_t index = 0; index < inode->change_count; index++) free(inode->changes[index].bytes);
  inode->change_count = 0;
}

struct change *add_change(struct inode *inode) {
  if (inode->change_count == inode->change_room) {
    inode->change_room = 2 * inode->change_room + 16;
    inode->changes = torndisk_resized(inode->changes, inode->change_room * sizeof *inode->changes);
  }
  struct change *change = &inode->changes[inode->change_count++];
  *change = (struct change){0};
  return change;
}

void free_inode(struct inode *inode) {
  forget_changes(inode);
  free(inode->changes);
  free(inode->seen.bytes);
  free(inode->medium.bytes);
  for (int index = 0; index < inode->region_count; index++) free(inode->regions[index]);
  free(inode->regions);
  free(inode);
}

void write_bytes(struct inode *inode, uint64_t offset, const void *bytes, uint64_t count) {
  put(&inode->seen, offset, bytes, count);
  if (inode->is_temporary || !count) return;
  struct change *change = add_change(inode);
  change->offset = offset;
  change->count = count;
  change->bytes = torndisk_resized(NULL, count);
  memcpy(change->bytes, bytes, count);
}

void truncate_to(struct inode *inode, uint64_t size) {
  resize(&inode->seen, size);
  if (inode->is_temporary) return;
  struct change *change = add_change(inode);
  change->offset = size;
  change->is_truncation = true;
}

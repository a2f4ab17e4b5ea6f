// The disk: the directory, what reaches the medium and when, and files by their names.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

// MARK: The directory

struct inode *new_inode(struct torndisk *disk) {
  struct inode *inode = torndisk_resized(NULL, sizeof *inode);
  *inode = (struct inode){.next = disk->inodes};
  disk->inodes = inode;
  return inode;
}

struct inode *find(const struct directory *directory, const char *name) {
  for (size_t index = 0; index < directory->count; index++) {
    if (strcmp(directory->entries[index].name, name) == 0) return directory->entries[index].inode;
  }
  return NULL;
}

static void remove_entry(struct directory *directory, const char *name) {
  for (size_t index = 0; index < directory->count; index++) {
    if (strcmp(directory->entries[index].name, name) != 0) continue;
    free(directory->entries[index].name);
    memmove(
      &directory->entries[index], &directory->entries[index + 1],
      (directory->count - index - 1) * sizeof *directory->entries);
    directory->count--;
    return;
  }
}

static void add_entry(struct directory *directory, const char *name, struct inode *inode) {
  directory->entries = torndisk_resized(directory->entries, (directory->count + 1) * sizeof *directory->entries);
  directory->entries[directory->count++] = (struct entry){.name = torndisk_copied(name), .inode = inode};
}

static void change_directory(struct directory *directory, const struct entry_change *change) {
  if (change->from) remove_entry(directory, change->from);
  if (change->to) add_entry(directory, change->to, change->inode);
}

static void free_directory(struct directory *directory) {
  for (size_t index = 0; index < directory->count; index++) free(directory->entries[index].name);
  free(directory->entries);
}

static bool is_listed(const struct torndisk *disk, const struct inode *inode) {
  for (size_t index = 0; index < disk->seen.count; index++) {
    if (disk->seen.entries[index].inode == inode) return true;
  }
  for (size_t index = 0; index < disk->medium.count; index++) {
    if (disk->medium.entries[index].inode == inode) return true;
  }
  for (size_t index = 0; index < disk->change_count; index++) {
    if (disk->changes[index].inode == inode) return true;
  }
  return false;
}

static void free_unlisted(struct torndisk *disk) {
  struct inode **place = &disk->inodes;
  while (*place) {
    struct inode *inode = *place;
    if (inode->handles || is_listed(disk, inode)) {
      place = &inode->next;
    } else {
      *place = inode->next;
      free_inode(inode);
    }
  }
}

void leave(struct torndisk *disk, struct inode *inode) {
  if (--inode->handles == 0) free_unlisted(disk);
}

/// Carries out the first changes of the directory on the medium.
static void sync_directory(struct torndisk *disk, size_t count) {
  if (!count) return;
  for (size_t index = 0; index < count; index++) {
    change_directory(&disk->medium, &disk->changes[index]);
    free(disk->changes[index].from);
    free(disk->changes[index].to);
  }
  disk->change_count -= count;
  memmove(disk->changes, disk->changes + count, disk->change_count * sizeof *disk->changes);
  free_unlisted(disk);
}

static void add_entry_change(struct torndisk *disk, const char *from, const char *to, struct inode *inode) {
  disk->changes = torndisk_resized(disk->changes, (disk->change_count + 1) * sizeof *disk->changes);
  struct entry_change *change = &disk->changes[disk->change_count++];
  *change = (struct entry_change){
    .from = from ? torndisk_copied(from) : NULL, .to = to ? torndisk_copied(to) : NULL, .inode = inode};
  change_directory(&disk->seen, change);
}

void create(struct torndisk *disk, const char *name, struct inode *inode) { add_entry_change(disk, NULL, name, inode); }

bool delete(struct torndisk *disk, const char *name, bool at_once) {
  struct inode *inode = find(&disk->seen, name);
  if (!inode) return false;
  add_entry_change(disk, name, NULL, inode);
  if (at_once) sync_directory(disk, disk->change_count);
  return true;
}

// MARK: Syncs

static void sync_entries(struct torndisk *disk, const struct inode *inode) {
  size_t count = disk->change_count;
  while (count && disk->changes[count - 1].inode != inode) count--;
  sync_directory(disk, count);
}

void sync_file(struct torndisk *disk, struct inode *inode) {
  if (inode->is_temporary) return;
  for (size_t index = 0; index < inode->change_count; index++) carry_out(&inode->medium, &inode->changes[index]);
  forget_changes(inode);
  sync_entries(disk, inode);
}

void fail_sync(struct torndisk *disk, struct inode *inode) {
  carry_out_some(&inode->medium, inode, &disk->random);
  forget_changes(inode);
}

uint64_t bytes_used(const struct torndisk *disk) {
  uint64_t bytes = 0;
  for (size_t index = 0; index < disk->seen.count; index++) {
    const struct inode *inode = disk->seen.entries[index].inode;
    bytes += inode->seen.size + (uint64_t)inode->region_count * (uint64_t)inode->region_size;
  }
  return bytes;
}

// MARK: Power

bool has_power(const struct torndisk *disk) { return disk->operations < disk->last_operation; }

bool begin(struct torndisk *disk) {
  if (!has_power(disk)) return false;
  if (disk->observer) disk->observer(disk->context);
  disk->operations++;
  return has_power(disk);
}

struct torndisk *torndisk_cut(struct torndisk *disk, uint64_t seed) {
  struct torndisk *left = torndisk_create(seed);
  uint64_t random = seed;
  pthread_mutex_lock(&disk->mutex);
  struct directory directory = {0};
  for (size_t index = 0; index < disk->medium.count; index++) {
    add_entry(&directory, disk->medium.entries[index].name, disk->medium.entries[index].inode);
  }
  const size_t kept = (size_t)(next_random(&random) % (disk->change_count + 1));
  for (size_t index = 0; index < kept; index++) change_directory(&directory, &disk->changes[index]);
  for (size_t index = 0; index < directory.count; index++) {
    const struct inode *before = directory.entries[index].inode;
    struct inode *inode = new_inode(left);
    copy_image(&inode->medium, &before->medium);
    carry_out_some(&inode->medium, before, &random);
    copy_image(&inode->seen, &inode->medium);
    add_entry(&left->medium, directory.entries[index].name, inode);
    add_entry(&left->seen, directory.entries[index].name, inode);
  }
  free_directory(&directory);
  pthread_mutex_unlock(&disk->mutex);
  return left;
}

// MARK: A copy

static struct inode *copy_inode(struct torndisk *disk, const struct inode *from) {
  struct inode *inode = new_inode(disk);
  copy_image(&inode->seen, &from->seen);
  copy_image(&inode->medium, &from->medium);
  for (size_t index = 0; index < from->change_count; index++) {
    struct change *change = add_change(inode);
    *change = from->changes[index];
    if (!change->bytes) continue;
    change->bytes = torndisk_resized(NULL, change->count);
    memcpy(change->bytes, from->changes[index].bytes, change->count);
  }
  return inode;
}

struct torndisk *torndisk_copy(struct torndisk *disk) {
  struct torndisk *copy = torndisk_create(0);
  pthread_mutex_lock(&disk->mutex);
  copy->random = disk->random;
  copy->faults = disk->faults;
  for (const struct inode *from = disk->inodes; from; from = from->next) {
    if (from->is_temporary || !is_listed(disk, from)) continue;
    struct inode *inode = copy_inode(copy, from);
    for (size_t index = 0; index < disk->medium.count; index++) {
      const struct entry *entry = &disk->medium.entries[index];
      if (entry->inode == from) add_entry(&copy->medium, entry->name, inode);
    }
    for (size_t index = 0; index < disk->seen.count; index++) {
      const struct entry *entry = &disk->seen.entries[index];
      if (entry->inode == from) add_entry(&copy->seen, entry->name, inode);
    }
    for (size_t index = 0; index < disk->change_count; index++) {
      if (disk->changes[index].inode != from) continue;
      copy->changes = torndisk_resized(copy->changes, disk->change_count * sizeof *copy->changes);
      const struct entry_change *change = &disk->changes[index];
      copy->changes[index] = (struct entry_change){
        .from = change->from ? torndisk_copied(change->from) : NULL,
        .to = change->to ? torndisk_copied(change->to) : NULL,
        .inode = inode};
    }
  }
  copy->change_count = disk->change_count;
  pthread_mutex_unlock(&disk->mutex);
  return copy;
}

void torndisk_lose_power(struct torndisk *disk, uint64_t operations) {
  pthread_mutex_lock(&disk->mutex);
  // The operation that finds no power counts as well.
  disk->last_operation = operations < UINT64_MAX - disk->operations - 1 ? disk->operations + operations + 1 : UINT64_MAX;
  pthread_mutex_unlock(&disk->mutex);
}

// MARK: The disk itself

struct torndisk *torndisk_create(uint64_t seed) {
  struct torndisk *disk = torndisk_resized(NULL, sizeof *disk);
  *disk = (struct torndisk){.faults = {.capacity = UINT64_MAX}, .last_operation = UINT64_MAX, .random = ~seed};
  snprintf(disk->name, sizeof disk->name, "torndisk-%p", (void *)disk);
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&disk->mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
  torndisk_prepare_vfs(disk);
  if (sqlite3_vfs_register(&disk->vfs, 0) != SQLITE_OK) abort();
  return disk;
}

void unlock_or_free(struct torndisk *disk) {
  const bool is_over = disk->is_released && !disk->handles;
  pthread_mutex_unlock(&disk->mutex);
  if (!is_over) return;
  sqlite3_vfs_unregister(&disk->vfs);
  for (size_t index = 0; index < disk->change_count; index++) {
    free(disk->changes[index].from);
    free(disk->changes[index].to);
  }
  free(disk->changes);
  free_directory(&disk->seen);
  free_directory(&disk->medium);
  while (disk->inodes) {
    struct inode *inode = disk->inodes;
    disk->inodes = inode->next;
    free_inode(inode);
  }
  pthread_mutex_destroy(&disk->mutex);
  free(disk);
}

void torndisk_release(struct torndisk *disk) {
  pthread_mutex_lock(&disk->mutex);
  disk->is_released = true;
  disk->observer = NULL;
  unlock_or_free(disk);
}

const char *torndisk_vfs(const struct torndisk *disk) { return disk->name; }

void torndisk_set_faults(struct torndisk *disk, struct torndisk_faults faults) {
  pthread_mutex_lock(&disk->mutex);
  disk->faults = faults;
  pthread_mutex_unlock(&disk->mutex);
}

void torndisk_set_observer(struct torndisk *disk, torndisk_observer observer, void *context) {
  pthread_mutex_lock(&disk->mutex);
  disk->observer = observer;
  disk->context = context;
  pthread_mutex_unlock(&disk->mutex);
}

uint64_t torndisk_operations(struct torndisk *disk) {
  pthread_mutex_lock(&disk->mutex);
  const uint64_t operations = disk->operations;
  pthread_mutex_unlock(&disk->mutex);
  return operations;
}

// MARK: Files by name

int64_t torndisk_size(struct torndisk *disk, const char *path) {
  pthread_mutex_lock(&disk->mutex);
  const struct inode *inode = find(&disk->seen, path);
  const int64_t size = inode ? (int64_t)inode->seen.size : -1;
  pthread_mutex_unlock(&disk->mutex);
  return size;
}

void torndisk_read(struct torndisk *disk, const char *path, uint64_t offset, void *bytes, size_t count) {
  pthread_mutex_lock(&disk->mutex);
  memset(bytes, 0, count);
  const struct inode *inode = find(&disk->seen, path);
  if (inode && offset < inode->seen.size) {
    const uint64_t rest = inode->seen.size - offset;
    memcpy(bytes, inode->seen.bytes + offset, count < rest ? count : rest);
  }
  pthread_mutex_unlock(&disk->mutex);
}

bool torndisk_damage(struct torndisk *disk, const char *path, uint64_t offset, const void *bytes, size_t count) {
  pthread_mutex_lock(&disk->mutex);
  struct inode *inode = find(&disk->seen, path);
  if (inode) {
    put(&inode->seen, offset, bytes, count);
    put(&inode->medium, offset, bytes, count);
  }
  pthread_mutex_unlock(&disk->mutex);
  return inode != NULL;
}

void torndisk_resize(struct torndisk *disk, const char *path, uint64_t size) {
  pthread_mutex_lock(&disk->mutex);
  struct inode *inode = find(&disk->seen, path);
  if (!inode) {
    inode = new_inode(disk);
    create(disk, path, inode);
    sync_entries(disk, inode);
  }
  resize(&inode->seen, size);
  resize(&inode->medium, size);
  pthread_mutex_unlock(&disk->mutex);
}

bool torndisk_rename(struct torndisk *disk, const char *from, const char *to) {
  pthread_mutex_lock(&disk->mutex);
  bool is_done = false;
  if (begin(disk) && !disk->faults.is_read_only) {
    struct inode *inode = find(&disk->seen, from);
    is_done = inode && !find(&disk->seen, to);
    if (is_done) add_entry_change(disk, from, to, inode);
  }
  pthread_mutex_unlock(&disk->mutex);
  return is_done;
}

void torndisk_forget_cache(struct torndisk *disk, const char *path) {
  pthread_mutex_lock(&disk->mutex);
  struct inode *inode = find(&disk->seen, path);
  if (inode) {
    copy_image(&inode->seen, &inode->medium);
    for (size_t index = 0; index < inode->change_count; index++) carry_out(&inode->seen, &inode->changes[index]);
  }
  pthread_mutex_unlock(&disk->mutex);
}

// MARK: Digest

static uint64_t hash(uint64_t state, const void *bytes, uint64_t count) {
  const unsigned char *next = bytes;
  for (uint64_t index = 0; index < count; index++) state = (state ^ next[index]) * 0x100000001B3;
  return state;
}

static bool ends(const char *text, const char *end) {
  const size_t length = strlen(text), rest = strlen(end);
  return length >= rest && strcmp(text + length - rest, end) == 0;
}

static uint64_t hash_file(uint64_t state, const char *name, const struct image *image) {
  state = hash(state, name, strlen(name) + 1);
  state = hash(state, &image->size, sizeof image->size);
  if (ends(name, "-journal")) return state;
  if (!ends(name, "-wal")) return hash(state, image->bytes, image->size);
  // The log: a header whose last 16 bytes are salt and checksum, and frames whose header of 24 ends in the same.
  const uint64_t page = image->size >= 32 ? (uint64_t)image->bytes[10] << 8 | image->bytes[11] : 0;
  if (!page) return state;
  state = hash(state, image->bytes, 16);
  for (uint64_t frame = 32; frame + 24 + page <= image->size; frame += 24 + page) {
    state = hash(state, image->bytes + frame, 8);
    state = hash(state, image->bytes + frame + 24, page);
  }
  return state;
}

uint64_t torndisk_digest(struct torndisk *disk) {
  pthread_mutex_lock(&disk->mutex);
  uint64_t digest = 0;
  // Added up, so that the order in which files came does not count.
  for (size_t index = 0; index < disk->medium.count; index++) {
    const struct entry *entry = &disk->medium.entries[index];
    digest += hash_file(0xCBF29CE484222325, entry->name, &entry->inode->medium);
  }
  pthread_mutex_unlock(&disk->mutex);
  return digest;
}

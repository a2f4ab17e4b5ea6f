// What the parts of the disk share.
#pragma once

#include <pthread.h>
#include <sqlite3.h>

#include "torndisk.h"

#define SECTOR 512

/// Some bytes that grow.
struct image {
  unsigned char *bytes;
  uint64_t size;
  uint64_t room;
};

/// A write, or a truncation, that has not reached the medium.
struct change {
  unsigned char *bytes;
  uint64_t offset;
  uint64_t count;
  bool is_truncation;
};

struct handle;

/// A file without its name.
struct inode {
  struct inode *next;
  struct image seen;
  struct image medium;
  struct change *changes;
  size_t change_count;
  size_t change_room;
  unsigned handles;
  /// A file without a name: it takes part in nothing.
  bool is_temporary;

  unsigned shared_locks;
  struct handle *reserved_by;
  struct handle *pending_by;

  void **regions;
  int region_count;
  int region_size;
  unsigned region_users;
  unsigned region_shared[SQLITE_SHM_NLOCK];
  struct handle *region_exclusive[SQLITE_SHM_NLOCK];
};

struct entry {
  char *name;
  struct inode *inode;
};

struct directory {
  struct entry *entries;
  size_t count;
};

/// A creation (no `from`), a deletion (no `to`) or a renaming that has not reached the medium.
struct entry_change {
  char *from;
  char *to;
  struct inode *inode;
};

struct torndisk {
  sqlite3_vfs vfs;
  char name[40];
  pthread_mutex_t mutex;
  bool is_released;
  unsigned handles;
  struct inode *inodes;
  struct directory seen;
  struct directory medium;
  struct entry_change *changes;
  size_t change_count;
  struct torndisk_faults faults;
  torndisk_observer observer;
  void *context;
  uint64_t operations;
  /// Number of operations at which power goes.
  uint64_t last_operation;
  uint64_t random;
};

/// An open file as SQLite knows it.
struct handle {
  sqlite3_file base;
  struct torndisk *disk;
  struct inode *inode;
  char *delete_on_close;
  bool is_read_only;
  int lock;
  bool uses_regions;
  unsigned shared_regions;
  unsigned exclusive_regions;
};

void *torndisk_resized(void *memory, uint64_t bytes);
char *torndisk_copied(const char *text);
void torndisk_prepare_vfs(struct torndisk *disk);

// Contents.
uint64_t next_random(uint64_t *state);
void resize(struct image *image, uint64_t size);
void copy_image(struct image *to, const struct image *from);
void put(struct image *image, uint64_t offset, const unsigned char *bytes, uint64_t count);
void carry_out(struct image *image, const struct change *change);
void carry_out_some(struct image *image, const struct inode *inode, uint64_t *random);
struct change *add_change(struct inode *inode);
void forget_changes(struct inode *inode);
void free_inode(struct inode *inode);
void write_bytes(struct inode *inode, uint64_t offset, const void *bytes, uint64_t count);
void truncate_to(struct inode *inode, uint64_t size);

// The disk.

/// Begins an operation that changes something. Returns false when power is gone.
bool begin(struct torndisk *disk);
bool has_power(const struct torndisk *disk);
/// Frees the disk if nobody uses it any more; the mutex is held, and no longer afterwards.
void unlock_or_free(struct torndisk *disk);

struct inode *find(const struct directory *directory, const char *name);
struct inode *new_inode(struct torndisk *disk);
/// One handle less.
void leave(struct torndisk *disk, struct inode *inode);
void create(struct torndisk *disk, const char *name, struct inode *inode);
bool delete(struct torndisk *disk, const char *name, bool at_once);
uint64_t bytes_used(const struct torndisk *disk);
void sync_file(struct torndisk *disk, struct inode *inode);
void fail_sync(struct torndisk *disk, struct inode *inode);

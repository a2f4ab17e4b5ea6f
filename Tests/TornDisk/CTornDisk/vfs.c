// The VFS: what SQLite asks of the disk, answered as its VFS for Unix does.
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static struct torndisk *disk_of(sqlite3_vfs *vfs) { return vfs->pAppData; }

static struct handle *handle_of(sqlite3_file *file) { return (struct handle *)file; }

static int answer(struct torndisk *disk, int code) {
  pthread_mutex_unlock(&disk->mutex);
  return code;
}

// MARK: Contents

static int read_file(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
  struct handle *handle = handle_of(file);
  struct torndisk *disk = handle->disk;
  pthread_mutex_lock(&disk->mutex);
  const struct image *seen = &handle->inode->seen;
  if (!has_power(disk) || disk->faults.fails_reads) return answer(disk, SQLITE_IOERR_READ);
  const uint64_t there = (uint64_t)offset < seen->size ? seen->size - (uint64_t)offset : 0;
  const uint64_t taken = there < (uint64_t)count ? there : (uint64_t)count;
  if (taken) memcpy(bytes, seen->bytes + offset, taken);
  if (taken == (uint64_t)count) return answer(disk, SQLITE_OK);
  memset((unsigned char *)bytes + taken, 0, (size_t)count - taken);
  return answer(disk, SQLITE_IOERR_SHORT_READ);
}

static int write_file(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  struct handle *handle = handle_of(file);
  struct torndisk *disk = handle->disk;
  struct inode *inode = handle->inode;
  pthread_mutex_lock(&disk->mutex);
  if (inode->is_temporary) {
    write_bytes(inode, (uint64_t)offset, bytes, (uint64_t)count);
    return answer(disk, SQLITE_OK);
  }
  if (!begin(disk) || disk->faults.fails_writes || disk->faults.is_read_only || handle->is_read_only) {
    return answer(disk, SQLITE_IOERR_WRITE);
  }
  const uint64_t end = (uint64_t)offset + (uint64_t)count;
  const uint64_t growth = end > inode->seen.size ? end - inode->seen.size : 0;
  const uint64_t used = bytes_used(disk);
  const uint64_t space = used < disk->faults.capacity ? disk->faults.capacity - used : 0;
  if (growth <= space) {
    write_bytes(inode, (uint64_t)offset, bytes, (uint64_t)count);
    return answer(disk, SQLITE_OK);
  }
  // As much as there is space for is written all the same.
  const uint64_t last = inode->seen.size + space;
  if (last > (uint64_t)offset) write_bytes(inode, (uint64_t)offset, bytes, last - (uint64_t)offset);
  return answer(disk, SQLITE_FULL);
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size) {
  struct handle *handle = handle_of(file);
  struct torndisk *disk = handle->disk;
  pthread_mutex_lock(&disk->mutex);
  if (handle->inode->is_temporary) {
    truncate_to(handle->inode, (uint64_t)size);
    return answer(disk, SQLITE_OK);
  }
  if (!begin(disk) || disk->faults.fails_writes || disk->faults.is_read_only) {
    return answer(disk, SQLITE_IOERR_TRUNCATE);
  }
  truncate_to(handle->inode, (uint64_t)size);
  return answer(disk, SQLITE_OK);
}

static int sync_handle(sqlite3_file *file, int flags) {
  (void)flags;
  struct handle *handle = handle_of(file);
  struct torndisk *disk = handle->disk;
  pthread_mutex_lock(&disk->mutex);
  if (handle->inode->is_temporary) return answer(disk, SQLITE_OK);
  if (!begin(disk)) return answer(disk, SQLITE_IOERR_FSYNC);
  if (disk->faults.fails_syncs) {
    fail_sync(disk, handle->inode);
    return answer(disk, SQLITE_IOERR_FSYNC);
  }
  sync_file(disk, handle->inode);
  return answer(disk, SQLITE_OK);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
  struct handle *handle = handle_of(file);
  pthread_mutex_lock(&handle->disk->mutex);
  *size = (sqlite3_int64)handle->inode->seen.size;
  return answer(handle->disk, has_power(handle->disk) ? SQLITE_OK : SQLITE_IOERR_FSTAT);
}

static int control_file(sqlite3_file *file, int operation, void *argument) {
  (void)file;
  (void)operation;
  (void)argument;
  return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *file) {
  (void)file;
  return 4096;
}

static int characteristics(sqlite3_file *file) {
  (void)file;
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

// MARK: Locks

static int lock_file(sqlite3_file *file, int wanted) {
  struct handle *handle = handle_of(file);
  struct inode *inode = handle->inode;
  pthread_mutex_lock(&handle->disk->mutex);
  if (handle->lock >= wanted) return answer(handle->disk, SQLITE_OK);
  if (inode->pending_by && inode->pending_by != handle) return answer(handle->disk, SQLITE_BUSY);
  if (handle->lock == SQLITE_LOCK_NONE) inode->shared_locks++;
  if (handle->lock == SQLITE_LOCK_NONE) handle->lock = SQLITE_LOCK_SHARED;
  if (wanted > SQLITE_LOCK_SHARED) {
    if (inode->reserved_by && inode->reserved_by != handle) return answer(handle->disk, SQLITE_BUSY);
    if (wanted == SQLITE_LOCK_RESERVED) {
      inode->reserved_by = handle;
    } else {
      inode->pending_by = handle;
      handle->lock = SQLITE_LOCK_PENDING;
      if (inode->shared_locks > 1) return answer(handle->disk, SQLITE_BUSY);
    }
    handle->lock = wanted;
  }
  return answer(handle->disk, SQLITE_OK);
}

static void unlock_to(struct handle *handle, int level) {
  struct inode *inode = handle->inode;
  if (handle->lock <= level) return;
  if (inode->reserved_by == handle) inode->reserved_by = NULL;
  if (inode->pending_by == handle) inode->pending_by = NULL;
  if (level == SQLITE_LOCK_NONE) inode->shared_locks--;
  handle->lock = level;
}

static int unlock_file(sqlite3_file *file, int level) {
  struct handle *handle = handle_of(file);
  pthread_mutex_lock(&handle->disk->mutex);
  unlock_to(handle, level);
  return answer(handle->disk, SQLITE_OK);
}

static int check_reserved_lock(sqlite3_file *file, int *is_reserved) {
  struct handle *handle = handle_of(file);
  pthread_mutex_lock(&handle->disk->mutex);
  *is_reserved = handle->inode->reserved_by || handle->inode->pending_by;
  return answer(handle->disk, SQLITE_OK);
}

// MARK: The index beside the write-ahead log: memory that ends with its last user

static void leave_regions(struct handle *handle) {
  struct inode *inode = handle->inode;
  if (!handle->uses_regions) return;
  handle->uses_regions = false;
  for (int slot = 0; slot < SQLITE_SHM_NLOCK; slot++) {
    if (handle->shared_regions & 1u << slot) inode->region_shared[slot]--;
    if (handle->exclusive_regions & 1u << slot) inode->region_exclusive[slot] = NULL;
  }
  handle->shared_regions = handle->exclusive_regions = 0;
  if (--inode->region_users) return;
  for (int index = 0; index < inode->region_count; index++) free(inode->regions[index]);
  inode->region_count = 0;
}

static int map_region(sqlite3_file *file, int wanted, int size, int extends, void volatile **region) {
  struct handle *handle = handle_of(file);
  struct torndisk *disk = handle->disk;
  struct inode *inode = handle->inode;
  pthread_mutex_lock(&disk->mutex);
  *region = NULL;
  if (!has_power(disk)) return answer(disk, SQLITE_IOERR_SHMMAP);
  if (!handle->uses_regions) {
    if (disk->faults.is_read_only && !inode->region_users) return answer(disk, SQLITE_CANTOPEN);
    handle->uses_regions = true;
    inode->region_users++;
    inode->region_size = size;
  }
  while (inode->region_count <= wanted) {
    if (!extends) return answer(disk, SQLITE_OK);
    const uint64_t needed = bytes_used(disk) + (uint64_t)size;
    if (disk->faults.capacity < needed) return answer(disk, SQLITE_IOERR_SHMSIZE);
    inode->regions = torndisk_resized(inode->regions, (uint64_t)(inode->region_count + 1) * sizeof *inode->regions);
    void *memory = torndisk_resized(NULL, (uint64_t)size);
    memset(memory, 0, (size_t)size);
    inode->regions[inode->region_count++] = memory;
  }
  *region = inode->regions[wanted];
  return answer(disk, SQLITE_OK);
}

static int lock_region(sqlite3_file *file, int first, int count, int flags) {
  struct handle *handle = handle_of(file);
  struct inode *inode = handle->inode;
  pthread_mutex_lock(&handle->disk->mutex);
  const unsigned slots = ((1u << count) - 1) << first;
  for (int slot = first; slot < first + count; slot++) {
    const unsigned mine = handle->shared_regions >> slot & 1u;
    const struct handle *owner = inode->region_exclusive[slot];
    if (flags & SQLITE_SHM_UNLOCK) continue;
    if (owner && owner != handle) return answer(handle->disk, SQLITE_BUSY);
    if (flags & SQLITE_SHM_EXCLUSIVE && inode->region_shared[slot] > mine) return answer(handle->disk, SQLITE_BUSY);
  }
  for (int slot = first; slot < first + count; slot++) {
    const unsigned bit = 1u << slot;
    if (flags & SQLITE_SHM_UNLOCK) {
      if (handle->shared_regions & bit) inode->region_shared[slot]--;
      if (handle->exclusive_regions & bit) inode->region_exclusive[slot] = NULL;
    } else if (flags & SQLITE_SHM_SHARED) {
      if (!(handle->shared_regions & bit)) inode->region_shared[slot]++;
    } else {
      inode->region_exclusive[slot] = handle;
    }
  }
  if (flags & SQLITE_SHM_UNLOCK) {
    handle->shared_regions &= ~slots;
    handle->exclusive_regions &= ~slots;
  } else if (flags & SQLITE_SHM_SHARED) {
    handle->shared_regions |= slots;
  } else {
    handle->exclusive_regions |= slots;
  }
  return answer(handle->disk, SQLITE_OK);
}

static void region_barrier(sqlite3_file *file) {
  (void)file;
  __sync_synchronize();
}

static int unmap_regions(sqlite3_file *file, int deletes) {
  (void)deletes;
  struct handle *handle = handle_of(file);
  pthread_mutex_lock(&handle->disk->mutex);
  leave_regions(handle);
  return answer(handle->disk, SQLITE_OK);
}

// MARK: Opening and closing

static int close_file(sqlite3_file *file) {
  struct handle *handle = handle_of(file);
  struct torndisk *disk = handle->disk;
  pthread_mutex_lock(&disk->mutex);
  leave_regions(handle);
  unlock_to(handle, SQLITE_LOCK_NONE);
  if (handle->delete_on_close && begin(disk) && !disk->faults.is_read_only) delete(disk, handle->delete_on_close, false);
  free(handle->delete_on_close);
  disk->handles--;
  leave(disk, handle->inode);
  unlock_or_free(disk);
  return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
  .iVersion = 2,
  .xClose = close_file,
  .xRead = read_file,
  .xWrite = write_file,
  .xTruncate = truncate_file,
  .xSync = sync_handle,
  .xFileSize = file_size,
  .xLock = lock_file,
  .xUnlock = unlock_file,
  .xCheckReservedLock = check_reserved_lock,
  .xFileControl = control_file,
  .xSectorSize = sector_size,
  .xDeviceCharacteristics = characteristics,
  .xShmMap = map_region,
  .xShmLock = lock_region,
  .xShmBarrier = region_barrier,
  .xShmUnmap = unmap_regions,
};

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *given) {
  struct torndisk *disk = disk_of(vfs);
  struct handle *handle = handle_of(file);
  *handle = (struct handle){0};
  pthread_mutex_lock(&disk->mutex);
  if (!has_power(disk)) return answer(disk, SQLITE_CANTOPEN);
  struct inode *inode = name ? find(&disk->seen, name) : NULL;
  if (inode && flags & SQLITE_OPEN_EXCLUSIVE) return answer(disk, SQLITE_CANTOPEN);
  if (!inode) {
    const bool may_create = !name || flags & SQLITE_OPEN_CREATE;
    if (!may_create || (name && disk->faults.is_read_only)) return answer(disk, SQLITE_CANTOPEN);
    if (name && !begin(disk)) return answer(disk, SQLITE_CANTOPEN);
    inode = new_inode(disk);
    inode->is_temporary = !name;
    if (name) create(disk, name, inode);
  }
  handle->is_read_only = name && (disk->faults.is_read_only || !(flags & SQLITE_OPEN_READWRITE));
  if (handle->is_read_only) flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
  if (name && flags & SQLITE_OPEN_DELETEONCLOSE) handle->delete_on_close = torndisk_copied(name);
  handle->base.pMethods = &methods;
  handle->disk = disk;
  handle->inode = inode;
  inode->handles++;
  disk->handles++;
  if (given) *given = flags;
  return answer(disk, SQLITE_OK);
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int syncs_directory) {
  struct torndisk *disk = disk_of(vfs);
  pthread_mutex_lock(&disk->mutex);
  if (!find(&disk->seen, name)) return answer(disk, SQLITE_IOERR_DELETE_NOENT);
  if (!begin(disk) || disk->faults.is_read_only) return answer(disk, SQLITE_IOERR_DELETE);
  delete(disk, name, syncs_directory & 1);
  return answer(disk, SQLITE_OK);
}

static int access_file(sqlite3_vfs *vfs, const char *name, int question, int *yes) {
  struct torndisk *disk = disk_of(vfs);
  pthread_mutex_lock(&disk->mutex);
  const struct inode *inode = find(&disk->seen, name);
  *yes = inode && (question == SQLITE_ACCESS_EXISTS ? inode->seen.size > 0 : !disk->faults.is_read_only);
  return answer(disk, SQLITE_OK);
}

static int full_path(sqlite3_vfs *vfs, const char *name, int room, char *path) {
  (void)vfs;
  if (strlen(name) + 1 > (size_t)room) return SQLITE_CANTOPEN;
  strcpy(path, name);
  return SQLITE_OK;
}

// MARK: The world outside: none

static int randomness(sqlite3_vfs *vfs, int count, char *bytes) {
  (void)vfs;
  memset(bytes, 0, (size_t)count);
  return count;
}

static int sleep_for(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return microseconds;
}

/// 2026-01-01T00:00:00Z, in milliseconds of the Julian day.
static int time_now(sqlite3_vfs *vfs, sqlite3_int64 *milliseconds) {
  (void)vfs;
  *milliseconds = 212633985600000;
  return SQLITE_OK;
}

static int day_now(sqlite3_vfs *vfs, double *day) {
  sqlite3_int64 milliseconds;
  time_now(vfs, &milliseconds);
  *day = (double)milliseconds / 86400000;
  return SQLITE_OK;
}

static int last_error(sqlite3_vfs *vfs, int room, char *text) {
  (void)vfs;
  if (room > 0) *text = 0;
  return 0;
}

void torndisk_prepare_vfs(struct torndisk *disk) {
  disk->vfs = (sqlite3_vfs){
    .iVersion = 2,
    .szOsFile = sizeof(struct handle),
    .mxPathname = 512,
    .zName = disk->name,
    .pAppData = disk,
    .xOpen = open_file,
    .xDelete = delete_file,
    .xAccess = access_file,
    .xFullPathname = full_path,
    .xRandomness = randomness,
    .xSleep = sleep_for,
    .xCurrentTime = day_now,
    .xGetLastError = last_error,
    .xCurrentTimeInt64 = time_now,
  };
}

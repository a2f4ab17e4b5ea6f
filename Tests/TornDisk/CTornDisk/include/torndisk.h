// A disk in memory, which SQLite reaches through a VFS of its own, and what a power cut leaves of it.
//
// Files. Every file has the content that programs see and the content that is on the medium; between the two stand the writes
// and truncations since the file's last sync, in their order. A sync carries them out on the medium.
//
// Directory. Creations, deletions and renames are carried out in their order, as by a file system with an ordered journal: a
// sync of a file carries out all up to the last one that concerns this file, a deletion that asks for it all there are. A power
// cut keeps the first few of the rest. So a file that was never synced may not be there at all.
//
// Sectors. 512 bytes. Bytes outside a write do not change, which SQLite calls powersafe overwrite and assumes of a disk unless
// told otherwise.
//
// Nothing is kept outside a disk but SQLite's list of VFSs, where it stands under its own name. All calls may come from any
// thread; results are the same for the same calls in the same order.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct torndisk;

/// What goes wrong, until it is taken back.
struct torndisk_faults {
  /// Most bytes of all files together; what would exceed them finds the disk full.
  uint64_t capacity;
  /// The file system is read-only: files open for writing fail, others are opened for reading only.
  bool is_read_only;
  bool fails_reads;
  bool fails_writes;
  /// A failed sync leaves on the medium what a power cut would, and forgets the writes: a later sync that succeeds does not bring
  /// them back (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020).
  bool fails_syncs;
};

/// Called before each operation that changes anything, sync included.
typedef void (*torndisk_observer)(void *context);

/// An empty disk, known to SQLite by `torndisk_vfs`. The seed decides what failing syncs leave.
struct torndisk *torndisk_create(uint64_t seed);
/// The disk goes when the last file on it is closed.
void torndisk_release(struct torndisk *disk);
/// Name of the VFS; as long as the disk exists.
const char *torndisk_vfs(const struct torndisk *disk);

void torndisk_set_faults(struct torndisk *disk, struct torndisk_faults faults);
void torndisk_set_observer(struct torndisk *disk, torndisk_observer observer, void *context);
/// Number of operations that have changed anything so far.
uint64_t torndisk_operations(struct torndisk *disk);
/// Power goes before the operation that comes after so many more: it and everything later fails and changes nothing.
void torndisk_lose_power(struct torndisk *disk, uint64_t operations);

/// What a power cut at this moment leaves: another disk, without faults. This one stays as it is.
struct torndisk *torndisk_cut(struct torndisk *disk, uint64_t seed);
/// The disk as whoever opens its files after all programs have ended finds it: another disk with the same content and faults, and
/// the same changes still to reach the medium. This one stays as it is.
struct torndisk *torndisk_copy(struct torndisk *disk);
/// A hash of what is on the medium, but for the random numbers that SQLite puts into its logs and the checksums over them.
uint64_t torndisk_digest(struct torndisk *disk);

/// Size that programs see, or -1.
int64_t torndisk_size(struct torndisk *disk, const char *path);
/// Copies what programs see of a file.
void torndisk_read(struct torndisk *disk, const char *path, uint64_t offset, void *bytes, size_t count);
/// Replaces some bytes, on the medium and for programs. Returns whether there is such a file.
bool torndisk_damage(struct torndisk *disk, const char *path, uint64_t offset, const void *bytes, size_t count);
/// Cuts a file off or lengthens it, on the medium and for programs; makes it if there is none.
void torndisk_resize(struct torndisk *disk, const char *path, uint64_t size);
/// Renames a file. Returns whether it could be done; an existing file is not replaced.
bool torndisk_rename(struct torndisk *disk, const char *from, const char *to);
/// Forgets what is held of a file besides what is on the medium and what is still to be written there.
void torndisk_forget_cache(struct torndisk *disk, const char *path);

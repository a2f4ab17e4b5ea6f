// A disk in memory under SQLite, and what a power cut leaves of it.

import CTornDisk
public import Journal

/// A disk in memory under SQLite: what is written reaches the medium with the next sync, and of what has not been synced a power cut
/// keeps a part, drawn by a seed, with torn sectors. `torndisk.h` says what exactly.
///
/// Give it to a journal or a reader as its storage. Every disk stands for itself; nothing of the host's file system, clock or
/// random numbers has an influence, so the same calls give the same disk. Any thread may use it.
public final class TornDisk: JournalStorage, @unchecked Sendable {
  /// What goes wrong, until it is taken back.
  public struct Faults: Equatable, Sendable {
    /// Most bytes of all files together, SQLite's index beside the write-ahead log included; `nil` for no limit.
    public var capacity: Int?
    /// The file system went read-only: files open for writing fail, others are opened for reading only.
    public var isReadOnly = false
    /// Reading fails.
    public var failsReads = false
    /// Writing fails, and nothing is written.
    public var failsWrites = false
    /// Syncing fails. What was to be synced reaches the medium in part, and no later sync brings the rest.
    public var failsSyncs = false

    /// None.
    public init() {}
  }

  // The C side has a lock of its own, and the pointer never changes.
  private let disk: OpaquePointer
  private var observer: Observer?

  /// An empty disk. The seed decides what failing syncs leave.
  public init(seed: UInt64 = 0) {
    disk = torndisk_create(seed)
  }

  private init(_ disk: OpaquePointer) {
    self.disk = disk
  }

  deinit { torndisk_release(disk) }

  // MARK: Power

  /// The disk that a power cut at this moment leaves. This one stays as it is; whoever still has it open works on in vain.
  public func powerCut(seed: UInt64) -> TornDisk {
    TornDisk(torndisk_cut(disk, seed))
  }

  /// The disk that is found when the program that had it open has been killed: another one with the same content, faults and
  /// writes still to reach the medium. This one stays as it is, whatever the objects of the killed program still do with it.
  public func processKill() -> TornDisk {
    let copy = TornDisk(torndisk_copy(disk))
    copy.faults = faults
    return copy
  }

  /// Power goes in the middle of what is to come: before the operation that comes after so many more. That one and all later
  /// accesses fail and change nothing, until ``powerCut(seed:)`` gives the disk after the cut.
  public func losePower(after operations: Int) {
    torndisk_lose_power(disk, UInt64(max(operations, 0)))
  }

  /// Number of operations so far that changed anything: writes, truncations, syncs, creations, deletions, renames.
  public var operations: Int { Int(torndisk_operations(disk)) }

  private final class Observer {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }

  /// Calls `body` before each operation that changes anything, on the thread that does it. It may look at the disk and take
  /// power cuts of it.
  public func observe(_ body: (() -> Void)?) {
    let next = body.map(Observer.init)
    let context = next.map { Unmanaged.passUnretained($0).toOpaque() }
    let call: torndisk_observer = { context in
      guard let context else { return }
      Unmanaged<Observer>.fromOpaque(context).takeUnretainedValue().body()
    }
    torndisk_set_observer(disk, next == nil ? nil : call, context)
    observer = next
  }

  // MARK: Faults

  /// What goes wrong at present.
  public var faults = Faults() {
    didSet {
      torndisk_set_faults(
        disk,
        torndisk_faults(
          capacity: faults.capacity.map { UInt64(max($0, 0)) } ?? .max, is_read_only: faults.isReadOnly,
          fails_reads: faults.failsReads, fails_writes: faults.failsWrites, fails_syncs: faults.failsSyncs))
    }
  }

  /// Overwrites a page of a file with bytes drawn by the seed, on the medium and for programs.
  public func damagePage(_ page: Int, of path: String, seed: UInt64) {
    var state = seed
    let bytes = (0..<4096).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
    _ = torndisk_damage(disk, path, UInt64(page) * 4096, bytes, bytes.count)
  }

  /// Makes or replaces a file, on the medium and for programs.
  public func put(_ bytes: [UInt8], at path: String) {
    torndisk_resize(disk, path, UInt64(bytes.count))
    _ = torndisk_damage(disk, path, 0, bytes, bytes.count)
  }

  /// Cuts a file off, on the medium and for programs.
  public func cutOff(_ path: String, at size: Int) {
    torndisk_resize(disk, path, UInt64(max(size, 0)))
  }

  // MARK: Contents

  /// A hash of all that is on the medium: names, sizes and contents, but for the random numbers that SQLite puts into its logs.
  public var digest: UInt64 { torndisk_digest(disk) }

  /// What programs see of a file; `nil` if there is none.
  public func contents(of path: String) -> [UInt8]? {
    let size = torndisk_size(disk, path)
    guard size >= 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    torndisk_read(disk, path, 0, &bytes, bytes.count)
    return bytes
  }

  // MARK: Storage of a journal

  /// Name of the disk's VFS.
  public var vfs: String? { String(cString: torndisk_vfs(disk)) }

  /// Every directory exists.
  public func makeDirectory(_ path: String) {}

  /// See `JournalStorage`.
  public func exists(_ path: String) -> Bool { torndisk_size(disk, path) >= 0 }

  /// See `JournalStorage`.
  public func size(of path: String) -> Int { Int(max(torndisk_size(disk, path), 0)) }

  /// A file that is not there, or is there already.
  public struct CannotMove: Error {}

  /// See `JournalStorage`.
  public func move(_ path: String, to newPath: String) throws {
    guard torndisk_rename(disk, path, newPath) else { throw CannotMove() }
  }

  /// See `JournalStorage`.
  public func forgetCache(of path: String) { torndisk_forget_cache(disk, path) }
}

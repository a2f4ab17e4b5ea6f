// The log's file: opening it, checking it, putting it aside.

import Controller
import Foundation
import GRDB

/// The log's file with the two that SQLite keeps beside it.
///
/// There is **one connection** for all writes and checkpoints. SQLite before 3.51.3 (both Debian 12 and 13) can corrupt a database
/// in WAL mode when one connection restarts the log while another writes or checkpoints; with a single one that cannot
/// happen. Readers open the file read-only and never checkpoint.
struct LogFile {
  let path: String
  var storage: any JournalStorage = HostStorage()
  /// A name of the machine's present boot; `nil` if it cannot be told.
  var machineBoot: String?
  /// Other values than the usual one show in tests what it is for.
  var synchronous = Synchronous.full

  /// When SQLite waits for the disk.
  enum Synchronous: String {
    case off = "OFF"
    case normal = "NORMAL"
    case full = "FULL"
  }

  /// Most damaged files that are kept; then the log stays unavailable until a person has looked at them.
  static let maximumQuarantined = 9

  /// Bytes of a page.
  static let pageSize = 4096

  /// Bytes to which the write-ahead log is cut back after a checkpoint: the 200 pages between two checkpoints, and some more.
  static let writeAheadLimit = 1 << 20

  /// Size up to which the whole file is checked when it is opened; of a larger one the samples are left out, so that a
  /// restart does not take minutes on a slow card. After a disk error all of it is checked.
  private static let thoroughCheckLimit = 32 << 20

  /// Settings of the connection that writes.
  ///
  /// WAL with `synchronous = FULL` lost nothing acknowledged in 13 137 simulated power cuts; NORMAL did in seven of ten, and OFF
  /// corrupted six logs in ten (`./dev power-cuts`). `mmap_size = 0` keeps stray writes of the process out of the file.
  private static let pragmas = """
    PRAGMA page_size = \(pageSize);
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA wal_autocheckpoint = 200;
    PRAGMA journal_size_limit = \(writeAheadLimit);
    PRAGMA mmap_size = 0;
    PRAGMA foreign_keys = ON;
    PRAGMA cell_size_check = ON;
    PRAGMA trusted_schema = OFF;
    """

  /// Opens the log for writing, or creates it.
  /// - Parameter thorough: whether to check all of the file whatever its size.
  func open(thorough: Bool) throws(JournalError) -> (queue: DatabaseQueue, isNew: Bool) {
    do {
      let directory = (path as NSString).deletingLastPathComponent
      storage.makeDirectory(directory)
      var configuration = Configuration()
      configuration.label = "journal"
      configuration.busyMode = .timeout(1)
      // A rollback that fails with the disk leaves a transaction open; the connection is then closed, and nobody need trap.
      configuration.allowsUnsafeTransactions = true
      configuration.prepareDatabase { [synchronous] db in
        try db.execute(sql: Self.pragmas + "PRAGMA synchronous = \(synchronous.rawValue);")
        guard try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL") == "wal" else {
          throw DatabaseError(resultCode: .SQLITE_CANTOPEN, message: "the file system has no write-ahead log")
        }
      }
      let queue = try DatabaseQueue(path: storage.vfs == nil ? path : uri(), configuration: configuration)
      do {
        return (queue, isNew: try prepare(queue, thorough: thorough))
      } catch {
        try? queue.close()
        throw error
      }
    } catch {
      throw failure(error)
    }
  }

  /// What an error of the connection that writes means.
  ///
  /// SQLite takes a file whose header names a later format than it writes (file format §1.3.3) for read-only. The disk is not: the
  /// header is damaged.
  func failure(_ error: any Error) -> JournalError {
    let error = JournalError(error, path: path)
    guard error.kind == .readOnly, let file = FileHandle(forReadingAtPath: path) else { return error }
    defer { try? file.close() }
    guard let header = try? file.read(upToCount: 20), header.count == 20, header[18] > 2 else { return error }
    return JournalError(kind: .damaged, path: path, detail: "the file's header names the unknown format \(header[18])")
  }

  /// Opens the log for reading.
  ///
  /// Beside a file in WAL mode SQLite needs to write its index even to read. A user who may only read the directory of a daemon
  /// that is down would be refused; if nothing waits in the write-ahead log, the file is whole without it and is read as it is.
  func openForReading() throws(JournalError) -> DatabaseQueue {
    guard storage.exists(path) else {
      throw JournalError(kind: .missing, path: path, detail: "no such file")
    }
    var configuration = Configuration()
    configuration.label = "journal-reader"
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { db in
      // Automatic indexes would be built over all samples for every question about a few of them.
      try db.execute(
        sql:
          "PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA automatic_index = OFF"
      )
    }
    do {
      let queue: DatabaseQueue
      do {
        queue = try DatabaseQueue(path: storage.vfs == nil ? path : uri(), configuration: configuration)
      } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN && writeAheadSize == 0 {
        queue = try DatabaseQueue(path: uri("immutable=1"), configuration: configuration)
      }
      guard try queue.read({ try Int64.fetchOne($0, sql: "PRAGMA application_id") }) == Schema.applicationID else {
        throw JournalError(kind: .damaged, path: path, detail: "the file is not a log of this program")
      }
      return queue
    } catch {
      throw JournalError(error, path: path)
    }
  }

  private func uri(_ parameters: String...) -> String {
    let file = path.replacing("%", with: "%25").replacing("?", with: "%3f").replacing("#", with: "%23")
    let all = parameters + (storage.vfs.map { ["vfs=" + $0] } ?? [])
    return "file:" + file + "?" + all.joined(separator: "&")
  }

  /// Checks that the file is a whole log, and brings its tables up to date.
  /// - Returns: whether it had no tables before.
  private func prepare(_ queue: DatabaseQueue, thorough: Bool) throws -> Bool {
    let isNew = try queue.writeWithoutTransaction { db in
      // The list of migrations may be all there is, if power went when the log was begun.
      let isNew =
        try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'grdb_migrations'") == 0
      if !isNew { try check(db, thorough: thorough) }
      return isNew
    }
    try Schema.migrator.migrate(queue)
    return isNew
  }

  private func check(_ db: Database, thorough: Bool) throws {
    guard try Int64.fetchOne(db, sql: "PRAGMA application_id") == Schema.applicationID else {
      throw JournalError(kind: .damaged, path: path, detail: "the file is a database, but not a log of this program")
    }
    guard try !Schema.migrator.hasBeenSuperseded(db) else {
      throw JournalError(kind: .newer, path: path, detail: "a newer version has written the log")
    }
    let tables = try Schema.tables(db)
    for table in tables { try db.execute(sql: "SELECT 1 FROM \(table) LIMIT 1") }
    guard try thorough || !isOfThisBoot(db) else { return }
    let checks =
      thorough || size <= Self.thoroughCheckLimit
      ? ["quick_check"] : tables.filter { !Schema.sampleTables.contains($0) }.map { "quick_check(\($0))" }
    for check in checks {
      let finding = try String.fetchOne(db, sql: "PRAGMA \(check)") ?? "no answer"
      guard finding == "ok" else { throw JournalError(kind: .damaged, path: path, detail: finding) }
    }
  }

  /// Whether a controller has worked with the log since the machine was booted, and so checked it.
  ///
  /// What has happened since is at most the end of a process, which SQLite is made for. One that comes back at once must not wait, with
  /// its outputs in failsafe, until months are read again; what rots meanwhile is found by reading, and by maintenance.
  private func isOfThisBoot(_ db: Database) throws -> Bool {
    guard let machineBoot else { return false }
    // A memory that cannot be understood says nothing.
    return (try? MemoryCoding.read(from: db))?.machineBoot == machineBoot
  }

  /// Makes sure that opening the log finds in the write-ahead log what the disk holds. The connection must be closed.
  ///
  /// After a failed `fsync` the system keeps what was written as if it were on the disk. SQLite would find a commit there that it has
  /// reported as failed, take it for made and append the next to it; the next power cut would take both. The failure may have met
  /// the run before this one. The database itself needs no such care: a checkpoint that failed is made anew from the write-ahead
  /// log.
  func forgetCache() { storage.forgetCache(of: path + "-wal") }

  /// Puts the file aside with those that belong to it. The connection must be closed.
  /// - Returns: the path at which it is kept.
  func quarantine() throws(JournalError) -> String {
    guard let free = quarantined.first(where: { !storage.exists($0) }) else {
      throw JournalError(
        kind: .tooManyQuarantined, path: path,
        detail: "\(Self.maximumQuarantined) damaged logs have been put aside already")
    }
    do {
      for suffix in Self.suffixes where storage.exists(path + suffix) {
        try storage.move(path + suffix, to: free + suffix)
      }
    } catch {
      throw JournalError(kind: .cannotOpen, path: path, detail: "the damaged log cannot be put aside")
    }
    return free
  }

  /// Version of the last note of the county that was taken by the logs which were put aside; 0 if none were.
  ///
  /// Of a log that cannot say, the time in seconds since 1970: versions are that unless somebody has chosen others, so no note that was
  /// signed before is taken again. Whoever counts otherwise sees in the report that a greater one is needed.
  func desiredOfQuarantined(now: WallTime) -> Int64 {
    quarantined.filter { storage.exists($0) }.map { path in
      let queue = try? LogFile(path: path, storage: storage).openForReading()
      defer { try? queue?.close() }
      return (try? queue?.read { try LogOrigin($0).desired }) ?? now.unixMilliseconds / 1_000
    }.max() ?? 0
  }

  /// Where damaged logs are kept.
  private var quarantined: [String] { (1...Self.maximumQuarantined).map { "\(path).quarantined-\($0)" } }

  /// Bytes of the database and its write-ahead log.
  var size: Int { storage.size(of: path) + writeAheadSize }

  /// Bytes of the write-ahead log.
  var writeAheadSize: Int { storage.size(of: path + "-wal") }

  /// The write-ahead log goes first: a database without its log is merely older, a log without its database is lost.
  private static let suffixes = ["-wal", "-shm", ""]
}

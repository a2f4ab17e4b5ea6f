// A hub's database in one file, for a site without a county.

import Foundation
import GRDB
import Glibc
import Platform
public import SyncProtocol

/// A hub's database in a SQLite file: the same as ``PostgresStore`` for one worker.
public final class SQLiteStore: HubStore {
  /// How long another program that looks at the file may keep the worker waiting, s.
  private static let patience = 5.0

  private let path: String
  private var queue: DatabaseQueue?

  /// A database by the path of its file, which is made if it is not there. Opened when it is first needed, and again after a failure.
  public init(_ path: String) { self.path = path }

  private func open() throws -> DatabaseQueue {
    if let queue { return queue }
    var configuration = Configuration()
    configuration.busyMode = .timeout(Self.patience)
    configuration.foreignKeysEnabled = true
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA journal_mode = WAL")
      // Nothing is answered before it is on the disk.
      try db.execute(sql: "PRAGMA synchronous = FULL")
    }
    let new = try DatabaseQueue(path: path, configuration: configuration)
    var migrator = DatabaseMigrator()
    migrator.registerMigration("tables") { db in try db.execute(sql: SQLiteSchema.tables) }
    migrator.registerMigration("views") { db in try db.execute(sql: SQLiteSchema.views) }
    try migrator.migrate(new)
    try new.write { db in
      for table in RecordTable.allCases {
        try db.execute(
          sql: "CREATE TEMP TABLE incoming_\(table) AS SELECT *, 0 AS known FROM \(table) WHERE false")
      }
      try Self.checkPlace(db, path)
    }
    queue = new
    return new
  }

  /// A copy of a file is another file: its inode differs.
  private static func checkPlace(_ db: Database, _ path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    let place = "\(status.st_dev)/\(status.st_ino)"
    if try String.fetchOne(db, sql: "SELECT place FROM epoch") != place { try draw(db, place) }
  }

  private static func draw(_ db: Database, _ place: String) throws {
    try db.execute(
      sql: "INSERT OR REPLACE INTO epoch (one, id, place) VALUES (1, ?, ?)",
      arguments: [DatabaseID().description, place])
  }

  /// Runs a transaction; after a failure the next call opens the file anew.
  private func write<Result>(_ body: (Database) throws -> Result) throws(StoreError) -> Result {
    do {
      return try open().write(body)
    } catch let error as StoreError {
      throw error
    } catch {
      switch (error as? DatabaseError)?.resultCode {
      case .SQLITE_CONSTRAINT, .SQLITE_TOOBIG, .SQLITE_MISMATCH, .SQLITE_RANGE: throw .content("\(error)")
      default:
        queue = nil
        throw .unavailable("\(path): \(error)")
      }
    }
  }

  private static func identity(_ db: Database) throws -> DatabaseID {
    guard
      let id = try String.fetchOne(db, sql: "SELECT id FROM epoch").flatMap({ DatabaseID(hexadecimal: $0) })
    else { throw StoreError.unavailable("the database has no identity") }
    return id
  }

  /// Draws a new identity.
  public func renew() throws(StoreError) -> DatabaseID {
    try write { db in
      try Self.draw(db, try String.fetchOne(db, sql: "SELECT place FROM epoch") ?? "")
      return try Self.identity(db)
    }
  }

  /// Says that a worker lives, and returns those that have said so in the last 15 s.
  public func beat(_ worker: WorkerID, name: String) throws(StoreError) -> [WorkerID] {
    let now = WallClock.unixMilliseconds()
    return try write { db in
      try db.execute(
        sql: "INSERT OR REPLACE INTO worker (id, name, seen) VALUES (?, ?, ?)",
        arguments: [worker.description, name, now])
      try db.execute(sql: "DELETE FROM worker WHERE seen < ?", arguments: [now - 3_600_000])
      return try String.fetchAll(db, sql: "SELECT id FROM worker WHERE seen > ? ORDER BY id", arguments: [now - 15_000])
        .compactMap { WorkerID(hexadecimal: $0) }
    }
  }

  /// Says that a worker serves no more.
  public func leave(_ worker: WorkerID) throws(StoreError) {
    try write { db in try db.execute(sql: "DELETE FROM worker WHERE id = ?", arguments: [worker.description]) }
  }

  /// Writes what has come in one transaction, and returns after it is on the disk.
  public func write(_ arrival: Arrival) throws(StoreError) -> Receipt {
    try write { db in
      var writing = SQLiteWriting(db: db, now: WallClock.unixMilliseconds(), database: try Self.identity(db))
      return try writing.write(arrival)
    }
  }

  /// What is held of lanes.
  public func read(_ lanes: [LaneKey]) throws(StoreError) -> Receipt {
    try write { db in
      var writing = SQLiteWriting(db: db, now: WallClock.unixMilliseconds(), database: try Self.identity(db))
      return try writing.read(lanes)
    }
  }

  /// Deletes samples and decisions that are older than so many months of 30 days. Means, alarms and events stay.
  public func expire(months: Int) throws(StoreError) -> [String] {
    let limit = WallClock.unixMilliseconds() - Int64(max(1, months)) * 30 * 86_400_000
    return try write { db in
      try ["sample", "decision"].map { table in
        try db.execute(sql: "DELETE FROM \(table) WHERE at < ?", arguments: [limit])
        return "\(db.changesCount) rows of \(table)"
      }
    }
  }
}

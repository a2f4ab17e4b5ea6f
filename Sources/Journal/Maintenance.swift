// Roll-up, retention and quota, a little at a time.

import Climate
import Controller
import GRDB

/// Keeps the log within its age and its quota, a little at each call.
///
/// Work is bounded by rows, not by a clock: one call rolls up at most one window, deletes at most ``rowsAtOnce`` rows of a kind
/// and gives back at most ``pagesAtOnce`` pages.
struct Maintenance {
  /// What a pruning has taken away.
  struct Pruned: Equatable {
    var samples = 0
    var windows = 0
    var decisions = 0
    var alarms = 0
    var events = 0
  }

  private let settings: JournalSettings
  /// What the pruning under way has taken away so far; `nil` while the log is within its quota.
  private var pruning: Pruned?
  private var nextExpiry: Instant?

  private static let rowsAtOnce: Int64 = 4_000
  private static let windowsAtOnce: Int64 = 100
  private static let stampsOfWindow = 5_000
  private static let pagesAtOnce = 256
  /// Rows other than samples are few; their age is looked at once an hour.
  private static let expiryInterval = Duration.hours(1)

  init(settings: JournalSettings) {
    self.settings = settings
  }

  /// Does a little of what is due.
  /// - Returns: what has been taken away, when a pruning for the quota is complete.
  mutating func run(_ db: Database, now: Instant, wall: WallTime) throws -> Pruned? {
    var finished: Pruned?
    try db.inTransaction(.immediate) {
      let isRollingUp = try rollUp(db)
      if wall.trust == .trusted { try expire(db, now: now, wall: wall.unixMilliseconds) }
      finished = try keepQuota(db, isRollingUp: isRollingUp)
      return .commit
    }
    try vacuum(db)
    return finished
  }

  // MARK: Roll-up

  private struct StampRow {
    var id: Int64
    var last: Int64
    var boot: Int64
    var wall: Int64

    init(_ row: Row) throws {
      id = try row.integer(0)
      last = try row.integer(1)
      boot = try row.integer(2)
      wall = try row.integer(3)
    }
  }

  /// Takes the means of the oldest window that is over and has none yet.
  ///
  /// A window is a run of stamps, in the order of the log, of one boot and one stretch of the wall clock. It is over when the next
  /// stamp belongs to another. When the wall clock steps back, the same stretch of it gets a second window.
  /// - Returns: whether there was one.
  private func rollUp(_ db: Database) throws -> Bool {
    let length = max(settings.window.milliseconds, 1)
    let done = try Int64.fetchOne(db, sql: "SELECT max(last) FROM windows") ?? 0
    let cursor = try Row.fetchCursor(
      db.cachedStatement(sql: "SELECT id, last, boot, wall FROM stamps WHERE id > ? ORDER BY id"), arguments: [done])
    guard let first = try cursor.next().map(StampRow.init) else { return false }
    var last = first.last
    var isOver = false
    var count = 1
    while !isOver, let stamp = try cursor.next().map(StampRow.init) {
      count += 1
      isOver =
        stamp.boot != first.boot || Self.stretch(stamp.wall, length) != Self.stretch(first.wall, length)
        || count > Self.stampsOfWindow
      if !isOver { last = stamp.last }
    }
    guard isOver else { return false }
    try writeMeans(db, first: first, last: last, length: length)
    return true
  }

  /// Number of a stretch of the wall clock, counted from 1970.
  private static func stretch(_ wall: Int64, _ length: Int64) -> Int64 {
    (wall / length) - (wall % length < 0 ? 1 : 0)
  }

  private func writeMeans(_ db: Database, first: StampRow, last: Int64, length: Int64) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO windows (id, last, length, boot, mono, wall, trust)
        SELECT id, ?, ?, boot, mono, ?, trust FROM stamps WHERE id = ?
        """
    ).execute(arguments: [last, length, Self.stretch(first.wall, length) * length, first.id])
    let trustworthy = Quality.allCases.filter(\.isTrustworthy).map { String($0.rawValue) }.joined(separator: ", ")
    try db.cachedStatement(
      sql: """
        INSERT INTO means (window, channel, mean, minimum, maximum, good, bad)
        SELECT ?1, channel, CAST(round(avg(value) FILTER (WHERE counts)) AS INTEGER), min(value) FILTER (WHERE counts),
          max(value) FILTER (WHERE counts), count(*) FILTER (WHERE counts), count(*) FILTER (WHERE NOT counts)
        FROM (
          SELECT channel, value, value IS NOT NULL AND quality IN (\(trustworthy)) AS counts
          FROM samples WHERE id BETWEEN ?1 AND ?2)
        GROUP BY channel
        """
    ).execute(arguments: [first.id, last])
  }

  // MARK: Age

  private mutating func expire(_ db: Database, now: Instant, wall: Int64) throws {
    if let first = try Self.oldest("stamps", db) {
      let start = try Int64.fetchOne(db, sql: "SELECT max(id) FROM windows WHERE id <= ?", arguments: [first]) ?? 0
      let cutoff = wall - settings.rawRetention.milliseconds - settings.window.milliseconds
      if let expired = try Self.newestExpired(in: "windows", from: start, before: cutoff, db) {
        let last = try Int64.fetchOne(db, sql: "SELECT last FROM windows WHERE id = ?", arguments: [expired])
        _ = try deleteSamples(through: last ?? 0, db)
      }
    }
    guard now >= nextExpiry ?? now else { return }
    nextExpiry = now.advanced(by: Self.expiryInterval)
    let cutoff = wall - settings.meansRetention.milliseconds
    for table in ["windows", "decisions", "events", "alarms"] {
      guard let expired = try Self.newestExpired(in: table, from: 0, before: cutoff, db) else { continue }
      _ = try Self.deleteOldest(Self.rowsAtOnce, of: table, through: expired, db)
    }
  }

  /// The newest row that has passed its age, in a table whose rows are in the order in which they were recorded.
  ///
  /// Only rows whose wall time was trusted have an age. Those between them that have none go with their elders. The first
  /// trusted row that is young enough ends the search, whatever the clock said later.
  private static func newestExpired(in table: String, from start: Int64, before cutoff: Int64, _ db: Database) throws
    -> Int64?
  {
    // The plus keeps SQLite from the index by wall time, which would read all young rows instead of the few old ones.
    let trusted = "id >= ? AND trust = \(TrustCode.trusted) AND +wall"
    let young = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM \(table) WHERE \(trusted) >= ? ORDER BY id LIMIT 1"),
      arguments: [start, cutoff])
    return try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM \(table) WHERE \(trusted) < ? AND id < ? ORDER BY id DESC LIMIT 1"),
      arguments: [start, cutoff, young ?? .max])
  }

  private static func oldest(_ table: String, _ db: Database) throws -> Int64? {
    try Int64.fetchOne(db.cachedStatement(sql: "SELECT min(id) FROM \(table)"))
  }

  // MARK: Quota

  /// Bytes that the database may have: the quota less the room of the write-ahead log. The write-ahead log's size of the moment
  /// does not count, or a reader that holds it open would cost old rows.
  private var quota: Int { max(settings.quota - LogFile.writeAheadLimit, settings.quota / 2) }

  /// Deletes a little of the least important while the log is over its quota: samples whose means are taken, then means, then
  /// decisions, then events, and alarms last.
  /// - Returns: what has been taken away, once the log is a tenth below its quota.
  private mutating func keepQuota(_ db: Database, isRollingUp: Bool) throws -> Pruned? {
    let used = try Self.usedBytes(db)
    guard var pruned = pruning ?? (used > quota ? Pruned() : nil) else { return nil }
    if used > quota / 10 * 9, try prune(db, isRollingUp: isRollingUp, into: &pruned) {
      pruning = pruned
      return nil
    }
    pruning = nil
    return pruned == Pruned() ? nil : pruned
  }

  /// - Returns: whether more may follow.
  private func prune(_ db: Database, isRollingUp: Bool, into pruned: inout Pruned) throws -> Bool {
    let rolledUp = try Int64.fetchOne(db, sql: "SELECT max(last) FROM windows") ?? 0
    let samples = try deleteSamples(through: rolledUp, db)
    pruned.samples += samples
    if samples > 0 || isRollingUp { return true }
    let kinds: [(table: String, count: WritableKeyPath<Pruned, Int>, limit: Int64)] = [
      ("windows", \.windows, Self.windowsAtOnce), ("decisions", \.decisions, Self.rowsAtOnce),
      ("events", \.events, Self.rowsAtOnce), ("alarms", \.alarms, Self.rowsAtOnce),
    ]
    for (table, count, limit) in kinds {
      let deleted = try Self.deleteOldest(limit, of: table, through: .max, db)
      pruned[keyPath: count] += deleted
      if deleted > 0 { return true }
    }
    return false
  }

  /// Bytes of the database that hold something.
  private static func usedBytes(_ db: Database) throws -> Int {
    (try pragma("page_count", db) - pragma("freelist_count", db)) * LogFile.pageSize
  }

  private static func pragma(_ name: String, _ db: Database) throws -> Int {
    try Int.fetchOne(db, sql: "PRAGMA \(name)") ?? 0
  }

  // MARK: Deleting

  /// Deletes the oldest samples, at most ``rowsAtOnce`` ids of them, and the stamps that have none left.
  private func deleteSamples(through last: Int64, _ db: Database) throws -> Int {
    guard let first = try Self.oldest("stamps", db), first <= last else { return 0 }
    let start = try Self.oldest("samples", db) ?? last
    let end = min(last, max(first, start) + Self.rowsAtOnce)
    try db.cachedStatement(sql: "DELETE FROM samples WHERE id <= ?").execute(arguments: [end])
    let count = db.changesCount
    try db.cachedStatement(sql: "DELETE FROM stamps WHERE last <= ?1 AND id <= ?1").execute(arguments: [end])
    return count
  }

  /// Deletes the oldest rows of a table up to an id, but never its newest row, from which ids are counted on.
  private static func deleteOldest(_ limit: Int64, of table: String, through last: Int64, _ db: Database) throws -> Int
  {
    guard
      let end = try Int64.fetchOne(
        db,
        sql: """
          SELECT max(id) FROM (
            SELECT id FROM \(table) WHERE id <= ? AND id < (SELECT max(id) FROM \(table)) ORDER BY id LIMIT ?)
          """, arguments: [last, limit])
    else { return 0 }
    if table == "windows" { try db.execute(sql: "DELETE FROM means WHERE window <= ?", arguments: [end]) }
    try db.execute(sql: "DELETE FROM \(table) WHERE id <= ?", arguments: [end])
    return db.changesCount
  }

  // MARK: Space

  /// Gives free pages back to the file system: while the file is near its quota, and when a quarter of it is free. Otherwise they
  /// are used again, which wears the card less.
  private func vacuum(_ db: Database) throws {
    let free = try Self.pragma("freelist_count", db)
    let pages = try Self.pragma("page_count", db)
    let isNearQuota = pages * LogFile.pageSize > quota / 10 * 9
    guard free > 0, isNearQuota || (free * 4 > pages && free >= Self.pagesAtOnce) else { return }
    try db.execute(sql: "PRAGMA incremental_vacuum(\(Self.pagesAtOnce))")
  }
}

extension Maintenance.Pruned {
  /// In words, for the event that reports it.
  var text: String {
    [
      (samples, "samples"), (windows, "windows of means"), (decisions, "decisions"), (events, "events"),
      (alarms, "alarms"),
    ]
    .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
  }
}

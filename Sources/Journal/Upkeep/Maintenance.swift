// Roll-up, retention and quota, a little at a time.

import Climate
import Controller
import GRDB

/// Keeps the log within its age and its quota, a little at each call.
///
/// Work is bounded by rows, not by a clock: one call rolls up at most one window, turns some thousand samples of an earlier version
/// into a block, reads one block to see whether it is whole, deletes at most some thousand rows of a kind and gives back at most
/// ``pagesAtOnce`` pages.
struct Maintenance {
  private let settings: JournalSettings
  private var rollUp: RollUp
  private var scrub = Scrub()
  private var isPruning = false
  private var nextExpiry: Instant?

  private static let pagesAtOnce = 256
  /// Rows other than samples are few; their age is looked at once an hour.
  private static let expiryInterval = Duration.hours(1)

  /// Whether a block was found that cannot be read.
  var hasFoundDamage: Bool { scrub.hasFoundDamage }

  init(settings: JournalSettings) {
    self.settings = settings
    rollUp = RollUp(length: settings.window.milliseconds)
  }

  /// Does a little of what is due.
  /// - Returns: what has been lost and no event has told of; what goes for the quota only when that is kept again.
  mutating func run(_ db: Database, now: Instant, wall: WallTime) throws -> [Loss] {
    var losses: [Loss] = []
    try db.inTransaction(.immediate) {
      try EarlierSamples.convert(db, settings.blocks)
      let isRollingUp = try rollUp.run(db)
      try scrub.run(db)
      if wall.trust == .trusted { try expire(db, now: now, wall: wall.unixMilliseconds) }
      try keepQuota(db, isRollingUp: isRollingUp)
      losses = try Losses.untold(db).filter { !isPruning || $0.why != .quota }
      return .commit
    }
    try vacuum(db)
    return losses
  }

  // MARK: Age

  private mutating func expire(_ db: Database, now: Instant, wall: Int64) throws {
    let purge = Purge(db, hasUplink: settings.hasUplink)
    if let first = try Self.oldestBlock(db) {
      let start = try Int64.fetchOne(db, sql: "SELECT max(id) FROM windows WHERE id <= ?", arguments: [first]) ?? 0
      let cutoff = wall - settings.rawRetention.milliseconds - settings.window.milliseconds
      if let expired = try Self.newestExpired(in: "windows", from: start, before: cutoff, db) {
        let last = try Int64.fetchOne(db, sql: "SELECT last FROM windows WHERE id = ?", arguments: [expired])
        _ = try purge.deleteSamples(through: last ?? 0, onlyAcknowledged: true)
      }
    }
    guard now >= nextExpiry ?? now else { return }
    nextExpiry = now.advanced(by: Self.expiryInterval)
    let cutoff = wall - settings.meansRetention.milliseconds
    for lane in [LogLane.live, .diagnostic, .alarm] {
      for table in LaneRows.tables(lane) {
        guard let expired = try Self.newestExpired(in: table, from: 0, before: cutoff, db) else { continue }
        _ = try purge.deleteOldest(Purge.rowsAtOnce, of: table, lane, through: expired, onlyAcknowledged: true)
      }
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

  private static func oldestBlock(_ db: Database) throws -> Int64? {
    try Int64.fetchOne(db.cachedStatement(sql: "SELECT min(id) FROM blocks"))
  }

  // MARK: Quota

  /// Bytes that the database may have: the quota less the room of the write-ahead log. The write-ahead log's size of the moment
  /// does not count, or a reader that holds it open would cost old rows.
  private var quota: Int { max(settings.quota - LogFile.writeAheadLimit, settings.quota / 2) }

  /// Deletes a little of the least important while the log is over its quota, until it is a tenth below.
  private mutating func keepQuota(_ db: Database, isRollingUp: Bool) throws {
    let used = try Self.usedBytes(db)
    guard used > (isPruning ? quota / 10 * 9 : quota) else {
      isPruning = false
      return
    }
    let purge = Purge(db, hasUplink: settings.hasUplink)
    isPruning = try purge.makeRoom(used: used, quota: quota, isRollingUp: isRollingUp)
  }

  /// Bytes of the database that hold something.
  private static func usedBytes(_ db: Database) throws -> Int {
    (try pragma("page_count", db) - pragma("freelist_count", db)) * LogFile.pageSize
  }

  private static func pragma(_ name: String, _ db: Database) throws -> Int {
    try Int.fetchOne(db, sql: "PRAGMA \(name)") ?? 0
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

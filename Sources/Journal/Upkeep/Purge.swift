// Deleting the oldest records.

import GRDB

/// Deletes the oldest records, a little at a time, and never the newest of a lane, from which ids and sequences are counted on.
struct Purge {
  static let rowsAtOnce: Int64 = 4_000
  private static let blocksAtOnce: Int64 = 8
  private static let windowsAtOnce: Int64 = 100
  /// More rows than any quota holds.
  private static let mostCounted: Int64 = 1 << 32

  private let db: Database
  private let hasUplink: Bool

  init(_ db: Database, hasUplink: Bool) {
    (self.db, self.hasUplink) = (db, hasUplink)
  }

  /// The last record of a lane that may go for its age: whoever has an uplink keeps what the hub has not acknowledged.
  private func limit(_ lane: LogLane, _ onlyAcknowledged: Bool) throws -> Int64 {
    onlyAcknowledged && hasUplink ? try LaneAcknowledgements.through(lane, db) : .max
  }

  // MARK: Deleting

  /// Deletes the oldest blocks of which all samples come before an id, but never the newest, which still grows.
  /// - Returns: the sequences of what is gone; `nil` for nothing.
  func deleteSamples(through last: Int64, onlyAcknowledged: Bool) throws -> ClosedRange<Int64>? {
    let limit = try limit(.backlog, onlyAcknowledged)
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT blocks.id, samples, seq FROM blocks LEFT JOIN backlog ON block = blocks.id
          WHERE blocks.id <= ?1 AND last <= ?1 AND blocks.id < (SELECT max(id) FROM blocks) ORDER BY blocks.id LIMIT ?2
          """), arguments: [last, Self.blocksAtOnce])
    var gone: ClosedRange<Int64>?
    var end: Int64?
    for row in rows {
      let first = try row.integerIfPresent(2) == nil ? 1 : row.sequence(2)
      let newest = first + max(try row.sequence(1), 1) - 1
      guard newest <= limit else { break }
      gone = min(gone?.lowerBound ?? first, newest)...newest
      end = try row.integer(0)
    }
    guard let end else { return nil }
    try db.cachedStatement(sql: "DELETE FROM blocks WHERE id <= ?").execute(arguments: [end])
    try db.cachedStatement(sql: "DELETE FROM backlog WHERE block <= ?").execute(arguments: [end])
    return gone
  }

  /// Deletes the oldest rows of a table up to an id, but never its newest row.
  /// - Returns: the sequences of the first and the last row that are gone; `nil` for nothing.
  func deleteOldest(
    _ count: Int64, of table: String, _ lane: LogLane, through last: Int64, onlyAcknowledged: Bool
  ) throws -> ClosedRange<Int64>? {
    let limit = try limit(lane, onlyAcknowledged)
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT max(id), min(seq), max(seq) FROM (
          SELECT id, seq FROM \(table) WHERE id <= ? AND seq <= ? AND id < (SELECT max(id) FROM \(table))
          ORDER BY id LIMIT ?)
        """, arguments: [last, limit, count])
    guard let row, let end = row.integerIfPresent(0) else { return nil }
    let first = try row.sequence(1)
    try delete(table, through: end)
    return first...max(first, try row.sequence(2))
  }

  private func delete(_ table: String, through end: Int64) throws {
    if table == "windows" { try db.execute(sql: "DELETE FROM means WHERE window <= ?", arguments: [end]) }
    try db.execute(sql: "DELETE FROM \(table) WHERE id <= ?", arguments: [end])
  }

  /// Deletes the oldest records of the alarm lane, from whichever table they are.
  private func deleteOldestAlarms() throws -> ClosedRange<Int64>? {
    let tables = LaneRows.tables(.alarm)
    guard let oldest = try tables.compactMap({ try LaneRows.oldest(in: $0, db) }).min() else { return nil }
    let end = min(oldest + Self.rowsAtOnce, try LaneRows.newest(.alarm, db))
    guard oldest < end else { return nil }
    for table in tables {
      let kept = try LaneRows.key(in: table, from: end, db)
      try db.execute(sql: "DELETE FROM \(table) WHERE id < ?", arguments: [kept ?? .max])
    }
    return oldest...(end - 1)
  }

  // MARK: Quota

  /// Deletes a little of what matters least, and records what.
  /// - Returns: whether more may follow.
  func makeRoom(used: Int, quota: Int, isRollingUp: Bool) throws -> Bool {
    if hasUplink {
      let order = LogLane.givingWay
      let sizes = try order.map { try $0 == .backlog ? 0 : estimatedSize($0) }
      let backlog = used - sizes.reduce(0, +)
      let isOver = zip(order, sizes).map { lane, size in
        (lane == .backlog ? backlog : size) > quota / 100 * lane.share
      }
      // Lanes beyond their share first; if none is, the estimates are off, and the order decides.
      for lane in zip(order, isOver).filter({ $0.1 }).map({ $0.0 }) + order {
        if try delete(lane) || (lane == .backlog && isRollingUp) { return true }
      }
      return false
    }
    if try deleteBacklog() || isRollingUp { return true }
    let kinds: [(table: String, lane: LogLane, count: Int64)] = [
      ("windows", .live, Self.windowsAtOnce), ("decisions", .diagnostic, Self.rowsAtOnce),
      ("anchors", .alarm, Self.rowsAtOnce), ("events", .alarm, Self.rowsAtOnce), ("alarms", .alarm, Self.rowsAtOnce),
    ]
    for (table, lane, count) in kinds {
      let gone = try deleteOldest(count, of: table, lane, through: .max, onlyAcknowledged: false)
      if try record(gone, lane) { return true }
    }
    return false
  }

  private func delete(_ lane: LogLane) throws -> Bool {
    switch lane {
    case .backlog: try deleteBacklog()
    case .alarm: try record(try deleteOldestAlarms(), lane)
    case .live:
      try record(
        try deleteOldest(Self.windowsAtOnce, of: "windows", lane, through: .max, onlyAcknowledged: false), lane)
    case .diagnostic:
      try record(
        try deleteOldest(Self.rowsAtOnce, of: "decisions", lane, through: .max, onlyAcknowledged: false), lane)
    }
  }

  /// Samples whose means are taken.
  private func deleteBacklog() throws -> Bool {
    let rolledUp = try Int64.fetchOne(db, sql: "SELECT max(last) FROM windows") ?? 0
    return try record(try deleteSamples(through: rolledUp, onlyAcknowledged: false), .backlog)
  }

  /// - Returns: whether there is anything to record.
  private func record(_ gone: ClosedRange<Int64>?, _ lane: LogLane) throws -> Bool {
    guard let gone else { return false }
    try Losses.add(Loss(lane: lane, first: gone.lowerBound, last: gone.upperBound, why: .quota), to: db)
    return true
  }

  /// About how many bytes the records of a lane take, by their number.
  private func estimatedSize(_ lane: LogLane) throws -> Int {
    let oldest = try LaneRows.tables(lane).compactMap { try LaneRows.oldest(in: $0, db) }.min()
    guard let oldest else { return 0 }
    let count = Int(min(max(try LaneRows.newest(lane, db) - oldest + 1, 0), Self.mostCounted))
    guard lane == .live else { return count * 120 }
    let channels = try Int.fetchOne(
      db.cachedStatement(sql: "SELECT count(*) FROM means WHERE window = (SELECT max(id) FROM windows)"))
    return count * (50 + 30 * (channels ?? 0))
  }
}

extension LogLane {
  /// The lanes in the order in which they give way to others.
  static let givingWay: [LogLane] = [.backlog, .diagnostic, .live, .alarm]

  /// How much of the quota a lane may take when others want room, %.
  var share: Int {
    switch self {
    case .alarm: 15
    case .live: 30
    case .backlog: 40
    case .diagnostic: 15
    }
  }
}

// Records that are lost: the table `losses`.

import GRDB

/// Records of a lane that will never go upstream.
struct Loss: Equatable {
  var lane: LogLane
  var first: Int64
  var last: Int64
  var why: LossReason
}

/// The table of what is lost. A row is written with the deletion itself; `told` is the last sequence that an event has told of.
enum Losses {
  /// Records a loss; one that goes on where another ended makes that one longer.
  static func add(_ loss: Loss, to db: Database) throws {
    var loss = loss
    loss.first = max(loss.first, 1)
    loss.last = max(loss.last, loss.first)
    try db.cachedStatement(
      sql: "UPDATE losses SET last = ?1 WHERE lane = ?2 AND why = ?3 AND last = ?4 - 1"
    ).execute(arguments: [loss.last, loss.lane.rawValue, loss.why.rawValue, loss.first])
    guard db.changesCount == 0 else { return }
    try db.cachedStatement(
      sql: """
        INSERT INTO losses (lane, first, last, why, told) VALUES (?1, ?2, ?3, ?4, ?2 - 1)
        ON CONFLICT (lane, first) DO UPDATE SET last = max(last, excluded.last), why = excluded.why
        """
    ).execute(arguments: [loss.lane.rawValue, loss.first, loss.last, loss.why.rawValue])
  }

  /// Losses that no event has told of, in their order.
  static func untold(_ db: Database) throws -> [Loss] {
    let rows = try Row.fetchAll(
      db.cachedStatement(sql: "SELECT lane, told, last, why FROM losses WHERE told < last ORDER BY lane, first"))
    return try rows.map { row in
      let (told, last) = (try row.sequence(1), try row.sequence(2))
      guard let lane = LogLane(rawValue: try row.text(0)), let why = LossReason(rawValue: try row.text(3)) else {
        throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a loss is of no lane or no reason")
      }
      return Loss(lane: lane, first: told + 1, last: max(last, told + 1), why: why)
    }
  }

  /// An event has told of a loss.
  static func tell(_ loss: Loss, _ db: Database) throws {
    try db.cachedStatement(
      sql: "UPDATE losses SET told = max(told, ?1) WHERE lane = ?2 AND why = ?3 AND first <= ?1 AND last >= ?1"
    ).execute(arguments: [loss.last, loss.lane.rawValue, loss.why.rawValue])
  }

  /// Whether a sequence is known to be lost for a reason.
  static func holds(_ lane: LogLane, _ sequence: Int64, _ why: LossReason, _ db: Database) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: "SELECT count(*) FROM losses WHERE lane = ? AND why = ? AND first <= ? AND last >= ?"),
      arguments: [lane.rawValue, why.rawValue, sequence, sequence]) ?? false
  }

  /// Why the beginning of a gap is missing, and how far that goes.
  /// - Parameter isAfterRecords: whether the lane has records before the gap.
  static func explain(
    _ gap: ClosedRange<Int64>, _ lane: LogLane, isAfterRecords: Bool, _ db: Database
  ) throws -> (range: ClosedRange<Int64>, why: LossReason) {
    let first = gap.lowerBound
    let known = try Row.fetchOne(
      db.cachedStatement(
        sql: "SELECT last, why FROM losses WHERE lane = ?1 AND first <= ?2 AND last >= ?2 ORDER BY first DESC LIMIT 1"),
      arguments: [lane.rawValue, first])
    if let known, let why = LossReason(rawValue: try known.text(1)) {
      return (first...min(try known.sequence(0), gap.upperBound), why)
    }
    let next = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT min(first) FROM losses WHERE lane = ? AND first > ?"),
      arguments: [lane.rawValue, first])
    let end = min(next.map { max($0 - 1, first) } ?? gap.upperBound, gap.upperBound)
    let through = try LaneAcknowledgements.through(lane, db)
    if first <= through { return (first...min(through, end), .age) }
    return (first...end, isAfterRecords ? .damaged : .age)
  }
}

extension Loss {
  /// In words, for the event that tells of it.
  func text(quota: Int) -> String {
    let what =
      switch lane {
      case .alarm: "alarms and events"
      case .live: "means"
      case .backlog: "samples"
      case .diagnostic: "decisions"
      }
    let cause =
      switch why {
      case .quota: "deleted to keep the quota of \(quota >> 20) MiB"
      case .damaged: "cannot be read, because the block that holds them is damaged"
      case .age: "deleted because of their age"
      }
    return "\(lane.rawValue) \(first)…\(last): \(what) \(cause)"
  }
}

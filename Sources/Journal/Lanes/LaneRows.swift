// Where the records of a lane stand in the tables.

import GRDB

/// The rows of a lane.
///
/// In every table sequences ascend with the key, because both are given in the order of the log. So a sequence is found by halving,
/// and needs no index, which would cost a page with every commit.
enum LaneRows {
  /// The tables with the records of a lane; samples are in blocks.
  static func tables(_ lane: LogLane) -> [String] {
    switch lane {
    case .alarm: ["alarms", "events", "anchors"]
    case .live: ["windows"]
    case .backlog: []
    case .diagnostic: ["decisions"]
    }
  }

  /// Sequence of the newest record of a lane; 0 for none. The newest is never deleted, so it is also the newest ever given.
  static func newest(_ lane: LogLane, _ db: Database) throws -> Int64 {
    guard lane == .backlog else { return try tables(lane).reduce(0) { max($0, try newest(in: $1, db)) } }
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: "SELECT seq, samples FROM backlog JOIN blocks ON blocks.id = block ORDER BY block DESC LIMIT 1"))
    let inBlocks = try row.map { try $0.sequence(0) + $0.sequence(1) - 1 } ?? 0
    return max(inBlocks, try LogOrigin(db).rows.upperBound - 1)
  }

  static func newest(in table: String, _ db: Database) throws -> Int64 {
    let row = try Row.fetchOne(db.cachedStatement(sql: "SELECT seq FROM \(table) ORDER BY id DESC LIMIT 1"))
    return try row?.sequence(0) ?? 0
  }

  static func oldest(in table: String, _ db: Database) throws -> Int64? {
    let row = try Row.fetchOne(db.cachedStatement(sql: "SELECT seq FROM \(table) ORDER BY id LIMIT 1"))
    return try row?.sequence(0)
  }

  /// Key of the first row of a table that has a sequence or a later one.
  static func key(in table: String, by key: String = "id", from sequence: Int64, _ db: Database) throws -> Int64? {
    guard
      var low = try Int64.fetchOne(db.cachedStatement(sql: "SELECT min(\(key)) FROM \(table)")),
      let highest = try Int64.fetchOne(db.cachedStatement(sql: "SELECT max(\(key)) FROM \(table)"))
    else { return nil }
    let statement = try db.cachedStatement(
      sql: "SELECT \(key), seq FROM \(table) WHERE \(key) >= ? ORDER BY \(key) LIMIT 1")
    // The answer lies in low…high, or is none if that is the highest.
    var high = highest
    while low < high {
      let middle = low + Int64((high.subtractingReportingOverflow(low).partialValue.magnitude) / 2)
      guard let row = try Row.fetchOne(statement, arguments: [middle]) else { return nil }
      if try row.sequence(1) >= sequence {
        high = middle
      } else {
        let passed = try row.integer(0)
        guard passed < high else { return nil }
        low = passed + 1
      }
    }
    guard let row = try Row.fetchOne(statement, arguments: [low]), try row.sequence(1) >= sequence else { return nil }
    return try row.integer(0)
  }
}

/// The sequences that the next records get.
struct LaneNumbers {
  var alarm: Int64
  var diagnostic: Int64

  init(_ db: Database) throws {
    alarm = try LaneRows.newest(.alarm, db) + 1
    diagnostic = try LaneRows.newest(.diagnostic, db) + 1
  }

  /// Takes the next number of a lane.
  mutating func take(_ lane: WritableKeyPath<LaneNumbers, Int64>) -> Int64 {
    defer { self[keyPath: lane] += 1 }
    return self[keyPath: lane]
  }
}

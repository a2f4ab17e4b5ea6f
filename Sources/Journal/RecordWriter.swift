// Records into rows.

import Climate
import Controller
import GRDB

import enum Controller.Record

/// Turns records into rows of the tables.
///
/// Belongs to one connection: it counts the ids on from what the file holds when it is made, and is made anew after a failure.
struct RecordWriter {
  private let boot: Int64
  private let channels: [Int64]
  private let outputs: [Int64]
  private var nextID: Int64

  /// Samples of one stamp, with the ids of the first and the last.
  private struct Run {
    var stamp: Stamp
    var first: Int64
    var last: Int64
  }

  /// A writer for the records of one boot. Enters the boot and names that the log does not know yet.
  init(_ db: Database, boot: String, names: JournalNames) throws {
    self.boot = try Self.row(of: boot, column: "token", in: "boots", db)
    channels = try names.channels.map { try Self.row(of: $0, column: "name", in: "channels", db) }
    outputs = try names.outputs.map { try Self.row(of: $0, column: "name", in: "outputs", db) }
    nextID = 1 + (try Self.newestID(db))
  }

  private static func row(of name: String, column: String, in table: String, _ db: Database) throws -> Int64 {
    if let id = try Int64.fetchOne(db, sql: "SELECT id FROM \(table) WHERE \(column) = ?", arguments: [name]) {
      return id
    }
    try db.execute(sql: "INSERT INTO \(table) (\(column)) VALUES (?)", arguments: [name])
    return db.lastInsertedRowID
  }

  /// The newest id ever given: pruning never takes the newest row of a table, nor the newest window.
  private static func newestID(_ db: Database) throws -> Int64 {
    try Int64.fetchOne(
      db,
      sql: """
        SELECT max(id) FROM (
          SELECT max(id) AS id FROM samples UNION ALL SELECT max(last) FROM windows UNION ALL SELECT max(id) FROM decisions
          UNION ALL SELECT max(id) FROM alarms UNION ALL SELECT max(id) FROM events)
        """) ?? 0
  }

  /// Writes records in their order; in a transaction of the caller's.
  /// - Returns: how many had to be left out because they name no channel or output of this configuration.
  mutating func write(_ records: [Record], to db: Database) throws -> Int {
    let insertSample = try db.cachedStatement(
      sql: "INSERT INTO samples (id, channel, value, quality) VALUES (?, ?, ?, ?)")
    var run: Run?
    var unknown = 0
    for record in records {
      let id = nextID
      switch record {
      case .sample(let stamp, let channel, let value, let quality):
        guard let channel = Self.row(channels, channel.index) else {
          unknown += 1
          continue
        }
        try insertSample.insert(id, channel, SampleValue.encode(value), Int64(quality.rawValue), db)
        if run?.stamp == stamp {
          run?.last = id
        } else {
          try write(run, to: db)
          run = Run(stamp: stamp, first: id, last: id)
        }
      case .decision(let stamp, let output, let isOn, let demand, let reason):
        guard let output = Self.row(outputs, output.index) else {
          unknown += 1
          continue
        }
        let columns = DecisionColumns(output: output, isOn: isOn, demand: demand, reason: reason)
        try write(columns, id: id, stamp: stamp, to: db)
      case .alarm(let stamp, let alarm, let severity, let transition, let value, let person):
        try db.cachedStatement(
          sql: """
            INSERT INTO alarms (id, boot, mono, wall, trust, kind, subject, severity, transition, value, person)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        ).execute(
          arguments: columns(id, stamp)
            + [alarm.kind.rawValue, alarm.subject, severity.rawValue, transition.rawValue, value, person])
      case .event(let stamp, let kind, let subject, let detail, let person):
        try db.cachedStatement(
          sql: """
            INSERT INTO events (id, boot, mono, wall, trust, kind, subject, detail, person)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        ).execute(arguments: columns(id, stamp) + [kind.rawValue, subject, detail, person])
      }
      nextID += 1
    }
    try write(run, to: db)
    return unknown
  }

  private struct DecisionColumns {
    var output: Int64
    var isOn: Bool
    var demand: Double
    var reason: Reason
  }

  private func write(_ decision: DecisionColumns, id: Int64, stamp: Stamp, to db: Database) throws {
    let reason = decision.reason
    try db.cachedStatement(
      sql: """
        INSERT INTO decisions
          (id, boot, mono, wall, trust, output, isOn, demand, rule, channel, value, setpoint, heldBy, until)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(
      arguments: columns(id, stamp)
        + [
          decision.output, decision.isOn, decision.demand, reason.rule.rawValue,
          reason.channel.flatMap { Self.row(channels, $0.index) }, reason.value, reason.setpoint,
          reason.heldBy?.rawValue,
          reason.until?.nanoseconds,
        ])
  }

  private func write(_ run: Run?, to db: Database) throws {
    guard let run else { return }
    try db.cachedStatement(
      sql: "INSERT INTO stamps (id, boot, mono, wall, trust, last) VALUES (?, ?, ?, ?, ?, ?)"
    ).execute(arguments: columns(run.first, run.stamp) + [run.last])
  }

  private func columns(_ id: Int64, _ stamp: Stamp) -> StatementArguments {
    [id, boot, stamp.at.nanoseconds, stamp.wall.unixMilliseconds, TrustCode.encode(stamp.wall.trust)]
  }

  private static func row(_ rows: [Int64], _ index: Int) -> Int64? {
    rows.indices.contains(index) ? rows[index] : nil
  }
}

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
  /// The id that the next record gets.
  private(set) var nextID: Int64
  private var numbers: LaneNumbers
  private var blocks: BlockWriter
  /// Wall time of the newest record whose clock was trusted.
  private var newestTrusted: Int64

  /// A writer for the records of one boot. Enters the boot and names that the log does not know yet.
  init(_ db: Database, boot: String, names: JournalNames, blocks: BlockSettings) throws {
    self.boot = try Self.row(of: boot, column: "token", in: "boots", db)
    channels = try names.channels.map { try Self.row(of: $0, column: "name", in: "channels", db) }
    outputs = try names.outputs.map { try Self.row(of: $0, column: "name", in: "outputs", db) }
    nextID = 1 + (try Self.newestID(db))
    numbers = try LaneNumbers(db)
    self.blocks = BlockWriter(blocks, next: try LaneRows.newest(.backlog, db) + 1)
    newestTrusted = try Self.newestTrusted(db)
  }

  /// To within a window: samples are not looked through.
  private static func newestTrusted(_ db: Database) throws -> Int64 {
    try ["windows", "decisions", "alarms", "events", "anchors"].reduce(Int64.min) { newest, table in
      let wall = try Int64.fetchOne(
        db, sql: "SELECT wall FROM \(table) WHERE trust = \(TrustCode.trusted) ORDER BY id DESC LIMIT 1")
      return max(newest, wall ?? .min)
    }
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
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT coalesce(max(id), 0) FROM (
          SELECT max(id) AS id FROM samples UNION ALL SELECT max(last) FROM windows UNION ALL SELECT max(id) FROM decisions
          UNION ALL SELECT max(id) FROM alarms UNION ALL SELECT max(id) FROM events UNION ALL SELECT max(id) FROM anchors
          UNION ALL SELECT last FROM (SELECT max(id), last FROM blocks))
        """)
    let newest = try row?.integer(0) ?? 0
    // Ids are counted up from 1: these nobody of ours has given.
    guard (0..<Int64.max / 2).contains(newest) else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "row \(newest) leaves no room for rows to come")
    }
    return newest
  }

  /// Writes records in their order; in a transaction of the caller's.
  /// - Returns: how many had to be left out because they name no channel or output of this configuration.
  mutating func write(_ records: [Record], to db: Database) throws -> Int {
    var samples: [StoredSample] = []
    var unknown = 0
    for record in records {
      let id = nextID
      switch record {
      case .sample(let stamp, let channel, let value, let quality):
        guard let channel = Self.row(channels, channel.index) else {
          unknown += 1
          continue
        }
        samples.append(
          StoredSample(
            id: id, boot: boot, mono: Self.wholeMilliseconds(stamp.at), wall: stamp.wall.unixMilliseconds,
            trust: TrustCode.encode(stamp.wall.trust), channel: channel, value: SampleValue.encode(value),
            quality: quality.rawValue))
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
            INSERT INTO alarms (id, boot, mono, wall, trust, seq, kind, subject, severity, transition, value, person)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        ).execute(
          arguments: columns(id, stamp, numbers.take(\.alarm))
            + [alarm.kind.rawValue, alarm.subject, severity.rawValue, transition.rawValue, value, person])
      case .event(let stamp, let kind, let subject, let detail, let person):
        let event = EventColumns(kind: kind, subject: subject, detail: detail, person: person)
        try write(event, id: id, stamp: stamp, to: db)
      case .anchor(let stamp, let utc, let error, let source):
        let claim = "\(source.rawValue): \(utc) ms since 1970, ± \(error) ms"
        if let limit = Self.sum(utc, error), limit >= newestTrusted {
          try db.cachedStatement(
            sql: """
              INSERT INTO anchors (id, boot, mono, wall, trust, seq, utc, error, source)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
              """
          ).execute(arguments: columns(id, stamp, numbers.take(\.alarm)) + [utc, error, source.rawValue])
        } else {
          let event = EventColumns(
            kind: .anchorRefused, subject: "clock", detail: "\(claim) lies before \(newestTrusted)", person: nil)
          try write(event, id: id, stamp: stamp, to: db)
        }
      }
      if record.stamp.wall.trust == .trusted {
        newestTrusted = max(newestTrusted, record.stamp.wall.unixMilliseconds)
      }
      nextID += 1
    }
    try blocks.write(samples, to: db)
    return unknown
  }

  /// Monotonic time of a sample, to the millisecond as its wall time: a step is never exact to the nanosecond, and what lies below is
  /// noise that would take more room than the values.
  private static func wholeMilliseconds(_ instant: Instant) -> Int64 {
    instant.nanoseconds - instant.nanoseconds % 1_000_000
  }

  private static func sum(_ one: Int64, _ other: Int64) -> Int64? {
    let (sum, overflow) = one.addingReportingOverflow(other)
    return overflow ? nil : sum
  }

  private struct EventColumns {
    var kind: EventKind
    var subject: String
    var detail: String
    var person: String?
  }

  private mutating func write(_ event: EventColumns, id: Int64, stamp: Stamp, to db: Database) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO events (id, boot, mono, wall, trust, seq, kind, subject, detail, person)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(
      arguments: columns(id, stamp, numbers.take(\.alarm))
        + [event.kind.rawValue, event.subject, event.detail, event.person])
  }

  private struct DecisionColumns {
    var output: Int64
    var isOn: Bool
    var demand: Double
    var reason: Reason
  }

  private mutating func write(_ decision: DecisionColumns, id: Int64, stamp: Stamp, to db: Database) throws {
    let reason = decision.reason
    try db.cachedStatement(
      sql: """
        INSERT INTO decisions
          (id, boot, mono, wall, trust, seq, output, isOn, demand, rule, channel, value, setpoint, heldBy, until)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(
      arguments: columns(id, stamp, numbers.take(\.diagnostic))
        + [
          decision.output, decision.isOn, decision.demand, reason.rule.rawValue,
          reason.channel.flatMap { Self.row(channels, $0.index) }, reason.value, reason.setpoint,
          reason.heldBy?.rawValue,
          reason.until?.nanoseconds,
        ])
  }

  private func columns(_ id: Int64, _ stamp: Stamp, _ sequence: Int64) -> StatementArguments {
    [id, boot, stamp.at.nanoseconds, stamp.wall.unixMilliseconds, TrustCode.encode(stamp.wall.trust), sequence]
  }

  private static func row(_ rows: [Int64], _ index: Int) -> Int64? {
    rows.indices.contains(index) ? rows[index] : nil
  }
}

// One transaction of a worker with a SQLite file: what has come, written once.

import Foundation
import GRDB
import SyncProtocol

/// Rows for a table, written one by one.
private struct SQLiteRows: RecordSink {
  let db: Database
  private var fields: [(any DatabaseValueConvertible)?] = []
  private var table = RecordTable.sample
  private var failure: (any Error)?
  /// Rows that were to be new and were there already.
  private(set) var surprises = 0

  init(_ db: Database) { self.db = db }

  mutating func begin(_ table: RecordTable) {
    self.table = table
    fields.removeAll(keepingCapacity: true)
  }

  mutating func put(_ value: Int64?) { fields.append(value) }
  mutating func put(_ value: Int32) { fields.append(value) }
  mutating func put(_ value: Int16) { fields.append(value) }
  mutating func put(_ value: Bool) { fields.append(value) }
  mutating func put(_ value: Double?) { fields.append(value) }
  mutating func put(_ value: String?) { fields.append(value) }
  mutating func put(time: Int64) { fields.append(time) }

  mutating func end(known: Bool) {
    guard failure == nil else { return }
    do {
      if !known {
        try insert(into: "\(table)")
        if db.changesCount == 0 { surprises += 1 } else { return }
      }
      fields.append(true)
      try insert(into: "incoming_\(table)")
    } catch {
      failure = error
    }
  }

  private func insert(into name: String) throws {
    let marks = fields.map { _ in "?" }.joined(separator: ",")
    let columns = (table.columns + ["known"]).prefix(fields.count).joined(separator: ",")
    try db.cachedStatement(sql: "INSERT OR IGNORE INTO \(name) (\(columns)) VALUES (\(marks))")
      .execute(arguments: StatementArguments(fields))
  }

  func check() throws {
    if let failure { throw failure }
  }
}

/// Writes what has come, within a transaction.
struct SQLiteWriting {
  let db: Database
  let now: Int64
  private var receipt: Receipt
  private var clocks: [Int32: BootClock] = [:]

  init(db: Database, now: Int64, database: DatabaseID) {
    (self.db, self.now) = (db, now)
    receipt = Receipt(database: database)
  }

  mutating func read(_ lanes: [LaneKey]) throws -> Receipt {
    for key in lanes { try load(key) }
    return receipt
  }

  mutating func write(_ arrival: Arrival) throws -> Receipt {
    for batch in arrival.batches { try load(LaneKey(batch)) }
    for batch in arrival.batches { try anchor(batch) }
    for batch in arrival.batches { try take(batch) }
    for key in Set(arrival.batches.map { LaneKey($0) }) {
      guard let state = receipt.lanes[key] else { continue }
      try db.execute(
        sql: "UPDATE lane SET received = ?, lost = ?, seen = ? WHERE install = ? AND lane = ?",
        arguments: [state.received.text, state.lost.text, now, try install(key), key.lane.number])
    }
    for report in arrival.reports {
      guard let device = DeviceName(report.device) else { continue }
      try db.execute(
        sql: "INSERT OR IGNORE INTO report (device, time_ms, version, arrived, body) VALUES (?, ?, ?, ?, ?)",
        arguments: [
          try number("device", ["name": device.text], ["first_seen": now]), report.time, report.version ?? 0, now,
          String(decoding: report.encoded(), as: UTF8.self),
        ])
    }
    for state in arrival.states {
      try db.execute(
        sql: "INSERT OR REPLACE INTO state (device, arrived, body) VALUES (?, ?, ?)",
        arguments: [try number("device", ["name": state.device.text], ["first_seen": now]), now, state.text])
    }
    return receipt
  }

  // MARK: - Numbers

  /// The number of a row with these values, which is added if it is not there.
  private func number(
    _ table: String, _ key: KeyValuePairs<String, any DatabaseValueConvertible>,
    _ others: KeyValuePairs<String, any DatabaseValueConvertible> = [:]
  ) throws -> Int32 {
    let condition = key.map { "\($0.key) = ?" }.joined(separator: " AND ")
    let query = try db.cachedStatement(sql: "SELECT id FROM \(table) WHERE \(condition)")
    if let id = try Int32.fetchOne(query, arguments: StatementArguments(key.map(\.value))) { return id }
    let all = Array(key) + Array(others)
    try db.execute(
      sql: """
        INSERT INTO \(table) (\(all.map(\.key).joined(separator: ","))) VALUES (\(all.map { _ in "?" }.joined(separator: ",")))
        """, arguments: StatementArguments(all.map(\.value)))
    return Int32(truncatingIfNeeded: db.lastInsertedRowID)
  }

  private func device(_ key: LaneKey) throws -> Int32 {
    try number("device", ["name": key.device.text], ["first_seen": now])
  }

  private func install(_ key: LaneKey) throws -> Int32 {
    try number("install", ["device": try device(key), "install": key.install.description], ["first_seen": now])
  }

  private func boots(of batch: Batch) throws -> [String: Int32] {
    let install = try install(LaneKey(batch))
    return try (batch.stamps?.boots ?? []).reduce(into: [:]) {
      $0[$1] = try number("boot", ["install": install, "name": $1])
    }
  }

  private mutating func load(_ key: LaneKey) throws {
    guard receipt.lanes[key] == nil else { return }
    let install = try install(key)
    try db.execute(
      sql: "INSERT OR IGNORE INTO lane (install, lane) VALUES (?, ?)", arguments: [install, key.lane.number])
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT l.received, l.lost, i.forked IS NOT NULL FROM lane l JOIN install i ON i.id = l.install
        WHERE l.install = ? AND l.lane = ?
        """, arguments: [install, key.lane.number])
    guard let row, let received = SequenceSet(text: row[0]), let lost = SequenceSet(text: row[1]) else {
      throw StoreError.unavailable("a lane cannot be read")
    }
    receipt.lanes[key] = LaneState(received: received, lost: lost, isForked: row[2])
  }

  // MARK: - Time

  private mutating func clock(_ boot: Int32) throws -> BootClock {
    if let clock = clocks[boot] { return clock }
    let row = try Row.fetchOne(db, sql: "SELECT correction, anchor_seq FROM boot WHERE id = ?", arguments: [boot])
    let clock = BootClock(correction: row?[0], anchor: row?[1])
    clocks[boot] = clock
    return clock
  }

  /// Takes newer anchors over, and moves what they correct.
  private mutating func anchor(_ batch: Batch) throws {
    let anchors = Anchors.of(batch)
    guard !anchors.isEmpty else { return }
    let boots = try boots(of: batch)
    for anchor in anchors {
      guard let boot = boots[anchor.boot] else { continue }
      let old = try clock(boot)
      guard old.anchor ?? 0 < anchor.sequence else { continue }
      clocks[boot] = BootClock(correction: anchor.correction, anchor: anchor.sequence)
      try db.execute(
        sql: "UPDATE boot SET correction = ?, anchor_seq = ? WHERE id = ?",
        arguments: [anchor.correction, anchor.sequence, boot])
      let moved = old.correction.map { anchor.correction.subtractingReportingOverflow($0) }
      if let moved, !moved.overflow, moved.partialValue.magnitude <= RecordTime.agreement.magnitude { continue }
      for table in RecordTable.allCases {
        // A sum that is too large for an integer is a float in SQLite, and kept within the range like any other.
        try db.execute(
          sql: """
            UPDATE \(table) SET at = CAST(min(max(mono + ?, ?), ?) AS INTEGER) WHERE boot = ? AND trust <> 0
            """, arguments: [anchor.correction, RecordTime.range.lowerBound, RecordTime.range.upperBound, boot])
      }
    }
  }

  // MARK: - Records

  private mutating func take(_ batch: Batch) throws {
    let key = LaneKey(batch)
    guard var state = receipt.lanes[key] else { return }
    let install = try install(key)
    if case .hello = batch.content {
      try db.execute(
        sql: "UPDATE lane SET next = ? WHERE install = ? AND lane = ?",
        arguments: [batch.first, install, key.lane.number])
    }
    guard let range = batch.sequences else { return }
    if case .lost(_, let reason) = batch.content {
      state.lose(range)
      try db.execute(
        sql: "INSERT OR IGNORE INTO loss (install, lane, first, last, why, noticed) VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [install, key.lane.number, range.lowerBound, range.upperBound, reason.rawValue, now])
    } else {
      state.isForked = try write(batch, range, state, install, key) || state.isForked
      state.take(range)
    }
    receipt.lanes[key] = state
  }

  /// - Returns: whether a record was there with other content.
  private mutating func write(
    _ batch: Batch, _ range: ClosedRange<Int64>, _ state: LaneState, _ install: Int32, _ key: LaneKey
  ) throws -> Bool {
    var known = [Bool](repeating: false, count: Int(batch.content.count))
    for part in state.held.intersection(range) { for sequence in part { known[Int(sequence - batch.first)] = true } }
    let repeated = known.count { $0 }
    receipt.stored += known.count - repeated
    receipt.repeated += repeated
    let device = try device(key)
    let channels = try batch.channels.reduce(into: [:]) {
      $0[$1] = try number("channel", ["device": device, "name": $1])
    }
    let boots = try boots(of: batch)
    for boot in boots.values { _ = try clock(boot) }
    var rows = SQLiteRows(db)
    let numbers = RecordNumbers(install: install, channels: channels, boots: boots, clocks: clocks)
    RecordWriter(batch, known: known, numbers: numbers).write(to: &rows)
    try rows.check()
    return repeated + rows.surprises > 0 ? try compare(key, install) : false
  }

  /// Compares records that came again with what is held.
  private mutating func compare(_ key: LaneKey, _ install: Int32) throws -> Bool {
    let table = RecordTable.of(key.lane)
    let columns = table.compared.joined(separator: ", ")
    let held = """
      SELECT \(columns) FROM \(table) WHERE install = \(install) AND seq IN (SELECT seq FROM incoming_\(table))
      """
    let arrived = "SELECT \(columns) FROM incoming_\(table)"
    let sequences = try Int64.fetchAll(
      db,
      sql: """
        SELECT DISTINCT seq FROM (SELECT * FROM (\(arrived) EXCEPT \(held)) UNION ALL SELECT * FROM (\(held) EXCEPT \(arrived)))
        WHERE seq IN (SELECT seq FROM \(table) WHERE install = \(install)) ORDER BY seq
        """)
    if !sequences.isEmpty {
      receipt.forked += sequences.count
      try db.execute(
        sql: "UPDATE install SET forked = ? WHERE id = ? AND forked IS NULL", arguments: [now, install])
      let array = "json_group_array(json_array(\(columns)))"
      for sequence in sequences.prefix(20) {
        try db.execute(
          sql: """
            INSERT OR IGNORE INTO fork (install, lane, seq, noticed, stored, arrived) VALUES (:install, :lane, :seq, :now,
              (SELECT \(array) FROM \(table) WHERE install = :install AND seq = :seq),
              (SELECT \(array) FROM incoming_\(table) WHERE seq = :seq))
            """, arguments: ["install": install, "lane": key.lane.number, "seq": sequence, "now": now])
      }
    }
    try db.execute(sql: "DELETE FROM incoming_\(table)")
    return !sequences.isEmpty
  }
}

// The records of a lane from a sequence on.

import Controller
import GRDB

/// Reads what a lane has from a sequence on.
struct LaneReading {
  private let lane: LogLane
  private let first: Int64
  private let last: Int64
  private var limit: OutboxLimit
  private var boots: [Int64: String] = [:]

  init(_ lane: LogLane, first: Int64, last: Int64, limit: OutboxLimit) {
    (self.lane, self.first, self.last, self.limit) = (lane, first, last, limit)
  }

  mutating func run(_ db: Database) throws -> OutboxRun {
    boots = try Self.names("boots", "token", db)
    switch lane {
    case .alarm:
      return try follow(entries(db), db) {
        .entries($0)
      } size: {
        $0.size
      }
    case .live:
      return try follow(windows(db), db) {
        .windows($0)
      } size: {
        $0.size
      }
    case .diagnostic:
      return try follow(decisions(db), db) {
        .decisions($0)
      } size: { _ in
        OutboxDecision.size
      }
    case .backlog:
      return try samples(db)
    }
  }

  private static func names(_ table: String, _ column: String, _ db: Database) throws -> [Int64: String] {
    var names: [Int64: String] = [:]
    for row in try Row.fetchAll(db.cachedStatement(sql: "SELECT id, \(column) FROM \(table)")) {
      names[try row.integer(0)] = try row.text(1)
    }
    return names
  }

  /// A name that the log does not know is damage, which a sequence cannot be left out for.
  private static func name(_ id: Int64, _ names: [Int64: String]) -> String { names[id] ?? "?\(id)" }

  private func stamp(_ boot: Int64, _ mono: Int64, _ wall: Int64, _ trust: Int64) -> OutboxStamp {
    OutboxStamp(
      boot: Self.name(boot, boots), mono: mono / Self.nanosecondsEach, wall: wall, trust: TrustCode.decode(trust))
  }

  /// Boot, monotonic time, wall time and trust in four columns from `index` on.
  private func stamp(_ row: Row, _ index: Int) throws -> OutboxStamp {
    stamp(
      try row.integer(index), try row.integer(index + 1), try row.integer(index + 2), try row.integer(index + 3))
  }

  private static let nanosecondsEach: Int64 = 1_000_000

  // MARK: Rows

  /// Rows of a table from the first sequence on, with their sequences in the column after those asked for.
  private func rows(of table: String, _ columns: String, _ db: Database) throws -> [Row] {
    guard let id = try LaneRows.key(in: table, from: first, db) else { return [] }
    return try Row.fetchAll(
      db.cachedStatement(
        sql: "SELECT seq, boot, mono, wall, trust, \(columns) FROM \(table) WHERE id >= ? ORDER BY id LIMIT ?"),
      arguments: [id, limit.records])
  }

  /// The records that follow one another from the first sequence on, or the gap before the first of them.
  private mutating func follow<Element>(
    _ found: [(sequence: Int64, record: Element)], _ db: Database, _ records: ([Element]) -> OutboxRecords,
    size: (Element) -> Int
  ) throws -> OutboxRun {
    var taken: [Element] = []
    for (sequence, record) in found {
      let expected = first + Int64(taken.count)
      guard sequence == expected, sequence <= last else { break }
      taken.append(record)
      if !limit.take(size(record)) { break }
    }
    guard taken.isEmpty else { return .records(records(taken)) }
    // Something newer there is, or nobody would ask.
    let next = try found.first { $0.sequence > first }?.sequence ?? LaneRows.newest(lane, db) + 1
    return try lost(through: next - 1, db)
  }

  private func lost(through end: Int64, _ db: Database) throws -> OutboxRun {
    let gap = first...max(min(end, last), first)
    let isAfterRecords = try LaneRows.tables(lane).contains { table in
      try LaneRows.oldest(in: table, db).map { $0 < first } ?? false
    }
    let (range, why) = try Losses.explain(gap, lane, isAfterRecords: isAfterRecords, db)
    return .lost(range, why: why)
  }

  private func entries(_ db: Database) throws -> [(sequence: Int64, record: OutboxEntry)] {
    var found: [(sequence: Int64, record: OutboxEntry)] = []
    for row in try rows(of: "alarms", "kind, subject, severity, transition, value, person", db) {
      let content = OutboxEntry.Content.alarm(
        kind: try row.text(5), subject: try row.text(6), severity: try row.text(7), transition: try row.text(8),
        value: SampleValue.encode(row.realIfPresent(9)), by: row.textIfPresent(10))
      found.append((try row.sequence(0), OutboxEntry(stamp: try stamp(row, 1), content: content)))
    }
    for row in try rows(of: "events", "kind, subject, detail, person", db) {
      let content = OutboxEntry.Content.event(
        kind: try row.text(5), subject: try row.text(6), detail: try row.text(7), by: row.textIfPresent(8))
      found.append((try row.sequence(0), OutboxEntry(stamp: try stamp(row, 1), content: content)))
    }
    for row in try rows(of: "anchors", "utc, error, source", db) {
      let content = OutboxEntry.Content.anchor(
        utc: try row.integer(5), error: try row.integer(6), source: try row.text(7))
      found.append((try row.sequence(0), OutboxEntry(stamp: try stamp(row, 1), content: content)))
    }
    return found.sorted { $0.sequence < $1.sequence }
  }

  private func decisions(_ db: Database) throws -> [(sequence: Int64, record: OutboxDecision)] {
    let channels = try Self.names("channels", "name", db)
    let outputs = try Self.names("outputs", "name", db)
    let columns = "output, isOn, demand, rule, channel, value, setpoint, heldBy, until"
    return try rows(of: "decisions", columns, db).map { row in
      let decision = OutboxDecision(
        stamp: try stamp(row, 1), output: Self.name(try row.integer(5), outputs), isOn: try row.integer(6) != 0,
        demand: row.realIfPresent(7), rule: try row.text(8),
        channel: row.integerIfPresent(9).map { Self.name($0, channels) },
        value: SampleValue.encode(row.realIfPresent(10)), setpoint: SampleValue.encode(row.realIfPresent(11)),
        heldBy: row.textIfPresent(12), until: row.integerIfPresent(13).map { $0 / Self.nanosecondsEach })
      return (try row.sequence(0), decision)
    }
  }

  private func windows(_ db: Database) throws -> [(sequence: Int64, record: OutboxWindow)] {
    let channels = try Self.names("channels", "name", db)
    let means = try db.cachedStatement(
      sql: "SELECT channel, mean, minimum, maximum, good, bad FROM means WHERE window = ? ORDER BY channel")
    return try rows(of: "windows", "length, id", db).map { row in
      let found = try Row.fetchAll(means, arguments: [try row.integer(6)])
      let window = OutboxWindow(
        stamp: try stamp(row, 1), length: try row.integer(5),
        means: try found.map { mean in
          OutboxWindow.Mean(
            channel: Self.name(try mean.integer(0), channels), mean: mean.integerIfPresent(1),
            minimum: mean.integerIfPresent(2), maximum: mean.integerIfPresent(3), good: try mean.integer(4),
            bad: try mean.integer(5))
        })
      return (try row.sequence(0), window)
    }
  }

  // MARK: Samples

  private mutating func samples(_ db: Database) throws -> OutboxRun {
    // Rows of the first version become blocks before long; nothing is lost.
    let rows = try LogOrigin(db).rows
    guard !rows.contains(first) else { return .none }
    let channels = try Self.names("channels", "name", db)
    var taken: [OutboxSample] = []
    let cursor = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT \(StoredBlock.columns), seq FROM backlog JOIN blocks ON blocks.id = block WHERE block >= ? ORDER BY block
          """), arguments: [try firstBlock(db)])
    while let row = try cursor.next() {
      let block = try StoredBlock(row, channels: nil)
      let start = try row.sequence(8)
      let end = start + max(try row.sequence(2), 1) - 1
      let expected = first + Int64(taken.count)
      if end < expected { continue }
      if expected > last { break }
      guard start <= expected, case .success(let content) = block.content else {
        guard taken.isEmpty else { break }
        guard start > expected else {
          return .lost(expected...max(min(end, last), expected), why: .damaged)
        }
        let gapEnd = rows.isEmpty || rows.lowerBound <= first ? start - 1 : min(start, rows.lowerBound) - 1
        return try lostSamples(through: gapEnd, db)
      }
      if !take(content, start: start, channels, into: &taken) { break }
    }
    if !taken.isEmpty { return .records(.samples(taken)) }
    return try lostSamples(through: rows.isEmpty ? last : rows.lowerBound - 1, db)
  }

  private func lostSamples(through end: Int64, _ db: Database) throws -> OutboxRun {
    let oldest = try Row.fetchOne(db.cachedStatement(sql: "SELECT seq FROM backlog ORDER BY block LIMIT 1"))
    let isAfterRecords = try oldest.map { try $0.sequence(0) < first } ?? false
    let gap = first...max(min(end, last, try LaneRows.newest(lane, db)), first)
    let (range, why) = try Losses.explain(gap, lane, isAfterRecords: isAfterRecords, db)
    return .lost(range, why: why)
  }

  /// The block that may hold the first sequence: the newest that does not begin after it.
  private func firstBlock(_ db: Database) throws -> Int64 {
    let after = try LaneRows.key(in: "backlog", by: "block", from: first + 1, db)
    let block = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT max(block) FROM backlog WHERE block < ?"), arguments: [after ?? .max])
    return block ?? .min
  }

  /// - Returns: whether more are wanted.
  private mutating func take(
    _ block: SampleBlock, start: Int64, _ channels: [Int64: String], into taken: inout [OutboxSample]
  ) -> Bool {
    var sequence = start
    var isFull = false
    var newest: (mono: Int64, wall: Int64, stamp: OutboxStamp)?
    block.forEachSample { sample in
      defer { sequence += 1 }
      guard !isFull, sequence >= first else { return }
      guard sequence <= last else {
        isFull = true
        return
      }
      let stamp: OutboxStamp
      if let known = newest, known.mono == sample.mono, known.wall == sample.wall {
        stamp = known.stamp
      } else {
        stamp = self.stamp(sample.boot, sample.mono, sample.wall, sample.trust)
        newest = (sample.mono, sample.wall, stamp)
      }
      taken.append(
        OutboxSample(
          stamp: stamp, channel: Self.name(sample.channel, channels), value: sample.value,
          quality: Quality(rawValue: sample.quality) ?? .failed))
      if !limit.take(OutboxSample.size) { isFull = true }
    }
    return !isFull
  }
}

// MARK: Sizes

extension OutboxSample {
  /// About how many bytes of CBOR one makes.
  fileprivate static let size = 6
}

extension OutboxWindow {
  fileprivate var size: Int { 20 + 22 * means.count }
}

extension OutboxDecision {
  fileprivate static let size = 100
}

extension OutboxEntry {
  fileprivate var size: Int {
    switch content {
    case .alarm(_, let subject, _, _, _, let by): 90 + subject.utf8.count + (by?.utf8.count ?? 0)
    case .event(_, let subject, let detail, let by):
      60 + subject.utf8.count + detail.utf8.count + (by?.utf8.count ?? 0)
    case .anchor: 60
    }
  }
}

// Reading the log, beside the daemon or without it.

import Climate
import Controller
import Foundation
import GRDB

/// Reads a log. Any thread, any process, whether the daemon runs or not; it never writes, and never checkpoints.
public final class JournalReader: Sendable {
  private let file: LogFile
  private let queue: DatabaseQueue

  /// Opens the log in a directory for reading; on the host's file system unless told otherwise.
  public init(directory: String, storage: any JournalStorage = HostStorage()) throws(JournalError) {
    file = LogFile(path: (directory as NSString).appendingPathComponent(Journal.fileName), storage: storage)
    queue = try file.openForReading()
  }

  // MARK: What there is

  /// Names of all channels the log has ever known, in the order in which they appeared.
  public func channels() throws(JournalError) -> [String] {
    try read { db in try String.fetchAll(db, sql: "SELECT name FROM channels ORDER BY id") }
  }

  /// Names of all outputs the log has ever known.
  public func outputs() throws(JournalError) -> [String] {
    try read { db in try String.fetchAll(db, sql: "SELECT name FROM outputs ORDER BY id") }
  }

  /// How much the log holds. Counts every row: seconds on a large log.
  public func statistics() throws(JournalError) -> LogStatistics {
    let bytes = file.size
    return try read { db in
      func count(_ table: String) throws -> Int { try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0 }
      let hasBlocks = try Schema.hasBlocks(db)
      let ends =
        ["stamps", "windows", "decisions", "alarms", "events"].map { "SELECT id, wall, trust FROM \($0)" }
        + (hasBlocks
          ? ["SELECT id, wall, trust FROM blocks", "SELECT last, until, trust FROM blocks"] : [])
      func end(_ order: String) throws -> WallTime? {
        try Row.fetchOne(
          db, sql: "SELECT wall, trust FROM (\(ends.joined(separator: " UNION ALL "))) ORDER BY id \(order) LIMIT 1"
        ).map { row in
          WallTime(unixMilliseconds: try row.integer(0), trust: TrustCode.decode(try row.integer(1)))
        }
      }
      let inBlocks = hasBlocks ? try Int.fetchOne(db, sql: "SELECT total(samples) FROM blocks") ?? 0 : 0
      return LogStatistics(
        bytes: bytes, samples: try inBlocks + count("samples"), windows: try count("windows"),
        decisions: try count("decisions"),
        alarms: try count("alarms"), events: try count("events"), oldest: try end("ASC"), newest: try end("DESC"))
    }
  }

  // MARK: Samples

  /// Samples of some channels, in the order of the log.
  /// - Parameter onGap: Told of every stretch on the way whose samples cannot be read, because the block that holds them is damaged.
  public func samples(
    of channels: [String], in span: LogSpan = .all, limit: LogLimit = .last(10_000),
    onGap: (SampleGap) -> Void = { _ in }
  ) throws(JournalError) -> [SampleRow] {
    try read { db in
      let names = try self.rows(of: channels, in: "channels", db)
      var rows: [SampleRow] = []
      try Self.forEachBlock(db, span, limit, channels: Set(names.keys), onGap: onGap) { block in
        var found: [SampleRow] = []
        block.forEachSample { sample in
          guard span.contains(sample.wall), let name = names[sample.channel] else { return }
          found.append(SampleRow(sample, channel: name))
        }
        switch limit {
        case .first(let count):
          rows += found.prefix(max(count - rows.count, 0))
          return rows.count < count
        case .last(let count):
          rows += found.suffix(max(count - rows.count, 0)).reversed()
          return rows.count < count
        }
      }
      if case .last = limit { rows.reverse() }
      return rows
    }
  }

  /// Gives the blocks that can be read, from the end at which the limit counts, until the body has enough.
  private static func forEachBlock(
    _ db: Database, _ span: LogSpan, _ limit: LogLimit, channels: Set<Int64>,
    onGap: (SampleGap) -> Void = { _ in }, _ body: (SampleBlock) -> Bool
  ) throws {
    let isForward = if case .first = limit { true } else { false }
    var walk = try SampleWalk(db, span: span, channels: channels, isForward: isForward)
    while let stored = try walk.next() {
      switch stored.content {
      case .success(let block): if !body(block) { return }
      case .failure(let damage): onGap(SampleGap(stored, damage))
      }
    }
  }

  /// Means of some channels over the windows that touch the span, in the order of the log.
  public func means(
    of channels: [String], in span: LogSpan = .all, limit: LogLimit = .last(10_000)
  ) throws(JournalError) -> [MeanRow] {
    try read { db in
      let names = try self.rows(of: channels, in: "channels", db)
      var query = Query(
        span: span, limit: limit, wall: "windows.wall", end: "windows.wall + windows.length - 1",
        order: ["windows.id", "means.channel"])
      query.add("means.channel IN (\(Self.list(names.keys)))")
      let rows = try query.fetch(
        """
        SELECT windows.id, boot, mono, wall, trust, length, channel, mean, minimum, maximum, good, bad
        FROM windows CROSS JOIN means ON means.window = windows.id
        """, db)
      return try rows.map { row in
        MeanRow(
          id: try row.integer(0), boot: try row.integer(1), start: try row.stamp(2),
          length: .milliseconds(try row.integer(5)), channel: names[try row.integer(6)] ?? "",
          mean: SampleValue.decode(row.integerIfPresent(7)), minimum: SampleValue.decode(row.integerIfPresent(8)),
          maximum: SampleValue.decode(row.integerIfPresent(9)), good: Int(try row.integer(10)),
          bad: Int(try row.integer(11)))
      }
    }
  }

  /// The history of some channels: every sample if the log still has them all and they are not too many, otherwise means.
  /// - Parameters:
  ///   - points: Most samples of a channel that are of use, for instance the width of a chart.
  ///   - onGap: See ``samples(of:in:limit:onGap:)``.
  public func history(
    of channels: [String], in span: LogSpan = .all, points: Int = 2_000, onGap: (SampleGap) -> Void = { _ in }
  ) throws(JournalError) -> History {
    let isFine = try read { db in
      try self.hasAllSamples(since: span.from, db) && Self.hasAtMost(points, in: span, db)
    }
    if !isFine {
      let means = try means(of: channels, in: span, limit: .last(points * max(channels.count, 1)))
      if !means.isEmpty { return .means(means) }
    }
    return .samples(try samples(of: channels, in: span, limit: .last(points * max(channels.count, 1)), onGap: onGap))
  }

  /// Whether at most so many scans lie in a span.
  private static func hasAtMost(_ points: Int, in span: LogSpan, _ db: Database) throws -> Bool {
    var count = 0
    try forEachBlock(db, span, .first(points), channels: []) { block in
      count += block.scans.count { span.contains($0.wall) }
      return count <= points
    }
    return count <= points
  }

  private func hasAllSamples(since from: Int64?, _ db: Database) throws -> Bool {
    var walk = try SampleWalk(db, channels: [])
    guard let oldest = try walk.next() else { return false }
    if let from, oldest.wall <= from { return true }
    let olderWindow = try Int64.fetchOne(db, sql: "SELECT min(id) FROM windows WHERE id < ?", arguments: [oldest.id])
    return olderWindow == nil
  }

  // MARK: What happened

  /// Decisions about all outputs, or about one, in the order of the log.
  public func decisions(
    of output: String? = nil, in span: LogSpan = .all, limit: LogLimit = .last(1_000)
  ) throws(JournalError) -> [DecisionRow] {
    try read { db in
      let outputs = try self.rows(of: output.map { [$0] }, in: "outputs", db)
      let channels = try self.rows(of: nil, in: "channels", db)
      var query = Query(span: span, limit: limit, wall: "wall", order: ["id"])
      if output != nil { query.add("output IN (\(Self.list(outputs.keys)))") }
      let rows = try query.fetch(
        """
        SELECT id, boot, mono, wall, trust, output, isOn, demand, rule, channel, value, setpoint, heldBy, until
        FROM decisions
        """, db)
      return try rows.map { row in
        DecisionRow(
          id: try row.integer(0), boot: try row.integer(1), stamp: try row.stamp(2),
          output: outputs[try row.integer(5)] ?? "", isOn: try row.integer(6) != 0, demand: row.realIfPresent(7),
          rule: try row.text(8), channel: row.integerIfPresent(9).flatMap { channels[$0] },
          value: row.realIfPresent(10),
          setpoint: row.realIfPresent(11), heldBy: row.textIfPresent(12),
          until: row.integerIfPresent(13).map { Instant(nanoseconds: $0) })
      }
    }
  }

  /// Changes of alarms, in the order of the log.
  public func alarms(in span: LogSpan = .all, limit: LogLimit = .last(1_000)) throws(JournalError) -> [AlarmRow] {
    try read { db in
      let query = Query(span: span, limit: limit, wall: "wall", order: ["id"])
      let rows = try query.fetch(
        "SELECT id, boot, mono, wall, trust, kind, subject, severity, transition, value, person FROM alarms", db)
      return try rows.map { row in
        AlarmRow(
          id: try row.integer(0), boot: try row.integer(1), stamp: try row.stamp(2), kind: try row.text(5),
          subject: try row.text(6), severity: try row.text(7), transition: try row.text(8), value: row.realIfPresent(9),
          by: row.textIfPresent(10))
      }
    }
  }

  /// Events, in the order of the log.
  public func events(in span: LogSpan = .all, limit: LogLimit = .last(1_000)) throws(JournalError) -> [EventRow] {
    try read { db in
      let query = Query(span: span, limit: limit, wall: "wall", order: ["id"])
      let rows = try query.fetch("SELECT id, boot, mono, wall, trust, kind, subject, detail, person FROM events", db)
      return try rows.map { row in
        EventRow(
          id: try row.integer(0), boot: try row.integer(1), stamp: try row.stamp(2), kind: try row.text(5),
          subject: try row.text(6), detail: try row.text(7), by: row.textIfPresent(8))
      }
    }
  }

  // MARK: The whole log as text

  /// Gives every sample, decision, alarm, event and clock anchor as one line of text, in the order of the log.
  ///
  /// The same records give the same lines, whatever the machine, the locale or the boot's identity: so two logs can be compared
  /// by a hash.
  ///
  /// A line is: id, table, boot, monotonic nanoseconds, wall milliseconds, trust, then the row's own columns, separated by tabs.
  /// Boots are numbered in the order in which they appeared. Numbers are written in the shortest form that reads back the
  /// same, nothing as `-`; tab, newline and backslash in text are escaped as in C.
  public func forEachRowCanonically(_ body: (String) -> Void) throws(JournalError) {
    try read { db in try CanonicalLog.forEachLine(of: db, body) }
  }

  // MARK: Help

  private func read<Result>(_ body: (Database) throws -> Result) throws(JournalError) -> Result {
    do {
      return try queue.read(body)
    } catch {
      throw JournalError(error, path: file.path)
    }
  }

  /// Names by row of a table of names; of those asked for, or of all.
  private func rows(of names: [String]?, in table: String, _ db: Database) throws -> [Int64: String] {
    var known: [Int64: String] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT id, name FROM \(table)") {
      known[try row.integer(0)] = try row.text(1)
    }
    guard let names else { return known }
    for name in names where !known.values.contains(name) {
      let list = known.values.sorted().joined(separator: ", ")
      throw JournalError(kind: .unknownName, path: file.path, detail: "nothing is called '\(name)'; known are: \(list)")
    }
    return known.filter { names.contains($0.value) }
  }

  private static func list(_ rows: some Sequence<Int64>) -> String {
    rows.sorted().map(String.init).joined(separator: ", ")
  }
}

// The records of a log as lines, the same as PostgreSQL's COPY writes them.

import Climate
import Controller
import Foundation
import Journal

/// Writes each lane's records into a file of its own, one line each, in the order of their sequences.
struct LogRows {
  private let directory: String
  private let outbox: Outbox
  /// How many records of each lane were written.
  private(set) var counts: [LogLane: Int64] = [:]

  init(of log: String, into directory: String) {
    (self.directory, outbox) = (directory, Outbox(directory: log))
  }

  /// All lanes.
  /// - Parameters:
  ///   - history: a copy that was made of the log before anything was deleted from it: its samples come from there, as `bombyx log` reads
  ///     them and not as they are sent.
  ///   - limits: how many records of each lane are wanted.
  mutating func write(history: String, limits: [LogLane: Int64]) throws {
    for lane in LogLane.allCases {
      let path = "\(directory)/\(lane.rawValue).log"
      _ = FileManager.default.createFile(atPath: path, contents: nil)
      guard let file = FileHandle(forWritingAtPath: path) else { throw CocoaError(.fileWriteUnknown) }
      defer { try? file.close() }
      let limit = limits[lane] ?? 0
      var next: Int64 = 1
      if lane == .backlog { next = try samples(of: history, limit: limit, to: file) + 1 }
      while next <= limit {
        guard case .records(let records) = try outbox.run(of: lane, from: next, through: limit, bytes: 1 << 20) else {
          throw JournalError(kind: .other, path: path, detail: "the log does not have \(lane.rawValue) \(next)")
        }
        try file.write(contentsOf: Data(Self.lines(records, from: next).joined().utf8))
        next += Int64(records.count)
      }
      counts[lane] = limit
    }
  }

  /// - Returns: how many there were.
  private func samples(of history: String, limit: Int64, to file: FileHandle) throws -> Int64 {
    let reader = try JournalReader(directory: history)
    let rows = try reader.samples(of: reader.channels(), limit: .first(Int(limit)))
    var text = ""
    for (index, row) in rows.enumerated() {
      let wall = row.stamp.wall
      text += Self.line(
        [
          "\(index + 1)", History.boot(Int(row.boot)), "\(row.stamp.at.nanoseconds / 1_000_000)",
          "\(wall.unixMilliseconds)",
        ]
          + [Self.code(wall.trust), row.channel, row.value.map { "\(Int64(($0 * 10_000).rounded()))" }]
          + ["\(row.quality.rawValue)"])
      if text.utf8.count > 1 << 20 {
        try file.write(contentsOf: Data(text.utf8))
        text = ""
      }
    }
    try file.write(contentsOf: Data(text.utf8))
    return Int64(rows.count)
  }

  private static func lines(_ records: OutboxRecords, from first: Int64) -> [String] {
    func begin(_ index: Int, _ stamp: OutboxStamp) -> [String?] {
      ["\(first + Int64(index))", stamp.boot, "\(stamp.mono)", "\(stamp.wall)", code(stamp.trust)]
    }
    switch records {
    case .samples(let samples):
      return samples.enumerated().map { index, sample in
        line(begin(index, sample.stamp) + [sample.channel, text(sample.value), "\(sample.quality.rawValue)"])
      }
    case .windows(let windows):
      return windows.enumerated().flatMap { index, window in
        window.means.sorted { Array($0.channel.utf8).lexicographicallyPrecedes(Array($1.channel.utf8)) }.map { mean in
          line(
            begin(index, window.stamp) + ["\(window.length)", mean.channel, text(mean.mean), text(mean.minimum)]
              + [text(mean.maximum), "\(mean.good)", "\(mean.bad)"])
        }
      }
    case .decisions(let decisions):
      return decisions.enumerated().map { index, decision in
        line(
          begin(index, decision.stamp) + [decision.output, decision.isOn ? "t" : "f"]
            + [decision.demand.map { "\(Int64(($0 * 1e6).rounded()))" }, decision.rule, decision.channel]
            + [text(decision.value), text(decision.setpoint), decision.heldBy, text(decision.until)])
      }
    case .entries(let entries):
      return entries.enumerated().map { index, entry in line(begin(index, entry.stamp) + fields(entry.content)) }
    }
  }

  private static func fields(_ content: OutboxEntry.Content) -> [String?] {
    switch content {
    case .alarm(let kind, let subject, let severity, let transition, let value, let person):
      ["alarm", kind, subject, severity, transition, text(value), person, nil, nil, nil, nil]
    case .event(let kind, let subject, let detail, let person):
      ["event", kind, subject, nil, nil, nil, person, detail, nil, nil, nil]
    case .anchor(let utc, let error, let source):
      ["anchor", nil, nil, nil, nil, nil, nil, nil, "\(utc)", "\(error)", source]
    }
  }

  private static func text(_ value: Int64?) -> String? { value.map { "\($0)" } }

  /// As docs/sync.md numbers it.
  private static func code(_ trust: ClockTrust) -> String {
    switch trust {
    case .trusted: "0"
    case .freeRunning: "1"
    case .unknown: "2"
    }
  }

  /// The text format of COPY (PostgreSQL documentation, COPY, "Text Format").
  private static func line(_ fields: [String?]) -> String {
    fields.map { field in
      guard let field else { return "\\N" }
      guard field.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 < 0x20 }) else { return field }
      return field.replacing("\\", with: "\\\\").replacing("\t", with: "\\t").replacing("\n", with: "\\n")
    }.joined(separator: "\t") + "\n"
  }
}

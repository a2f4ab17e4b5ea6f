// The whole log as text that is the same for the same records.

import Climate
import Controller
import GRDB

/// The lines of ``JournalReader/forEachRowCanonically(_:)``: one cursor a table, merged by id.
enum CanonicalLog {
  static func forEachLine(of db: Database, _ body: (String) -> Void) throws {
    var sources: [any Source] = [try Samples(db)]
    for select in selects { sources.append(try Rows(select, db)) }
    if try Schema.hasLanes(db) { sources.append(try Rows(anchors, db)) }
    while let next = sources.indices.filter({ sources[$0].id != nil })
      .min(by: { (sources[$0].id ?? .max) < (sources[$1].id ?? .max) })
    {
      body(sources[next].line)
      try sources[next].advance()
    }
  }

  /// Lines in the order of the log, one ahead.
  private protocol Source {
    /// Id of the line ahead; `nil` at the end.
    var id: Int64? { get }
    var line: String { get }
    mutating func advance() throws
  }

  /// All samples. A block that cannot be read is one line: `gap`, with its number of samples.
  private struct Samples: Source {
    private let names: [Int64: String]
    private var walk: SampleWalk
    /// The block's lines to come, the last first.
    private var lines: [(id: Int64, text: String)] = []

    var id: Int64? { lines.last?.id }
    var line: String { lines.last?.text ?? "" }

    init(_ db: Database) throws {
      var names: [Int64: String] = [:]
      for row in try Row.fetchAll(db, sql: "SELECT id, name FROM channels") {
        names[try row.integer(0)] = try row.text(1)
      }
      self.names = names
      walk = try SampleWalk(db)
      try fill()
    }

    mutating func advance() throws {
      lines.removeLast()
      if lines.isEmpty { try fill() }
    }

    private mutating func fill() throws {
      while lines.isEmpty, let stored = try walk.next() {
        switch stored.content {
        case .success(let block):
          block.forEachSample { sample in
            guard let name = names[sample.channel] else { return }
            lines.append((sample.id, Self.line(SampleRow(sample, channel: name))))
          }
          lines.reverse()
        case .failure:
          let fields = [stored.id, stored.boot, stored.wall, stored.samples].map(String.init)
          let trust = TrustCode.decode(stored.trust).rawValue
          lines = [(stored.id, "\(fields[0])\tgap\t\(fields[1])\t-\t\(fields[2])\t\(trust)\t\(fields[3])")]
        }
      }
    }

    private static func line(_ row: SampleRow) -> String {
      [
        String(row.id), "sample", String(row.boot), String(row.stamp.at.nanoseconds),
        String(row.stamp.wall.unixMilliseconds), row.stamp.wall.trust.rawValue, escaped(row.channel),
        row.value.map { "\($0)" } ?? "-", row.quality.name,
      ].joined(separator: "\t")
    }
  }

  /// One table's rows.
  private struct Rows: Source {
    private let table: String
    private let cursor: RowCursor
    private(set) var id: Int64?
    private(set) var line = ""

    init(_ select: (table: String, sql: String), _ db: Database) throws {
      table = select.table
      cursor = try Row.fetchCursor(db, sql: select.sql)
      try advance()
    }

    mutating func advance() throws {
      guard let row = try cursor.next() else {
        id = nil
        return
      }
      id = try row.integer(0)
      let stamp = try row.stamp(2)
      var fields = [
        String(try row.integer(0)), table, String(try row.integer(1)), String(stamp.at.nanoseconds),
        String(stamp.wall.unixMilliseconds), stamp.wall.trust.rawValue,
      ]
      for index in 5..<row.count { fields.append(text(row[index])) }
      line = fields.joined(separator: "\t")
    }

    private func text(_ value: DatabaseValue) -> String {
      switch value.storage {
      case .null: "-"
      case .int64(let number): String(number)
      case .double(let number): "\(number)"
      case .string(let text): escaped(text)
      case .blob(let data): data.map { String($0, radix: 16) }.joined(separator: " ")
      }
    }
  }

  private static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 < 0x20 }) else { return text }
    return text.replacing("\\", with: "\\\\").replacing("\t", with: "\\t").replacing("\n", with: "\\n")
  }

  private static let anchors = (
    table: "anchor", sql: "SELECT id, boot, mono, wall, trust, utc, error, source FROM anchors ORDER BY id"
  )

  private static let selects = [
    (
      table: "decision",
      sql: """
      SELECT decisions.id, boot, mono, wall, trust, outputs.name, isOn, demand, rule, channels.name, value, setpoint, heldBy,
        until
      FROM decisions CROSS JOIN outputs ON outputs.id = output LEFT JOIN channels ON channels.id = channel
      ORDER BY decisions.id
      """
    ),
    (
      table: "alarm",
      sql: """
      SELECT id, boot, mono, wall, trust, kind, subject, severity, transition, value, person FROM alarms ORDER BY id
      """
    ),
    (table: "event", sql: "SELECT id, boot, mono, wall, trust, kind, subject, detail, person FROM events ORDER BY id"),
  ]
}

// The whole log as text that is the same for the same records.

import Climate
import Controller
import GRDB

/// The lines of ``JournalReader/forEachRowCanonically(_:)``: one cursor a table, merged by id.
enum CanonicalLog {
  static func forEachLine(of db: Database, _ body: (String) -> Void) throws {
    var sources = try selects.map { try Source($0, db) }
    while let next = sources.indices.filter({ sources[$0].id != nil })
      .min(by: { (sources[$0].id ?? .max) < (sources[$1].id ?? .max) })
    {
      body(sources[next].line)
      try sources[next].advance()
    }
  }

  /// One table's rows in the order of the log, one ahead.
  private struct Source {
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
      if table == CanonicalLog.samples.table {
        fields.append(escaped(try row.text(5)))
        fields.append(SampleValue.decode(row.integerIfPresent(6)).map { "\($0)" } ?? "-")
        fields.append(UInt8(exactly: try row.integer(7)).flatMap(Quality.init(rawValue:))?.name ?? "-")
      } else {
        for index in 5..<row.count { fields.append(text(row[index])) }
      }
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

    private func escaped(_ text: String) -> String {
      guard text.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 < 0x20 }) else { return text }
      return text.replacing("\\", with: "\\\\").replacing("\t", with: "\\t").replacing("\n", with: "\\n")
    }
  }

  private static let samples = (
    table: "sample",
    sql: """
    SELECT samples.id, boot, mono, wall, trust, channels.name, value, quality
    FROM stamps CROSS JOIN samples ON samples.id BETWEEN stamps.id AND stamps.last
    CROSS JOIN channels ON channels.id = channel ORDER BY stamps.id, samples.id
    """
  )

  private static let selects = [
    samples,
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

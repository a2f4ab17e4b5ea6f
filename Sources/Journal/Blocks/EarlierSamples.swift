// Samples as rows, as earlier versions wrote them.

import GRDB

/// Samples as rows, as earlier versions wrote them, on their way into blocks.
enum EarlierSamples {
  /// Rows that are read at once.
  private static let rowsAtOnce = 8_000

  /// The least and the greatest id of a row; `nil` when there is none, as in every log that this version has begun.
  static func ids(_ db: Database) throws -> ClosedRange<Int64>? {
    // Two questions: either is answered by one end of the table, both together by none.
    guard
      let first = try Int64.fetchOne(db.cachedStatement(sql: "SELECT min(id) FROM samples")),
      let last = try Int64.fetchOne(db.cachedStatement(sql: "SELECT max(id) FROM samples")), first <= last
    else { return nil }
    return first...last
  }

  /// Some rows from one end of a range of ids, in the order of the log.
  static func read(
    _ db: Database, from: Int64, to: Int64, channels: Set<Int64>? = nil, isForward: Bool = true
  ) throws -> [StoredSample] {
    let order = isForward ? "" : " DESC"
    let filter = channels.map { " AND channel IN (\($0.sorted().map(String.init).joined(separator: ", ")))" } ?? ""
    // The stamp of a sample is the newest that does not come after it.
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT samples.id, boot, mono, wall, trust, channel, value, quality
          FROM samples JOIN stamps ON stamps.id = (SELECT max(id) FROM stamps WHERE id <= samples.id)
          WHERE samples.id BETWEEN ? AND ?\(filter) ORDER BY samples.id\(order) LIMIT ?
          """), arguments: [from, to, rowsAtOnce])
    let samples = try rows.map { row in
      StoredSample(
        id: try row.integer(0), boot: try row.integer(1), mono: try row.integer(2), wall: try row.integer(3),
        trust: TrustCode.encode(TrustCode.decode(try row.integer(4))), channel: try row.integer(5),
        value: row.integerIfPresent(6), quality: UInt8(exactly: try row.integer(7)) ?? .max)
    }
    return isForward ? samples : samples.reversed()
  }

  /// Turns the oldest rows into a block, in a transaction of the caller's.
  static func convert(_ db: Database, _ settings: BlockSettings) throws {
    guard let ids = try ids(db) else { return }
    let samples = try read(db, from: ids.lowerBound, to: ids.upperBound)
    // Samples without a stamp are damage that nobody could ever read; they come before all others.
    let sequences = try LogOrigin(db).rows
    let unreadable = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT count(*) FROM samples WHERE id < ?"), arguments: [samples.first?.id ?? .max])
    let next = min(sequences.lowerBound + (unreadable ?? 0), sequences.upperBound)
    var writer = BlockWriter(settings, next: next)
    let count = try writer.write(samples, stopsWhenFull: true, to: db)
    if sequences.lowerBound < next {
      try Losses.add(Loss(lane: .backlog, first: sequences.lowerBound, last: next - 1, why: .damaged), to: db)
    }
    try LogOrigin.write(rowsFrom: count > 0 ? writer.next : sequences.upperBound, to: db)
    let last = count > 0 ? samples[count - 1].id : ids.upperBound
    try db.cachedStatement(sql: "DELETE FROM samples WHERE id <= ?").execute(arguments: [last])
    try db.cachedStatement(
      sql: "DELETE FROM stamps WHERE last <= ?1 AND id <= ?1"
    ).execute(arguments: [last])
  }
}

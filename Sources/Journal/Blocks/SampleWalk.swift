// Going through the samples of the log, block by block.

import GRDB

/// Goes through the samples of the log, a block at a time, forward or back.
///
/// Logs that earlier versions began hold samples as rows, until maintenance has turned them into blocks (``EarlierSamples``). These
/// rows lie between the blocks made of their elders and those written since, and are given as blocks as well.
struct SampleWalk {
  /// One kind of table in a range of ids; both ends included.
  private struct Part {
    var isBlocks: Bool
    var from: Int64
    var to: Int64
  }

  private let db: Database
  private let span: LogSpan
  private let channels: Set<Int64>?
  private let isForward: Bool
  private var parts: [Part]
  /// Blocks made of rows, to be given before anything else.
  private var made: [StoredBlock] = []

  /// - Parameters:
  ///   - span: the wall times of interest; a block may hold others as well.
  ///   - id: where to begin: the sample of this id and those after it.
  ///   - channels: the channels whose samples are wanted; `nil` for all.
  init(
    _ db: Database, span: LogSpan = .all, from id: Int64 = .min, channels: Set<Int64>? = nil, isForward: Bool = true
  ) throws {
    (self.db, self.span, self.channels, self.isForward) = (db, span, channels, isForward)
    let rows = try EarlierSamples.ids(db)
    let blocks = Part(isBlocks: true, from: .min, to: .max)
    parts = [blocks]
    if let rows {
      let before = rows.lowerBound == .min ? nil : Part(isBlocks: true, from: .min, to: rows.lowerBound - 1)
      let after = rows.upperBound == .max ? nil : Part(isBlocks: true, from: rows.upperBound + 1, to: .max)
      parts = [before, Part(isBlocks: false, from: rows.lowerBound, to: rows.upperBound), after].compactMap { $0 }
    }
    let hasBlocks = try Schema.hasBlocks(db)
    parts = try parts.filter { hasBlocks || !$0.isBlocks }.map { try narrowed($0, from: id) }
    if !isForward { parts.reverse() }
  }

  /// Leaves out what the span excludes, as far as the index by wall time tells.
  private func narrowed(_ part: Part, from id: Int64) throws -> Part {
    var part = part
    if part.isBlocks {
      // The block that holds a sample may begin before it.
      let start = try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT max(id) FROM blocks WHERE id <= ?"), arguments: [id])
      part.from = max(part.from, start ?? .min)
    } else {
      part.from = max(part.from, id)
    }
    guard span != .all else { return part }
    let ids =
      part.isBlocks
      ? try SampleWalk.ids(
        db, "SELECT min(id), max(id) FROM blocks WHERE wall BETWEEN ? AND ?",
        from: span.from.map { $0.subtractingReportingOverflow(SampleBlock.longest) }.map { $0.overflow ? .min : $0.0 },
        to: span.to)
      : try SampleWalk.ids(
        db, "SELECT min(id), max(last) FROM stamps WHERE wall BETWEEN ? AND ?", from: span.from, to: span.to)
    part.from = max(part.from, ids?.lowerBound ?? .max)
    part.to = min(part.to, ids?.upperBound ?? .min)
    return part
  }

  /// The least and the greatest id that a question for two of them finds.
  static func ids(_ db: Database, _ sql: String, from: Int64?, to: Int64?) throws -> ClosedRange<Int64>? {
    let row = try Row.fetchOne(db.cachedStatement(sql: sql), arguments: [from ?? .min, to ?? .max])
    guard let row, let first = row.integerIfPresent(0), let last = row.integerIfPresent(1), first <= last else {
      return nil
    }
    return first...last
  }

  /// The next block of which something may lie in the span.
  mutating func next() throws -> StoredBlock? {
    while true {
      if let block = isForward ? made.first : made.last {
        if isForward { made.removeFirst() } else { made.removeLast() }
        return block
      }
      guard let part = parts.first else { return nil }
      guard part.from <= part.to else {
        parts.removeFirst()
        continue
      }
      if part.isBlocks {
        guard let block = try stored(part) else {
          parts.removeFirst()
          continue
        }
        pass(block.id, block.id)
        if span.from ?? .min <= block.until, block.wall <= span.to ?? .max { return block }
      } else {
        let rows = try EarlierSamples.read(
          db, from: part.from, to: part.to, channels: channels, isForward: isForward)
        if rows.isEmpty {
          parts.removeFirst()
          continue
        }
        made = SampleWalk.blocks(rows)
        if let first = rows.first, let last = rows.last { pass(first.id, last.id) }
      }
    }
  }

  /// What lies up to here has been given.
  private mutating func pass(_ first: Int64, _ last: Int64) {
    if isForward {
      parts[0].from = last == .max ? .max : last + 1
      if last == .max { parts[0].to = .min }
    } else {
      parts[0].to = first == .min ? .min : first - 1
      if first == .min { parts[0].from = .max }
    }
  }

  private func stored(_ part: Part) throws -> StoredBlock? {
    let order = isForward ? "" : " DESC"
    let statement = try db.cachedStatement(
      sql: "SELECT \(StoredBlock.columns) FROM blocks WHERE id BETWEEN ? AND ? ORDER BY id\(order) LIMIT 1")
    return try Row.fetchOne(statement, arguments: [part.from, part.to])
      .map { try StoredBlock($0, channels: channels) }
  }

  private static func blocks(_ samples: [StoredSample]) -> [StoredBlock] {
    var blocks: [StoredBlock] = []
    var block: SampleBlock?
    func complete() {
      guard var done = block else { return }
      done.endScan()
      blocks.append(StoredBlock(done))
    }
    for sample in samples where block?.append(sample) != true {
      complete()
      var next = SampleBlock(boot: sample.boot, trust: sample.trust)
      _ = next.append(sample)
      block = next
    }
    complete()
    return blocks
  }
}

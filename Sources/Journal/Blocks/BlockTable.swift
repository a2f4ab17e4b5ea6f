// Blocks in their table.

import Foundation
import GRDB

/// A row of the table of blocks: a block, or what is known of one that cannot be read.
struct StoredBlock {
  var id: Int64
  var last: Int64
  var samples: Int64
  var boot: Int64
  var wall: Int64
  var trust: Int64
  var until: Int64
  var content: Result<SampleBlock, BlockDamage>

  static let columns = "id, last, samples, boot, wall, trust, until, data"

  /// - Parameter channels: the channels whose samples are wanted; `nil` for all.
  init(_ row: Row, channels: Set<Int64>?) throws {
    id = try row.integer(0)
    last = try row.integer(1)
    samples = try row.integer(2)
    boot = try row.integer(3)
    wall = try row.integer(4)
    trust = try row.integer(5)
    until = try row.integer(6)
    content = .failure(.form)
    guard let data = Data.fromDatabaseValue(row[7]) else { return }
    content = Result { () throws(BlockDamage) in
      let block = try SampleBlock([UInt8](data), id: id, boot: boot, trust: trust, channels: channels)
      guard block.last == last, block.count == samples, block.wall == wall, block.end == until else { throw .row }
      return block
    }
  }

  /// A block that is in no table.
  init(_ block: SampleBlock) {
    (id, last, samples) = (block.id, block.last, Int64(block.count))
    (boot, wall, trust, until) = (block.boot, block.wall, block.trust, block.end)
    content = .success(block)
  }
}

/// Writes samples into blocks.
///
/// The newest block grows with every commit, until it fills a page: so a commit of samples changes one page, whatever the number
/// of channels, and a block lies on one page when it is complete. Only a new block changes another, which holds the sequence of its
/// first sample. A power cut leaves the block as one of the commits made it, because SQLite replaces a row whole.
struct BlockWriter {
  /// Most bytes of a block: with the rest of its row, what fits on a page without an overflow page (SQLite file format §1.6).
  static let pageful = LogFile.pageSize - 140

  private let pageful: Int
  private let longest: Int64
  /// The block that grows, as it is on disk.
  private var open: SampleBlock?
  /// The sequence that the next sample gets in its lane.
  private(set) var next: Int64

  init(_ settings: BlockSettings = BlockSettings(), next: Int64) {
    pageful = settings.pageful
    longest = settings.longest
    self.next = next
  }

  /// Writes samples that follow those before in the log, in a transaction of the caller's.
  /// - Parameter stopsWhenFull: whether to leave those that would begin a second block.
  /// - Returns: how many have been written.
  @discardableResult
  mutating func write(_ samples: [StoredSample], stopsWhenFull: Bool = false, to db: Database) throws -> Int {
    var rest = samples[...]
    var room = rest.count
    while let first = rest.first, open != nil || rest.count == samples.count || !stopsWhenFull {
      var block = open ?? SampleBlock(boot: first.boot, trust: first.trust)
      var taken = 0
      for sample in rest.prefix(room) {
        guard block.append(sample, longest: longest) else { break }
        taken += 1
      }
      guard taken > 0 else {
        // Another boot, another trust, a clock that stepped back.
        guard open != nil else { throw DatabaseError(resultCode: .SQLITE_INTERNAL, message: "a sample fits no block") }
        open = nil
        continue
      }
      block.endScan()
      let bytes = block.encoded
      if bytes.count <= pageful || (open == nil && taken == 1) {
        try Self.put(block, bytes, db)
        if open == nil { try Self.number(block, next, db) }
        next += Int64(taken)
        open = taken == room || taken == rest.count ? block : nil
        rest = rest.dropFirst(taken)
        room = rest.count
      } else if taken > Self.fewest || open == nil {
        room = max(taken / 2, 1)
      } else {
        open = nil
        room = rest.count
      }
    }
    return samples.count - rest.count
  }

  /// A block that has no room for so many more is full.
  private static let fewest = 64

  private static func number(_ block: SampleBlock, _ sequence: Int64, _ db: Database) throws {
    try db.cachedStatement(sql: "INSERT INTO backlog (block, seq) VALUES (?, ?)")
      .execute(arguments: [block.id, sequence])
  }

  private static func put(_ block: SampleBlock, _ bytes: [UInt8], _ db: Database) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO blocks (\(StoredBlock.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET last = excluded.last, samples = excluded.samples, until = excluded.until,
          data = excluded.data
        """
    ).execute(
      arguments: [
        block.id, block.last, block.count, block.boot, block.wall, block.trust, block.end, Data(bytes),
      ])
  }
}

/// How large blocks become. Other values than the usual ones give many blocks in short tests.
struct BlockSettings: Equatable, Sendable {
  var pageful = BlockWriter.pageful
  /// Longest stretch of the wall clock in a block, ms; at most ``SampleBlock/longest``.
  var longest = SampleBlock.longest
}

// Looking for blocks that can no longer be read.

import GRDB

/// Reads the blocks over and over, one at each call, to find those that the disk has spoilt before somebody needs them.
struct Scrub {
  /// The block that was read last.
  private var passed = Int64.min
  /// Whether one was found that cannot be read.
  private(set) var hasFoundDamage = false

  mutating func run(_ db: Database) throws {
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT \(StoredBlock.columns), seq FROM blocks LEFT JOIN backlog ON block = blocks.id
          WHERE blocks.id > ? ORDER BY blocks.id LIMIT 1
          """), arguments: [passed])
    guard let row else {
      passed = .min
      return
    }
    // The checksum is that of the whole, whatever columns are asked for.
    let stored = try StoredBlock(row, channels: [])
    passed = stored.id
    guard case .failure = stored.content else { return }
    hasFoundDamage = true
    guard row.integerIfPresent(8) != nil else { return }
    let first = try row.sequence(8)
    guard try !Losses.holds(.backlog, first, .damaged, db) else { return }
    let last = first + max(try row.sequence(2), 1) - 1
    try Losses.add(Loss(lane: .backlog, first: first, last: last, why: .damaged), to: db)
  }
}

// Records that wait for the disk.

import Controller

/// Records that wait for the disk, in a bounded space.
///
/// When the disk is away for too long, the oldest of the least important make room: samples first, then decisions, then events,
/// and alarms only when there is nothing else left.
struct PendingRecords {
  /// The records in the order in which they came.
  private(set) var records: [Record] = []
  /// Whether one of them must reach the disk at once.
  private(set) var isUrgent = false
  /// How many have been dropped so far.
  private(set) var dropped = 0
  private let limit: Int

  init(limit: Int) {
    self.limit = max(limit, 1)
  }

  mutating func append(_ more: [Record]) {
    records.append(contentsOf: more)
    isUrgent = isUrgent || more.contains { $0.isUrgent }
    if records.count > limit { makeRoom() }
  }

  /// Forgets the records once they are on disk.
  mutating func removeAll() {
    records.removeAll(keepingCapacity: true)
    isUrgent = false
  }

  /// Drops a tenth of the limit at once, so that a full buffer is not searched at every record.
  private mutating func makeRoom() {
    var excess = records.count - limit + limit / 10
    for rank in 0...Self.lastRank where excess > 0 {
      var kept: [Record] = []
      kept.reserveCapacity(records.count)
      for record in records {
        if excess > 0, Self.rank(of: record) == rank {
          excess -= 1
          dropped += 1
        } else {
          kept.append(record)
        }
      }
      records = kept
    }
  }

  private static let lastRank = 3

  private static func rank(of record: Record) -> Int {
    switch record {
    case .sample: 0
    case .decision: 1
    case .event: 2
    case .alarm: lastRank
    }
  }
}

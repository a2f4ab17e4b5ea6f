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
  /// Whether so many wait that some will have to be dropped before long.
  var isHalfFull: Bool { records.count >= limit / 2 }
  /// How many have been dropped so far.
  private(set) var dropped = 0
  private let limit: Int
  /// How many of the first are in doubt.
  private var doubtful = 0

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

  // MARK: Doubt

  /// All records of now may be on disk or not: the commit that had them failed.
  mutating func doubtAll() { doubtful = records.count }

  /// The doubt is over; if the records are on disk, they are forgotten.
  mutating func settle(areOnDisk: Bool) {
    if areOnDisk {
      records.removeFirst(doubtful)
      isUrgent = records.contains { $0.isUrgent }
    }
    doubtful = 0
  }

  /// Drops a tenth of the limit at once, so that a full buffer is not searched at every record.
  private mutating func makeRoom() {
    var excess = records.count - limit + limit / 10
    for rank in 0...Self.lastRank where excess > 0 {
      var kept: [Record] = []
      kept.reserveCapacity(records.count)
      var stillDoubtful = doubtful
      for (index, record) in records.enumerated() {
        if excess > 0, Self.rank(of: record) == rank {
          excess -= 1
          dropped += 1
          if index < doubtful { stillDoubtful -= 1 }
        } else {
          kept.append(record)
        }
      }
      records = kept
      doubtful = stillDoubtful
    }
  }

  private static let lastRank = 3

  private static func rank(of record: Record) -> Int {
    switch record {
    case .sample: 0
    case .decision: 1
    case .event, .anchor: 2
    case .alarm: lastRank
    }
  }
}

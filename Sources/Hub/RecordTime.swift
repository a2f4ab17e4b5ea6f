// When a record was, as well as that can be known.

import SyncProtocol

/// What a boot's newest anchor says.
struct BootClock: Equatable {
  /// UTC less monotonic time, ms; `nil` as long as there is no anchor.
  var correction: Int64?
  /// Sequence of that anchor in the lane `alarm`.
  var anchor: Int64?
}

enum RecordTime {
  /// What a database's time can hold and a calendar make sense of: 1970 to 2100, ms.
  static let range: ClosedRange<Int64> = 0...4_102_444_800_000
  /// A new anchor that agrees with the old one to so many ms moves nothing.
  static let agreement: Int64 = 1_000

  /// A record's time, ms since 1970 UTC: the clock where it was trusted, else what the boot's anchor says, else the clock all the same.
  static func best(_ stamp: SyncStamp, _ clock: BootClock) -> Int64 {
    let time =
      if stamp.trust != .trusted, let correction = clock.correction {
        stamp.mono.addingReportingOverflow(correction)
      } else {
        (partialValue: stamp.wall, overflow: false)
      }
    return time.overflow ? range.upperBound : min(max(time.partialValue, range.lowerBound), range.upperBound)
  }
}

extension Lane {
  /// The number in the database.
  var number: Int16 {
    switch self {
    case .alarm: 0
    case .live: 1
    case .backlog: 2
    case .diagnostic: 3
    }
  }
}

extension Batch {
  /// Sequences of its records; `nil` if it has none.
  var sequences: ClosedRange<Int64>? { last >= first ? first...last : nil }

  /// When its records were made; `nil` for a batch without such.
  var stamps: StampTable? {
    switch content {
    case .hello, .lost: nil
    case .samples(let group): group.stamps
    case .means(let group): group.stamps
    case .entries(let group): group.stamps
    case .decisions(let group): group.stamps
    }
  }

  /// Names of its channels that the database keeps apart.
  var channels: Set<String> {
    switch content {
    case .samples(let group): Set(group.channels)
    case .means(let group): Set(group.windows.flatMap { $0.means.map(\.channel) })
    default: []
    }
  }
}

extension LaneState {
  /// What is held, and will be compared with what comes.
  var held: SequenceSet {
    var held = received
    for range in lost.ranges { held.remove(range) }
    return held
  }

  /// Takes the records of a batch for received.
  mutating func take(_ range: ClosedRange<Int64>) {
    received.insert(range)
    lost.remove(range)
  }

  /// Takes records for lost, as far as they are not there.
  mutating func lose(_ range: ClosedRange<Int64>) {
    let there = held.intersection(range)
    received.insert(range)
    lost.insert(range)
    for part in there { lost.remove(part) }
  }
}

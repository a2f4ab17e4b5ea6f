// The anchors of a batch.

import SyncProtocol

/// What an anchor says of its boot's monotonic clock.
struct Anchor {
  var boot: String
  var sequence: Int64
  /// UTC less monotonic time, ms.
  var correction: Int64
}

enum Anchors {
  /// The anchors among the records of a batch.
  static func of(_ batch: Batch) -> [Anchor] {
    guard case .entries(let group) = batch.content else { return [] }
    return group.entries.enumerated().compactMap { index, entry in
      guard case .anchor(let utc, _, _) = entry.content else { return nil }
      let stamp = group.stamps.stamps[entry.stamp]
      let (correction, overflow) = utc.subtractingReportingOverflow(stamp.mono)
      guard !overflow else { return nil }
      return Anchor(
        boot: group.stamps.boot(of: stamp), sequence: batch.first + Int64(index), correction: correction)
    }
  }
}

// When the wall clock becomes right.

import Climate
import Controller
import Platform

/// Notices when the wall clock becomes right, and when it is set while it is right.
///
/// Each time an anchor is kept, by which records of the same boot that were made before can be given their time.
struct ClockAnchors {
  /// How far the wall clock may move against the monotonic one before another anchor is due, ms. A clock that is right moves by
  /// nothing: the kernel slews both alike.
  static let tolerance: Int64 = 1_000

  /// Wall time less monotonic time at the last anchor, ms; `nil` while the clock is not right.
  private var offset: Int64?

  /// Looks at the clocks.
  /// - Parameter error: how far the wall clock may be from the truth, ms; asked only when an anchor is due.
  /// - Returns: the anchor that is due.
  mutating func look(now: Instant, wall: WallTime, error: () -> Int64?) -> Record? {
    guard wall.trust == .trusted else {
      offset = nil
      return nil
    }
    let offset = wall.unixMilliseconds &- now.nanoseconds / 1_000_000
    if let known = self.offset, (offset &- known).magnitude <= Self.tolerance.magnitude { return nil }
    self.offset = offset
    return .anchor(
      Stamp(at: now, wall: wall), utc: wall.unixMilliseconds, error: max(error() ?? Self.tolerance, 0), source: .ntp)
  }
}

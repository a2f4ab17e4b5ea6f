// The wall clock with how far it can be trusted.

import Controller
import Platform

/// The wall clock of the machine. Whether it is right is asked less often than what it says: that takes a system call.
struct WallTimeSource {
  private var trust: ClockTrust?

  /// Before this, 2025-10-09, the program was not written: a clock that says so has never been set.
  static let earliest: Int64 = 1_760_000_000_000

  /// The time now.
  /// - Parameter mustLook: whether to ask anew how far it can be trusted.
  mutating func now(mustLook: Bool) -> WallTime {
    guard !mustLook, let trust else {
      let time = Self.look()
      trust = time.trust
      return time
    }
    return WallTime(unixMilliseconds: WallClock.unixMilliseconds(), trust: trust)
  }

  /// The time now and how far it can be trusted.
  static func look() -> WallTime {
    let now = WallClock.unixMilliseconds()
    let trust: ClockTrust = now < earliest ? .unknown : WallClock.isSynchronised() ? .trusted : .freeRunning
    return WallTime(unixMilliseconds: now, trust: trust)
  }
}

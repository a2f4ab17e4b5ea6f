// What holds for a while after it was last seen.

import Climate

/// Holds from a condition until some time after it was last seen.
struct Latch: Sendable {
  private(set) var isHolding = false
  private(set) var lastSeenAt = Instant.zero

  /// Takes in what is seen now.
  /// - Parameters:
  ///   - begins: whether the condition is there.
  ///   - goesOn: whether it is near enough to go on holding.
  ///   - hold: how long it holds after it was last seen.
  mutating func step(begins: Bool, goesOn: Bool, hold: Duration, at now: Instant) {
    if begins || isHolding && goesOn { (isHolding, lastSeenAt) = (true, now) }
    if isHolding, lastSeenAt.duration(to: now) > hold { isHolding = false }
  }

  /// When it ends if it is not seen again; `nil` while it is seen.
  func until(hold: Duration, at now: Instant?) -> Instant? {
    now.map { lastSeenAt < $0 } == true ? lastSeenAt.advanced(by: hold) : nil
  }
}

// Whether a zone's fires may burn: carbon monoxide in its air.

import Climate

/// Keeps the fires of a zone off while its air holds carbon monoxide, or while nobody knows.
///
/// Charcoal and honeycomb briquettes heat many sheds, and a blocked flue kills who looks after the silkworms at night. At the limit all
/// fires are off and all fans run; a fire may burn again once the gas has been below half of the limit for ten minutes, which is longer
/// than embers take to fill a room again. Engineering proposals. Half of the limit, because cells drift and a limit met exactly would
/// let the fire come and go.
struct CombustionWatch: Sendable {
  /// How long the gas must have been low.
  static let rest = Duration.minutes(10)
  /// Share of the limit below which it is low.
  static let lowShare = 0.5

  /// Whether the limit was reached, and the gas has not been low for long enough since.
  private(set) var isTripped = false
  private var lowSince: Instant?

  /// Takes in the concentration, ppm; `nil` without a trustworthy reading, which changes nothing.
  mutating func step(_ value: Double?, limit: Double, at now: Instant) {
    guard let value else { return }
    if value >= limit { isTripped = true }
    guard isTripped, value < limit * Self.lowShare else {
      lowSince = nil
      return
    }
    let since = lowSince ?? now
    lowSince = since
    if since.duration(to: now) >= Self.rest { (isTripped, lowSince) = (false, nil) }
  }
}

// How many records a second reach the hub.

import Climate

/// Counts over the last minute, in stretches of five seconds.
struct RateMeter: Sendable {
  private static let stretch: Int64 = 5_000_000_000
  private static let stretches = 12
  private var counts = [Int64](repeating: 0, count: stretches)
  private var newest: Int64 = 0
  private var began: Int64?

  mutating func add(_ count: Int64, at now: Instant) {
    guard count > 0 else { return }
    move(to: now)
    if began == nil { began = now.nanoseconds }
    counts[Int(newest % Int64(Self.stretches))] += count
  }

  /// Records a second over the last minute, or since the first if that is less; 0 when none came.
  mutating func rate(at now: Instant) -> Double {
    move(to: now)
    guard let began else { return 0 }
    let span = min(max(now.nanoseconds - began, 1_000_000_000), Self.stretch * Int64(Self.stretches))
    return Double(counts.reduce(0, +)) / (Double(span) / 1e9)
  }

  private mutating func move(to now: Instant) {
    let place = max(0, now.nanoseconds / Self.stretch)
    guard place > newest else { return }
    for passed in 0..<min(place - newest, Int64(Self.stretches)) {
      counts[Int((place - passed) % Int64(Self.stretches))] = 0
    }
    newest = place
    if counts.allSatisfy({ $0 == 0 }) { began = nil }
  }
}

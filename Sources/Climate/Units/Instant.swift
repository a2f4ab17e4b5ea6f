// The one monotonic time of the system.

/// A point on the device's monotonic clock.
///
/// All durations in Bombyx are differences of two instants; wall time is never subtracted. The origin is
/// boot on a device (`CLOCK_MONOTONIC`, or `CLOCK_BOOTTIME` where the machine can sleep) and the start of the run in a
/// simulation.
public struct Instant: InstantProtocol, Hashable, Codable, Sendable {
  /// Nanoseconds since the clock's origin.
  public var nanoseconds: Int64

  /// An instant a number of nanoseconds after the clock's origin.
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// An instant a number of seconds after the clock's origin.
  public init(seconds: Double) {
    self.nanoseconds = Int64(seconds * 1e9)
  }

  /// The clock's origin.
  public static let zero = Instant(nanoseconds: 0)

  /// Seconds since the clock's origin.
  public var seconds: Double { Double(nanoseconds) / 1e9 }

  /// The instant `duration` later; saturates instead of overflowing, so that a distant future stays distant.
  @inlinable public func advanced(by duration: Duration) -> Instant {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.nanoseconds)
    guard overflow else { return Instant(nanoseconds: sum) }
    return Instant(nanoseconds: duration < .zero ? .min : .max)
  }

  /// Time from this instant to `other`; negative if `other` came first.
  @inlinable public func duration(to other: Instant) -> Duration { .nanoseconds(nanoseconds(to: other)) }

  /// Whole nanoseconds from this instant to `other`, saturated; negative if `other` came first. Cheaper than a `Duration` where times are
  /// compared in every step.
  @inlinable public func nanoseconds(to other: Instant) -> Int64 {
    let (difference, overflow) = other.nanoseconds.subtractingReportingOverflow(nanoseconds)
    guard overflow else { return difference }
    return other < self ? .min : .max
  }

  /// Seconds from this instant to `other`; negative if `other` came first. Cheaper than a `Duration` where a number is wanted.
  @inlinable public func seconds(to other: Instant) -> Double {
    let (difference, overflow) = other.nanoseconds.subtractingReportingOverflow(nanoseconds)
    return overflow ? Double(other.nanoseconds) / 1e9 - Double(nanoseconds) / 1e9 : Double(difference) / 1e9
  }

  /// Earlier comes first.
  @inlinable public static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}

extension Duration {
  /// The duration in whole nanoseconds, saturated to the range of `Int64` (± 292 years).
  @inlinable public var nanoseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000) }

  /// The duration in seconds.
  public var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }

  /// A whole number of minutes.
  public static func minutes(_ minutes: Int) -> Duration { .seconds(minutes * 60) }

  /// A whole number of hours.
  public static func hours(_ hours: Int) -> Duration { .seconds(hours * 3600) }
}

// How long to wait before the disk is tried again.

/// How long to wait before the disk is tried again: a second, then twice as long each time, up to a minute.
struct RetryInterval {
  private static let first = Duration.seconds(1)
  private static let longest = Duration.seconds(60)
  private var next = first

  /// The interval after one more failure.
  mutating func afterFailure() -> Duration {
    defer { next = min(next * 2, Self.longest) }
    return next
  }

  /// The disk works again.
  mutating func reset() { next = Self.first }
}

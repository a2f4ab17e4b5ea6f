// Wall time, which stamps records and never measures durations.

/// How far the wall clock can be believed.
public enum ClockTrust: String, Codable, Sendable {
  /// Set by a time server or confirmed by a person since boot.
  case trusted
  /// Kept by a clock chip or carried on from an earlier trust, nobody has confirmed it since.
  case freeRunning = "free-running"
  /// Not set at all: a machine that booted in 1970.
  case unknown
}

/// A reading of the wall clock with its trust.
public struct WallTime: Equatable, Codable, Sendable {
  /// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
  public var unixMilliseconds: Int64
  /// How far the clock can be believed.
  public var trust: ClockTrust

  /// A wall-clock reading.
  public init(unixMilliseconds: Int64, trust: ClockTrust) {
    self.unixMilliseconds = unixMilliseconds
    self.trust = trust
  }
}

// How far a value can be believed.

/// The quality of a value. It stays on the value through control, log, screen and sync.
///
/// Names follow QARTOD's flags where they have a counterpart (pass, suspect, fail).
public enum Quality: UInt8, CaseIterable, Codable, Sendable {
  /// Measured, checked and young.
  case good = 0
  /// From a simulated shed; used by control like ``good`` and never mistaken for it in a log.
  case simulated = 1
  /// Stands in for a probe that is lost: comes from a backup that is not as good.
  case substituted = 2
  /// Failed a plausibility test; shown and logged, not used for control.
  case suspect = 3
  /// The last good value, too old to act on.
  case stale = 4
  /// No usable value.
  case failed = 5

  /// Whether control may act on a value of this quality.
  public var isTrustworthy: Bool {
    switch self {
    case .good, .simulated, .substituted: true
    case .suspect, .stale, .failed: false
    }
  }

  /// The word used in the log, in JSON and on the command line.
  public var name: String {
    switch self {
    case .good: "good"
    case .simulated: "simulated"
    case .substituted: "substituted"
    case .suspect: "suspect"
    case .stale: "stale"
    case .failed: "failed"
    }
  }
}

/// Why a reading is not good.
public enum QualityFault: String, Codable, Sendable {
  /// The sensor did not answer, or its answer failed its checksum.
  case noAnswer = "no-answer"
  /// Outside what the sensor can measure or the site can have.
  case range
  /// Left and came back, or jumped faster than the quantity can change.
  case spike
  /// The same raw value for longer than a working sensor would give it.
  case flatLine = "flat-line"
  /// Far from the other probes of its zone for too long.
  case disagrees
  /// No value for too long.
  case stale
  /// Nothing has been received yet.
  case never
  /// All probes of the group are lost.
  case allProbesLost = "all-probes-lost"
}

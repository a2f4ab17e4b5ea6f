// What a checker has found.

/// A promise that was broken.
public struct Violation: Equatable, Sendable {
  /// The invariant: `I1` … `I27` of the safety case.
  public var invariant: String
  /// When, ms since the start of the run.
  public var at: Int64
  /// What happened.
  public var what: String

  /// The line that a report shows.
  public var text: String { "\(invariant) at \(Double(at) / 1_000) s: \(what)" }
}

// An operator's temporary command.

public import Climate

/// An operator's temporary command to one output. It always expires.
public struct Override: Equatable, Sendable {
  /// Longest override, four hours: long enough for a repair, short enough that a forgotten one does no lasting harm.
  public static let longest = Duration.hours(4)

  /// The output.
  public var output: OutputID
  /// Wanted mean, 0…1; 0 is off, 1 is on.
  public var demand: Double
  /// When it ends.
  public var until: Instant
  /// Who gave it: a user name or an upstream identity.
  public var by: String

  /// An override from its parts.
  public init(output: OutputID, demand: Double, until: Instant, by: String) {
    self.output = output
    self.demand = demand
    self.until = until
    self.by = by
  }
}

// Where a value comes from.

/// Where a value comes from, and whether anyone has checked it.
public struct Provenance: Equatable, Codable, Sendable {
  /// Publication, standard or person.
  public var source: String
  /// Whether the value was found in a source; an unverified one is shown as a suggestion (未核实/建议值).
  public var isVerified: Bool

  /// A provenance from its parts.
  public init(source: String, isVerified: Bool) {
    self.source = source
    self.isVerified = isVerified
  }
}

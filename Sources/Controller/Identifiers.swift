// Typed indices into a plan: cheap to copy, impossible to mix up.

/// A channel of the plan: one quantity of one probe, or of a zone.
public struct ChannelID: Hashable, Comparable, Codable, Sendable {
  /// Position in ``Plan/channels``.
  public let index: Int

  /// The channel at a position of ``Plan/channels``.
  public init(_ index: Int) { self.index = index }

  /// In the order of the plan.
  public static func < (left: ChannelID, right: ChannelID) -> Bool { left.index < right.index }
}

/// An output of the plan. Its index is also its bit in the lease frame.
public struct OutputID: Hashable, Comparable, Codable, Sendable {
  /// Position in ``Plan/outputs``.
  public let index: Int

  /// The output at a position of ``Plan/outputs``.
  public init(_ index: Int) { self.index = index }

  /// In the order of the plan.
  public static func < (left: OutputID, right: OutputID) -> Bool { left.index < right.index }
}

/// A zone of the plan. Its index is also its slot of heater evidence in the lease frame.
public struct ZoneID: Hashable, Comparable, Codable, Sendable {
  /// Position in ``Plan/zones``.
  public let index: Int

  /// The zone at a position of ``Plan/zones``.
  public init(_ index: Int) { self.index = index }

  /// In the order of the plan.
  public static func < (left: ZoneID, right: ZoneID) -> Bool { left.index < right.index }
}

// Two ways to say how much water the air holds.

/// Relative humidity over liquid water, also below 0 °C, as humidity sensors report it (WMO-No. 8, part I, chapter 4).
public struct RelativeHumidity: Hashable, Comparable, Sendable, Codable {
  /// Percent; 0…100 in air that is not supersaturated.
  public var percent: Double

  /// A relative humidity in percent.
  public init(percent: Double) { self.percent = percent }

  /// Vapour pressure over saturation pressure, 0…1.
  public var fraction: Double { percent / 100 }

  /// Drier comes first.
  public static func < (left: RelativeHumidity, right: RelativeHumidity) -> Bool { left.percent < right.percent }
}

/// Mass of water vapour in a volume of air.
public struct AbsoluteHumidity: Hashable, Comparable, Sendable, Codable {
  /// Grams of vapour per cubic metre of air.
  public var gramsPerCubicMetre: Double

  /// An absolute humidity in g/m³.
  public init(gramsPerCubicMetre: Double) { self.gramsPerCubicMetre = gramsPerCubicMetre }

  /// Drier comes first.
  public static func < (left: AbsoluteHumidity, right: AbsoluteHumidity) -> Bool {
    left.gramsPerCubicMetre < right.gramsPerCubicMetre
  }
}

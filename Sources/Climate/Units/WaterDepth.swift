// Water as a layer: rain, irrigation, evapotranspiration, water held in soil.

/// A depth of water.
public struct WaterDepth: Hashable, Comparable, Sendable, Codable {
  /// Millimetres; one is a litre on each square metre.
  public var millimetres: Double

  /// A depth in mm.
  public init(millimetres: Double) { self.millimetres = millimetres }

  /// A depth in l/m².
  public init(litresPerSquareMetre: Double) { millimetres = litresPerSquareMetre }

  /// Litres per square metre.
  public var litresPerSquareMetre: Double { millimetres }

  /// Less comes first.
  public static func < (left: WaterDepth, right: WaterDepth) -> Bool { left.millimetres < right.millimetres }
}

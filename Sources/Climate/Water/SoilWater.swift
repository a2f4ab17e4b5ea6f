// How much water a bed holds, and when it should be watered again.

/// Water that roots can reach in soil (FAO Irrigation and Drainage Paper 56, chapter 8).
public struct SoilWater: Hashable, Sendable {
  /// Water content that the soil holds against gravity, m³/m³.
  public var fieldCapacity: Double
  /// Water content below which roots get nothing, m³/m³.
  public var wiltingPoint: Double
  /// Depth of the roots, m.
  public var rootDepth: Double
  /// Share of the available water that may be used before the crop suffers, at 5 mm of evapotranspiration a day.
  public var depletionFraction: Double

  /// Soil water from its parts.
  public init(fieldCapacity: Double, wiltingPoint: Double, rootDepth: Double, depletionFraction: Double) {
    (self.fieldCapacity, self.wiltingPoint) = (fieldCapacity, wiltingPoint)
    (self.rootDepth, self.depletionFraction) = (rootDepth, depletionFraction)
  }

  /// Total available water (FAO-56 eq. 82).
  public var available: WaterDepth {
    WaterDepth(millimetres: 1_000 * max(fieldCapacity - wiltingPoint, 0) * rootDepth)
  }

  /// Readily available water: a bed is watered when this much has gone (FAO-56 eq. 83).
  public var readilyAvailable: WaterDepth { WaterDepth(millimetres: depletionFraction * available.millimetres) }

  /// Readily available water on a day of other evapotranspiration (FAO-56 table 22, note: p + 0.04·(5 − ETc), 0.1…0.8).
  public func readilyAvailable(evapotranspiration: WaterDepth) -> WaterDepth {
    let fraction = depletionFraction + 0.04 * (5 - evapotranspiration.millimetres)
    return WaterDepth(millimetres: min(max(fraction, 0.1), 0.8) * available.millimetres)
  }
}

/// Water for plants in substrate, by the light that has fallen on them.
public enum SubstrateWater {
  /// What a crop takes up, l/m².
  /// - Parameters:
  ///   - millilitresPerJoule: ml/m² for each J/cm²; tomatoes 1.7 (G. Dol, hortidaily.com 9239852).
  public static func uptake(of light: RadiantExposure, millilitresPerJoule: Double = 1.7) -> WaterDepth {
    WaterDepth(litresPerSquareMetre: light.joulesPerSquareCentimetre * millilitresPerJoule / 1_000)
  }

  /// What must be given, so that a share of it drains off and carries salt away.
  /// - Parameter drain: share of the water given, 0…0.9.
  public static func dose(uptake: WaterDepth, drain: Double) -> WaterDepth {
    WaterDepth(millimetres: uptake.millimetres / (1 - min(max(drain, 0), 0.9)))
  }

  /// The share that should drain off on a day of a light sum: for drippers of EC 3.0 and drain of EC 4.5 (same source).
  public static func drainShare(on light: RadiantExposure) -> ClosedRange<Double> {
    switch light.joulesPerSquareCentimetre {
    case ..<500: 0...0.1
    case ..<1_000: 0.1...0.2
    case ..<1_500: 0.2...0.3
    default: 0.3...0.4
    }
  }
}

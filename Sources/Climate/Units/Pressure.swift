// Pressures: of the air, of its vapour, and the deficit between two of them.

import RealModule

/// A pressure: barometric, vapour pressure, or vapour pressure deficit.
public struct Pressure: Hashable, Comparable, Sendable, Codable {
  /// Kilopascals.
  public var kilopascals: Double

  /// A pressure in kilopascals.
  public init(kilopascals: Double) { self.kilopascals = kilopascals }

  /// A pressure in hectopascals, the unit of barometers.
  public init(hectopascals: Double) { self.kilopascals = hectopascals / 10 }

  /// Hectopascals.
  public var hectopascals: Double { kilopascals * 10 }

  /// Mean barometric pressure at an altitude (FAO Irrigation and Drainage Paper 56, eq. 7).
  ///
  /// Altitudes are limited to −500…11 000 m, where the equation's constant lapse rate holds.
  /// - Parameter altitude: metres above sea level.
  public static func atAltitude(metres altitude: Double) -> Pressure {
    let altitude = min(max(altitude, -500), 11_000)
    return Pressure(kilopascals: 101.3 * Double.pow((293 - 0.0065 * altitude) / 293, 5.26))
  }

  /// Mean barometric pressure at sea level: what ``atAltitude(metres:)`` gives there, kPa.
  public static let seaLevel = Pressure(kilopascals: 101.3)

  /// Lower comes first.
  public static func < (left: Pressure, right: Pressure) -> Bool { left.kilopascals < right.kilopascals }
}

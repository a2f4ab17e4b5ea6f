// How fast the air moves.

import RealModule

/// A speed of the air.
public struct Speed: Hashable, Comparable, Sendable, Codable {
  /// Metres per second.
  public var metresPerSecond: Double

  /// A speed in m/s.
  public init(metresPerSecond: Double) { self.metresPerSecond = metresPerSecond }

  /// A speed in km/h.
  public init(kilometresPerHour: Double) { metresPerSecond = kilometresPerHour / 3.6 }

  /// The wind 2 m above short grass, from the wind at another height (FAO-56 eq. 47).
  /// - Parameter height: metres above the ground; heights below 0.5 m count as that.
  public func atTwoMetres(measuredAt height: Double) -> Speed {
    Speed(metresPerSecond: metresPerSecond * 4.87 / Double.log(67.8 * max(height, 0.5) - 5.42))
  }

  /// Slower comes first.
  public static func < (left: Speed, right: Speed) -> Bool { left.metresPerSecond < right.metresPerSecond }
}

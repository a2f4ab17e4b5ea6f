// The sun over one place on one day.

import RealModule

/// The sun over one place on one day of the year.
///
/// Position, sunrise and sunset follow the short equations of the NOAA Solar Calculator ("General Solar Position
/// Calculations", NOAA Global Monitoring Division), which are good to about two minutes. Radiation follows FAO Irrigation and
/// Drainage Paper 56. Mountains on the horizon are not considered: a valley loses one to three hours.
public struct SolarDay: Hashable, Sendable {
  /// The place.
  public let position: GeographicPosition
  /// 1 for 1 January … 366; values outside are limited.
  public let dayOfYear: Int
  /// Local time minus UTC.
  public let utcOffset: Duration
  /// The sun's angle above the equator at local noon, degrees.
  public let declination: Double
  /// Apparent minus mean solar time at local noon, minutes.
  public let equationOfTime: Double

  // Factors of sin(elevation) = a + b·cos(hour angle), and W/m² outside the atmosphere on a surface facing the sun.
  private let a: Double
  private let b: Double
  private let beam: Double

  /// The sun over `position` on a day of the year, by clocks that are `utcOffset` ahead of UTC.
  public init(at position: GeographicPosition, dayOfYear: Int, utcOffset: Duration) {
    self.position = position
    self.dayOfYear = min(max(dayOfYear, 1), 366)
    self.utcOffset = utcOffset
    let year = 2 * Double.pi * Double(self.dayOfYear - 1) / 365
    let (c1, s1) = (Double.cos(year), Double.sin(year))
    let (c2, s2) = (Double.cos(2 * year), Double.sin(2 * year))
    let (c3, s3) = (Double.cos(3 * year), Double.sin(3 * year))
    equationOfTime = 229.18 * (0.000075 + 0.001868 * c1 - 0.032077 * s1 - 0.014615 * c2 - 0.040849 * s2)
    let declination =
      0.006918 - 0.399912 * c1 + 0.070257 * s1 - 0.006758 * c2 + 0.000907 * s2 - 0.002697 * c3 + 0.00148 * s3
    self.declination = declination * Self.degreesPerRadian
    let latitude = Self.latitude(of: position)
    a = Double.sin(latitude) * Double.sin(declination)
    b = Double.cos(latitude) * Double.cos(declination)
    beam = Self.solarConstant * Self.distanceFactor(self.dayOfYear)
  }

  // MARK: Times

  /// When the sun is highest, since local midnight.
  public var noon: Duration {
    .seconds(60 * (720 - 4 * position.longitude - equationOfTime)) + utcOffset
  }

  /// When the upper edge of the sun comes over a flat horizon, since local midnight; `nil` if the sun stays up or down all day.
  public var sunrise: Duration? { halfDay.map { noon - $0 } }

  /// When the upper edge of the sun goes under a flat horizon, since local midnight; `nil` if the sun stays up or down all day.
  public var sunset: Duration? { halfDay.map { noon + $0 } }

  /// Half the time between sunrise and sunset, for a zenith of 90.833°: refraction and the sun's radius.
  private var halfDay: Duration? {
    guard b > 1e-9 else { return nil }
    let cosine = (Double.cos(90.833 / Self.degreesPerRadian) - a) / b
    guard abs(cosine) <= 1 else { return nil }
    return .seconds(240 * Double.acos(cosine) * Self.degreesPerRadian)
  }

  /// Longest possible sunshine, hours (FAO-56 eq. 34).
  public var daylightHours: Double { 24 / Double.pi * sunsetHourAngle }

  // MARK: Position

  /// Sine of the sun's elevation over a flat horizon, without refraction; negative at night.
  /// - Parameter timeOfDay: since local midnight.
  public func sineOfElevation(at timeOfDay: Duration) -> Double {
    let hourAngle = 2 * Double.pi * (timeOfDay - noon).inSeconds / 86_400
    return a + b * Double.cos(hourAngle)
  }

  /// The sun's elevation over a flat horizon, degrees, without refraction; negative at night.
  /// - Parameter timeOfDay: since local midnight.
  public func elevation(at timeOfDay: Duration) -> Double {
    Double.asin(min(max(sineOfElevation(at: timeOfDay), -1), 1)) * Self.degreesPerRadian
  }

  // MARK: Radiation

  /// Radiation on a horizontal surface outside the atmosphere at a moment, W/m².
  /// - Parameter timeOfDay: since local midnight.
  public func extraterrestrialIrradiance(at timeOfDay: Duration) -> Double {
    beam * max(sineOfElevation(at: timeOfDay), 0)
  }

  /// Radiation on a horizontal surface under a cloudless sky at a moment, W/m² (FAO-56 eq. 37 applied to the moment).
  /// - Parameter timeOfDay: since local midnight.
  public func clearSkyIrradiance(at timeOfDay: Duration) -> Double {
    clearSkyShare * extraterrestrialIrradiance(at: timeOfDay)
  }

  /// Radiation on a horizontal surface outside the atmosphere, sum of the day, MJ/m² (FAO-56 eq. 21).
  public var extraterrestrialRadiation: Double {
    let (latitude, declination) = (Self.latitude(of: position), declinationFAO)
    let omega = sunsetHourAngle
    return 86_400e-6 / Double.pi * Self.solarConstant * Self.distanceFactor(dayOfYear)
      * (omega * Double.sin(latitude) * Double.sin(declination)
        + Double.cos(latitude) * Double.cos(declination) * Double.sin(omega))
  }

  /// Radiation on a horizontal surface under a cloudless sky, sum of the day, MJ/m² (FAO-56 eq. 37).
  public var clearSkyRadiation: Double { clearSkyShare * extraterrestrialRadiation }

  // MARK: Parts

  static let degreesPerRadian = 180 / Double.pi
  /// W/m²; FAO-56 eq. 21 gives 0.0820 MJ/(m²·min).
  static let solarConstant = 0.0820e6 / 60

  /// Share of the radiation that a cloudless atmosphere lets through (FAO-56 eq. 37).
  var clearSkyShare: Double { min(0.75 + 2e-5 * max(position.altitude, 0), 1) }

  /// Inverse square of the relative distance to the sun (FAO-56 eq. 23).
  static func distanceFactor(_ dayOfYear: Int) -> Double {
    1 + 0.033 * Double.cos(2 * Double.pi / 365 * Double(dayOfYear))
  }

  /// Radians; kept off the poles, where the tangent is infinite.
  static func latitude(of position: GeographicPosition) -> Double {
    min(max(position.latitude, -89.9), 89.9) / degreesPerRadian
  }

  /// Radians (FAO-56 eq. 24), which differs from NOAA's by up to half a degree.
  var declinationFAO: Double { 0.409 * Double.sin(2 * Double.pi / 365 * Double(dayOfYear) - 1.39) }

  /// Radians, 0 in the polar night and π under the midnight sun (FAO-56 eq. 25).
  var sunsetHourAngle: Double {
    Double.acos(min(max(-Double.tan(Self.latitude(of: position)) * Double.tan(declinationFAO), -1), 1))
  }
}

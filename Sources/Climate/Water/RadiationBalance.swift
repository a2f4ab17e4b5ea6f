// What short grass gains and loses by radiation.

import RealModule

/// Radiation of the reference surface of FAO Irrigation and Drainage Paper 56: grass of 12 cm, well watered.
public enum RadiationBalance {
  /// Global radiation of a day from the hours of sunshine (FAO-56 eq. 35, with the constants recommended there).
  /// - Parameters:
  ///   - sunshine: hours of bright sunshine; more than there can be counts as all.
  public static func globalRadiation(sunshine: Double, on sun: SolarDay) -> RadiantExposure {
    let possible = sun.daylightHours
    let share = possible > 0 ? min(max(sunshine / possible, 0), 1) : 0
    return RadiantExposure(megajoulesPerSquareMetre: (0.25 + 0.5 * share) * sun.extraterrestrialRadiation)
  }

  /// Net radiation of a day (FAO-56 eq. 38–40).
  /// - Parameters:
  ///   - clearSky: what would have fallen without clouds (FAO-56 eq. 37).
  public static func netRadiation(
    global: RadiantExposure, clearSky: RadiantExposure, maximum: Temperature, minimum: Temperature,
    vapourPressure: Pressure
  ) -> RadiantExposure {
    let emitted = (emission(maximum) + emission(minimum)) / 2
    let loss = emitted * dampening(vapourPressure) * cloudiness(ratio(global, clearSky))
    return absorbed(global) - RadiantExposure(megajoulesPerSquareMetre: loss)
  }

  /// Net radiation of an hour (FAO-56 eq. 38–40 with the hour's share of the emission, as in its example 19).
  /// - Parameters:
  ///   - relativeRadiation: global over clear-sky radiation; at night the last ratio before sunset, 0.3…1.
  public static func netHourlyRadiation(
    global: RadiantExposure, relativeRadiation: Double, temperature: Temperature, vapourPressure: Pressure
  ) -> RadiantExposure {
    let loss = emission(temperature) / 24 * dampening(vapourPressure) * cloudiness(relativeRadiation)
    return absorbed(global) - RadiantExposure(megajoulesPerSquareMetre: loss)
  }

  /// Net radiation of an hour under a cover: what is absorbed. The cover is about as warm as the air and sends back what a clear sky would
  /// not. Engineering proposal.
  public static func netHourlyRadiationUnderCover(global: RadiantExposure) -> RadiantExposure { absorbed(global) }

  /// Grass throws back 23 %.
  private static func absorbed(_ global: RadiantExposure) -> RadiantExposure {
    RadiantExposure(megajoulesPerSquareMetre: 0.77 * global.megajoulesPerSquareMetre)
  }

  private static func ratio(_ global: RadiantExposure, _ clearSky: RadiantExposure) -> Double {
    clearSky.megajoulesPerSquareMetre > 0 ? global.megajoulesPerSquareMetre / clearSky.megajoulesPerSquareMetre : 1
  }

  /// MJ/(m²·d) of a black body. FAO-56 counts kelvins from −273.16 °C.
  private static func emission(_ temperature: Temperature) -> Double {
    let kelvin = temperature.celsius + 273.16
    return 4.903e-9 * kelvin * kelvin * kelvin * kelvin
  }

  /// Vapour holds the warmth of the ground.
  private static func dampening(_ vapour: Pressure) -> Double {
    0.34 - 0.14 * max(vapour.kilopascals, 0).squareRoot()
  }

  private static func cloudiness(_ ratio: Double) -> Double { 1.35 * min(max(ratio, 0.3), 1) - 0.35 }
}

extension SolarDay {
  /// Radiation on a horizontal surface outside the atmosphere over one hour (FAO-56 eq. 28 to 33), which differs from the sum of
  /// ``extraterrestrialIrradiance(at:)`` by up to 2 %.
  /// - Parameter middle: the middle of the hour, since local midnight.
  public func hourlyExtraterrestrialRadiation(around middle: Duration) -> RadiantExposure {
    let season = 2 * Double.pi * Double(dayOfYear - 81) / 364
    let correction =
      0.1645 * Double.sin(2 * season) - 0.1255 * Double.cos(season) - 0.025 * Double.sin(season)
    let clock = middle.inSeconds / 3_600 - utcOffset.inSeconds / 3_600 + position.longitude / 15 + correction
    let angle = Double.pi / 12 * (clock - 12)
    let limit = sunsetHourAngle
    let begin = min(max(angle - Double.pi / 24, -limit), limit)
    let end = min(max(angle + Double.pi / 24, -limit), limit)
    let latitude = Self.latitude(of: position)
    let sum =
      (end - begin) * Double.sin(latitude) * Double.sin(declinationFAO)
      + Double.cos(latitude) * Double.cos(declinationFAO) * (Double.sin(end) - Double.sin(begin))
    let factor = 43_200e-6 / Double.pi * Self.solarConstant * Self.distanceFactor(dayOfYear)
    return RadiantExposure(megajoulesPerSquareMetre: factor * max(sum, 0))
  }
}

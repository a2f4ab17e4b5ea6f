// How much water short grass would give to the air: ET0.

import RealModule

/// Reference evapotranspiration of FAO Irrigation and Drainage Paper 56.
public enum ReferenceEvapotranspiration {
  /// Of a day, by Penman and Monteith (FAO-56 eq. 6).
  /// - Parameters:
  ///   - vapourPressure: mean of the day.
  ///   - wind: mean at 2 m.
  ///   - netRadiation: see ``RadiationBalance``.
  ///   - soilHeat: what the soil takes up; of one day so little that it is left out.
  public static func daily(
    maximum: Temperature, minimum: Temperature, vapourPressure: Pressure, wind: Speed, netRadiation: RadiantExposure,
    soilHeat: RadiantExposure = RadiantExposure(megajoulesPerSquareMetre: 0), pressure: Pressure
  ) -> WaterDepth {
    let mean = Temperature(celsius: (maximum.celsius + minimum.celsius) / 2)
    let saturation = meanSaturation(maximum: maximum, minimum: minimum)
    return penmanMonteith(
      mean, deficit: saturation.kilopascals - vapourPressure.kilopascals, wind, netRadiation - soilHeat, pressure,
      aerodynamic: 900)
  }

  /// Of an hour, by Penman and Monteith (FAO-56 eq. 53).
  ///
  /// The soil takes up a tenth of the net radiation by day, and gives back half of the loss at night (FAO-56 eq. 45 and 46).
  public static func hourly(
    temperature: Temperature, vapourPressure: Pressure, wind: Speed, netRadiation: RadiantExposure, isDay: Bool,
    pressure: Pressure
  ) -> WaterDepth {
    let soilHeat = RadiantExposure(
      megajoulesPerSquareMetre: (isDay ? 0.1 : 0.5) * netRadiation.megajoulesPerSquareMetre)
    let saturation = SaturationFormula.tetens.pressure(at: temperature)
    return penmanMonteith(
      temperature, deficit: saturation.kilopascals - vapourPressure.kilopascals, wind, netRadiation - soilHeat,
      pressure, aerodynamic: 37)
  }

  /// Of a day, from its extremes of temperature alone (Hargreaves; FAO-56 eq. 52). The last resort of a site without other sensors.
  /// - Parameter radiation: outside the atmosphere, MJ/m²: ``SolarDay/extraterrestrialRadiation``.
  public static func hargreaves(
    maximum: Temperature, minimum: Temperature, extraterrestrial radiation: RadiantExposure
  ) -> WaterDepth {
    let mean = (maximum.celsius + minimum.celsius) / 2
    let range = max(maximum.celsius - minimum.celsius, 0)
    let evaporable = inverseLatentHeat * radiation.megajoulesPerSquareMetre
    return WaterDepth(millimetres: max(0, 0.0023 * (mean + 17.8) * range.squareRoot() * evaporable))
  }

  /// Mean saturation pressure of a day (FAO-56 eq. 12).
  public static func meanSaturation(maximum: Temperature, minimum: Temperature) -> Pressure {
    let formula = SaturationFormula.tetens
    return Pressure(
      kilopascals: (formula.pressure(at: maximum).kilopascals + formula.pressure(at: minimum).kilopascals) / 2)
  }

  /// Mean vapour pressure of a day from the extremes of humidity: the highest comes with the lowest temperature (FAO-56 eq. 17).
  public static func vapourPressure(
    maximum: Temperature, minimum: Temperature, highest: RelativeHumidity, lowest: RelativeHumidity
  ) -> Pressure {
    let formula = SaturationFormula.tetens
    return Pressure(
      kilopascals: (formula.pressure(at: minimum).kilopascals * highest.fraction
        + formula.pressure(at: maximum).kilopascals * lowest.fraction) / 2)
  }

  /// Slope of the saturation pressure, kPa/K (FAO-56 eq. 13).
  public static func saturationSlope(at temperature: Temperature) -> Double {
    let distance = temperature.celsius + 237.3
    return 4_098 * SaturationFormula.tetens.pressure(at: temperature).kilopascals / (distance * distance)
  }

  /// Psychrometric constant, kPa/K (FAO-56 eq. 8).
  public static func psychrometricConstant(at pressure: Pressure) -> Double { 0.665e-3 * pressure.kilopascals }

  /// mm for each MJ/m² (FAO-56, eq. 20).
  private static let inverseLatentHeat = 0.408

  private static func penmanMonteith(
    _ temperature: Temperature, deficit: Double, _ wind: Speed, _ energy: RadiantExposure, _ pressure: Pressure,
    aerodynamic: Double
  ) -> WaterDepth {
    let slope = saturationSlope(at: temperature)
    let gamma = psychrometricConstant(at: pressure)
    let wind = max(wind.metresPerSecond, 0)
    let radiative = inverseLatentHeat * slope * energy.megajoulesPerSquareMetre
    let moved = gamma * aerodynamic / (temperature.celsius + 273) * wind * deficit
    return WaterDepth(millimetres: max(0, (radiative + moved) / (slope + gamma * (1 + 0.34 * wind))))
  }
}

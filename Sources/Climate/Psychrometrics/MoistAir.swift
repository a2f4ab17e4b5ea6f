// The state of moist air, and what follows from it.

import RealModule

/// Moist air of a temperature, humidity and pressure.
///
/// Relative humidities below 0 % count as 0 %.
public struct MoistAir: Hashable, Sendable {
  /// Dry-bulb temperature.
  public var temperature: Temperature
  /// Relative humidity over water.
  public var relativeHumidity: RelativeHumidity
  /// Barometric pressure.
  public var pressure: Pressure
  /// The formula for the saturation pressure.
  public var formula: SaturationFormula

  /// Air as a sensor reports it.
  /// - Parameters:
  ///   - pressure: the barometric pressure; at sea level unless said otherwise (FAO-56 eq. 7).
  ///   - formula: `.tetens` for work after FAO-56.
  public init(
    temperature: Temperature, relativeHumidity: RelativeHumidity,
    pressure: Pressure = .seaLevel, formula: SaturationFormula = .buck
  ) {
    self.temperature = temperature
    self.relativeHumidity = relativeHumidity
    self.pressure = pressure
    self.formula = formula
  }

  /// Air that holds a mass of vapour per volume.
  public init(
    temperature: Temperature, absoluteHumidity: AbsoluteHumidity,
    pressure: Pressure = .seaLevel, formula: SaturationFormula = .buck
  ) {
    let vapour = absoluteHumidity.gramsPerCubicMetre * temperature.kelvin / Self.vapourDensityFactor
    let saturation = formula.pressure(at: temperature).kilopascals
    self.init(
      temperature: temperature, relativeHumidity: RelativeHumidity(percent: 100 * vapour / saturation),
      pressure: pressure, formula: formula)
  }

  /// Air in which a wet bulb settles at a temperature, by the balance of heat and not by the coefficient of an instrument (ASHRAE
  /// Handbook of Fundamentals 2017, chapter 1, eq. 33 and 35). `nil` for a pair of temperatures that no air can cause.
  public init?(
    dryBulb: Temperature, wetBulb: Temperature, pressure: Pressure = .seaLevel,
    formula: SaturationFormula = .buck
  ) {
    guard wetBulb <= dryBulb,
      let ratio = Self.mixingRatio(dryBulb: dryBulb, wetBulb: wetBulb, pressure: pressure, formula: formula), ratio >= 0
    else { return nil }
    let vapour = pressure.kilopascals * ratio / (Self.massRatio + ratio)
    let saturation = formula.pressure(at: dryBulb).kilopascals
    self.init(
      temperature: dryBulb, relativeHumidity: RelativeHumidity(percent: 100 * vapour / saturation), pressure: pressure,
      formula: formula)
  }

  /// Partial pressure of the vapour.
  public var vapourPressure: Pressure {
    Pressure(kilopascals: saturationPressure.kilopascals * max(relativeHumidity.fraction, 0))
  }

  /// Vapour pressure at saturation.
  public var saturationPressure: Pressure { formula.pressure(at: temperature) }

  /// Vapour pressure deficit: what is missing to saturation at the air's own temperature.
  public var vapourPressureDeficit: Pressure {
    Pressure(kilopascals: saturationPressure.kilopascals - vapourPressure.kilopascals)
  }

  /// Vapour pressure deficit from a surface, such as a leaf, to the air; negative when vapour condenses on the surface.
  public func vapourPressureDeficit(fromSurfaceAt surface: Temperature) -> Pressure {
    Pressure(kilopascals: formula.pressure(at: surface).kilopascals - vapourPressure.kilopascals)
  }

  /// Dew point; `nil` for perfectly dry air.
  public var dewPoint: Temperature? { formula.dewPoint(of: vapourPressure) }

  /// Mass of vapour per volume, by the ideal gas law.
  public var absoluteHumidity: AbsoluteHumidity {
    Self.absoluteHumidity(of: vapourPressure, at: temperature)
  }

  /// Mass of vapour that a volume could still take up.
  public var humidityDeficit: AbsoluteHumidity {
    Self.absoluteHumidity(of: vapourPressureDeficit, at: temperature)
  }

  /// The temperature to which water that evaporates into this air can cool it (same source as `init(dryBulb:wetBulb:)`), found by
  /// bisection. `nil` where water boils.
  public var wetBulb: Temperature? {
    guard let ratio = mixingRatio.map({ $0 / 1_000 }) else { return nil }
    return Bisection.temperature(from: temperature.celsius - 100, to: temperature.celsius) {
      let atBulb = Self.mixingRatio(
        dryBulb: temperature, wetBulb: Temperature(celsius: $0), pressure: pressure, formula: formula)
      return (atBulb ?? .infinity) < ratio
    }
  }

  /// Mass of vapour per mass of dry air, g/kg (ASHRAE Handbook of Fundamentals 2017, chapter 1, eq. 20).
  ///
  /// `nil` where the vapour pressure reaches the barometric pressure: water boils there, and no dry air is left.
  public var mixingRatio: Double? {
    let dry = pressure.kilopascals - vapourPressure.kilopascals
    guard dry > 0 else { return nil }
    return 1000 * Self.massRatio * vapourPressure.kilopascals / dry
  }

  /// Enthalpy per mass of dry air, kJ/kg, zero for dry air at 0 °C (ASHRAE, same chapter, eq. 30). `nil` as for `mixingRatio`.
  public var enthalpy: Double? {
    mixingRatio.map { 1.006 * temperature.celsius + $0 / 1000 * (2501 + 1.86 * temperature.celsius) }
  }

  /// g·K/(m³·kPa): molar mass of water over the molar gas constant, 18.01528 / 8.314463 × 1000.
  private static let vapourDensityFactor = 2166.79

  /// Molar mass of water over that of dry air (ASHRAE, same chapter, eq. 20).
  private static let massRatio = 0.621945

  /// kg/kg; negative for a wet bulb colder than dry air would make it, `nil` where water boils.
  private static func mixingRatio(
    dryBulb: Temperature, wetBulb: Temperature, pressure: Pressure, formula: SaturationFormula
  ) -> Double? {
    let saturation = formula.pressure(at: wetBulb).kilopascals
    guard pressure.kilopascals > saturation else { return nil }
    let saturated = massRatio * saturation / (pressure.kilopascals - saturation)
    let (dry, wet) = (dryBulb.celsius, wetBulb.celsius)
    return wet >= 0
      ? ((2_501 - 2.326 * wet) * saturated - 1.006 * (dry - wet)) / (2_501 + 1.86 * dry - 4.186 * wet)
      : ((2_830 - 0.24 * wet) * saturated - 1.006 * (dry - wet)) / (2_830 + 1.86 * dry - 2.1 * wet)
  }

  private static func absoluteHumidity(of vapour: Pressure, at temperature: Temperature) -> AbsoluteHumidity {
    AbsoluteHumidity(gramsPerCubicMetre: vapourDensityFactor * vapour.kilopascals / max(temperature.kelvin, 1))
  }
}

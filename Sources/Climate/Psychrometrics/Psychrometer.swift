// The dry–wet difference that silkworm sheds think in, and relative humidity.

/// A dry- and a wet-bulb thermometer (FAO-56 eq. 15 and 16).
///
/// The same dry–wet difference means another humidity on another instrument: the coefficient moves the result by up to seven
/// points, the altitude by less than one.
public struct Psychrometer: Hashable, Sendable {
  /// Psychrometer coefficient, 1/K.
  public var coefficient: Double
  /// Barometric pressure.
  public var pressure: Pressure

  /// Wet bulb in a forced stream of about 5 m/s (Assmann), 1/K; FAO-56, text below eq. 16.
  public static let aspirated = 0.000662
  /// Wet bulb in natural ventilation of about 1 m/s, 1/K; same source. The thermometers found in sheds.
  public static let naturallyVentilated = 0.0008
  /// Wet bulb in still indoor air, 1/K; same source.
  public static let still = 0.0012

  /// A psychrometer at an altitude in metres above sea level.
  public init(coefficient: Double = Psychrometer.naturallyVentilated, altitude: Double) {
    self.init(coefficient: coefficient, pressure: .atAltitude(metres: altitude))
  }

  /// A psychrometer at a barometric pressure.
  public init(coefficient: Double = Psychrometer.naturallyVentilated, pressure: Pressure) {
    self.coefficient = coefficient
    self.pressure = pressure
  }

  /// Vapour pressure from the two bulbs.
  ///
  /// `nil` for a pair of readings that no air can cause: a wet bulb warmer than the dry one, or colder than dry air would make it.
  public func vapourPressure(dryBulb: Temperature, difference: TemperatureDifference) -> Pressure? {
    guard difference.kelvins >= 0 else { return nil }
    let vapour = rawVapourPressure(dryBulb: dryBulb, difference: difference)
    return vapour >= 0 ? Pressure(kilopascals: vapour) : nil
  }

  /// Relative humidity from the dry bulb and the dry–wet difference; `nil` as for `vapourPressure`.
  public func relativeHumidity(dryBulb: Temperature, difference: TemperatureDifference) -> RelativeHumidity? {
    vapourPressure(dryBulb: dryBulb, difference: difference).map {
      RelativeHumidity(percent: 100 * $0.kilopascals / Self.formula.pressure(at: dryBulb).kilopascals)
    }
  }

  /// The dry–wet difference that this psychrometer shows in air of a temperature and humidity.
  ///
  /// Humidities are limited to 0…100 %. Found by bisection to better than 1e-9 K.
  public func difference(dryBulb: Temperature, relativeHumidity: RelativeHumidity) -> TemperatureDifference {
    let wanted = Self.formula.pressure(at: dryBulb).kilopascals * min(max(relativeHumidity.fraction, 0), 1)
    // The vapour pressure falls monotonically with the difference.
    var (low, high) = (0.0, 100.0)
    for _ in 0..<40 {
      let middle = (low + high) / 2
      let vapour = rawVapourPressure(dryBulb: dryBulb, difference: TemperatureDifference(kelvins: middle))
      if vapour > wanted { low = middle } else { high = middle }
    }
    return TemperatureDifference(kelvins: (low + high) / 2)
  }

  private static let formula = SaturationFormula.tetens

  /// kPa; negative for a wet bulb colder than possible.
  private func rawVapourPressure(dryBulb: Temperature, difference: TemperatureDifference) -> Double {
    Self.formula.pressure(at: dryBulb - difference).kilopascals
      - coefficient * pressure.kilopascals * difference.kelvins
  }
}

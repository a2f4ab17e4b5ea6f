// Humidity as growers say it, and as a loop holds it.

public import Climate

/// A setpoint of humidity that is not given as relative humidity. What it means in percent depends on the temperature.
public struct HumidityAim: Equatable, Sendable {
  /// In which form it is given.
  public enum Form: String, CaseIterable, Codable, Sendable {
    /// Dry–wet difference (干湿差), K.
    case dryWetDifference = "dry-wet-difference"
    /// Vapour pressure deficit of the air, kPa.
    case vapourPressureDeficit = "vpd"
    /// Vapour in a volume of air, g/m³.
    case absoluteHumidity = "absolute-humidity"

    /// The unit's symbol as shown to people.
    public var unit: String {
      switch self {
      case .dryWetDifference: "K"
      case .vapourPressureDeficit: "kPa"
      case .absoluteHumidity: "g/m³"
      }
    }
  }

  /// In which form it is given.
  public var form: Form
  /// The setpoint, in the unit of the form.
  public var value: Double
  /// Permitted deviation to either side, in the unit of the form.
  public var band: Double

  /// An aim from its parts.
  public init(form: Form, value: Double, band: Double) {
    (self.form, self.value, self.band) = (form, value, band)
  }

  /// The relative humidity that it means in air of a temperature, with half the width of its band, both in points.
  public func relative(at temperature: Temperature, psychrometer: Psychrometer) -> (setpoint: Double, band: Double) {
    func percent(_ value: Double) -> Double { self.percent(of: max(value, 0), at: temperature, psychrometer) }
    let width = abs(percent(value + band) - percent(value - band)) / 2
    return (percent(value), max(width, 1))
  }

  private func percent(of value: Double, at temperature: Temperature, _ psychrometer: Psychrometer) -> Double {
    let percent: Double
    switch form {
    case .dryWetDifference:
      // A difference larger than that of dry air means dry air.
      percent =
        psychrometer.relativeHumidity(dryBulb: temperature, difference: TemperatureDifference(kelvins: value))?.percent
        ?? 0
    case .vapourPressureDeficit:
      let saturation = SaturationFormula.buck.pressure(at: temperature).kilopascals
      percent = 100 * (1 - value / saturation)
    case .absoluteHumidity:
      percent =
        MoistAir(temperature: temperature, absoluteHumidity: AbsoluteHumidity(gramsPerCubicMetre: value))
        .relativeHumidity.percent
    }
    return min(max(percent, 0), 100)
  }
}

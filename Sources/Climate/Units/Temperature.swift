// Temperatures and their differences.

/// A temperature.
public struct Temperature: Hashable, Comparable, Sendable, Codable {
  /// Degrees Celsius.
  public var celsius: Double

  /// A temperature in degrees Celsius.
  public init(celsius: Double) { self.celsius = celsius }

  /// A thermodynamic temperature in kelvins.
  public init(kelvin: Double) { self.celsius = kelvin - Self.iceKelvin }

  /// Kelvins.
  public var kelvin: Double { celsius + Self.iceKelvin }

  /// 0 °C in kelvins, by definition of the Celsius scale (BIPM, SI Brochure).
  private static let iceKelvin = 273.15

  /// Lower comes first.
  public static func < (left: Temperature, right: Temperature) -> Bool { left.celsius < right.celsius }

  /// How far `left` lies above `right`.
  public static func - (left: Temperature, right: Temperature) -> TemperatureDifference {
    TemperatureDifference(kelvins: left.celsius - right.celsius)
  }

  /// The temperature that lies `difference` above.
  public static func + (temperature: Temperature, difference: TemperatureDifference) -> Temperature {
    Temperature(celsius: temperature.celsius + difference.kelvins)
  }

  /// The temperature that lies `difference` below.
  public static func - (temperature: Temperature, difference: TemperatureDifference) -> Temperature {
    Temperature(celsius: temperature.celsius - difference.kelvins)
  }
}

/// The difference of two temperatures, such as the dry–wet difference of a psychrometer.
public struct TemperatureDifference: Hashable, Comparable, Sendable, Codable {
  /// Kelvins.
  public var kelvins: Double

  /// A difference in kelvins.
  public init(kelvins: Double) { self.kelvins = kelvins }

  /// Lower comes first.
  public static func < (left: TemperatureDifference, right: TemperatureDifference) -> Bool {
    left.kelvins < right.kelvins
  }
}

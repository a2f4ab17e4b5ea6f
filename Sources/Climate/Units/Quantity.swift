// What a channel can measure, and in which unit.

/// A physical quantity that a channel reports, always in its one canonical unit.
///
/// The raw value is the name used in channel names, the configuration and the log (`shed.temperature`).
public enum Quantity: String, CaseIterable, Codable, Sendable {
  /// Dry-bulb temperature, °C.
  case temperature
  /// Relative humidity over water, %.
  case humidity
  /// Carbon dioxide mole fraction, ppm.
  case co2
  /// Illuminance, lx.
  case illuminance
  /// Barometric pressure at the sensor, hPa.
  case pressure
  /// Soil moisture between the probe's dry and wet calibration points, %.
  case soilMoisture = "soil-moisture"
  /// Voltage at an analogue input, V.
  case voltage
  /// Wind speed, m/s.
  case windSpeed = "wind-speed"
  /// Wetness of a rain detector between its dry and wet calibration points, %: 0 dry, 100 wet.
  case rain
  /// Ammonia mole fraction, ppm.
  case ammonia
  /// Carbon monoxide mole fraction, ppm.
  case carbonMonoxide = "carbon-monoxide"
  /// Temperature of soil or substrate, °C.
  case soilTemperature = "soil-temperature"
  /// Temperature of what stands in the air, °C: stored tubers, fruit, a wall, glass.
  case surfaceTemperature = "surface-temperature"
  /// Electrical conductivity (EC) of soil, substrate or solution, mS/cm.
  case conductivity

  /// The unit's symbol as shown to people.
  public var unit: String {
    switch self {
    case .temperature, .soilTemperature, .surfaceTemperature: "°C"
    case .humidity, .soilMoisture, .rain: "%"
    case .co2, .ammonia, .carbonMonoxide: "ppm"
    case .illuminance: "lx"
    case .pressure: "hPa"
    case .voltage: "V"
    case .windSpeed: "m/s"
    case .conductivity: "mS/cm"
    }
  }

  /// Whether it is a gas that a zone is aired against.
  public var isGas: Bool { self == .co2 || self == .ammonia }

  /// By number and not by name, as the library would for an enumeration of strings: dictionaries by quantity are looked up in every step.
  @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(ordinal) }

  /// Place in the order of the cases.
  @inlinable var ordinal: UInt8 {
    switch self {
    case .temperature: 0
    case .humidity: 1
    case .co2: 2
    case .illuminance: 3
    case .pressure: 4
    case .soilMoisture: 5
    case .voltage: 6
    case .windSpeed: 7
    case .rain: 8
    case .ammonia: 9
    case .carbonMonoxide: 10
    case .soilTemperature: 11
    case .conductivity: 12
    case .surfaceTemperature: 13
    }
  }

  /// Number of decimals that carry information, for tables and screens.
  public var decimals: Int {
    switch self {
    case .temperature, .humidity, .soilMoisture, .soilTemperature, .surfaceTemperature, .pressure, .windSpeed, .ammonia,
      .carbonMonoxide:
      1
    case .co2, .illuminance, .rain: 0
    case .conductivity: 2
    case .voltage: 3
    }
  }
}

// What a stage aims at.

public import Climate

/// A setpoint with its permitted band and its alarm limits, all in the unit of the quantity.
///
/// Alarm limits are not control limits: they lie outside the band and no control law reads them. Setpoints are handed on in every step, so
/// they are plain numbers; the source of each value stays with the document that it was read from.
public struct BandSetpoint: Equatable, Codable, Sendable {
  /// What the loop aims at.
  public var setpoint: Double
  /// Permitted deviation to either side.
  public var band: Double
  /// Value below which an alarm is raised; `nil` for none.
  public var lowAlarm: Double?
  /// Value above which an alarm is raised; `nil` for none.
  public var highAlarm: Double?
  /// Whether the values were found in a source; `nil` where nobody has said.
  public var isVerified: Bool?

  /// A setpoint from its parts.
  public init(
    setpoint: Double, band: Double, lowAlarm: Double? = nil, highAlarm: Double? = nil, isVerified: Bool? = nil
  ) {
    self.setpoint = setpoint
    self.band = band
    self.lowAlarm = lowAlarm
    self.highAlarm = highAlarm
    self.isVerified = isVerified
  }

  /// Whether a value lies in the permitted band.
  public func holds(_ value: Double) -> Bool { abs(value - setpoint) <= band }
}

/// An upper limit of a gas, ppm.
public struct GasLimit: Equatable, Codable, Sendable {
  /// Ventilation begins to act here.
  public var limit: Double
  /// Value above which an alarm is raised; `nil` for none.
  public var alarm: Double?
  /// Whether the values were found in a source; `nil` where nobody has said.
  public var isVerified: Bool?

  /// A limit from its parts.
  public init(limit: Double, alarm: Double? = nil, isVerified: Bool? = nil) {
    self.limit = limit
    self.alarm = alarm
    self.isVerified = isVerified
  }
}

/// All that a zone aims at, at one time. A quantity that is `nil` is not controlled.
public struct Setpoints: Equatable, Codable, Sendable {
  /// Dry-bulb temperature, °C.
  public var temperature: BandSetpoint?
  /// Relative humidity, %.
  public var humidity: BandSetpoint?
  /// Soil moisture, %.
  public var soilMoisture: BandSetpoint?
  /// CO2, ppm.
  public var co2: GasLimit?
  /// Ammonia, ppm.
  public var ammonia: GasLimit?
  /// Minimum ventilation.
  public var ventilation: VentilationTimer?

  /// Setpoints from their parts.
  public init(
    temperature: BandSetpoint? = nil, humidity: BandSetpoint? = nil, soilMoisture: BandSetpoint? = nil,
    co2: GasLimit? = nil, ammonia: GasLimit? = nil, ventilation: VentilationTimer? = nil
  ) {
    self.temperature = temperature
    self.humidity = humidity
    self.soilMoisture = soilMoisture
    self.co2 = co2
    self.ammonia = ammonia
    self.ventilation = ventilation
  }

  /// These setpoints, with what they leave open taken from others.
  public func completed(by others: Setpoints) -> Setpoints {
    Setpoints(
      temperature: temperature ?? others.temperature, humidity: humidity ?? others.humidity,
      soilMoisture: soilMoisture ?? others.soilMoisture, co2: co2 ?? others.co2,
      ammonia: ammonia ?? others.ammonia, ventilation: ventilation ?? others.ventilation)
  }

  /// Whether a quantity is held or limited by ventilation.
  public func controls(_ quantity: Quantity) -> Bool {
    switch quantity {
    case .temperature: temperature != nil
    case .humidity: humidity != nil
    case .soilMoisture: soilMoisture != nil
    case .co2: co2 != nil
    case .ammonia: ammonia != nil
    case .carbonMonoxide, .soilTemperature, .surfaceTemperature, .conductivity, .illuminance, .pressure, .voltage,
      .windSpeed, .rain:
      false
    }
  }

  /// The values below and above which a quantity raises an alarm; `nil` for none.
  public func alarmLimits(of quantity: Quantity) -> (low: Double?, high: Double?) {
    switch quantity {
    case .temperature: (temperature?.lowAlarm, temperature?.highAlarm)
    case .humidity: (humidity?.lowAlarm, humidity?.highAlarm)
    case .soilMoisture: (soilMoisture?.lowAlarm, soilMoisture?.highAlarm)
    case .co2: (nil, co2?.alarm)
    case .ammonia: (nil, ammonia?.alarm)
    case .carbonMonoxide, .soilTemperature, .surfaceTemperature, .conductivity, .illuminance, .pressure, .voltage,
      .windSpeed, .rain:
      (nil, nil)
    }
  }

  /// The setpoint of a quantity that is controlled to a band.
  public func band(of quantity: Quantity) -> BandSetpoint? {
    switch quantity {
    case .temperature: temperature
    case .humidity: humidity
    case .soilMoisture: soilMoisture
    case .co2, .ammonia, .carbonMonoxide, .soilTemperature, .surfaceTemperature, .conductivity, .illuminance, .pressure,
      .voltage,
      .windSpeed,
      .rain:
      nil
    }
  }

  /// The limit of a gas that the zone is aired against; `nil` for none, and for what is no gas.
  public func gasLimit(of quantity: Quantity) -> GasLimit? {
    switch quantity {
    case .co2: co2
    case .ammonia: ammonia
    case .temperature, .humidity, .soilMoisture, .carbonMonoxide, .soilTemperature, .surfaceTemperature, .conductivity,
      .illuminance,
      .pressure,
      .voltage, .windSpeed, .rain:
      nil
    }
  }
}

// What is known of each sensor model, as data.

public import Climate

/// A sensor model.
public enum SensorModel: String, CaseIterable, Codable, Sendable {
  case sht30, sht31, sht35, sht40, sht41, sht45, aht20, bme280, scd40, scd41, bh1750, ads1115, seesaw

  /// Addresses the model can have (data sheets: SHT3x §4.1, SHT4x §6, AHT20 §5.3, BME280 §6.2, SCD4x §3.1, BH1750 slave address,
  /// ADS1115 §9.5.1, seesaw soil by its solder jumpers).
  public var addresses: [I2CAddress] {
    let values: [Int] =
      switch self {
      case .sht30, .sht31, .sht35: [0x44, 0x45]
      case .sht40, .sht41, .sht45: [0x44, 0x45, 0x46]
      case .aht20: [0x38]
      case .bme280: [0x76, 0x77]
      case .scd40, .scd41: [0x62]
      case .bh1750: [0x23, 0x5C]
      case .ads1115: [0x48, 0x49, 0x4A, 0x4B]
      case .seesaw: [0x36, 0x37, 0x38, 0x39]
      }
    return values.compactMap { I2CAddress($0) }
  }

  /// What it measures. An ADS1115 measures what hangs at each of its inputs.
  public var quantities: [Quantity] {
    switch self {
    case .sht30, .sht31, .sht35, .sht40, .sht41, .sht45, .aht20: [.temperature, .humidity]
    case .bme280: [.temperature, .humidity, .pressure]
    case .scd40, .scd41: [.temperature, .humidity, .co2]
    case .bh1750: [.illuminance]
    case .ads1115:
      [
        .soilMoisture, .soilTemperature, .surfaceTemperature, .conductivity, .windSpeed, .rain, .ammonia,
        .carbonMonoxide,
      ]
    case .seesaw: [.soilMoisture, .soilTemperature]
    }
  }

  /// Shortest sensible interval between measurements: faster, it would heat itself (AHT20 §5.4: 2 s) or has nothing new (SCD4x §3.5:
  /// 5 s). The others are limited to once a second, the period of the control step.
  public var minimumInterval: Duration {
    switch self {
    case .aht20: .seconds(2)
    case .scd40, .scd41: .seconds(5)
    default: .seconds(1)
    }
  }

  /// What the sensor can measure, in the quantity's unit; a value outside is a fault, not a measurement. `nil` for a quantity that it
  /// does not measure.
  public func range(of quantity: Quantity) -> ClosedRange<Double>? {
    guard quantities.contains(quantity) else { return nil }
    return switch (self, quantity) {
    case (.aht20, .temperature), (.bme280, .temperature): -40...85
    case (.scd40, .temperature), (.scd41, .temperature): -10...60
    case (_, .temperature): -40...125
    case (_, .humidity): 0...100
    case (.scd40, .co2), (.scd41, .co2): 0...40_000
    case (.bme280, .pressure): 300...1_100
    case (.bh1750, .illuminance): 0...121_600
    case (.ads1115, .soilMoisture), (.seesaw, .soilMoisture), (.ads1115, .rain): -50...150
    // Below zero is noise; far below it, a transmitter with a live zero has no supply or no wire.
    case (.ads1115, .windSpeed): -1...75
    case (.ads1115, .ammonia): -2...1_000
    case (.ads1115, .carbonMonoxide): -5...2_000
    case (.ads1115, .soilTemperature), (.ads1115, .surfaceTemperature), (.seesaw, .soilTemperature): -20...70
    case (.ads1115, .conductivity): -0.5...20
    default: nil
    }
  }
}

/// What a driver must be told of its sensor.
public struct SensorSettings: Equatable, Sendable {
  /// An analogue input with what hangs on it, calibrated at two points: the value is linear in the voltage between them and beyond.
  public struct AnalogueInput: Equatable, Sendable {
    /// Input AIN0…AIN3.
    public var input: Int
    /// What it measures: one of those of ``SensorModel/ads1115``.
    public var quantity: Quantity
    /// Voltage at the value 0, V: of a probe in dry soil or air, of a thermometer in melting ice, of an anemometer in a calm, of a dry
    /// rain detector, of a gas transmitter in clean air.
    public var zero: Double
    /// Voltage at the value ``full``, V.
    public var top: Double
    /// The value at the upper calibration point, in the quantity's unit: 100 % of soil and rain.
    public var full: Double

    /// An input from its parts.
    public init(input: Int, quantity: Quantity, zero: Double, top: Double, full: Double) {
      (self.input, self.quantity, self.zero, self.top, self.full) = (input, quantity, zero, top, full)
    }

    /// An input with a soil-moisture probe or a rain detector.
    /// - Parameters:
    ///   - dry: voltage in dry soil or air, V: 0 %.
    ///   - wet: voltage in saturated soil or water, V: 100 %.
    public init(input: Int, quantity: Quantity = .soilMoisture, dry: Double, wet: Double) {
      self.init(input: input, quantity: quantity, zero: dry, top: wet, full: 100)
    }

    /// The value at a voltage; `nil` if both calibration points have the same.
    public func value(at volts: Double) -> Double? {
      zero == top ? nil : full * (volts - zero) / (top - zero)
    }

    /// The voltage at a value, V.
    public func volts(at value: Double) -> Double { zero + (top - zero) * value / full }
  }

  /// Altitude of the site, m: an SCD4x corrects for the thinner air.
  public var altitude: Double
  /// Inputs of an ADS1115; of a seesaw one with its counts, in air and in water, in the place of voltages.
  public var inputs: [AnalogueInput]

  /// Settings from their parts.
  public init(altitude: Double = 0, inputs: [AnalogueInput] = []) {
    (self.altitude, self.inputs) = (altitude, inputs)
  }
}

/// The driver of a sensor.
public func makeSensor(_ model: SensorModel, at address: I2CAddress, settings: SensorSettings = SensorSettings())
  -> any Sensor
{
  switch model {
  case .sht30, .sht31, .sht35: SHT3x(model, at: address)
  case .sht40, .sht41, .sht45: SHT4x(model, at: address)
  case .aht20: AHT20(at: address)
  case .bme280: BME280(at: address)
  case .scd40, .scd41: SCD4x(model, at: address, altitude: settings.altitude)
  case .bh1750: BH1750(at: address)
  case .ads1115: ADS1115(at: address, inputs: settings.inputs)
  case .seesaw: Seesaw(at: address, inputs: settings.inputs)
  }
}

extension SensorModel {
  /// The measurement, if the sensor can have made it.
  func checked(_ quantity: Quantity, _ value: Double, input: Int = 0) throws(SensorError) -> Measurement {
    guard value.isFinite, range(of: quantity)?.contains(value) == true else {
      throw .status("\(rawValue) gave an impossible \(quantity.rawValue) of \(value) \(quantity.unit)")
    }
    return Measurement(quantity, value, input: input)
  }
}

// What a probe feels: the true conditions at its place, with the faults of a probe.

public import Climate

/// The true conditions at a place.
public struct ProbeConditions: Equatable, Sendable {
  /// Air temperature, °C.
  public var temperature = 20.0
  /// Relative humidity, %.
  public var humidity = 60.0
  /// CO2, ppm.
  public var co2 = 420.0
  /// Air pressure, hPa.
  public var pressure = 965.0
  /// Illuminance, lx.
  public var illuminance = 0.0
  /// Temperature of the soil, °C, as a sensor in it feels it.
  public var soilTemperature = 15.0
  /// Voltage at each analogue input, V; of a seesaw its counts.
  public var volts = [0.0, 0.0, 0.0, 0.0]

  /// Conditions of a mild room.
  public init() {}

  /// The value of a quantity in its unit; what is measured as a voltage at an input has none here.
  func value(of quantity: Quantity) -> Double {
    switch quantity {
    case .temperature: temperature
    case .humidity: humidity
    case .co2: co2
    case .pressure: pressure
    case .illuminance: illuminance
    case .soilTemperature: soilTemperature
    case .soilMoisture, .surfaceTemperature, .conductivity, .windSpeed, .rain, .ammonia, .carbonMonoxide, .voltage: 0
    }
  }
}

/// A probe: true conditions in, what the chip's converter sees out.
public final class SimulatedProbe {
  /// The true conditions; set by whoever plays the house.
  public var conditions = ProbeConditions()
  /// Constant error of each quantity, in its unit.
  public var offsets: [Quantity: Double] = [:]
  /// Error that grows, a day, in the unit of each quantity.
  public var driftPerDay: [Quantity: Double] = [:]
  /// Standard deviation of the noise of each quantity, in its unit.
  public var noise: [Quantity: Double]
  /// Whether the probe repeats its last value for ever.
  public var isStuck = false

  private var generator: SeededGenerator
  private var last: [Quantity: Double] = [:]

  /// Noise of the data sheets (repeatability at high precision), in each quantity's unit; of ammonia that of the voltage, where 1.6 V are 100 ppm.
  public static let usualNoise: [Quantity: Double] = [
    .temperature: 0.03, .humidity: 0.1, .co2: 5, .pressure: 0.02, .illuminance: 1, .ammonia: 0.125, .voltage: 0.002,
  ]

  /// A probe with its own noise.
  public init(seed: UInt64, noise: [Quantity: Double] = SimulatedProbe.usualNoise) {
    generator = SeededGenerator(seed: seed)
    self.noise = noise
  }

  /// What the converter sees of a quantity.
  func measure(_ quantity: Quantity, at now: Instant) -> Double {
    distorted(conditions.value(of: quantity), quantity, at: now)
  }

  /// What the converter sees at an analogue input, V or counts.
  func measureVolts(input: Int, at now: Instant) -> Double {
    let volts = conditions.volts.indices.contains(input) ? conditions.volts[input] : 0
    return distorted(volts, .voltage, at: now)
  }

  private func distorted(_ value: Double, _ quantity: Quantity, at now: Instant) -> Double {
    if isStuck, let last = last[quantity] { return last }
    var value = value + (offsets[quantity] ?? 0) + (driftPerDay[quantity] ?? 0) * now.seconds / 86_400
    if let deviation = noise[quantity], deviation > 0 { value += deviation * generator.nextGaussian() }
    last[quantity] = value
    return value
  }
}

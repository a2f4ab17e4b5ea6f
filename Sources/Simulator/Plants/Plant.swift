// What a simulated building offers to whoever runs it.

public import Climate
public import Controller

/// Where a probe hangs.
public enum ProbePosition: String, CaseIterable, Codable, Sendable {
  /// At the north wall, the cooler end.
  case north
  /// At the south wall, the warmer end.
  case south
  /// In the shade outside.
  case outside
}

/// What a perfect instrument would show at one place.
public struct PlantConditions: Hashable, Sendable {
  /// Air temperature.
  public var temperature: Temperature
  /// Relative humidity over water, 0…100 %.
  public var relativeHumidity: RelativeHumidity
  /// Carbon dioxide, ppm.
  public var co2: Double
  /// Illuminance, lx.
  public var illuminance: Double
  /// Barometric pressure.
  public var pressure: Pressure
  /// Soil water as a share of saturated soil, %; `nil` where there is no soil.
  public var soilMoisture: Double?
  /// Temperature of the soil, °C; `nil` where there is none.
  public var soilTemperature: Double?
  /// Temperature of fruit or leaves, °C; `nil` where there are none.
  public var surfaceTemperature: Double?
  /// Wind speed, m/s; `nil` inside.
  public var windSpeed: Double?
  /// Wetness of a rain detector, 0 dry … 100 wet, %; `nil` inside.
  public var rain: Double?
  /// Ammonia, ppm.
  public var ammonia = 0.0
  /// Carbon monoxide, ppm.
  public var carbonMonoxide = 0.0

  /// Conditions from their parts.
  public init(
    temperature: Temperature, relativeHumidity: RelativeHumidity, co2: Double, illuminance: Double, pressure: Pressure,
    soilMoisture: Double? = nil
  ) {
    self.temperature = temperature
    self.relativeHumidity = relativeHumidity
    self.co2 = co2
    self.illuminance = illuminance
    self.pressure = pressure
    self.soilMoisture = soilMoisture
  }

  /// The value of a quantity in its canonical unit; `nil` for what this place does not have.
  public func value(of quantity: Quantity) -> Double? {
    switch quantity {
    case .temperature: temperature.celsius
    case .humidity: relativeHumidity.percent
    case .co2: co2
    case .illuminance: illuminance
    case .pressure: pressure.hectopascals
    case .soilMoisture: soilMoisture
    case .voltage: nil
    case .windSpeed: windSpeed
    case .rain: rain
    case .ammonia: ammonia
    case .carbonMonoxide: carbonMonoxide
    case .soilTemperature: soilTemperature
    case .surfaceTemperature: surfaceTemperature
    case .conductivity: nil
    }
  }
}

/// What a plant has used since it was made.
public struct PlantTotals: Hashable, Sendable {
  /// Electricity of heater, fans and pumps, kWh.
  public var energy = 0.0
  /// Water through mister or drip lines, l.
  public var water = 0.0

  /// Nothing used yet.
  public init() {}
}

/// How far each kind of actuator is on, as its contactor passes current: 0 off … 1 fully on.
///
/// Several outputs of one kind count with their share of the kind's power. Kinds that a plant lacks do nothing.
public struct ActuatorStates: Hashable, Sendable {
  private var states: [Double]

  /// Everything off, as in a power cut.
  public init() { states = Array(repeating: 0, count: Self.count) }

  /// The state of a kind, limited to 0…1 when set.
  public subscript(kind: OutputKind) -> Double {
    get { states[Self.index(kind)] }
    set { states[Self.index(kind)] = min(max(newValue, 0), 1) }
  }

  private static let count = OutputKind.allCases.count

  private static func index(_ kind: OutputKind) -> Int {
    switch kind {
    case .heater: 0
    case .fan: 1
    case .circulation: 2
    case .mister: 3
    case .dehumidifier: 4
    case .pump: 5
    case .valve: 6
    case .light: 7
    case .vent: 8
    case .ventClosing: 9
    case .co2: 10
    case .alarm: 11
    case .shade: 12
    case .shadeRetracting: 13
    }
  }
}

/// A building with its crop and the weather around it.
///
/// A plant is a value without a clock: the same start, steps and actuator states give the same course, bit for bit.
public protocol Plant: Sendable {
  /// Actuators that have an effect.
  var actuators: Set<OutputKind> { get }
  /// Electricity and water used.
  var totals: PlantTotals { get }
  /// The mean of the air inside, at once; what a probe shows follows with a lag.
  var air: PlantConditions { get }
  /// The weather outside, for spells of a scenario.
  var weather: Weather { get set }

  /// Lets time pass. Any length of step is stable; 1…10 s suits a control loop.
  /// - Parameters:
  ///   - dt: length of the step, positive.
  ///   - time: the moment at which the step begins; never before that of an earlier step.
  ///   - actuators: states of the contactors during the step.
  mutating func advance(by dt: Duration, at time: PlantTime, actuators: ActuatorStates)

  /// What a probe at a position is exposed to, behind the lag of its housing.
  func conditions(at position: ProbePosition) -> PlantConditions
}

/// A plant whose stores follow the weather in short steps.
protocol SteppedPlant: Plant {
  /// The weather of the step.
  var outside: OutsideConditions { get set }

  /// Lets a step of so many seconds pass in the weather of ``outside``.
  mutating func advance(by dt: Double, _ actuators: ActuatorStates)
}

extension SteppedPlant {
  /// Lets time pass, in steps of at most two seconds.
  public mutating func advance(by dt: Duration, at time: PlantTime, actuators: ActuatorStates) {
    PlantPhysics.divide(dt) { step, after in
      outside = weather.conditions(at: PlantTime(localSeconds: time.localSeconds + after))
      advance(by: step, actuators)
    }
  }
}

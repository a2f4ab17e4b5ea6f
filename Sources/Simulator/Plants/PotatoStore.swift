// A store of seed potatoes: a pile that breathes, cooled with air from outside.

public import Climate
public import Controller

/// A store with a pile of tubers, fan for air from outside, small heater, mister and circulation. Equations and sources in `docs/plants.md`.
public struct PotatoStore: RoomPlant {
  /// Size and equipment.
  public struct Parameters: Hashable, Sendable {
    /// Tubers, kg.
    public var tubers = 20_000.0
    /// Air in the room, m³.
    public var airVolume = 100.0
    /// Heat passed between air and pile, W/K.
    public var massCoupling = 2_500.0
    /// Heat lost through the fabric, W/K.
    public var fabricLoss = 80.0
    /// Air changes through cracks at a wind of 1 m/s, 1/h.
    public var leakage = 0.3
    /// Flow of the fan, m³/h.
    public var fanFlow = 1_600.0
    /// Electric power of the fan, W.
    public var fanPower = 150.0
    /// Power of the heater, W.
    public var heaterPower = 3_000.0
    /// Time in which the heater's output follows the switch to 63 %, s.
    public var heaterLag = 90.0
    /// Water through the mister's nozzles, l/h.
    public var misterFlow = 10.0
    /// Time in which the mist evaporates to 63 % in dry air, s.
    public var mistTime = 90.0
    /// What the tubers give off, as a share of the tables'.
    public var loadFactor = 1.0

    /// The default store.
    public init() {}

    /// A store whose uncertain parameters each lie up to 30 % off.
    public func randomised(by seed: UInt64) -> Parameters {
      var generator = SeededGenerator(seed: seed, purpose: "potato store")
      var result = self
      generator.vary(
        &result,
        [
          \.tubers, \.airVolume, \.massCoupling, \.fabricLoss, \.leakage, \.fanFlow, \.heaterPower, \.heaterLag,
          \.misterFlow, \.mistTime, \.loadFactor,
        ])
      return result
    }

    /// Tubers hold 3.6 kJ/(kg·K).
    var fabric: RoomFabric {
      RoomFabric(
        airVolume: airVolume, massHeat: tubers * 3_600, massCoupling: massCoupling, fabricLoss: fabricLoss,
        leakage: leakage, surfaceCooling: 0.2, condensationFlow: 0.1, gradient: 0.02)
    }
  }

  /// Size and equipment.
  public let parameters: Parameters
  /// The weather around the store.
  public var weather: Weather
  /// Electricity and water used.
  public private(set) var totals = PlantTotals()
  /// Water that has condensed on tubers below the dew point, kg.
  public private(set) var wetted = 0.0
  /// Water that the tubers have lost, kg.
  public private(set) var lost = 0.0

  private(set) var room: RoomAir
  var outside: OutsideConditions
  private var equipment = RoomEquipment()
  /// Days since harvest.
  private var age = 0.0

  /// A store into which potatoes from the field have been put.
  public init(
    parameters: Parameters = Parameters(), weather: Weather, start: PlantTime,
    temperature: Temperature = Temperature(celsius: 13)
  ) {
    (self.parameters, self.weather) = (parameters, weather)
    outside = self.weather.conditions(at: start)
    room = RoomAir(temperature: temperature.celsius, percent: 88, pressure: outside.pressure)
  }

  /// Actuators that the store has.
  public let actuators: Set<OutputKind> = [.heater, .fan, .mister, .circulation]

  /// Temperature of the tubers.
  public var tuberTemperature: Temperature { Temperature(celsius: room.massTemperature) }

  mutating func advance(by dt: Double, _ actuators: ActuatorStates) {
    let p = parameters
    let mist = equipment.advance(
      by: dt, heater: p.heaterPower * actuators[.heater], lag: p.heaterLag, mister: p.misterFlow * actuators[.mister],
      mistTime: p.mistTime, deficit: room.now.deficit)
    let water = water(in: room.now)
    room.advance(by: dt, sources(actuators, heat: equipment.heat, mist: mist, in: room.now), fabric, outside)
    wetted += water.dew * dt
    lost += water.transpired * dt
    age += dt / 86_400
    totals.energy += (p.heaterPower * actuators[.heater] + p.fanPower * actuators[.fan]) * dt / 3.6e6
    totals.water += p.misterFlow / 3_600 * actuators[.mister] * dt
  }

  // MARK: Air

  var fabric: RoomFabric { parameters.fabric }

  var capacity: (heater: Double, mister: Double) { (parameters.heaterPower, parameters.misterFlow / 3_600) }

  func sources(_ actuators: ActuatorStates, heat: Double, mist: Double, in air: RoomAir.Moment) -> RoomAir.Sources {
    let breath =
      parameters.tubers * parameters.loadFactor * Self.respiration(at: room.massTemperature) * Self.youth(days: age)
    let water = water(in: air)
    var sources = RoomAir.Sources()
    sources.fan = parameters.fanFlow * actuators[.fan]
    sources.heat = heat
    sources.massHeat = breath
    sources.vapour = mist
    sources.massVapour = water.transpired - water.dew
    sources.co2 = breath / Self.heatOfCO2
    sources.circulation = actuators[.circulation]
    return sources
  }

  // MARK: Tubers

  /// Tubers lose water through their skin slowly, and take it on as dew as fast as air brings it; kg/s.
  private func water(in air: RoomAir.Moment) -> (transpired: Double, dew: Double) {
    let surface = SaturationFormula.buck.pressure(at: tuberTemperature).kilopascals - air.vapourPressure
    return (
      Self.transpiration * parameters.tubers * max(surface, 0) * 1_000,
      Self.dewing * parameters.tubers * max(-surface, 0) * 1_000
    )
  }

  /// Heat of a kilogram of mature tubers, W, between the middles of the ranges that the ASHRAE Handbook of Refrigeration gives for 5, 10,
  /// 15 and 20 °C.
  static func respiration(at celsius: Double) -> Double {
    let table = [(0.0, 0.018), (5, 0.019), (10, 0.0246), (15, 0.0273), (20, 0.038)]
    guard let upper = table.firstIndex(where: { $0.0 > celsius }) else { return table[table.count - 1].1 }
    guard upper > 0 else { return table[0].1 }
    let (low, high) = (table[upper - 1], table[upper])
    return low.1 + (high.1 - low.1) * (celsius - low.0) / (high.0 - low.0)
  }

  /// How much more freshly dug tubers give off: three times, falling within weeks (Burton, Mann and Wager 1955 found 150 and 30–50
  /// B.Th.U./(ton·h)).
  static func youth(days: Double) -> Double { 1 + 2 * max(0, 1 - days / 14) }

  /// J of respiration for each gram of carbon dioxide (ASHRAE Handbook of Refrigeration).
  static let heatOfCO2 = 10_700.0
  /// Water lost through the skin, kg/(kg·s·Pa) (ASHRAE Handbook of Refrigeration, potatoes: 25 ng/(kg·s·Pa), from memory).
  static let transpiration = 25e-12
  /// Water that air brings to cold tubers, kg/(kg·s·Pa). Engineering estimate: without the skin's resistance, forty times as much.
  static let dewing = 1e-9

  /// The mean of the air inside, at once.
  public var air: PlantConditions { room.conditions(outside) }

  /// What a probe at a position is exposed to, behind the lag of its housing.
  public func conditions(at position: ProbePosition) -> PlantConditions {
    var conditions = room.conditions(at: position, outside)
    if position != .outside { conditions.surfaceTemperature = room.massTemperature }
    return conditions
  }
}

// A room in which chicks are brooded: heat, moisture, carbon dioxide and ammonia by their age.

public import Climate
public import Controller
import RealModule

/// A brooding room with heater, exhaust fans and mister. Equations and sources in `docs/plants.md`.
public struct PoultryRoom: RoomPlant {
  /// Size and equipment.
  public struct Parameters: Hashable, Sendable {
    /// Chicks.
    public var chicks = 1_000.0
    /// Air in the room, m³: 60 m² of 2.8 m less what stands in it.
    public var airVolume = 150.0
    /// Heat capacity of litter, floor and walls that take part in a day's course, J/K.
    public var massHeat = 8e6
    /// Heat passed between air and mass, W/K.
    public var massCoupling = 1_200.0
    /// Heat lost through the fabric, W/K.
    public var fabricLoss = 130.0
    /// Air changes through cracks at a wind of 1 m/s, 1/h.
    public var leakage = 0.5
    /// Flow of all exhaust fans, m³/h.
    public var fanFlow = 3_000.0
    /// Electric power of all exhaust fans, W.
    public var fanPower = 180.0
    /// Power of the heater, W.
    public var heaterPower = 10_000.0
    /// Time in which the heater's output follows the switch to 63 %, s.
    public var heaterLag = 120.0
    /// Water through the mister's nozzles, l/h.
    public var misterFlow = 8.0
    /// Time in which the mist evaporates to 63 % in dry air, s.
    public var mistTime = 60.0
    /// What the chicks and their litter give off, as a share of the formulae's.
    public var loadFactor = 1.0
    /// Weight gained, as a share of the usual.
    public var growth = 1.0

    /// The default room.
    public init() {}

    /// A room whose uncertain parameters each lie up to 30 % off. The heater is never smaller than the room needs: 1.25 × the load of the
    /// first days, 33 °C, in a night of 3 °C with the fans on for a tenth of the time.
    public func randomised(by seed: UInt64) -> Parameters {
      var generator = SeededGenerator(seed: seed, purpose: "poultry room")
      var result = self
      generator.vary(
        &result,
        [
          \.airVolume, \.massHeat, \.massCoupling, \.fabricLoss, \.leakage, \.fanFlow, \.heaterPower, \.heaterLag,
          \.misterFlow, \.mistTime, \.loadFactor, \.growth,
        ])
      let air = result.leakage * result.airVolume + 0.1 * result.fanFlow
      let load = 30 * (result.fabricLoss + air / 3_600 * PlantPhysics.volumetricHeat(at: .atAltitude(metres: 400)))
      // Mist takes its heat from the air, too.
      result.heaterPower = max(result.heaterPower, 1.25 * load + result.misterFlow / 3_600 * PlantPhysics.latentHeat)
      return result
    }

    var fabric: RoomFabric {
      RoomFabric(
        airVolume: airVolume, massHeat: massHeat, massCoupling: massCoupling, fabricLoss: fabricLoss, leakage: leakage,
        surfaceCooling: 0.2, condensationFlow: 0.2, gradient: 0.02)
    }
  }

  /// Size and equipment.
  public let parameters: Parameters
  /// The weather around the room.
  public var weather: Weather
  /// Electricity and water used.
  public private(set) var totals = PlantTotals()
  /// Age of the chicks, days.
  public private(set) var age: Double
  /// Ammonia, ppm.
  public private(set) var ammonia = 0.0

  private(set) var room: RoomAir
  var outside: OutsideConditions
  private var equipment = RoomEquipment()

  /// A warm room into which chicks of an age, in days, are put.
  public init(
    parameters: Parameters = Parameters(), age: Double = 0, weather: Weather, start: PlantTime,
    temperature: Temperature = Temperature(celsius: 33)
  ) {
    (self.parameters, self.age, self.weather) = (parameters, age, weather)
    outside = self.weather.conditions(at: start)
    room = RoomAir(temperature: temperature.celsius, percent: 55, pressure: outside.pressure)
  }

  /// Actuators that the room has.
  public let actuators: Set<OutputKind> = [.heater, .fan, .mister]

  mutating func advance(by dt: Double, _ actuators: ActuatorStates) {
    let p = parameters
    let mist = equipment.advance(
      by: dt, heater: p.heaterPower * actuators[.heater], lag: p.heaterLag, mister: p.misterFlow * actuators[.mister],
      mistTime: p.mistTime, deficit: room.now.deficit)
    let flock = flock(at: room.temperature)
    room.advance(by: dt, sources(actuators, heat: equipment.heat, mist: mist, in: room.now), fabric, outside)
    ammonia += dt * (count * flock.ammonia * 1e6 - room.exchange * ammonia) / p.airVolume
    age += dt / 86_400
    totals.energy +=
      (p.heaterPower * actuators[.heater] + p.fanPower * actuators[.fan]) * dt / 3.6e6
    totals.water += p.misterFlow / 3_600 * actuators[.mister] * dt
  }

  // MARK: Air

  var fabric: RoomFabric { parameters.fabric }

  var capacity: (heater: Double, mister: Double) { (parameters.heaterPower, parameters.misterFlow / 3_600) }

  func sources(_ actuators: ActuatorStates, heat: Double, mist: Double, in air: RoomAir.Moment) -> RoomAir.Sources {
    let flock = flock(at: air.celsius)
    // Litter dries more slowly in moist air; the formula holds for a usual house, at 1 kPa or so.
    let water = count * flock.water * min(air.deficit, 1.5)
    var sources = RoomAir.Sources()
    sources.fan = parameters.fanFlow * actuators[.fan]
    // What litter and drinkers evaporate takes heat that is not in the animals' latent part: the total is kept.
    sources.heat = heat + count * flock.total
    sources.vapour = mist + water
    sources.co2 = count * flock.co2
    sources.circulation = 1
    return sources
  }

  // MARK: Chicks

  private var count: Double { parameters.chicks * parameters.loadFactor }

  private func flock(at celsius: Double) -> Flock { Self.flock(age: age, at: celsius, growth: parameters.growth) }

  /// What one chick gives off.
  struct Flock: Hashable {
    /// Total heat, W.
    var total: Double
    /// Vapour at a deficit of 1 kPa, kg/s.
    var water: Double
    /// g/s.
    var co2: Double
    /// m³/s.
    var ammonia: Double
  }

  /// Weight of a chick of a local breed, kg. Engineering estimate: 35 g at hatching, 430 g after six weeks.
  static func weight(age: Double, growth: Double = 1) -> Double { 0.035 * Double.exp(0.06 * min(age, 60) * growth) }

  /// Total heat 10.62 m^0.75 W at 20 °C, less by 2 % a kelvin above; of 1000 W so corrected 0.61 (1000 + 20 (20 - t)) - 0.228 t² sensible; and
  /// 0.185 m³/h of carbon dioxide (CIGR, 4th report on climatization of animal houses, 2002). Ammonia: 0.35 g a day for each kilogram of bird,
  /// from the second week on (order of Wheeler et al. 2006 for new litter).
  static func flock(age: Double, at celsius: Double, growth: Double = 1) -> Flock {
    let weight = weight(age: age, growth: growth)
    let units = 10.62 * Double.pow(weight, 0.75) / 1_000
    let total = max(1_000 + 20 * (20 - celsius), 400)
    let sensible = max(0.61 * total - 0.228 * celsius * celsius, 0)
    let litter = min(max((age - 6) / 7, 0), 1)
    return Flock(
      total: units * total, water: units * (total - sensible) / PlantPhysics.latentHeat,
      co2: units * total / 1_000 * 0.185 / PlantPhysics.co2Volume / 3_600,
      ammonia: 0.35 * weight * litter / 86_400 / Self.ammoniaDensity)
  }

  /// g/m³ at 24 °C and 96.7 kPa: p·M/(R·T).
  private static let ammoniaDensity = 96_700 * 17.03 / (8.314 * 297.15)

  /// The mean of the air inside, at once.
  public var air: PlantConditions { withAmmonia(room.conditions(outside)) }

  /// What a probe at a position is exposed to, behind the lag of its housing.
  public func conditions(at position: ProbePosition) -> PlantConditions {
    let conditions = room.conditions(at: position, outside)
    return position == .outside ? conditions : withAmmonia(conditions)
  }

  private func withAmmonia(_ conditions: PlantConditions) -> PlantConditions {
    var conditions = conditions
    conditions.ammonia = ammonia
    return conditions
  }
}

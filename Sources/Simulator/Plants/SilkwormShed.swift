// A silkworm shed: heat, moisture and carbon dioxide of a room with larvae in it.

public import Climate
public import Controller

/// A rearing room with heater, exhaust fan, mister and circulation fan.
///
/// Two heat stores (air, mass), one for vapour and one for carbon dioxide; equations and sources in `docs/plants.md`.
public struct SilkwormShed: SteppedPlant {
  /// Size and equipment.
  public let parameters: Parameters
  /// What lives in the shed.
  public var stage: SilkwormStage
  /// The weather around the shed.
  public var weather: Weather
  /// Electricity and water used.
  public private(set) var totals = PlantTotals()

  /// °C of the air and of walls, floor, racks and leaves.
  private(set) var airTemperature: Double
  private(set) var massTemperature: Double
  /// Vapour, g/m³.
  private(set) var humidity: Double
  /// ppm.
  private(set) var co2: Double
  /// What the heater gives off, W.
  private(set) var heat = 0.0
  /// Mist that has not evaporated yet, kg.
  private(set) var mist = 0.0
  /// Everything that has come and gone.
  private(set) var balance = ShedBalance()

  var outside: OutsideConditions
  private var north: LaggedProbe
  private var south: LaggedProbe
  private let volumetricHeat: Double

  /// A shed that has been in use: everything at the same temperature and humidity.
  /// - Parameter start: the moment of the first step.
  public init(
    parameters: Parameters = Parameters(), stage: SilkwormStage = .fifth, weather: Weather, start: PlantTime,
    temperature: Temperature = Temperature(celsius: 24),
    relativeHumidity: RelativeHumidity = RelativeHumidity(percent: 70)
  ) {
    self.parameters = parameters
    self.stage = stage
    self.weather = weather
    outside = self.weather.conditions(at: start)
    volumetricHeat = PlantPhysics.volumetricHeat(at: outside.pressure)
    airTemperature = temperature.celsius
    massTemperature = temperature.celsius
    humidity = PlantPhysics.saturation(celsius: temperature.celsius) * relativeHumidity.fraction
    co2 = OutsideConditions.co2
    north = LaggedProbe(temperature: temperature.celsius, humidity: humidity)
    south = north
  }

  /// J/K of the air.
  var airHeat: Double { volumetricHeat * parameters.airVolume }

  /// Actuators that the shed has.
  public let actuators: Set<OutputKind> = [.heater, .fan, .mister, .circulation]

  // MARK: Time

  mutating func advance(by dt: Double, _ actuators: ActuatorStates) {
    let p = parameters
    let load = stage.load
    let boxes = p.boxes * p.loadFactor
    let difference = airTemperature - outside.temperature.celsius
    let outsideHumidity =
      PlantPhysics.saturation(celsius: outside.temperature.celsius) * outside.relativeHumidity.fraction
    let deficit =
      SaturationFormula.buck.pressure(at: Temperature(celsius: airTemperature)).kilopascals
      - PlantPhysics.vapourPressure(humidity: humidity, celsius: airTemperature)

    // Flows: air m³/s, vapour kg/s, heat W.
    let leakage = p.leakage * p.airVolume * PlantPhysics.windFactor(outside.wind)
    let exchange = (leakage + p.fanFlow * actuators[.fan]) / 3600
    let leafVapour = boxes * load.water / 3600 * min(max(deficit / SilkwormLoad.referenceDeficit, 0), 1.5)
    let mistVapour = mist / p.mistTime * min(max(deficit / 0.3, 0), 1)
    let surface = airTemperature - p.surfaceCooling * difference
    let condensate = p.condensationFlow * max(humidity - PlantPhysics.saturation(celsius: surface), 0) / 1000
    let toMass =
      p.massCoupling * (1 + 0.5 * actuators[.circulation]) * (airTemperature - massTemperature)
    let fabric = p.fabricLoss * difference
    let ventilation = volumetricHeat * exchange * difference
    let latent = PlantPhysics.latentHeat * (leafVapour + mistVapour)
    let metabolic = boxes * load.heat
    let sun = p.solarArea * outside.irradiance
    let vented = exchange * (humidity - outsideHumidity) / 1000

    // Stores.
    airTemperature += dt * (heat + metabolic - fabric - ventilation - latent - toMass) / airHeat
    massTemperature += dt * (toMass + sun + PlantPhysics.latentHeat * condensate) / p.massHeat
    humidity += dt * 1000 * (leafVapour + mistVapour - vented - condensate) / p.airVolume
    co2 +=
      dt * (boxes * load.co2 / 3600 * PlantPhysics.co2Volume * 1e6 - exchange * (co2 - OutsideConditions.co2))
      / p.airVolume

    let misted = p.misterFlow / 3600 * actuators[.mister] * dt
    mist += misted - mistVapour * dt
    let runoff = max(mist - Self.mistLimit, 0)
    mist -= runoff
    let fog = condenseFog()

    balance.record(
      heat: heat * dt, metabolic: metabolic * dt, sun: sun * dt, lost: (fabric + ventilation) * dt,
      evaporated: (leafVapour + mistVapour) * dt, condensed: condensate * dt + fog, vented: vented * dt,
      misted: misted, runoff: runoff, leafWater: leafVapour * dt)
    let electric =
      p.heaterPower * actuators[.heater] + p.fanPower * actuators[.fan] + p.misterPower * actuators[.mister]
      + p.circulationPower * actuators[.circulation]
    totals.energy += electric * dt / 3.6e6
    totals.water += misted
    heat += (p.heaterPower * actuators[.heater] - heat) * PlantPhysics.lag(dt, p.heaterLag)

    let gradient = Self.gradient * difference * (1 - 0.7 * actuators[.circulation])
    north.follow(temperature: airTemperature - gradient, humidity: humidity, dt: dt)
    south.follow(temperature: airTemperature + gradient, humidity: humidity, dt: dt)
  }

  /// Takes out what the air cannot hold, as water on walls and floor; kg.
  private mutating func condenseFog() -> Double {
    let excess = humidity - PlantPhysics.saturation(celsius: airTemperature)
    guard excess > 0 else { return 0 }
    humidity -= excess
    let water = excess * parameters.airVolume / 1000
    massTemperature += PlantPhysics.latentHeat * water / parameters.massHeat
    return water
  }

  /// Mist that hangs in the air and on racks before the rest drips to the floor, kg. Engineering estimate.
  private static let mistLimit = 2.0
  /// Kelvins from the middle to either end for each kelvin between inside and outside. Engineering estimate.
  private static let gradient = 0.025
  /// Share of the light outside that falls on the beds through shaded windows. Engineering estimate.
  private static let daylight = 0.004

  // MARK: Conditions

  /// The mean of the air inside, at once.
  public var air: PlantConditions { conditions(temperature: airTemperature, humidity: humidity) }

  /// What a probe at a position is exposed to, behind the lag of its housing.
  public func conditions(at position: ProbePosition) -> PlantConditions {
    switch position {
    case .north: conditions(temperature: north.temperature, humidity: north.humidity)
    case .south: conditions(temperature: south.temperature, humidity: south.humidity)
    case .outside: PlantConditions(outside: outside)
    }
  }

  private func conditions(temperature: Double, humidity: Double) -> PlantConditions {
    PlantConditions(
      temperature: Temperature(celsius: temperature),
      relativeHumidity: PlantPhysics.relativeHumidity(humidity: humidity, celsius: temperature), co2: co2,
      illuminance: Self.daylight * PlantPhysics.luxPerWatt * outside.irradiance, pressure: outside.pressure)
  }
}

extension PlantConditions {
  /// What a probe in the shade outside is exposed to; light is that of the open sky.
  init(outside: OutsideConditions) {
    self.init(
      temperature: outside.temperature, relativeHumidity: outside.relativeHumidity, co2: OutsideConditions.co2,
      illuminance: PlantPhysics.luxPerWatt * outside.irradiance, pressure: outside.pressure)
    windSpeed = outside.wind
    // A detector is wet through within a minute of drizzle.
    rain = 100 * min(outside.rain / 0.2, 1)
  }
}

/// Heat (J) and water (kg) that have entered and left a shed.
struct ShedBalance: Hashable, Sendable {
  private(set) var heaterHeat = 0.0
  private(set) var metabolicHeat = 0.0
  private(set) var solarHeat = 0.0
  private(set) var heatLost = 0.0
  private(set) var evaporated = 0.0
  private(set) var condensed = 0.0
  private(set) var vented = 0.0
  private(set) var misted = 0.0
  private(set) var runoff = 0.0
  private(set) var leafWater = 0.0

  mutating func record(
    heat: Double, metabolic: Double, sun: Double, lost: Double, evaporated: Double, condensed: Double, vented: Double,
    misted: Double, runoff: Double, leafWater: Double
  ) {
    heaterHeat += heat
    metabolicHeat += metabolic
    solarHeat += sun
    heatLost += lost
    self.evaporated += evaporated
    self.condensed += condensed
    self.vented += vented
    self.misted += misted
    self.runoff += runoff
    self.leafWater += leafWater
  }
}

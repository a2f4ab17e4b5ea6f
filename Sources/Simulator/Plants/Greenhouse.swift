// A small plastic house: sun, air, soil and drip irrigation.

public import Climate
public import Controller

/// A tunnel with heater, exhaust fan, circulation fan and a drip line with pump and valve.
///
/// Two heat stores (air with leaves, soil), vapour, carbon dioxide, and two strips of soil on one drip line; equations and sources
/// in `docs/plants.md`.
public struct Greenhouse: SteppedPlant {
  /// Size and equipment.
  public let parameters: Parameters
  /// The weather around the house.
  public var weather: Weather
  /// Electricity and water used.
  public private(set) var totals = PlantTotals()

  /// °C of air and leaves, and of the soil.
  private(set) var airTemperature: Double
  private(set) var soilTemperature: Double
  /// Vapour, g/m³.
  private(set) var humidity: Double
  /// ppm.
  private(set) var co2: Double
  /// °C of fruit, which follows the air.
  private(set) var fruitTemperature: Double
  /// Sun under cover and screen, W/m².
  private(set) var light = 0.0
  /// What the heater gives off, W.
  private(set) var heat = 0.0
  /// The cooler, shadier north strip and the south strip, each half of the ground.
  private(set) var northSoil: SoilZone
  private(set) var southSoil: SoilZone
  /// Everything that has come and gone.
  private(set) var balance = GreenhouseBalance()

  var outside: OutsideConditions
  private var north: LaggedProbe
  private var south: LaggedProbe
  private let volumetricHeat: Double

  /// A house at rest: air and soil at the same temperature.
  /// - Parameters:
  ///   - start: the moment of the first step.
  ///   - soilMoisture: water in the soil as a share of saturated soil, %.
  public init(
    parameters: Parameters = Parameters(), weather: Weather, start: PlantTime,
    temperature: Temperature = Temperature(celsius: 18),
    relativeHumidity: RelativeHumidity = RelativeHumidity(percent: 75), soilMoisture: Double = 55
  ) {
    self.parameters = parameters
    self.weather = weather
    outside = self.weather.conditions(at: start)
    volumetricHeat = PlantPhysics.volumetricHeat(at: outside.pressure)
    airTemperature = temperature.celsius
    (soilTemperature, fruitTemperature) = (temperature.celsius, temperature.celsius)
    humidity = PlantPhysics.saturation(celsius: temperature.celsius) * relativeHumidity.fraction
    co2 = OutsideConditions.co2
    northSoil = SoilZone(
      moisture: min(max(soilMoisture, 0), 100) / 100 * parameters.saturation, rootDepth: parameters.rootDepth)
    southSoil = northSoil
    north = LaggedProbe(temperature: temperature.celsius, humidity: humidity)
    south = north
  }

  /// J/K of air and leaves.
  var airHeat: Double { volumetricHeat * parameters.airVolume + parameters.canopyHeat }

  /// Actuators that the house has.
  public let actuators: Set<OutputKind> = [.heater, .fan, .circulation, .pump, .valve, .vent, .shade]

  // MARK: Time

  mutating func advance(by dt: Double, _ actuators: ActuatorStates) {
    let p = parameters
    let difference = airTemperature - outside.temperature.celsius
    let outsideHumidity =
      PlantPhysics.saturation(celsius: outside.temperature.celsius) * outside.relativeHumidity.fraction
    let sun = p.transmission * outside.irradiance * shadeFactor(actuators)
    light = sun
    fruitTemperature += (airTemperature - fruitTemperature) * PlantPhysics.lag(dt, Self.fruitLag)

    // Flows: air m³/s, vapour kg/s, heat W.
    let wind = PlantPhysics.windFactor(outside.wind)
    var flow = p.leakage * p.airVolume * wind + p.fanFlow * actuators[.fan]
    if actuators[.vent] > 0 { flow += p.airVolume * ventChanges(difference) * actuators[.vent] }
    let exchange = flow / 3600
    let vapour = transpire(dt, sun: sun)
    let surface = airTemperature - p.coverCooling * difference
    let condensate = p.condensationFlow * max(humidity - PlantPhysics.saturation(celsius: surface), 0) / 1000
    let toSoil = p.soilCoupling * (1 + 0.5 * actuators[.circulation]) * (airTemperature - soilTemperature)
    let cover = p.coverLoss * difference
    let ventilation = volumetricHeat * exchange * difference
    let latent = PlantPhysics.latentHeat * vapour
    let vented = exchange * (humidity - outsideHumidity) / 1000

    // Stores. The heat of what condenses on the thin cover goes outside.
    airTemperature +=
      dt * (heat + p.canopyShare * sun * p.area - cover - ventilation - latent - toSoil) / airHeat
    soilTemperature += dt * (toSoil + (1 - p.canopyShare) * sun * p.area) / p.soilHeat
    humidity += dt * 1000 * (vapour - vented - condensate) / p.airVolume
    let gas = respiration(sun: sun) * PlantPhysics.co2Volume * 1e6
    co2 = max(co2 + dt * (gas - exchange * (co2 - OutsideConditions.co2)) / p.airVolume, 50)
    let fog = condenseFog()

    balance.record(
      heat: heat * dt, sun: sun * p.area * dt, lost: (cover + ventilation) * dt, evaporated: vapour * dt,
      condensed: condensate * dt, fog: fog, vented: vented * dt)
    let electric =
      p.heaterPower * actuators[.heater] + p.fanPower * actuators[.fan] + p.circulationPower * actuators[.circulation]
      + p.pumpPower * actuators[.pump]
    totals.energy += electric * dt / 3.6e6
    water(dt, flow: p.dripFlow / 60 * min(actuators[.pump], actuators[.valve]))
    heat += (p.heaterPower * actuators[.heater] - heat) * PlantPhysics.lag(dt, p.heaterLag)

    let gradient = Self.gradient * difference * (1 - 0.7 * actuators[.circulation])
    north.follow(temperature: airTemperature - gradient, humidity: humidity, dt: dt)
    south.follow(temperature: airTemperature + gradient, humidity: humidity, dt: dt)
  }

  /// Share of the sun that a shade screen lets through, by how far it is drawn.
  private func shadeFactor(_ actuators: ActuatorStates) -> Double { 1 - (1 - Self.shade) * actuators[.shade] }

  /// Air changes through a roof vent that stands fully open, 1/h: from wind and from the warmth inside, which add as squares. Of the size
  /// measured in small tunnels, 10 to 40 1/h. Engineering estimate.
  private func ventChanges(_ difference: Double) -> Double {
    let (byWind, byWarmth) = (10 * min(outside.wind, 6), 5 * max(difference, 0).squareRoot())
    return (byWind * byWind + byWarmth * byWarmth).squareRoot()
  }

  /// Lets the leaves transpire for `dt` seconds; kg/s of the whole house (Baille, Baille and Laury, Scientia Horticulturae 59
  /// (1994) 83).
  private mutating func transpire(_ dt: Double, sun: Double) -> Double {
    let p = parameters
    let deficit = max(
      SaturationFormula.buck.pressure(at: Temperature(celsius: airTemperature)).kilopascals
        - PlantPhysics.vapourPressure(humidity: humidity, celsius: airTemperature), 0)
    // Saturated air takes up nothing, however strong the sun.
    let byRadiation = p.transpirationShare * sun * min(deficit / 0.2, 1)
    let potential = (byRadiation + p.transpirationByDeficit * deficit) / PlantPhysics.latentHeat
    let northRate = potential * Self.northTranspiration * northSoil.uptake(p)
    let southRate = potential * Self.southTranspiration * southSoil.uptake(p)
    northSoil.advance(by: dt, watered: 0, transpired: northRate * dt, p)
    southSoil.advance(by: dt, watered: 0, transpired: southRate * dt, p)
    return (northRate + southRate) / 2 * p.area
  }

  /// Waters both strips for `dt` seconds with `flow` l/s.
  private mutating func water(_ dt: Double, flow: Double) {
    guard flow > 0 else { return }
    let depth = flow * dt / parameters.area
    northSoil.advance(by: 0, watered: depth * Self.northDrip, transpired: 0, parameters)
    southSoil.advance(by: 0, watered: depth * (2 - Self.northDrip), transpired: 0, parameters)
    totals.water += flow * dt
  }

  /// Carbon dioxide given off, g/s; negative while the leaves take it up.
  ///
  /// About 2 g/(m²·h) taken up at 300 W/m² and 400 ppm, 0.3 g/(m²·h) given off by soil and leaves. Engineering estimates.
  private func respiration(sun: Double) -> Double {
    let uptake = 3.5e-6 * sun * co2 / (co2 + 350)
    return (0.3 / 3600 - uptake) * parameters.area
  }

  /// Takes out what the air cannot hold, as dew on leaves and soil; kg.
  private mutating func condenseFog() -> Double {
    let excess = humidity - PlantPhysics.saturation(celsius: airTemperature)
    guard excess > 0 else { return 0 }
    humidity -= excess
    let dew = excess * parameters.airVolume / 1000
    soilTemperature += PlantPhysics.latentHeat * dew / parameters.soilHeat
    return dew
  }

  // Strips differ a little: emitters by age and height, transpiration by sun. Engineering estimates.
  private static let northTranspiration = 0.97
  private static let southTranspiration = 1.03
  private static let northDrip = 0.98
  /// What a drawn screen lets through, and the time in which a fruit of 100 g follows the air, s. Engineering estimates.
  private static let shade = 0.5
  private static let fruitLag = 2_700.0
  /// Kelvins from the middle to either end for each kelvin between inside and outside. Engineering estimate.
  private static let gradient = 0.03

  // MARK: Conditions

  /// The mean of the air inside, at once.
  public var air: PlantConditions {
    let soil = (northSoil.moisture(parameters) + southSoil.moisture(parameters)) / 2
    return conditions(LaggedProbe(temperature: airTemperature, humidity: humidity), soil: soil)
  }

  /// What a probe at a position is exposed to, behind the lag of its housing.
  public func conditions(at position: ProbePosition) -> PlantConditions {
    switch position {
    case .north: conditions(north, soil: northSoil.moisture(parameters))
    case .south: conditions(south, soil: southSoil.moisture(parameters))
    case .outside: PlantConditions(outside: outside)
    }
  }

  private func conditions(_ probe: LaggedProbe, soil: Double) -> PlantConditions {
    var conditions = PlantConditions(
      temperature: Temperature(celsius: probe.temperature),
      relativeHumidity: PlantPhysics.relativeHumidity(humidity: probe.humidity, celsius: probe.temperature), co2: co2,
      illuminance: PlantPhysics.luxPerWatt * light, pressure: outside.pressure,
      soilMoisture: 100 * soil / parameters.saturation)
    (conditions.soilTemperature, conditions.surfaceTemperature) = (soilTemperature, fruitTemperature)
    return conditions
  }
}

/// Heat (J) and vapour (kg) that have entered and left a greenhouse.
struct GreenhouseBalance: Hashable, Sendable {
  private(set) var heaterHeat = 0.0
  private(set) var solarHeat = 0.0
  private(set) var heatLost = 0.0
  private(set) var evaporated = 0.0
  private(set) var condensed = 0.0
  private(set) var fog = 0.0
  private(set) var vented = 0.0

  mutating func record(
    heat: Double, sun: Double, lost: Double, evaporated: Double, condensed: Double, fog: Double, vented: Double
  ) {
    heaterHeat += heat
    solarHeat += sun
    heatLost += lost
    self.evaporated += evaporated
    self.condensed += condensed
    self.fog += fog
    self.vented += vented
  }
}

// The air of a closed room: what poultry room, store and dryer have in common.

import Climate

/// Size and fabric of a room.
struct RoomFabric: Hashable, Sendable {
  /// Air, m³.
  var airVolume: Double
  /// Heat capacity of what takes part beside the air, J/K.
  var massHeat: Double
  /// Heat passed between air and mass, W/K.
  var massCoupling: Double
  /// Heat lost through the fabric, W/K.
  var fabricLoss: Double
  /// Air changes through cracks at a wind of 1 m/s, 1/h.
  var leakage: Double
  /// How far wall and roof surfaces lie between inside (0) and outside (1) temperature.
  var surfaceCooling: Double
  /// Vapour passed to surfaces below the dew point, m³/s.
  var condensationFlow: Double
  /// Kelvins from the middle to either end for each kelvin between inside and outside.
  var gradient: Double
}

/// Air, mass, vapour and carbon dioxide of a room with two probes. The equations are those of the silkworm shed (`docs/plants.md`).
struct RoomAir: Hashable, Sendable {
  /// What flows into a room beside the weather.
  struct Sources {
    /// Fan, m³/h.
    var fan = 0.0
    /// Heat to the air, and to the mass, W.
    var heat = 0.0
    var massHeat = 0.0
    /// Vapour from animals, mist and surfaces, kg/s; its latent heat is taken from the air.
    var vapour = 0.0
    /// Vapour whose latent heat is taken from the mass, kg/s.
    var massVapour = 0.0
    /// Carbon dioxide, g/s.
    var co2 = 0.0
    /// Share by which the circulation fan runs.
    var circulation = 0.0
  }

  /// Temperature and vapour of the air.
  struct Moment: Hashable, Sendable {
    /// °C.
    var celsius: Double
    /// g/m³.
    var vapour: Double

    /// kPa.
    var vapourPressure: Double { PlantPhysics.vapourPressure(humidity: vapour, celsius: celsius) }

    /// Vapour pressure deficit, kPa.
    var deficit: Double {
      max(SaturationFormula.buck.pressure(at: Temperature(celsius: celsius)).kilopascals - vapourPressure, 0)
    }
  }

  /// °C.
  private(set) var temperature: Double
  private(set) var massTemperature: Double
  /// g/m³.
  private(set) var humidity: Double
  /// ppm.
  private(set) var co2 = OutsideConditions.co2
  /// Air that was exchanged in the last step, m³/s.
  private(set) var exchange = 0.0
  /// Heat (J) and water (kg) that have come and gone, for the balance.
  private(set) var heatIn = 0.0
  private(set) var heatOut = 0.0
  private(set) var waterIn = 0.0
  private(set) var waterOut = 0.0
  private var north: LaggedProbe
  private var south: LaggedProbe
  private let volumetricHeat: Double

  init(temperature: Double, massTemperature: Double? = nil, percent: Double, pressure: Pressure) {
    (self.temperature, self.massTemperature) = (temperature, massTemperature ?? temperature)
    humidity = PlantPhysics.saturation(celsius: temperature) * percent / 100
    volumetricHeat = PlantPhysics.volumetricHeat(at: pressure)
    north = LaggedProbe(temperature: temperature, humidity: humidity)
    south = north
  }

  /// J/K of the air.
  func airHeat(_ fabric: RoomFabric) -> Double { volumetricHeat * fabric.airVolume }

  /// The air as it is.
  var now: Moment { Moment(celsius: temperature, vapour: humidity) }

  /// Air exchanged with the outside, m³/s.
  static func exchange(_ sources: Sources, _ fabric: RoomFabric, _ outside: OutsideConditions) -> Double {
    (fabric.leakage * fabric.airVolume * PlantPhysics.windFactor(outside.wind) + sources.fan) / 3_600
  }

  /// Heat passed between air and mass, W/K.
  static func coupling(_ sources: Sources, _ fabric: RoomFabric) -> Double {
    fabric.massCoupling * (1 + 0.5 * sources.circulation)
  }

  /// Vapour passed to surfaces below the dew point, kg/s.
  static func condensate(_ air: Moment, _ fabric: RoomFabric, _ outside: OutsideConditions) -> Double {
    let surface = air.celsius - fabric.surfaceCooling * (air.celsius - outside.temperature.celsius)
    return fabric.condensationFlow * max(air.vapour - PlantPhysics.saturation(celsius: surface), 0) / 1_000
  }

  mutating func advance(by dt: Double, _ sources: Sources, _ fabric: RoomFabric, _ outside: OutsideConditions) {
    let difference = temperature - outside.temperature.celsius
    exchange = Self.exchange(sources, fabric, outside)
    let lost = (fabric.fabricLoss + volumetricHeat * exchange) * difference
    var condensate = Self.condensate(now, fabric, outside)
    let vented = exchange * (humidity - outside.vapour) / 1_000
    // Air and mass are stiff together in a dryer: the exchange between them is taken at the end of the step.
    let airHeat = airHeat(fabric)
    let coupling = Self.coupling(sources, fabric)
    let gained = sources.heat - lost - PlantPhysics.latentHeat * sources.vapour
    temperature = (temperature + dt * (gained + coupling * massTemperature) / airHeat) / (1 + dt * coupling / airHeat)
    massTemperature +=
      dt
      * (coupling * (temperature - massTemperature) + sources.massHeat
        + PlantPhysics.latentHeat * (condensate - sources.massVapour)) / fabric.massHeat
    humidity += dt * 1_000 * (sources.vapour + sources.massVapour - vented - condensate) / fabric.airVolume
    co2 +=
      dt
      * (sources.co2 * PlantPhysics.co2Volume * 1e6 - exchange * (co2 - OutsideConditions.co2)) / fabric.airVolume
    let fog = max(humidity - PlantPhysics.saturation(celsius: temperature), 0)
    humidity -= fog
    massTemperature += PlantPhysics.latentHeat * fog * fabric.airVolume / 1_000 / fabric.massHeat
    condensate += fog * fabric.airVolume / 1_000 / dt
    heatIn += dt * (sources.heat + sources.massHeat)
    heatOut +=
      dt * (lost + PlantPhysics.latentHeat * (sources.vapour + sources.massVapour - condensate))
    waterIn += dt * (sources.vapour + sources.massVapour)
    waterOut += dt * (vented + condensate)
    let gradient = fabric.gradient * difference * (1 - 0.7 * sources.circulation)
    north.follow(temperature: temperature - gradient, humidity: humidity, dt: dt)
    south.follow(temperature: temperature + gradient, humidity: humidity, dt: dt)
  }

  // MARK: Conditions

  /// The mean of the air, at once.
  func conditions(_ outside: OutsideConditions) -> PlantConditions {
    conditions(temperature: temperature, humidity: humidity, outside)
  }

  /// What a probe at a position is exposed to.
  func conditions(at position: ProbePosition, _ outside: OutsideConditions) -> PlantConditions {
    switch position {
    case .north: conditions(temperature: north.temperature, humidity: north.humidity, outside)
    case .south: conditions(temperature: south.temperature, humidity: south.humidity, outside)
    case .outside: PlantConditions(outside: outside)
    }
  }

  private func conditions(temperature: Double, humidity: Double, _ outside: OutsideConditions) -> PlantConditions {
    PlantConditions(
      temperature: Temperature(celsius: temperature),
      relativeHumidity: PlantPhysics.relativeHumidity(humidity: humidity, celsius: temperature), co2: co2,
      illuminance: 0, pressure: outside.pressure)
  }
}

/// A heater behind its switch, and a mister whose water hangs in the air until it has evaporated.
struct RoomEquipment: Hashable, Sendable {
  /// What the heater gives off, W.
  private(set) var heat = 0.0
  private var mist = 0.0

  /// Mist that hangs in the air before the rest drips to the floor, kg. Engineering estimate, as in the silkworm shed.
  private static let mistLimit = 1.0

  /// - Returns: vapour that the mist gives off, kg/s.
  mutating func advance(
    by dt: Double, heater: Double, lag: Double, mister: Double, mistTime: Double, deficit: Double
  ) -> Double {
    heat += (heater - heat) * PlantPhysics.lag(dt, lag)
    let vapour = mist / mistTime * min(deficit / 0.3, 1)
    mist = min(mist + (mister / 3_600 - vapour) * dt, Self.mistLimit)
    return vapour
  }
}

extension OutsideConditions {
  /// Vapour in the air outside, g/m³.
  var vapour: Double { PlantPhysics.saturation(celsius: temperature.celsius) * relativeHumidity.fraction }
}

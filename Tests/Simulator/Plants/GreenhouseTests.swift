// The greenhouse's physics: balances, soil water, sun, repeatability.

import Climate
import Controller
import Testing

@testable import Simulator

@Suite("Greenhouse")
struct GreenhouseTests {
  static let start = PlantTime(year: 2026, month: 5, day: 1)

  static func steady(_ celsius: Double, _ percent: Double, irradiance: Double = 0) -> Weather {
    SilkwormShedTests.steady(celsius, percent, irradiance: irradiance)
  }

  static func run(
    _ house: inout Greenhouse, hours: Int, step: Int = 2, _ actuators: (Int, Greenhouse) -> ActuatorStates
  ) {
    for second in stride(from: 0, to: hours * 3600, by: step) {
      house.advance(
        by: .seconds(step), at: start.advanced(by: .seconds(second)), actuators: actuators(second, house))
    }
  }

  static func busy(_ second: Int, _: Greenhouse) -> ActuatorStates {
    var states = ActuatorStates()
    states[.heater] = second % 900 < 200 ? 1 : 0
    states[.fan] = second % 1300 < 500 ? 1 : 0
    states[.pump] = second % 14_400 < 900 ? 1 : 0
    states[.valve] = second % 14_400 < 900 ? 1 : 0
    return states
  }

  @Test("an open roof cools the house, the more the wind blows")
  func roof() {
    func warmth(opening: Double, wind: Double) -> Double {
      let outside = OutsideConditions(
        temperature: Temperature(celsius: 20), relativeHumidity: RelativeHumidity(percent: 60), wind: wind,
        irradiance: 600, cloudiness: 0)
      var house = Greenhouse(weather: Weather(steady: outside), start: Self.start)
      Self.run(&house, hours: 6) { _, _ in
        var states = ActuatorStates()
        states[.vent] = opening
        return states
      }
      return house.airTemperature
    }
    let (shut, ajar, open) = (
      warmth(opening: 0, wind: 1), warmth(opening: 0.3, wind: 1), warmth(opening: 1, wind: 1)
    )
    #expect(shut > ajar + 1 && ajar > open + 1)
    #expect(open > warmth(opening: 1, wind: 4) + 0.5)
  }

  @Test("heat that came in is there or has gone out, within 1 %", arguments: [1, 2, 3] as [UInt64])
  func heatBalance(seed: UInt64) {
    let p = Greenhouse.Parameters().randomised(by: seed)
    var house = Greenhouse(parameters: p, weather: Weather(seed: seed), start: Self.start)
    let before = (house.airTemperature, house.soilTemperature)
    Self.run(&house, hours: 96, Self.busy)
    let stored = house.airHeat * (house.airTemperature - before.0) + p.soilHeat * (house.soilTemperature - before.1)
    let balance = house.balance
    let latent = PlantPhysics.latentHeat * (balance.evaporated - balance.fog)
    let gained = balance.heaterHeat + balance.solarHeat - balance.heatLost - latent
    #expect(balance.solarHeat > 1e9)
    #expect(abs(gained - stored) < 0.01 * (balance.heaterHeat + balance.solarHeat))
  }

  @Test("vapour and soil water that came in are there or have gone out, within 1 %", arguments: [1, 2, 3] as [UInt64])
  func waterBalance(seed: UInt64) {
    let p = Greenhouse.Parameters().randomised(by: seed)
    var house = Greenhouse(parameters: p, weather: Weather(seed: seed), start: Self.start)
    func soilWater() -> Double {
      [house.northSoil, house.southSoil].reduce(0) { $0 + ($1.sinking + $1.stored + $1.drained) * p.area / 2 }
    }
    let before = (house.humidity, soilWater())
    Self.run(&house, hours: 96, Self.busy)
    let balance = house.balance
    let vapour = (house.humidity - before.0) * p.airVolume / 1000
    #expect(balance.evaporated > 100)
    #expect(
      abs(balance.evaporated - balance.vented - balance.condensed - balance.fog - vapour) < 0.01 * balance.evaporated)
    let intoSoil = house.totals.water - balance.evaporated
    #expect(abs(soilWater() - before.1 - intoSoil) < 0.01 * house.totals.water)
  }

  @Test("a heater alone in the dark ends at the analytic temperature")
  func steadyTemperature() {
    var p = Greenhouse.Parameters()
    p.transpirationByDeficit = 0
    var house = Greenhouse(
      parameters: p, weather: Self.steady(5, 40), start: Self.start, relativeHumidity: RelativeHumidity(percent: 30))
    var states = ActuatorStates()
    states[.heater] = 0.5
    Self.run(&house, hours: 240, step: 10) { _, _ in states }
    let exchange = p.leakage * p.airVolume / 3600
    let loss = p.coverLoss + exchange * PlantPhysics.volumetricHeat(at: house.air.pressure)
    #expect(abs(house.air.temperature.celsius - (5 + 0.5 * p.heaterPower / loss)) < 0.05)
  }

  @Test("sun warms the house, and the fan brings it down towards the outside")
  func sunAndFan() {
    func after(fan: Double) -> Double {
      var house = Greenhouse(weather: Self.steady(22, 60, irradiance: 700), start: Self.start)
      var states = ActuatorStates()
      states[.fan] = fan
      Self.run(&house, hours: 3) { _, _ in states }
      return house.air.temperature.celsius
    }
    #expect(after(fan: 0) > 30)
    #expect(after(fan: 1) < after(fan: 0) - 4)
    #expect(after(fan: 1) > 22)
  }

  @Test("a tomato crop in May transpires 1.5…4.5 mm a day")
  func transpiration() {
    var house = Greenhouse(weather: Weather(seed: 1), start: Self.start)
    var hot = ActuatorStates()
    hot[.fan] = 1
    Self.run(&house, hours: 240, step: 10) { _, house in house.airTemperature > 26 ? hot : ActuatorStates() }
    let depth = house.balance.evaporated / house.parameters.area / 10
    #expect((1.5...4.5).contains(depth))
  }

  @Test("water flows only with pump and valve open, at the line's flow")
  func drip() {
    func litres(pump: Double, valve: Double) -> Double {
      var house = Greenhouse(weather: Self.steady(20, 60), start: Self.start)
      var states = ActuatorStates()
      states[.pump] = pump
      states[.valve] = valve
      Self.run(&house, hours: 1) { _, _ in states }
      return house.totals.water
    }
    #expect(litres(pump: 1, valve: 0) == 0)
    #expect(litres(pump: 0, valve: 1) == 0)
    #expect(abs(litres(pump: 1, valve: 1) - 1200) < 1e-6)
  }

  @Test("a dose reaches the probe after minutes, not at once")
  func soak() throws {
    var house = Greenhouse(weather: Self.steady(20, 90), start: Self.start)
    var states = ActuatorStates()
    states[.pump] = 1
    states[.valve] = 1
    let before = try #require(house.conditions(at: .north).soilMoisture)
    house.advance(by: .seconds(60), at: Self.start, actuators: states)
    let atOnce = try #require(house.conditions(at: .north).soilMoisture)
    Self.run(&house, hours: 1) { _, _ in ActuatorStates() }
    let later = try #require(house.conditions(at: .north).soilMoisture)
    #expect(atOnce - before < 0.2 * (later - before))
  }

  @Test("soil drains to field capacity, and never holds more than saturation")
  func drainage() {
    let p = Greenhouse.Parameters()
    var zone = SoilZone(moisture: 0.28, rootDepth: p.rootDepth)
    for _ in 0..<1000 {
      zone.advance(by: 10, watered: 1, transpired: 0, p)
      #expect(zone.moisture(p) <= p.saturation + 1e-9)
    }
    #expect(zone.drained > 500)
    for _ in 0..<(10 * 8640) { zone.advance(by: 10, watered: 0, transpired: 0, p) }
    #expect(abs(zone.moisture(p) - p.fieldCapacity) < 1e-3)
  }

  @Test("plants drink less as the soil dries, and nothing at the wilting point")
  func stress() {
    let p = Greenhouse.Parameters()
    #expect(SoilZone(moisture: p.fieldCapacity, rootDepth: p.rootDepth).uptake(p) == 1)
    #expect(SoilZone(moisture: 0.22, rootDepth: p.rootDepth).uptake(p) == 1)
    #expect(abs(SoilZone(moisture: 0.168, rootDepth: p.rootDepth).uptake(p) - 0.5) < 1e-9)
    #expect(SoilZone(moisture: p.wiltingPoint, rootDepth: p.rootDepth).uptake(p) == 0)
  }

  @Test("left alone for a summer, soil never falls below the wilting point and air never passes saturation")
  func abandoned() throws {
    let p = Greenhouse.Parameters()
    var house = Greenhouse(weather: Weather(seed: 6), start: Self.start)
    Self.run(&house, hours: 60 * 24, step: 10) { _, _ in ActuatorStates() }
    let soil = try #require(house.air.soilMoisture)
    #expect(soil >= 100 * p.wiltingPoint / p.saturation - 1e-6)
    #expect(house.air.relativeHumidity.percent <= 100)
    #expect(house.air.co2 > 0)
  }

  @Test("the same seed gives the same course to the bit, another seed another")
  func deterministic() {
    func course(_ seed: UInt64) -> PlantConditions {
      var house = Greenhouse(
        parameters: Greenhouse.Parameters().randomised(by: seed), weather: Weather(seed: seed), start: Self.start)
      Self.run(&house, hours: 24, Self.busy)
      return house.air
    }
    #expect(course(5) == course(5))
    #expect(course(5) != course(6))
  }
}

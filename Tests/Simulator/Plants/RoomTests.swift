// The brooding room, the store and the dryer: balances, what lives and lies in them, and seeds.

import Climate
import Controller
import RealModule
import Testing

@testable import Simulator

/// Weather that does not change.
private func steady(_ celsius: Double, _ percent: Double) -> Weather {
  Weather(
    steady: OutsideConditions(
      temperature: Temperature(celsius: celsius), relativeHumidity: RelativeHumidity(percent: percent)))
}

private let start = PlantTime(year: 2026, month: 3, day: 5)

extension Plant {
  /// Lets hours pass with these actuators on.
  fileprivate mutating func pass(hours: Double, _ on: [OutputKind: Double] = [:], step: Double = 10) {
    var states = ActuatorStates()
    for (kind, share) in on { states[kind] = share }
    for index in 0..<Int(hours * 3_600 / step) {
      advance(
        by: .seconds(step), at: PlantTime(localSeconds: start.localSeconds + Double(index) * step), actuators: states)
    }
  }
}

@Suite("Room air")
struct RoomAirTests {
  @Test("heat and water that came in are what went out and what is stored")
  func balance() {
    let fabric = PoultryRoom.Parameters().fabric
    let outside = OutsideConditions(
      temperature: Temperature(celsius: 5), relativeHumidity: RelativeHumidity(percent: 80))
    var room = RoomAir(temperature: 25, percent: 60, pressure: outside.pressure)
    var sources = RoomAir.Sources()
    (sources.fan, sources.heat, sources.massHeat, sources.vapour, sources.massVapour) = (
      400, 6_000, 500, 0.001, 0.000_4
    )
    let before = room
    for _ in 0..<7_200 { room.advance(by: 2, sources, fabric, outside) }
    let stored =
      room.airHeat(fabric) * (room.temperature - before.temperature)
      + fabric.massHeat * (room.massTemperature - before.massTemperature)
    #expect(abs(room.heatIn - room.heatOut - stored) < 1e-6 * room.heatIn)
    let water = (room.humidity - before.humidity) * fabric.airVolume / 1_000
    #expect(abs(room.waterIn - room.waterOut - water) < 1e-6 * room.waterIn)
  }
}

@Suite("Poultry room")
struct PoultryRoomTests {
  @Test("what a room is said to reach is where its air comes to rest with the fans, the heater or the mister on")
  func reach() {
    func room() -> PoultryRoom {
      PoultryRoom(age: 30, weather: steady(10, 70), start: start, temperature: Temperature(celsius: 22))
    }
    var cooled = room()
    cooled.pass(hours: 0.3, [.fan: 1])
    #expect(abs(cooled.air.temperature.celsius - cooled.lowestTemperature) < 0.1)
    let dry = cooled.lowestHumidity(at: cooled.air.temperature.celsius)
    #expect(abs(cooled.air.relativeHumidity.percent - dry) < 0.5)
    #expect(cooled.lowestTemperature < 20 && cooled.lowestTemperature > 10)

    var heated = room()
    heated.pass(hours: 0.3, [.heater: 1, .fan: 0.2])
    // The heater follows its switch, and the air the mass, by minutes.
    #expect(abs(heated.air.temperature.celsius - heated.highestTemperature(fan: 0.2)) < 0.3)

    var misted = room()
    misted.pass(hours: 0.3, [.mister: 0.5, .fan: 0.5])
    let moist = misted.highestHumidity(at: misted.air.temperature.celsius, fan: 0.5, mister: 0.5)
    #expect(abs(misted.air.relativeHumidity.percent - moist) < 0.5)
    #expect(moist > dry + 5)
  }

  @Test("where it is warmer outside the fans reach no lower than a shut room")
  func warmOutside() {
    let room = PoultryRoom(age: 1, weather: steady(38, 70), start: start, temperature: Temperature(celsius: 30))
    #expect(room.lowestTemperature < 32)
  }

  @Test("chicks give off what CIGR's formulae say of their weight and warmth")
  func chicks() {
    // 10.62 · 0.43^0.75 = 5.64 W at 20 °C, of which 0.61 · 1000 − 0.228 · 400 = 518.8 ‰ are sensible.
    let grown = PoultryRoom.flock(age: 41.8, at: 20)
    #expect(abs(PoultryRoom.weight(age: 41.8) - 0.43) < 0.002)
    #expect(abs(grown.total - 5.64) < 0.03)
    #expect(abs(grown.water * PlantPhysics.latentHeat / grown.total - 0.481) < 0.001)
    // 0.185 m³/h for each kilowatt: 1.04 l/h, 1.85 g.
    #expect(abs(grown.co2 * 3_600 * PlantPhysics.co2Volume - 5.64 * 0.185 / 1_000) < 1e-5)
    // Warm chicks give off less, and more of it as vapour.
    let warm = PoultryRoom.flock(age: 41.8, at: 33)
    #expect(warm.total < grown.total && warm.water > 0.9 * grown.water)
    #expect(PoultryRoom.flock(age: 3, at: 33).ammonia == 0 && grown.ammonia > 0)
  }

  @Test("chicks that have grown foul a shut room, and a fan clears it")
  func air() {
    var room = PoultryRoom(age: 35, weather: steady(15, 60), start: start, temperature: Temperature(celsius: 22))
    room.pass(hours: 6)
    #expect(room.air.co2 > 5_000 && room.ammonia > 10)
    #expect(room.air.ammonia == room.ammonia && room.conditions(at: .north).ammonia == room.ammonia)
    #expect(room.conditions(at: .outside).ammonia == 0)
    #expect(room.age > 35.2)
    let warm = room.air.temperature
    room.pass(hours: 2, [.fan: 0.5])
    #expect(room.air.co2 < 1_500 && room.ammonia < 8 && room.air.temperature < warm)
  }

  @Test("the heater holds the first days' warmth in a night of 3 °C, in every room of twenty seeds")
  func heater() {
    for seed in 1...20 as ClosedRange<UInt64> {
      let parameters = PoultryRoom.Parameters().randomised(by: seed)
      var room = PoultryRoom(
        parameters: parameters, weather: steady(3, 80), start: start, temperature: Temperature(celsius: 30))
      room.pass(hours: 12, [.heater: 1, .fan: 0.1])
      #expect(room.air.temperature.celsius > 33, "seed \(seed)")
      #expect((0.7...1.3).contains(parameters.airVolume / 150) && (0.7...1.3).contains(parameters.fanFlow / 3_000))
    }
  }
}

@Suite("Potato store")
struct PotatoStoreTests {
  @Test("a pile without air warms by its own breath, as much as it breathes")
  func breath() {
    var parameters = PotatoStore.Parameters()
    (parameters.fabricLoss, parameters.leakage) = (0, 0)
    var store = PotatoStore(
      parameters: parameters, weather: steady(10, 90), start: start, temperature: Temperature(celsius: 10))
    let before = store.tuberTemperature.celsius
    store.pass(hours: 24)
    // 24.6 mW/kg, three times as much at first, in 3.6 kJ/(kg·K), less what evaporates: about 1.6 K a day.
    let rise = store.tuberTemperature.celsius - before
    #expect((1.2...1.9).contains(rise))
    #expect(store.air.co2 > 5_000)
    #expect(abs(PotatoStore.respiration(at: 7.5) - 0.0218) < 1e-4 && PotatoStore.youth(days: 20) == 1)
  }

  @Test("cold air cools the pile, and warm moist air wets it")
  func outsideAir() {
    var store = PotatoStore(weather: steady(2, 85), start: start, temperature: Temperature(celsius: 10))
    store.pass(hours: 72, [.fan: 1, .circulation: 1])
    #expect(store.tuberTemperature.celsius < 6 && store.wetted == 0 && store.lost > 0)
    var cold = PotatoStore(weather: steady(15, 95), start: start, temperature: Temperature(celsius: 4))
    cold.pass(hours: 3, [.fan: 1, .circulation: 1])
    #expect(cold.wetted > 1)
  }
}

@Suite("Dryer")
struct DryerTests {
  @Test(
    "at constant warmth and in dry air the law is Page's",
    arguments: [DryingProduct.walnuts, .roots, .cocoons])
  func page(_ product: DryingProduct) {
    var product = product
    product.sorption = 0
    // The law without time cannot begin at its own pole: the first 2 % are linear.
    let ratio = 0.98
    var moisture = product.initialMoisture * ratio
    let from = Double.pow(-Double.log(ratio) / product.rate, 1 / product.exponent)
    for step in 1...3_600 {
      moisture += 20 * product.change(at: moisture, celsius: product.reference, relativeHumidity: 1)
      guard step % 900 == 0 else { continue }
      let hours = from + Double(step) / 180
      let expected = Double.exp(-product.rate * Double.pow(hours, product.exponent))
      #expect(abs(moisture / product.initialMoisture - expected) < 0.005)
    }
  }

  @Test("warmer is faster, and moist air holds the product at its equilibrium")
  func conditions() {
    let product = DryingProduct.cocoons
    let warm = product.change(at: 1, celsius: 95, relativeHumidity: 5)
    let cool = product.change(at: 1, celsius: 60, relativeHumidity: 5)
    // 58 kJ/mol from 60 to 95 °C.
    #expect(abs(warm / cool - 7.3) < 0.1)
    #expect(product.change(at: 0.08, celsius: 60, relativeHumidity: 50) == 0)
    #expect(product.change(at: 0.1, celsius: 60, relativeHumidity: 50) < 0)
  }

  @Test("60 °C and air for a day dry cocoons, as in the Japanese trials; without an exhaust they steam")
  func cocoons() {
    var open = Dryer(parameters: .cocoons, weather: steady(22, 70), start: start, temperature: Temperature(celsius: 60))
    var shut = open
    for index in 0..<(24 * 360) {
      let time = PlantTime(localSeconds: start.localSeconds + Double(index) * 10)
      var states = ActuatorStates()
      (states[.circulation], states[.fan]) = (1, 0.5)
      states[.heater] = open.air.temperature.celsius < 60 ? 1 : 0
      open.advance(by: .seconds(10), at: time, actuators: states)
      states[.fan] = 0
      states[.heater] = shut.air.temperature.celsius < 60 ? 1 : 0
      shut.advance(by: .seconds(10), at: time, actuators: states)
    }
    #expect(open.moisture < 0.12 && shut.moisture > 1.5 * open.moisture)
    #expect(shut.air.relativeHumidity.percent > open.air.relativeHumidity.percent)
  }

  @Test("dryers of twenty seeds differ by up to 30 %")
  func seeds() {
    let factors = (1...20).map { Dryer.Parameters.walnuts.randomised(by: UInt64($0)).heaterPower / 16_000 }
    #expect(factors.allSatisfy { (0.7...1.3).contains($0) })
    #expect((factors.max() ?? 0) - (factors.min() ?? 0) > 0.3)
  }
}

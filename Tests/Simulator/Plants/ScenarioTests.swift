// Scenarios as data, and what their weather does to a shed.

import Climate
import Controller
import Drivers
import Simulator
import Testing

@Suite("Scenarios")
struct ScenarioTests {
  @Test("every scenario but the calm one has events, in order, none before the start", arguments: Scenario.allCases)
  func events(scenario: Scenario) {
    let events = scenario.events(sensor: "north", output: "heater")
    #expect(events.isEmpty == (scenario == .calm))
    #expect(events.map(\.at) == events.map(\.at).sorted())
    #expect(events.allSatisfy { $0.at >= .zero })
  }

  @Test("names are those of the command line")
  func names() {
    #expect(Scenario(rawValue: "cold-night") == .coldNight)
    #expect(Scenario(rawValue: "power-cut") == .powerCut)
    #expect(Scenario(rawValue: "nonsense") == nil)
  }

  @Test("events name the sensor and output that they were made for")
  func subjects() {
    let unplugged = Scenario.probeUnplugged.events(sensor: "middle", output: "stove").map(\.kind)
    #expect(unplugged == [.sensor(name: "middle", .unplugged, lasting: .hours(2))])
    let welded = Scenario.contactorWelded.events(sensor: "middle", output: "stove").map(\.kind)
    #expect(welded == [.contactor(output: "stove", .welded)])
  }

  @Test(
    "a cold night cools an unheated shed, a hot noon warms it", arguments: [(Scenario.coldNight, -1.0), (.hotNoon, 1)])
  func weather(scenario: Scenario, sign: Double) {
    let start = PlantTime(year: 2026, month: 4, day: 10)
    func extremes(_ scenario: Scenario) -> Double {
      var shed = SilkwormShed(stage: .empty, weather: Weather(seed: 1), start: start)
      for event in scenario.events(sensor: "north", output: "heater") {
        guard case .weather(let spell, let duration) = event.kind else { continue }
        shed.weather.add(spell, from: start.advanced(by: event.at), lasting: duration)
      }
      var extreme = 0.0
      for step in 0..<(72 * 360) {
        shed.advance(by: .seconds(10), at: start.advanced(by: .seconds(10 * step)), actuators: ActuatorStates())
        if step > 30 * 360 { extreme = max(extreme, sign * shed.air.temperature.celsius + 100) }
      }
      return extreme
    }
    #expect(extremes(scenario) > extremes(.calm) + 1)
  }

  @Test("a probe feels what the plant has at its place")
  func probe() {
    let start = PlantTime(year: 2026, month: 4, day: 10)
    let house = Greenhouse(weather: Weather(seed: 1), start: start, soilMoisture: 50)
    let place = house.conditions(at: .north)
    let probe = ProbeConditions(
      place, volts: ProbeConditions.volts(at: [.init(input: 0, dry: 2.6, wet: 1.2)], of: place))
    #expect(probe.temperature == place.value(of: .temperature))
    #expect(probe.humidity == place.value(of: .humidity))
    #expect(probe.pressure == place.value(of: .pressure))
    #expect(abs(probe.volts[0] - 1.9) < 1e-9)
    #expect(house.conditions(at: .outside).value(of: .soilMoisture) == nil)
  }
}

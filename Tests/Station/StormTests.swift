// Wind and rain over a whole greenhouse: sensors that answer bytes, controller, frames, guardian core, contactors, and the vent itself.

import Climate
import Configuration
import Controller
import Foundation
import Simulator
import Testing

@testable import Station

/// The greenhouse with a roof vent of the examples, on a day in July on which it wants all the air that it can have.
private final class VentHouse {
  private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("bombyx-\(UUID().uuidString)")
  private var run: SimulationRun
  private let roof: (opening: Int, closing: Int)
  /// Whether both relays of the motor were ever closed at once.
  private(set) var hasShortCircuit = false

  init(_ events: [ScenarioEvent]) throws {
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    let files = ConfigurationFiles(configuration: root + "/deploy/examples/greenhouse-vents.toml", share: root)
    let (loaded, faults) = ConfigurationLoader.load(
      files.sources().sources, boards: files.boards().boards, recipes: files.recipes().recipes, isSimulated: true)
    let configuration = try #require(loaded, "\(faults)")
    let opening = try #require(configuration.plan.output(named: "roof"))
    roof = (opening.index, try #require(configuration.plan.outputs[opening.index].vent).closing.index)
    var options = SimulationOptions(
      site: .greenhouse, configuration: configuration, seed: 3, days: nil, speed: nil, scenario: .calm,
      start: PlantTime(year: 2026, month: 7, day: 12, hour: 11), stage: .empty, stateDirectory: directory.path,
      runtimeDirectory: nil)
    options.events = events
    run = SimulationRun(options, inbox: Inbox(buses: configuration.buses.map(\.name)))
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  /// Where the roof stands, 0 shut … 1 open.
  var opening: Double { run.house.openings[roof.opening] ?? 0 }
  var isClosing: Bool { run.house.contactors[roof.closing].isClosed }
  var wind: Double { run.house.plant.conditions(at: .outside).windSpeed ?? 0 }
  var rain: Double { run.house.plant.conditions(at: .outside).rain ?? 0 }
  var held: Constraint? { run.state?.decision.outputs[roof.opening].reason.heldBy }
  func hasAlarm(_ kind: AlarmKind, _ subject: String) -> Bool {
    run.state?.controller.openAlarms.contains { $0.id == AlarmID(kind: kind, subject: subject) } == true
  }

  func pass(until minute: Double) {
    while Double(run.second) < minute * 60 { step() }
  }

  /// Steps until something holds.
  /// - Returns: seconds that it took; `nil` if it did not hold within a limit.
  func seconds(atMost limit: Int, until holds: (VentHouse) -> Bool) -> Int? {
    for second in 0...limit {
      if holds(self) { return second }
      step()
    }
    return nil
  }

  private func step() {
    run.step()
    if run.house.contactors[roof.opening].isClosed && isClosing { hasShortCircuit = true }
  }
}

@Suite("A storm over a greenhouse") struct StormTests {
  @Test("a squall shuts the roof in one travel, the alarm says why, and after the hold it opens again") func squall()
    throws
  {
    let squall = WeatherSpell(temperatureShift: 0, wind: 30)
    let house = try VentHouse([ScenarioEvent(at: .minutes(40), kind: .weather(squall, lasting: .seconds(60)))])
    house.pass(until: 39)
    try #require(house.opening > 0.99 && house.wind < 6, "the house must want all its air, or this shows nothing")
    #expect(house.held == nil && !house.hasAlarm(.ventLimited, "roof"))
    _ = try #require(house.seconds(atMost: 120) { $0.wind >= 14 })
    // The mean of a gust, a step, the dead time between the relays.
    _ = try #require(house.seconds(atMost: 12) { $0.isClosing })
    _ = try #require(house.seconds(atMost: 155) { $0.opening == 0 })
    #expect(house.held == .wind)
    _ = try #require(house.seconds(atMost: 310) { $0.hasAlarm(.ventLimited, "roof") })
    // The squall ends at minute 41; ten minutes later, and no sooner, the roof may open.
    house.pass(until: 50.5)
    #expect(house.opening == 0 && house.held == .wind)
    _ = try #require(house.seconds(atMost: 240) { $0.opening > 0.99 })
    #expect(house.held == nil)
    house.pass(until: 56)
    #expect(!house.hasAlarm(.ventLimited, "roof"))
    #expect(!house.hasShortCircuit)
  }

  @Test("rain lowers the roof to a tenth, and it opens a quarter of an hour after the rain") func rain() throws {
    let shower = WeatherSpell(temperatureShift: 0, rain: 4)
    let house = try VentHouse([ScenarioEvent(at: .minutes(40), kind: .weather(shower, lasting: .minutes(10)))])
    house.pass(until: 39)
    try #require(house.opening > 0.99 && house.rain < 1, "the house must want all its air, or this shows nothing")
    _ = try #require(house.seconds(atMost: 300) { $0.rain >= 50 })
    _ = try #require(house.seconds(atMost: 12) { $0.isClosing })
    _ = try #require(house.seconds(atMost: 150) { $0.opening < 0.12 })
    #expect(house.held == .rain)
    _ = try #require(house.seconds(atMost: 310) { $0.hasAlarm(.ventLimited, "roof") })
    house.pass(until: 64)
    #expect(house.opening < 0.12 && house.opening > 0.05 && house.held == .rain)
    _ = try #require(house.seconds(atMost: 300) { $0.opening > 0.99 })
    #expect(!house.hasShortCircuit)
  }

  @Test(
    "a mast that is lost lowers the roof to what is safe in any weather, with both alarms, until it has been back for a while"
  )
  func lost() throws {
    let house = try VentHouse([
      ScenarioEvent(at: .minutes(40), kind: .sensor(name: "mast", .unplugged, lasting: .minutes(10)))
    ])
    house.pass(until: 39.9)
    try #require(house.opening > 0.99, "the house must want all its air, or this shows nothing")
    // A reading is lost once it is stale, and the motor has nine tenths of its travel to go.
    _ = try #require(house.seconds(atMost: 75) { $0.isClosing })
    _ = try #require(house.seconds(atMost: 150) { $0.opening < 0.12 })
    #expect(house.held == .rainUnknown)
    _ = try #require(house.seconds(atMost: 310) { $0.hasAlarm(.ventLimited, "roof") })
    #expect(house.hasAlarm(.probeFailed, "mast.wind-speed") && house.hasAlarm(.probeFailed, "mast.rain"))
    // Well again at minute 50, and for how it was meanwhile nobody can answer.
    house.pass(until: 63)
    #expect(house.opening < 0.22)
    _ = try #require(house.seconds(atMost: 420) { $0.opening > 0.99 })
    house.pass(until: 72)
    #expect(!house.hasAlarm(.ventLimited, "roof") && !house.hasAlarm(.probeFailed, "mast.wind-speed"))
    #expect(!house.hasShortCircuit)
  }
}

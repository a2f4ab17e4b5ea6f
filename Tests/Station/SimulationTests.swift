// The whole device in a simulated house, in virtual time.

import Configuration
import Controller
import Foundation
import Journal
import Simulator
import Testing

@testable import Station

/// The checkout, for examples, boards and recipes.
private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

/// One simulation with a directory of its own.
private final class SimulationRig {
  let directory: URL
  let report: SimulationReport

  init(
    _ site: SimulationSite = .silkwormShed, seed: UInt64 = 1, hours: Double, scenario: Scenario = .calm
  ) throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("bombyx-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let files = ConfigurationFiles(configuration: "\(root)/deploy/examples/\(site.rawValue).toml", share: root)
    let (loaded, faults) = ConfigurationLoader.load(
      files.sources().sources, boards: files.boards().boards, recipes: files.recipes().recipes, isSimulated: true)
    var configuration = try #require(loaded, "\(faults)")
    for index in configuration.plan.zones.indices {
      guard let stage = configuration.plan.zones[index].recipe?.stage(named: "instar-5") else { continue }
      configuration.plan.zones[index].firstStage = stage
      configuration.plan.zones[index].holdsStage = true
    }
    let options = SimulationOptions(
      site: site, configuration: configuration, seed: seed, days: hours / 24, speed: nil, scenario: scenario,
      start: PlantTime(year: 2026, month: 4, day: 1), stage: .fifth, stateDirectory: directory.path,
      runtimeDirectory: nil)
    report = try Simulation(options).run()
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  /// Every row of the log in its canonical form.
  func log() throws -> [String] {
    var lines: [String] = []
    try JournalReader(directory: directory.path).forEachRowCanonically { lines.append($0) }
    return lines
  }
}

@Suite("Simulated house") struct SimulationTests {
  @Test("the same seed gives the same log to the byte, another seed another") func determinism() throws {
    let first = try SimulationRig(seed: 7, hours: 1).log()
    #expect(first.count > 1_000)
    #expect(try SimulationRig(seed: 7, hours: 1).log() == first)
    #expect(try SimulationRig(seed: 8, hours: 1).log() != first)
  }

  @Test("half a day in the fifth instar: within 1 K and in the humidity band, no constraint violated")
  func silkwormShed() throws {
    let report = try SimulationRig(seed: 4, hours: 12).report
    let shed = try #require(report.zones["shed"])
    #expect((shed.temperature?.within1K ?? 0) >= 0.95)
    #expect((shed.humidity?.inBand ?? 0) >= 0.85)
    #expect(report.violations.isEmpty && report.alarms.isEmpty)
    #expect((report.outputs["heater"]?.operations ?? 0) > 10, "it must have been cold, or this shows nothing")
  }

  @Test("a greenhouse keeps its soil in the band, and gives no more water than its cap") func greenhouse() throws {
    let report = try SimulationRig(.greenhouse, seed: 2, hours: 14).report
    let house = try #require(report.zones["greenhouse"])
    #expect((house.soilMoisture?.inBand ?? 0) >= 0.95)
    #expect(try #require(house.waterMost) <= #require(house.waterCap))
    #expect(report.violations.isEmpty)
  }
}

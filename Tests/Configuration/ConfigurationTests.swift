// From text to plan and guardian table.

import Climate
import Controller
import Drivers
import Foundation
import Guardian
import TOML
import Testing

@testable import Configuration

/// The checkout.
private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

private let files = ConfigurationFiles(configuration: root + "/deploy/examples/silkworm-shed.toml", share: root)

private func load(_ text: String) -> (configuration: DeviceConfiguration?, faults: [ConfigurationFault]) {
  ConfigurationLoader.load(
    [ConfigurationSource(file: "bombyx.toml", text: text)], boards: files.boards().boards,
    recipes: files.recipes().recipes)
}

@Suite("Configuration") struct ConfigurationTests {
  @Test("The examples, boards and recipes of this repository are in order", arguments: ["silkworm-shed", "greenhouse"])
  func examples(_ name: String) throws {
    let (configuration, faults) = ConfigurationFiles(configuration: "\(root)/deploy/examples/\(name).toml", share: root)
      .load()
    #expect(faults.filter { $0.severity == .error } == [])
    #expect(configuration != nil)
  }

  @Test("An example compiles to the plan and the guardian table it describes") func compiles() throws {
    let device = try #require(files.load().configuration)
    let plan = device.plan
    let heater = try #require(plan.output(named: "heater"))
    #expect(plan.outputs[heater.index].evidenceZone == ZoneID(0))
    #expect(plan.outputs[heater.index].constraints.maximumOn == .minutes(30))
    let limits = try #require(device.guardianTable.outputs.first { $0.name == "heater" })
    #expect(limits.chip == "pinctrl-bcm2711" && limits.line == 17)
    #expect(limits.evidenceSlot == 0 && limits.highLimit == 32_000 && limits.failsafe == .off)
    #expect(
      device.guardianTable.outputs.first { $0.name == "exhaust" }?.failsafe == .duty(on: 180_000, period: 900_000))
    let shed = try #require(plan.zones.first)
    let temperature = try #require(shed.channels[.temperature])
    guard case .group(let group) = plan.channels[temperature.index].source else { return #expect(Bool(false)) }
    #expect(group.probes.map { plan.channels[$0.index].name } == ["north.temperature", "south.temperature"])
    #expect(
      shed.recipe?.stages.map(\.name) == ["instar-1", "instar-2", "instar-3", "instar-4", "instar-5", "mounting"])
    #expect(try GuardianTable(text: device.guardianTable.text) == device.guardianTable)
  }

  @Test("Thirty different mistakes get thirty precise messages, and nothing crashes") func thirtyMistakes() throws {
    let url = try #require(Bundle.module.url(forResource: "thirty-mistakes", withExtension: "toml"))
    let text = try String(contentsOf: url, encoding: .utf8)
    let (configuration, faults) = load(text)
    #expect(configuration == nil)
    // Every line of the file that ends in a remark "# ! words" holds a mistake whose message has these words.
    var expected = 0
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard let mark = line.range(of: "# ! ") else { continue }
      expected += 1
      let words = line[mark.upperBound...]
      let found = faults.contains { $0.location.line == index + 1 && $0.english.contains(words) }
      #expect(found, "line \(index + 1): \(words)\n\(faults.filter { $0.location.line == index + 1 })")
    }
    #expect(expected >= 30)
    #expect(faults.allSatisfy { !$0.chinese.isEmpty && $0.location.line > 0 && $0.location.column > 0 })
  }

  @Test("A file of conf.d is laid over the configuration; its values win, its places are told") func overlay() throws {
    let (sources, _) = files.sources()
    let overlay = ConfigurationSource(
      file: "conf.d/shed.toml", text: "[site]\nname = \"other\"\n[[output]]\nname = \"heater\"\nmin-off = \"90\"\n")
    let (_, faults) = ConfigurationLoader.load(
      sources + [overlay], boards: files.boards().boards, recipes: files.recipes().recipes)
    let fault = try #require(faults.first { $0.severity == .error })
    #expect(fault.location.file == "conf.d/shed.toml" && fault.location.line == 5)
  }

  @Test("Two thousand damaged configurations never crash the reader") func fuzz() throws {
    let original = Array(try String(contentsOfFile: files.configuration, encoding: .utf8).utf8)
    let (boards, recipes) = (files.boards().boards, files.recipes().recipes)
    var state: UInt64 = 42
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for _ in 0..<2_000 {
      var bytes = original
      for _ in 0..<(1 + random(4)) {
        switch random(3) {
        case 0: bytes[random(bytes.count)] = UInt8(random(128))
        case 1: bytes.remove(at: random(bytes.count))
        default: bytes.insert(contentsOf: bytes[random(bytes.count)...].prefix(random(20)), at: random(bytes.count))
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      _ = ConfigurationLoader.load([ConfigurationSource(file: "f", text: text)], boards: boards, recipes: recipes)
    }
  }
}

// From text to plan and guardian table.

import Climate
import Controller
import Drivers
import Foundation
import Guardian
import TOML
import Testing

@testable import Configuration

@Suite("Configuration") struct ConfigurationTests {
  @Test(
    "the list of sensors and outputs names every model with its addresses and its interval, and every kind, in both languages",
    arguments: ["sensors.md", "sensors.zh-CN.md"])
  func list(file: String) throws {
    let lines = try String(contentsOfFile: "\(root)/docs/\(file)", encoding: .utf8).split(separator: "\n")
    for model in SensorModel.allCases {
      let line = try #require(lines.first { $0.hasPrefix("|") && $0.contains("`\(model.rawValue)`") }, "\(model)")
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      try #require(cells.count == 5)
      let addresses = cells[2].split { ", 、".contains($0) }.map { $0.lowercased() }
      #expect(addresses == model.addresses.map { $0.description.lowercased() })
      #expect(cells[3] == "\(Int(model.minimumInterval.inSeconds))s")
    }
    for kind in OutputKind.writable {
      #expect(lines.contains { $0.hasPrefix("| `") && $0.contains("`\(kind)`") }, "\(kind)")
    }
  }

  @Test(
    "The examples, boards and recipes of this repository are in order",
    arguments: [
      "silkworm-shed", "silkworm-hall", "greenhouse", "greenhouse-vents", "poultry-room", "potato-store", "dryer",
    ])
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
    #expect(group.backups.map { plan.channels[$0.index].name } == ["air.temperature"])
    #expect(shed.recipe?.stages.first?.name == "instar-1" && shed.recipe?.stages.last?.name == "mounting")
    #expect(plan.place.utcOffset == .hours(8) && plan.place.psychrometer.coefficient == 0.0008)
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

  @Test("A recipe that asks for more warmth than a heater may give is warned of where it is named") func tooWarm()
    throws
  {
    let (sources, _) = files.sources()
    let text = try #require(sources.first).text.replacing("silkworm-bivoltine", with: "chick-brooding")
    let (configuration, faults) = load(text)
    #expect(configuration != nil)
    let fault = try #require(faults.first { $0.english.contains("high-limit") })
    #expect(fault.severity == .warning)
    #expect(fault.english == "recipe \"chick-brooding\" asks for 33.0 °C, but \"heater\" has a high-limit of 32.0 °C")
    #expect(load(try #require(sources.first).text).faults.isEmpty)
  }

  @Test("A probe whose right readings would count as faults in a hot recipe is warned of, and told what to write")
  func tooHotForProbes() throws {
    let dryer = ConfigurationFiles(configuration: root + "/deploy/examples/dryer.toml", share: root)
    let text = try #require(dryer.sources().sources.first).text
    let cocoons = text.replacing("recipe = \"walnut-drying\"", with: "recipe = \"cocoon-drying\"")
    func faults(_ change: (String) -> String) -> [ConfigurationFault] { load(change(cocoons)).faults }
    #expect(faults { $0 } == [])

    let usual = faults { $0.replacing("max = 120, ", with: "") }
    #expect(usual.map(\.severity) == [.warning, .warning])
    #expect(
      usual.first?.english
        == "recipe \"cocoon-drying\" asks for 95.0 °C and needs readings up to 105.0 °C, but those of \"north\" above 70.0 °C "
        + "count as faults; write quality = { temperature = { max = 110 } }")
    #expect(usual.first?.chinese.contains("工艺“cocoon-drying”要求 95.0 °C") == true)
    let lines = cocoons.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(usual.first?.location.line == lines.firstIndex(of: "[[sensor]]").map { $0 + 1 })

    // One that lets the setpoint through but not the alarm is told where it is written.
    let tight = faults { $0.replacing("max = 120", with: "max = 105", maxReplacements: 1) }
    #expect(
      tight.count == 1 && tight.first?.location.line == lines.firstIndex { $0.contains("max = 120") }.map { $0 + 1 })
    #expect((tight.first?.location.column ?? 0) > 30)

    // What the sensor itself cannot measure is no matter of limits.
    let aht20 = faults {
      $0.replacing("model = \"sht31\"", with: "model = \"aht20\"", maxReplacements: 1)
        .replacing("address = 0x44", with: "address = 0x38").replacing(
          "max = 120", with: "max = 85", maxReplacements: 1)
    }
    #expect(aht20.map(\.english).first?.hasSuffix("; the aht20 measures up to 85.0 °C, take another sensor") == true)

    // Walnuts never come near 70 °C.
    #expect(load(text.replacing("max = 120, ", with: "")).faults == [])
  }

  @Test("A file of conf.d is laid over the configuration; its values win, its places are told") func overlay() throws {
    let (sources, _) = files.sources()
    let overlay = ConfigurationSource(
      file: "conf.d/shed.toml", text: "[site]\nname = \"other\"\n[[output]]\nname = \"heater\"\nmin-off = \"90\"\n")
    let (_, faults) = load(sources + [overlay])
    let fault = try #require(faults.first { $0.severity == .error })
    #expect(fault.location.file == "conf.d/shed.toml" && fault.location.line == 5)
  }

  @Test("Outputs that share a task take turns; where none do, there is nothing to rotate")
  func rotation() throws {
    let hall = ConfigurationFiles(configuration: root + "/deploy/examples/silkworm-hall.toml", share: root)
    let plan = try #require(hall.load().configuration).plan
    #expect(plan.zones[0].rotation == .hours(6))
    #expect(plan.zones[0].ventilation.count == 2 && plan.zones[0].loops[0].outputs.count == 3)
    let example = try #require(files.sources().sources.first).text
    func faults(_ rotate: String) -> [String] {
      load(example.replacingOccurrences(of: "recipe = ", with: rotate + "\nrecipe = ")).faults
        .filter { $0.severity == .error }.map(\.english)
    }
    #expect(faults("rotate = \"6h\"").first?.contains("nothing to rotate") == true)
    #expect(faults("rotate = \"1m\"").first?.contains("from 10m to 7d") == true)
  }

  @Test("A zone that is cooled only while it is cooler outside needs a thermometer there") func coupledCooling() throws
  {
    let store = ConfigurationFiles(configuration: root + "/deploy/examples/potato-store.toml", share: root)
    let loops = try #require(store.load().configuration).plan.zones[0].loops
    #expect(loops.filter(\.needsUsefulOutside).map(\.quantity) == [.temperature, .humidity])
    let text = try #require(store.sources().sources.first).text
    let faults = load(text.replacingOccurrences(of: "zone = \"outside\"", with: "zone = \"store\"")).faults
    #expect(faults.contains { $0.english == "coupled = true needs a sensor of temperature with zone = \"outside\"" })
  }

  @Test("A zone's model makes its law predict; half a model, and a model beside other parameters, are faults")
  func model() throws {
    let example = try #require(files.sources().sources.first).text
    func law(_ keys: String) -> (law: LawPlan?, faults: [String]) {
      let (device, faults) = load(example.replacingOccurrences(of: "control = \"pid\", ", with: keys))
      return (device?.plan.zones[0].loops.first?.law, faults.filter { $0.severity == .error }.map(\.english))
    }
    let model = "model = { gain = \"4.3 K\", time-constant = \"200s\", lag = \"40s\", dead-time = \"60s\" }, "
    let expected = ProcessModel(gain: 4.3, timeConstant: .seconds(200), lag: .seconds(40), deadTime: .seconds(60))
    #expect(law(model).law == .predictive(expected))
    #expect(law("model = { gain = \"4 K\" }, ").faults == ["\"time-constant\" is missing", "\"dead-time\" is missing"])
    #expect(law(model + "pid = { gain = 0.2 }, ").faults.first?.contains("two ways to tune") == true)
    #expect(law(model.replacingOccurrences(of: "40s", with: "400s")).faults.first?.contains("the shorter") == true)
    #expect(law("control = \"hysteresis\", " + model).faults.first?.contains("without control") == true)
  }

  @Test("Humidity is raised by a PID law of its own, with what pid gives it; beside hysteresis pid is a fault")
  func humidityLaw() throws {
    let example = try #require(files.sources().sources.first).text
    func law(_ keys: String) -> (law: LawPlan?, faults: [String]) {
      let (device, faults) = load(example.replacingOccurrences(of: "humidity    = { ", with: "humidity    = { " + keys))
      let loop = device?.plan.zones[0].loops.first { $0.quantity == .humidity && $0.direction == .raise }
      return (loop?.law, faults.filter { $0.severity == .error }.map(\.english))
    }
    #expect(law("").law == .pid(PIDParameters(gain: 0.1, integralTime: .minutes(15))))
    let own = PIDParameters(gain: 0.05, integralTime: .minutes(30))
    #expect(law("pid = { gain = 0.05, integral-time = \"30m\" }, ").law == .pid(own))
    #expect(law("pid = { gain = 0 }, ").faults.first?.contains("0.001") == true)
    #expect(law("control = \"hysteresis\", ").law == .hysteresis(band: 2.5))
    #expect(law("control = \"hysteresis\", pid = { gain = 0.1 }, ").faults.first?.contains("without control") == true)
  }
}

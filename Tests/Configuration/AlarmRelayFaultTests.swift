// The alarm relay: what is read, and each mistake with its one message.

import Controller
import Foundation
import Guardian
import TOML
import Testing

@testable import Configuration

private let relay = """

  [[output]]
  name = "siren"
  pin = "relay6"
  kind = "alarm"
  failsafe = "off"

  """

private func example() throws -> String {
  try String(contentsOfFile: root + "/deploy/examples/silkworm-shed.toml", encoding: .utf8)
}

@Suite("An alarm relay as configured") struct AlarmRelayFaultTests {
  static let mistakes: [Mistake] = [
    .init(
      "failsafe = \"off\"", "failsafe = \"on\"",
      "the failsafe of an alarm relay must be \"off\": it is the relay that falls which sounds the siren, on its normally closed contact"
    ),
    .init(
      "failsafe = \"off\"", "failsafe = \"hold 10s\"",
      "the failsafe of an alarm relay must be \"off\": it is the relay that falls which sounds the siren, on its normally closed contact"
    ),
    .init(
      "failsafe = \"off\"", "",
      "\"failsafe\" is missing: say what the output does without the controller, such as failsafe = \"off\""),
    .init(
      "\"relay6\"", "\"GPIO4\"",
      "pin GPIO4 switches the relay on while the board starts (its resistor pulls up), and says that all is well while nobody looks; an alarm relay needs another pin"
    ),
    .init(
      "\"off\"", "\"off\"\nseverity = \"urgent\"",
      "there is no severity \"urgent\"; known: warning, alarm, critical"),
    .init("\"off\"", "\"off\"\nhigh-limit = \"30 °C\"", "only a heater has a high-limit"),
    .init("kind = \"alarm\"", "kind = \"light\"\nseverity = \"alarm\"", "only an alarm relay has severity"),
  ]

  static let limits =
    ["min-on", "min-off", "max-on", "dead-time", "cycle"].map { ($0, "\"1m\"") }
    + [("starts-per-hour", "4"), ("interlock", "\"x\""), ("on-sensor-loss", "\"off\"")]

  private func expect(_ message: String, _ text: String) throws {
    let (configuration, faults) = load(try example() + text)
    #expect(faults.map(\.english) == [message])
    #expect(configuration == nil)
    let fault = try #require(faults.first)
    #expect(!fault.chinese.isEmpty && fault.chinese != fault.english)
    #expect(fault.location.line > 0 && fault.location.column > 0)
  }

  @Test("it falls at once and without a lease, whatever else has limits")
  func correct() throws {
    let (loaded, faults) = load(try example() + relay)
    #expect(faults == [])
    let configuration = try #require(loaded)
    let output = try #require(configuration.plan.outputs.last)
    #expect(output.kind == .alarm && output.callsFrom == .critical)
    #expect(output.constraints == OutputConstraints(waitsForTurn: false))
    let limits = try #require(configuration.guardianTable.outputs.last)
    #expect(
      limits == OutputLimits(name: "siren", chip: limits.chip, line: limits.line, lineName: limits.lineName))
    #expect(limits.failsafe == .off && limits.maximumOn == 0 && limits.minimumOff == 0 && limits.startsPerHour == 0)
  }

  @Test("it may be told to fall for lesser alarms")
  func severity() throws {
    let (configuration, faults) = load(try example() + relay + "severity = \"alarm\"\n")
    #expect(faults == [] && configuration?.plan.outputs.last?.callsFrom == .alarm)
  }

  @Test("each mistake is told once, where it stands, in both languages", arguments: mistakes)
  func mistake(_ mistake: Mistake) throws {
    let place = try #require(relay.range(of: mistake.right), "\(mistake.right)")
    try expect(mistake.message, relay.replacingCharacters(in: place, with: mistake.wrong))
  }

  @Test("it has none of the limits of a load", arguments: limits)
  func limit(key: String, value: String) throws {
    try expect(
      "an alarm relay has no \(key): it is on for as long as all is well, and falls at once when it is not",
      relay + "\(key) = \(value)\n")
  }

  @Test("there is one, not two")
  func second() throws {
    try expect(
      "\"bell\" is a second alarm relay; there can be one: hang its siren on the contact of \"siren\"",
      relay + relay.replacing("siren", with: "bell").replacing("relay6", with: "relay7"))
  }

  @Test("no zone may use it", arguments: ["cool = [\"exhaust\"]", "heat = [\"heater\"]"])
  func zone(list: String) throws {
    let text = try example()
    let place = try #require(text.range(of: list))
    let wrong = text.replacingCharacters(in: place, with: list.replacing("\"]", with: "\", \"siren\"]"))
    let (_, faults) = load(wrong + relay)
    #expect(faults.count == 1 && faults[0].english.hasPrefix("output \"siren\" is an alarm relay; possible here: "))
  }
}

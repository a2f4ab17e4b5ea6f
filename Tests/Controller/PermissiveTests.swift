// No heater runs that the permissive refuses, whatever comes in; and no zone feels what another goes through.

import Climate
import Testing

@testable import Controller

/// Random treatment of the test site.
private struct Torture {
  var random: SeededGenerator
  private let names = Site.wellBeing.keys.sorted()

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

  /// Mostly calm stretches, in which half an hour without effect can pass, and now and then anything at all.
  mutating func disturb(_ rig: ControllerRig, _ own: [String]? = nil) {
    let names = own ?? names
    let name = names[Int.random(in: 0..<names.count, using: &random)]
    rig.values[name] =
      switch Int.random(in: 0..<12, using: &random) {
      case 0: nil
      case 1: .infinity
      case 2: -400
      case 3: 36
      default: (Site.wellBeing[name] ?? 0) * .random(in: 0.5...1.1, using: &random)
      }
  }

  mutating func commands(outputs: ClosedRange<Int>, zone: ZoneID) -> [Command] {
    let output = OutputID(.random(in: outputs, using: &random))
    return switch Int.random(in: 0..<80, using: &random) {
    case 0...2: [.override(output, demand: .random(in: 0...1.5, using: &random), for: .hours(3), by: "li")]
    case 3: [.automatic(output, by: "li")]
    case 4: [.acknowledge(nil, by: "li")]
    case 5: [.startStage(zone, stage: .random(in: -1...1, using: &random), by: "li")]
    default: []
    }
  }
}

@Suite("Heater permissive")
struct HeaterPermissiveTests {
  private static let plan = Site.plan {
    Site.addBackup(to: &$0)
    $0.startSpacing = .seconds(5)
    $0.outputs[0].constraints = OutputConstraints(minimumOn: .seconds(300), minimumOff: .seconds(20))
    $0.outputs[0].onReadingLost = .on
    $0.outputs[3].onReadingLost = .on
  }

  @Test("a heater is on only if the permissive grants it in the same step", arguments: 1...3 as ClosedRange<UInt64>)
  func property(seed: UInt64) {
    var torture = Torture(seed: seed)
    var rig = ControllerRig(Self.plan, machineBoot: "0")
    var (heated, boots) = (0, 0)
    var refusals: Set<Rule> = []
    for step in 0..<12_000 {
      if torture.chance(100) { torture.disturb(rig) }
      rig.values["backup.temperature"] = torture.chance(10) ? nil : 22
      let isBad = (step / 1_000) % 6 == 5
      if torture.chance(isBad ? 60 : 3_000) {
        boots += 1
        let values = rig.values
        rig = ControllerRig(
          Self.plan, memory: rig.controller.memory(at: rig.now), machineBoot: "\(boots)", now: Instant(seconds: 5))
        rig.values = values
      }
      let feedback = torture.chance(5) ? OutputFeedback(on: .random(in: 0..<64, using: &torture.random), held: 0) : nil
      rig.step(
        torture.commands(outputs: 0...5, zone: Site.shed), feedback: feedback, after: torture.chance(300) ? 700 : 1)
      for heater in [Site.heater, Site.roomHeater] {
        let refusal = rig.controller.refusal(of: heater, at: rig.now)
        if rig.isOn(heater) {
          heated += 1
          #expect(refusal == nil)
        } else if let refusal {
          refusals.insert(refusal.rule)
          #expect(rig.reason(heater) == refusal)
          #expect(rig.last.outputs[heater.index].demand == 0)
        }
      }
    }
    #expect(heated > 1_000)
    #expect(refusals.isSuperset(of: [.noEvidence, .brownOut]))
  }

  @Test("of several refusals the first is told: evidence, high limit, power, effect")
  func order() {
    let plan = Site.plan()
    let now = Instant(seconds: 10)
    func rule(_ value: Double?, brownOut: Bool, noEffect: Bool) -> Rule? {
      var readings = Array(repeating: Reading.none, count: plan.channels.count)
      readings[0] = Reading(lastValue: value, quality: value == nil ? .failed : .good, at: now)
      readings[2] = readings[0]
      let thermometer = Thermometer(of: plan.zones[0], plan)
      let permissive = HeaterPermissive(
        highLimit: plan.outputs[0].highLimit, brownOutUntil: brownOut ? now : nil, noEffectUntil: noEffect ? now : nil,
        setpoint: 25)
      return permissive.refusal(
        hottest: thermometer?.hottest(of: readings), zone: thermometer?.channel, readings)?.rule
    }
    #expect(rule(nil, brownOut: true, noEffect: true) == .noEvidence)
    #expect(rule(35, brownOut: true, noEffect: true) == .highLimit)
    #expect(rule(20, brownOut: true, noEffect: true) == .brownOut)
    #expect(rule(20, brownOut: false, noEffect: true) == .noEffect)
    #expect(rule(20, brownOut: false, noEffect: false) == nil)
  }
}

@Suite("Isolation of zones")
struct ZoneIsolationTests {
  /// What belongs to the shed.
  private static let shedProbes = ["north.temperature", "south.temperature", "shed.humidity", "shed.co2"]
  private static let shedOutputs: UInt32 = 0b000111
  private static let others = [Site.roomHeater, Site.valve, Site.pump]

  @Test(
    "whatever happens to probes and outputs of one zone, the others decide as if all were well",
    arguments: 1...3 as ClosedRange<UInt64>)
  func property(seed: UInt64) {
    var (shed, rest) = (Torture(seed: seed), Torture(seed: seed + 100))
    let (well, ill) = (ControllerRig(), ControllerRig())
    var (differences, switched) = (0, 0)
    for _ in 0..<8_000 {
      if shed.chance(20) { shed.disturb(ill, Self.shedProbes) }
      if rest.chance(300) {
        rest.disturb(well, ["room.temperature", "bed.soil-moisture"])
        for name in ["room.temperature", "bed.soil-moisture"] { ill.values[name] = well.values[name] }
      }
      let both = rest.commands(outputs: 3...5, zone: Site.room)
      // An acknowledgement of everything is meant for every zone.
      let own = shed.commands(outputs: 0...2, zone: Site.shed).filter {
        if case .acknowledge = $0 { false } else { true }
      }
      let on = OutputFeedback(on: well.last.wanted & 0b111000, held: 0)
      let wild = OutputFeedback(
        on: (.random(in: 0..<64, using: &shed.random) & Self.shedOutputs) | on.on,
        held: .random(in: 0..<64, using: &shed.random) & Self.shedOutputs)
      let before = well.last
      well.step(both, feedback: on)
      ill.step(both + own, feedback: wild)
      for output in Self.others {
        #expect(well.last.outputs[output.index] == ill.last.outputs[output.index])
        if before.outputs.indices.contains(output.index),
          before.outputs[output.index].isOn != well.last.outputs[output.index].isOn
        {
          switched += 1
        }
      }
      #expect(well.last.evidence[1...] == ill.last.evidence[1...])
      if well.last.outputs[0...2] != ill.last.outputs[0...2] { differences += 1 }
    }
    #expect(differences > 4_000)
    #expect(switched > 8)
  }
}

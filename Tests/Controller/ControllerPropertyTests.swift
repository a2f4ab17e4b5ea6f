// A controller that is treated badly: irregular steps, stalls, lost probes, commands at random, a guardian with a will of its
// own. What must never be, never is.

import Climate
import Testing

@testable import Controller

@Suite("Step: invariants")
struct ControllerPropertyTests {
  /// Adds up water as a meter at the pump would, with the guardian's lease: no more than 3 s of it after the last step.
  private struct Meter {
    private var flows: [(at: Instant, litres: Double)] = []
    private(set) var mostInADay = 0.0

    mutating func add(litres: Double, at now: Instant) {
      flows.append((now, litres))
      flows.removeAll { $0.at.duration(to: now) >= .hours(24) }
      mostInADay = max(mostInADay, flows.reduce(0) { $0 + $1.litres })
    }
  }

  private static let plan = Site.plan {
    $0.outputs[0].constraints = OutputConstraints(minimumOn: .seconds(30), minimumOff: .seconds(30), startsPerHour: 20)
    $0.outputs[1].constraints = OutputConstraints(minimumOff: .seconds(10), maximumOn: .seconds(600))
    $0.zones[0].setpoints.ventilation = VentilationTimer(on: .minutes(1), period: .minutes(10))
  }

  @Test(
    "heaters have evidence, overrides end, the water cap holds, and nothing traps",
    arguments: 21...24 as ClosedRange<UInt64>)
  func invariants(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let rig = ControllerRig(Self.plan)
    let names = Site.wellBeing.keys.sorted()
    var meter = Meter()
    var heated = 0
    for _ in 0..<4_000 {
      let name = names[Int.random(in: 0..<names.count, using: &random)]
      rig.values[name] = randomValue(of: name, &random)
      let wait: Double = Int.random(in: 0..<200, using: &random) == 0 ? 900 : .random(in: 0.05...4, using: &random)
      let wasFlowing = rig.last.wanted >> 4 & 3 == 3
      let held: UInt32 = Int.random(in: 0..<20, using: &random) == 0 ? .random(in: 0..<64, using: &random) : 0
      let knowsGuardian = Bool.random(using: &random)
      let feedback = knowsGuardian ? OutputFeedback(on: rig.last.wanted & ~held, held: rig.last.wanted & held) : nil
      let didFlow = wasFlowing && (!knowsGuardian || held >> 4 & 3 == 0)
      rig.step(randomCommands(&random), feedback: feedback, after: wait)
      if didFlow { meter.add(litres: min(wait, 3) * 0.1, at: rig.now) }
      for (heater, zone, channel) in [(Site.heater, 0, 2), (Site.roomHeater, 1, 7)] where rig.isOn(heater) {
        heated += 1
        #expect((rig.controller.readings[channel].trusted ?? .infinity) < 35)
        #expect(rig.last.evidence[zone].temperature != nil && rig.last.evidence[zone].age <= .seconds(60))
      }
      for index in 0..<6 {
        guard let override = rig.controller.override(of: OutputID(index)) else { continue }
        #expect(rig.now < override.until && rig.now.duration(to: override.until) <= .hours(4))
      }
    }
    #expect(heated > 100)
    #expect(meter.mostInADay > 2)
    // The cap of 7 l, and what can flow between two steps.
    #expect(meter.mostInADay <= 7.3)
  }

  private func randomValue(of name: String, _ random: inout SeededGenerator) -> Double? {
    switch Int.random(in: 0..<20, using: &random) {
    case 0: nil
    case 1: .nan
    case 2: 1e9
    case 3: 36
    default: (Site.wellBeing[name] ?? 0) * .random(in: 0.4...1.2, using: &random)
    }
  }

  /// Commands for all outputs but valve and pump: what a person waters by hand is not capped.
  private func randomCommands(_ random: inout SeededGenerator) -> [Command] {
    let output = OutputID(.random(in: 0..<4, using: &random))
    return switch Int.random(in: 0..<60, using: &random) {
    case 0:
      [
        .override(
          output, demand: .random(in: -1...2, using: &random), for: .seconds(.random(in: -10...40_000, using: &random)),
          by: "li")
      ]
    case 1: [.automatic(output, by: "li")]
    case 2: [.acknowledge(nil, by: "li")]
    case 3: [.startStage(Site.shed, stage: .random(in: -2...5, using: &random), by: "li")]
    default: []
    }
  }
}

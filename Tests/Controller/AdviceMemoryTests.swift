// What advice rests on, over restarts.

import Climate
import Foundation
import Testing

@testable import Controller

@Suite("Advice over restarts")
struct AdviceMemoryTests {
  private static func plan() -> Plan { Site.plan { $0.zones[0].boxes = 10 } }

  /// The memory after so many hours at a CO2, as it comes back from the disk.
  private func memory(after hours: Double, co2: Double = 2_580) throws -> (memory: Memory, rig: ControllerRig) {
    let rig = ControllerRig(Self.plan(), machineBoot: "a")
    rig.values["shed.co2"] = co2
    for _ in 0..<Int(hours * 60) { rig.step(after: 60) }
    let saved = try JSONEncoder().encode(rig.controller.memory(at: rig.now))
    return (try JSONDecoder().decode(Memory.self, from: saved), rig)
  }

  private func hours(_ advice: [Advice]) -> Double {
    for case .ventilationShortfall(let shortfall) in advice { return shortfall.hours }
    return 0
  }

  @Test("hours in which a fan fell short count on after a restart, with the time between")
  func ventilation() throws {
    let (memory, rig) = try memory(after: 2.5)
    #expect(rig.controller.advice(in: Site.shed) == [])
    let after = ControllerRig(
      Self.plan(), memory: memory, machineBoot: "a", now: rig.now.advanced(by: .minutes(10)))
    after.values["shed.co2"] = 2_580
    for _ in 0..<45 { after.step(after: 60) }
    let advice = after.controller.advice(in: Site.shed)
    #expect(abs(hours(advice) - 3.2) < 0.1)
    guard case .ventilationShortfall(let found)? = advice.first else { throw AdviceIsMissing() }
    #expect(abs(found.factor - 2) < 0.01 && abs(found.excess - 1_080) < 1)
  }

  @Test(
    "what was a day ago when the controller came back counts no more; after a power cut nobody knows, and it counts")
  func age() throws {
    let (memory, rig) = try memory(after: 4)
    func back(_ boot: String, after hours: Int) -> Double {
      let later = rig.now.advanced(by: .hours(hours))
      return self.hours(
        Controller(plan: Self.plan(), memory: memory, machineBoot: boot, at: later).advice(in: Site.shed))
    }
    #expect(abs(back("a", after: 0) - 4) < 0.1)
    #expect(abs(back("a", after: 20) - 4) < 0.1)
    #expect(back("a", after: 23) < 3)
    #expect(back("a", after: 26) == 0 && back("a", after: 10_000) == 0)
    #expect(abs(back("b", after: 26) - 4) < 0.1)
  }

  @Test("how a probe answered, and how it lagged, is known after a restart")
  func placement() throws {
    let rig = ControllerRig(Self.plan(), machineBoot: "a")
    for _ in 0..<8 {
      (rig.values["north.temperature"], rig.values["south.temperature"]) = (25, 25)
      rig.step([.override(Site.mister, demand: 0, for: .hours(1), by: "li")])
      rig.run(90)
      rig.step([.override(Site.mister, demand: 1, for: .hours(1), by: "li")])
      rig.values["north.temperature"] = 24.4
      rig.run(70)
    }
    let before = rig.controller.advice(in: Site.shed)
    #expect(before == [.probeInStream(probe: ChannelID(0), of: Site.mister)])
    let saved = try JSONEncoder().encode(rig.controller.memory(at: rig.now))
    let memory = try JSONDecoder().decode(Memory.self, from: saved)
    let after = Controller(plan: Self.plan(), memory: memory, machineBoot: "b", at: rig.now)
    #expect(after.advice(in: Site.shed) == before)
    // Saved again at once it is the same, so that it does not fade with every restart.
    #expect(after.memory(at: rig.now).advice == memory.advice)
  }

  @Test("the memory of an older version has none, and is read")
  func older() throws {
    let (memory, rig) = try memory(after: 4)
    var object = try #require(
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(memory)) as? [String: Any])
    #expect(object.removeValue(forKey: "advice") != nil)
    let older = try JSONDecoder().decode(Memory.self, from: JSONSerialization.data(withJSONObject: object))
    #expect(older.advice == [] && older.savedAt == memory.savedAt)
    let after = Controller(plan: Self.plan(), memory: older, machineBoot: "a", at: rig.now)
    #expect(after.advice(in: Site.shed) == [])
  }

  @Test("of a damaged memory nothing is believed that cannot be")
  func damaged() throws {
    let (good, rig) = try memory(after: 4)
    let hour = try #require(good.advice.first?.ventilation.first?.hours.first)
    func advice(_ change: (inout Memory.SavedAdvice) -> Void) throws -> [Advice] {
      var memory = good
      var own = try #require(memory.advice.first)
      change(&own)
      memory.advice = [own]
      return Controller(plan: Self.plan(), memory: memory, machineBoot: "a", at: rig.now).advice(in: Site.shed)
    }
    #expect(try !advice { _ in }.isEmpty)
    for sums in [[], [9e9, 0, 0, 0, 0], [.nan, 1, 1, 1, 0], [3_600, -1, 1, 1, 0], [3_600, 3e6, 1, 0, 0]] as [[Double]] {
      #expect(try advice { $0.ventilation[0].hours = (0..<5).map { .init(ago: $0, sums: sums) } } == [])
    }
    for ago in [-1, 25, Int.max, .min] {
      #expect(try advice { $0.ventilation[0].hours = [.init(ago: ago, sums: hour.sums)] } == [])
    }
    for elapsed in [Double.nan, .infinity, -1e300] {
      #expect(try !advice { $0.ventilation[0].elapsed = elapsed }.isEmpty)
    }
    let mean = Memory.SavedPlacement.Probe(
      name: "north.temperature", answers: [.init(output: "mister", share: [7, 99])],
      means: [[1e9, 999], [0], [.nan, 9], [1, -1], [], [], [], [], []])
    #expect(
      try advice { $0.placement = [.init(quantity: "temperature", probes: [mean])] }
        == advice { $0.placement = [] })
  }
}

private struct AdviceIsMissing: Error {}

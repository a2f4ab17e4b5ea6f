// The relay that holds a siren off while all is well, its test, and how often an alarm may call people.

import Climate
import Testing

@testable import Controller

@Suite("Alarm relay")
struct AlarmRelayTests {
  private static let siren = OutputID(6)

  private func plan(_ change: (inout Plan) -> Void = { _ in }) -> Plan {
    Site.plan { plan in
      plan.outputs.append(
        OutputPlan(
          name: "siren", kind: .alarm, constraints: OutputConstraints(waitsForTurn: false), cycle: .minutes(5),
          onReadingLost: .off))
      change(&plan)
    }
  }

  private func rig(_ change: (inout Plan) -> Void = { _ in }, memory: Memory = Memory()) -> ControllerRig {
    ControllerRig(plan(change), memory: memory)
  }

  private let lost = AlarmID(kind: .readBack, subject: "heater")

  @Test("is on from the first step, while no alarm calls anybody")
  func allWell() {
    let rig = rig()
    rig.step()
    #expect(rig.isOn(Self.siren))
    #expect(rig.reason(Self.siren).rule == .allWell)
    rig.run(600)
    #expect(rig.isOn(Self.siren))
    #expect(rig.controller.openAlarms == [])
  }

  @Test("falls a step after a critical alarm, and is on again when somebody has seen it")
  func critical() {
    let rig = rig()
    rig.run(5)
    while rig.alarm(.readBack, "heater") == nil { rig.step(conditions: [lost]) }
    rig.step(conditions: [lost])
    #expect(!rig.isOn(Self.siren))
    #expect(rig.reason(Self.siren) == Reason(rule: .alarm))
    rig.run(100, conditions: [lost])
    #expect(!rig.isOn(Self.siren))
    rig.step([.acknowledge(lost, by: "li")], conditions: [lost])
    #expect(rig.isOn(Self.siren))
    rig.run(100, conditions: [lost])
    #expect(rig.isOn(Self.siren))
  }

  @Test("stays off for an alarm whose condition is over, until somebody has seen it")
  func latched() {
    let rig = rig()
    rig.run(5, conditions: [lost])
    rig.run(100)
    #expect(!rig.isOn(Self.siren))
    rig.step([.acknowledge(nil, by: "li")])
    #expect(rig.isOn(Self.siren))
  }

  @Test("of two alarms one that was seen does not silence the other")
  func second() {
    let rig = rig()
    let other = AlarmID(kind: .readBack, subject: "fan")
    rig.run(5, conditions: [lost, other])
    rig.step([.acknowledge(lost, by: "li")], conditions: [lost, other])
    #expect(!rig.isOn(Self.siren))
    rig.step([.acknowledge(other, by: "li")], conditions: [lost, other])
    #expect(rig.isOn(Self.siren))
  }

  @Test("falls for lesser alarms only where it is told to", arguments: [AlarmSeverity.critical, .alarm])
  func severity(_ severity: AlarmSeverity) {
    let rig = rig { $0.outputs[Self.siren.index].callsFrom = severity }
    rig.run(5)
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (31, 31)
    rig.run(400)
    #expect(rig.alarm(.high, "shed.temperature") != nil)
    #expect(rig.isOn(Self.siren) == (severity == .critical))
  }

  @Test("is no load: it neither waits for other starts nor makes them wait")
  func stagger() {
    let rig = rig { $0.startSpacing = .seconds(5) }
    (rig.values["room.temperature"], rig.values["shed.co2"]) = (20, 5_000)
    rig.step()
    #expect(rig.isOn(Self.siren) && rig.isOn(Site.fan))
    rig.run(5)
    #expect(rig.isOn(Site.roomHeater))
  }

  @Test("is driven by nobody's hand, not even by what was remembered")
  func override() {
    let rig = rig()
    rig.step([.override(Self.siren, demand: 0, for: .minutes(10), by: "li")])
    #expect(rig.isOn(Self.siren))
    #expect(rig.events(.overrideSet) == [])
    var memory = Memory()
    memory.overrides = [Memory.SavedOverride(output: "siren", demand: 0, remaining: .minutes(10), by: "li")]
    let restarted = self.rig(memory: memory)
    restarted.step()
    #expect(restarted.isOn(Self.siren) && restarted.controller.override(of: Self.siren) == nil)
  }

  @Test("goes on calling after a restart for what nobody has seen, and for nothing else")
  func restart() {
    var memory = Memory()
    memory.alarms = [Memory.SavedAlarm(id: lost, acknowledgedBy: nil)]
    let calling = rig(memory: memory)
    calling.run(2, conditions: [lost])
    #expect(!calling.isOn(Self.siren))
    memory.alarms = [Memory.SavedAlarm(id: lost, acknowledgedBy: "li")]
    let seen = rig(memory: memory)
    seen.run(2, conditions: [lost])
    #expect(seen.isOn(Self.siren))
  }

  @Test("is on while the power comes and goes, once somebody has seen that it does")
  func brownOut() {
    var memory = Memory()
    memory.boots = Array(repeating: .minutes(1), count: 5)
    memory.machineBoot = "a"
    let rig = ControllerRig(plan(), memory: memory, machineBoot: "b")
    rig.run(3)
    #expect(rig.alarm(.brownOut, "power") != nil && !rig.isOn(Self.siren))
    rig.step([.acknowledge(nil, by: "li")])
    #expect(rig.isOn(Self.siren) && rig.alarm(.brownOut, "power") != nil)
  }

  // MARK: The test

  @Test("a test raises a critical alarm for its time, and leaves records of who, how long, and both ends")
  func test() {
    let rig = rig()
    rig.run(5)
    rig.step([.testAlarm(for: .seconds(10), by: "li")])
    #expect(rig.alarm(.test, "alarm")?.settings.severity == .critical)
    rig.step()
    #expect(!rig.isOn(Self.siren))
    rig.run(8)
    #expect(!rig.isOn(Self.siren))
    rig.run(3)
    #expect(rig.isOn(Self.siren))
    #expect(rig.transitions(.test, "alarm") == [.raised, .cleared])
    #expect(rig.events(.alarmTest) == ["alarm 10 s li"])
  }

  @Test("a test is over after a minute, however long it is asked for")
  func longTest() {
    let rig = rig()
    rig.step([.testAlarm(for: .hours(100), by: "li")])
    rig.run(62)
    #expect(rig.isOn(Self.siren) && rig.alarm(.test, "alarm") == nil)
  }

  @Test("two tests in a row both call, and one without a relay is recorded all the same")
  func repeatedTest() {
    let rig = ControllerRig()
    for _ in 0..<2 {
      rig.step([.testAlarm(for: .seconds(3), by: "li")])
      rig.run(5)
    }
    #expect(rig.transitions(.test, "alarm") == [.raised, .cleared, .raised, .cleared])
  }
}

@Suite("Calls for an alarm")
struct AlarmCallTests {
  private let late = AlarmID(kind: .stepLate, subject: "control")

  @Test("an alarm that comes back within a quarter of an hour is recorded, and calls nobody until that is over")
  func flapping() {
    let rig = ControllerRig()
    rig.run(6, conditions: [late])
    rig.run(10)
    rig.run(20, conditions: [late])
    #expect(rig.transitions(.stepLate, "control") == [.raised, .cleared, .reopened])
    rig.run(840, conditions: [late])
    #expect(rig.transitions(.stepLate, "control") == [.raised, .cleared, .reopened])
    rig.run(40, conditions: [late])
    #expect(rig.transitions(.stepLate, "control") == [.raised, .cleared, .reopened, .raised])
  }

  @Test("what somebody has seen does not call when the quarter of an hour is over")
  func seen() {
    let rig = ControllerRig()
    rig.run(6, conditions: [late])
    rig.run(10)
    rig.run(20, conditions: [late])
    rig.step([.acknowledge(nil, by: "li")], conditions: [late])
    rig.run(1_000, conditions: [late])
    #expect(rig.transitions(.stepLate, "control") == [.raised, .cleared, .reopened, .acknowledged])
  }

  @Test("each alarm has a quarter of an hour of its own")
  func others() {
    let rig = ControllerRig()
    let other = AlarmID(kind: .stepLate, subject: "other")
    rig.run(6, conditions: [late])
    rig.run(6, conditions: [other])
    #expect(rig.transitions(.stepLate, "other") == [.raised])
  }

  @Test(
    "whatever comes and goes, each alarm calls at most once in 15 min, and every beginning and end is recorded",
    arguments: 1...20 as ClosedRange<UInt64>)
  func flood(seed: UInt64) {
    let rig = ControllerRig()
    var generator = SeededGenerator(seed: seed)
    let ids = [
      AlarmID(kind: .diskFull, subject: "journal"), AlarmID(kind: .recordsDropped, subject: "journal"),
      AlarmID(kind: .readBack, subject: "heater"), AlarmID(kind: .stepLate, subject: "control"),
    ]
    var present: Set<AlarmID> = []
    for _ in 0..<1_500 {
      if let id = ids.randomElement(using: &generator), Int.random(in: 0..<4, using: &generator) == 0 {
        present.formSymmetricDifference([id])
      }
      let looks = Int.random(in: 0..<40, using: &generator) == 0
      rig.step(looks ? [.acknowledge(nil, by: "li")] : [], conditions: present, after: 7)
    }
    for id in ids {
      var (called, isOpen, calls) = (Instant?.none, false, 0)
      for case .alarm(let stamp, id, _, let transition, _, _) in rig.records {
        switch transition {
        case .raised:
          if let called { #expect(called.duration(to: stamp.at) >= .minutes(15), "seed \(seed), \(id.text)") }
          (called, isOpen, calls) = (stamp.at, true, calls + 1)
        case .reopened:
          #expect(!isOpen, "seed \(seed), \(id.text)")
          isOpen = true
        case .acknowledged: #expect(isOpen, "seed \(seed), \(id.text)")
        case .cleared:
          #expect(isOpen, "seed \(seed), \(id.text)")
          isOpen = false
        }
      }
      #expect(calls >= 3, "seed \(seed), \(id.text)")
      #expect(isOpen == (rig.alarm(id.kind, id.subject) != nil))
    }
  }
}

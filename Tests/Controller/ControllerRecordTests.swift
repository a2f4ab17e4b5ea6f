// The step end to end: alarms, records, recipes, memory, and the same inputs twice.

import Climate
import Foundation
import Testing

@testable import Controller

@Suite("Step: alarms")
struct ControllerAlarmTests {
  @Test("a limit crossed for the delay raises an alarm with its value, once")
  func limit() {
    let rig = ControllerRig()
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (31, 31)
    rig.run(300)
    #expect(rig.alarm(.high, "shed.temperature") == nil)
    rig.run(600)
    #expect(rig.transitions(.high, "shed.temperature") == [.raised])
    let values = rig.records.compactMap { record -> Double? in
      guard case .alarm(_, _, let severity, .raised, let value, _) = record, severity == .alarm else { return nil }
      return value
    }
    #expect(values == [31])
  }

  @Test("a limit alarm ends a margin inside its limit, once it has been seen")
  func margin() {
    let rig = ControllerRig()
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (19, 19)
    rig.run(310)
    rig.step([.acknowledge(AlarmID(kind: .low, subject: "shed.temperature"), by: "li")])
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (20.4, 20.4)
    rig.run(10)
    #expect(rig.alarm(.low, "shed.temperature")?.acknowledgedBy == "li")
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (20.6, 20.6)
    rig.step()
    #expect(rig.alarm(.low, "shed.temperature") == nil)
    #expect(rig.transitions(.low, "shed.temperature") == [.raised, .acknowledged, .cleared])
  }

  @Test("acknowledging one alarm leaves the others")
  func acknowledgeOne() {
    let rig = ControllerRig()
    rig.values = [:]
    rig.run(70)
    rig.step([.acknowledge(AlarmID(kind: .readingLost, subject: "shed.temperature"), by: "li")])
    #expect(rig.alarm(.readingLost, "shed.temperature")?.acknowledgedBy == "li")
    #expect(rig.alarm(.readingLost, "shed.humidity")?.acknowledgedBy == nil)
    rig.step([.acknowledge(nil, by: "wang")])
    #expect(rig.alarm(.readingLost, "shed.humidity")?.acknowledgedBy == "wang")
    #expect(rig.alarm(.readingLost, "shed.temperature")?.acknowledgedBy == "li")
  }

  @Test("open alarms come most severe first, then by name")
  func order() {
    let rig = ControllerRig()
    rig.values["bed.soil-moisture"] = nil
    rig.values["shed.humidity"] = nil
    rig.run(70)
    #expect(
      rig.controller.openAlarms.map(\.id.text) == [
        "bed.soil-moisture:reading-lost", "shed.humidity:reading-lost", "bed.soil-moisture:probe-failed",
        "shed.humidity:probe-failed",
      ])
  }

  @Test("a condition of the system is an alarm after its delay, and over when it is gone")
  func system() {
    let guardian = AlarmID(kind: .guardianLost, subject: "guardian")
    let disk = AlarmID(kind: .diskFull, subject: "journal")
    let rig = ControllerRig()
    rig.step(conditions: [guardian, disk])
    #expect(rig.controller.openAlarms.map(\.id) == [disk])
    rig.run(5, conditions: [guardian, disk])
    #expect(rig.controller.openAlarms.map(\.id) == [guardian, disk])
    rig.step()
    #expect(rig.controller.openAlarms.map(\.id) == [guardian])
    rig.step([.acknowledge(guardian, by: "li")])
    rig.step()
    #expect(rig.controller.openAlarms.isEmpty)
  }
}

@Suite("Step: records")
struct ControllerRecordTests {
  @Test("the first step says that the controller has started")
  func started() {
    let rig = ControllerRig()
    rig.run(5)
    #expect(rig.events(.started) == ["test"])
  }

  @Test("a sample of every channel is recorded at each interval, with value and quality")
  func samples() {
    let rig = ControllerRig()
    rig.values["shed.co2"] = nil
    rig.run(31)
    var count = [Int](repeating: 0, count: rig.controller.plan.channels.count)
    for record in rig.records {
      guard case .sample(let stamp, let channel, let value, let quality) = record else { continue }
      count[channel.index] += 1
      #expect((stamp.at.nanoseconds / 1_000_000_000 - 1_001) % 10 == 0)
      #expect(quality == (channel.index == 4 ? .failed : .good))
      #expect((value == nil) == (channel.index == 4))
    }
    #expect(count.allSatisfy { $0 == 4 })
  }

  @Test("samples say when they are simulated")
  func simulated() {
    let rig = ControllerRig(Site.plan { $0.isSimulated = true })
    rig.step()
    let qualities = rig.records.compactMap { record -> Quality? in
      guard case .sample(_, _, _, let quality) = record else { return nil }
      return quality
    }
    #expect(!qualities.isEmpty)
    #expect(qualities.allSatisfy { $0 == .simulated })
  }

  @Test("a decision is recorded when state or reason changes, and only then")
  func decisions() {
    let rig = ControllerRig()
    func decisions() -> [Bool] {
      rig.records.compactMap { record in
        guard case .decision(_, Site.heater, let isOn, _, _) = record else { return nil }
        return isOn
      }
    }
    rig.run(100)
    #expect(decisions() == [false])
    for temperature in [24.0, 24.2, 24.3] {
      (rig.values["north.temperature"], rig.values["south.temperature"]) = (temperature, temperature)
      rig.run(10)
    }
    #expect(decisions() == [false, true])
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (25, 25)
    rig.run(10)
    #expect(decisions() == [false, true, false])
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (nil, nil)
    rig.run(10)
    #expect(decisions() == [false, true, false, false])
  }

  @Test("alarms and events are urgent, samples and decisions are not")
  func urgency() {
    let rig = ControllerRig()
    rig.values = [:]
    rig.step([.override(Site.mister, demand: 1, for: .minutes(1), by: "li")])
    rig.run(100)
    for record in rig.records {
      switch record {
      case .sample, .decision: #expect(!record.isUrgent)
      case .alarm, .event, .anchor: #expect(record.isUrgent)
      }
    }
    #expect(rig.records.contains { $0.isUrgent } && rig.records.contains { !$0.isUrgent })
  }

  @Test("records carry both clocks, and a jump of the wall clock changes no decision")
  func wallClock() {
    let steady = ControllerRig()
    let jumping = ControllerRig()
    for second in 0..<400 {
      let jump: Int64 = second % 7 == 0 ? -86_400_000 : 3_600_000
      steady.step()
      jumping.now = steady.now
      let samples = Site.wellBeing.compactMap { name, value in
        jumping.controller.plan.channel(named: name).map { Sample(channel: $0, value: value, at: jumping.now) }
      }
      let wall = WallTime(unixMilliseconds: jump, trust: .unknown)
      let decision = jumping.controller.step(now: jumping.now, wall: wall, inputs: Inputs(samples: samples))
      #expect(decision.outputs == steady.last.outputs)
      #expect(decision.records.allSatisfy { $0.stamp == Stamp(at: steady.now, wall: wall) })
      #expect(decision.records.count == steady.last.records.count)
    }
  }

  @Test("the same inputs give the same decisions and records")
  func determinism() {
    func trace() -> (outputs: [[OutputDecision]], records: [Record], memory: Memory) {
      var random = SeededGenerator(seed: 5)
      let rig = ControllerRig()
      var outputs: [[OutputDecision]] = []
      for _ in 0..<2_000 {
        for (name, value) in Site.wellBeing.sorted(by: { $0.key < $1.key })
        where Int.random(in: 0..<3, using: &random) == 0 {
          let silent = Int.random(in: 0..<20, using: &random) == 0
          rig.values[name] = silent ? nil : value * .random(in: 0.6...1.3, using: &random)
        }
        let output = OutputID(.random(in: 0..<6, using: &random))
        let commands: [Command] =
          switch Int.random(in: 0..<100, using: &random) {
          case 0: [.override(output, demand: .random(in: 0...1, using: &random), for: .seconds(90), by: "li")]
          case 1: [.automatic(output, by: "li")]
          case 2: [.acknowledge(nil, by: "li")]
          default: []
          }
        outputs.append(
          rig.step(
            commands, feedback: OutputFeedback(on: rig.last.wanted & .random(in: 48...63, using: &random), held: 0)
          ).outputs)
      }
      return (outputs, rig.records, rig.controller.memory(at: rig.now))
    }
    let (first, second) = (trace(), trace())
    #expect(first.outputs == second.outputs)
    #expect(first.records == second.records)
    #expect(first.memory == second.memory)
    #expect(first.records.count > 3_000)
  }
}

@Suite("Step: recipe and memory")
struct ControllerMemoryTests {
  private static func plan(holdsStage: Bool = false) throws -> Plan {
    let title = LocalizedText(en: "Test", zh: "试验")
    let stages = [("warm", 28.0, 10), ("mild", 25, 20), ("cool", 22, 30)].map {
      Stage(
        name: $0.0, title: title, duration: .minutes($0.2),
        setpoints: Setpoints(temperature: BandSetpoint(setpoint: $0.1, band: 1)))
    }
    let recipe = try #require(Recipe(name: "test", title: title, version: "1", stages: stages))
    return Site.plan {
      $0.zones[0].recipe = recipe
      $0.zones[0].holdsStage = holdsStage
    }
  }

  @Test("setpoints follow the stage, and what it leaves open comes from the zone")
  func stages() throws {
    let rig = ControllerRig(try Self.plan())
    rig.run(600)
    #expect(rig.controller.setpoints(of: Site.shed).temperature?.setpoint == 28)
    #expect(rig.controller.setpoints(of: Site.shed).humidity?.setpoint == 75)
    rig.run(1)
    #expect(rig.controller.setpoints(of: Site.shed).temperature?.setpoint == 25)
    #expect(rig.events(.stageBegan) == ["shed mild"])
    #expect(rig.controller.stage(of: Site.shed)?.elapsed == .zero)
    #expect(rig.controller.stage(of: Site.room) == nil)
  }

  @Test("a stall passes over several stages at once")
  func overshoot() throws {
    let rig = ControllerRig(try Self.plan())
    rig.step()
    rig.step(after: 2_400)
    #expect(rig.controller.stage(of: Site.shed)?.stage.name == "cool")
    #expect(rig.controller.stage(of: Site.shed)?.elapsed == .minutes(10))
  }

  @Test("a recipe that is held stays in its stage and counts its time")
  func holdsStage() throws {
    let rig = ControllerRig(try Self.plan(holdsStage: true))
    rig.run(1_001)
    #expect(rig.controller.stage(of: Site.shed)?.stage.name == "warm")
    #expect(rig.controller.stage(of: Site.shed)?.elapsed == .seconds(1_000))
  }

  @Test("a person may begin a stage; one that does not exist is left alone")
  func startStage() throws {
    let rig = ControllerRig(try Self.plan())
    rig.step([.startStage(Site.shed, stage: 2, by: "li")])
    #expect(rig.controller.stage(of: Site.shed)?.stage.name == "cool")
    #expect(rig.events(.stageBegan) == ["shed cool li"])
    #expect(rig.last.mustSave)
    rig.step([.startStage(Site.shed, stage: 3, by: "li"), .startStage(Site.room, stage: 0, by: "li")])
    #expect(rig.controller.stage(of: Site.shed)?.stage.name == "cool")
  }

  @Test("what is remembered comes back after a restart, by name, and through JSON")
  func roundTrip() throws {
    let rig = ControllerRig(try Self.plan())
    rig.values["bed.soil-moisture"] = 20
    rig.values["shed.humidity"] = nil
    rig.step([
      .override(Site.mister, demand: 0.5, for: .hours(1), by: "li"), .startStage(Site.shed, stage: 1, by: "li"),
    ])
    rig.run(300)
    rig.step([.acknowledge(nil, by: "wang")])
    let memory = rig.controller.memory(at: rig.now)
    let read = try JSONDecoder().decode(Memory.self, from: try JSONEncoder().encode(memory))
    #expect(read == memory)

    let next = ControllerRig(try Self.plan(), memory: read, now: Instant(seconds: 3))
    var expected = memory
    expected.savedAt = next.now
    #expect(next.controller.memory(at: next.now) == expected)
    #expect(next.controller.stage(of: Site.shed)?.stage.name == "mild")
    let restored = try #require(next.controller.override(of: Site.mister))
    #expect((restored.demand, restored.by) == (0.5, "li"))
    #expect(next.now.duration(to: restored.until) == .seconds(3_600 - 301))
    #expect(next.controller.waterUsed(in: Site.bed, at: next.now).map { isClose($0, 3) } == true)
    #expect(next.alarm(.readingLost, "shed.humidity")?.acknowledgedBy == "wang")
  }

  @Test("an override that is over is not remembered, and a longer one than is allowed is cut")
  func overrides() {
    var memory = Memory()
    let plan = Site.plan()
    memory.overrides = [
      .init(output: "mister", demand: 1, remaining: .hours(99), by: "li"),
      .init(output: "fan", demand: 1, remaining: .zero, by: "li"),
      .init(output: "gone", demand: 1, remaining: .hours(1), by: "li"),
    ]
    let rig = ControllerRig(plan, memory: memory)
    #expect(rig.controller.override(of: Site.mister)?.until == rig.now.advanced(by: .hours(4)))
    #expect(rig.controller.override(of: Site.fan) == nil)
  }

  @Test("a recipe or stage that is no longer there begins anew")
  func changedRecipe() throws {
    var memory = Memory()
    memory.progress = [.init(zone: "shed", recipe: "test", stage: "gone", elapsed: .hours(1))]
    #expect(ControllerRig(try Self.plan(), memory: memory).controller.stage(of: Site.shed)?.stage.name == "warm")
    memory.progress = [.init(zone: "shed", recipe: "other", stage: "cool", elapsed: .hours(1))]
    #expect(ControllerRig(try Self.plan(), memory: memory).controller.stage(of: Site.shed)?.stage.name == "warm")
    memory.progress = [.init(zone: "shed", recipe: "test", stage: "cool", elapsed: .hours(1))]
    #expect(ControllerRig(try Self.plan(), memory: memory).controller.stage(of: Site.shed)?.stage.name == "cool")
  }

  @Test("times and amounts that cannot be, as a damaged file may hold, neither trap nor let water flow")
  func impossible() throws {
    let ends = [Duration(secondsComponent: .max, attosecondsComponent: 0) * 9, .seconds(Int64.min) * 9]
    for end in ends {
      var memory = Memory()
      memory.overrides = [
        .init(output: "mister", demand: 1, remaining: end, by: "li"),
        .init(output: "fan", demand: 40, remaining: .hours(1), by: "li"),
        .init(output: "fan", demand: .nan, remaining: .hours(1), by: "li"),
      ]
      memory.progress = [.init(zone: "shed", recipe: "test", stage: "cool", elapsed: end)]
      memory.water = [.init(zone: "bed", deliveries: [.init(age: end, litres: 1), .init(age: .zero, litres: -100)])]
      let rig = ControllerRig(try Self.plan(), memory: memory)
      _ = rig.step()
      _ = rig.controller.memory(at: rig.now)
      #expect(rig.controller.override(of: Site.fan) == nil)
      let bed = ControllerRig(memory: memory)
      #expect(bed.controller.waterUsed(in: Site.bed, at: bed.now) ?? 0 >= 0)
    }
  }

  @Test("an open alarm about a channel that is no longer there is left out; it could never be cleared")
  func alarmOfNothing() {
    var memory = Memory()
    memory.alarms = [
      .init(id: AlarmID(kind: .high, subject: "gone.temperature"), acknowledgedBy: nil),
      .init(id: AlarmID(kind: .high, subject: "shed.temperature"), acknowledgedBy: nil),
      .init(id: AlarmID(kind: .waterCap, subject: "bed"), acknowledgedBy: nil),
      .init(id: AlarmID(kind: .diskFull, subject: "journal"), acknowledgedBy: nil),
    ]
    let rig = ControllerRig(memory: memory)
    #expect(rig.controller.openAlarms.map(\.id.subject) == ["bed", "journal", "shed.temperature"])
  }

  @Test("only what is more than the passing of time must be saved")
  func mustSave() {
    let rig = ControllerRig()
    #expect(rig.step().mustSave)
    for _ in 0..<100 {
      #expect(!rig.step().mustSave)
    }
    #expect(rig.step([.override(Site.mister, demand: 1, for: .seconds(2), by: "li")]).mustSave)
    #expect(!rig.step().mustSave)
    #expect(rig.step().mustSave)
  }
}

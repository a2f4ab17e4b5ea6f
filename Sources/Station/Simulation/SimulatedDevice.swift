// The device itself between two power cuts: control loop, guardian core, journal.

import Climate
import Configuration
import Controller
import Guardian
import Journal
import Simulator

/// The device between two power cuts.
struct SimulatedDevice {
  private var loop: ControlLoop
  private var guardian: SimulatedGuardian
  private var keeper: JournalKeeper
  private let began: Instant
  private var wall: WallTime
  private var nextMemory: Instant
  private let memoryInterval: Duration
  /// What is shown of the journal, looked up once a minute: the look asks the file system.
  private var journal = JournalView()
  private var nextLook: Instant

  init(_ options: SimulationOptions, boot: UInt64, at now: Instant, wall: WallTime) {
    let configuration = options.configuration
    var chance = SeededGenerator(seed: options.seed, purpose: "install")
    let journal = Journal(
      directory: options.stateDirectory, names: JournalNames(configuration.plan), boot: String(boot, radix: 16),
      settings: configuration.journalSettings, drawInstall: { LogInstall(using: &chance) }, now: now, wall: wall)
    keeper = JournalKeeper(journal, at: now)
    let memory = (try? journal.loadMemory()) ?? Memory()
    let table = configuration.guardianTable
    loop = ControlLoop(
      plan: configuration.plan, memory: memory, tableHash: table.hash, boot: boot,
      machineBoot: String(boot, radix: 16), at: now)
    guardian = SimulatedGuardian(table: table, at: now)
    (began, self.wall, nextMemory, nextLook) = (now, wall, now, now)
    memoryInterval = configuration.memoryInterval
  }

  /// States of the lines.
  var lines: UInt32 { guardian.core.on }

  var controller: Controller { loop.controller }

  /// Name of the stage of the first zone.
  var stageName: String? {
    controller.plan.zones.isEmpty ? nil : controller.stage(of: ZoneID(0))?.stage.name
  }

  /// One control step and one cycle of the guardian, with real frames between them.
  /// - Returns: what was recorded.
  mutating func step(
    samples: [Sample], commands: [Command], words: [String], now: Instant, wall: WallTime
  ) -> [Record] {
    self.wall = wall
    let inputs = Inputs(samples: samples, commands: commands, conditions: journal.conditions)
    let asked = loop.step(now: now, wall: wall, inputs: inputs, asks: true)
    loop.take(guardian.cycle(asked, at: now))
    let stamp = Stamp(at: now, wall: wall)
    let records =
      words.map { Record.event(stamp, kind: .simulation, subject: "house", detail: $0, by: nil) }
      + loop.decision.records
    var items = records.map { JournalItem.record($0) }
    if loop.decision.mustSave || now >= nextMemory {
      nextMemory = now.advanced(by: memoryInterval)
      items.append(.memory(loop.controller.memory(at: now)))
    }
    if loop.decision.mustSave || now >= nextLook {
      nextLook = now.advanced(by: .minutes(1))
      journal = keeper.view(queueDropped: 0)
    }
    keeper.take(items, now: now, wall: wall)
    return records
  }

  func state(buses: [BusState], now: Instant) -> StationState {
    StationState(
      controller: loop.controller, decision: loop.decision, guardian: loop.guardian, operations: loop.operations,
      steps: loop.steps, now: now, wall: wall, began: began, lateness: (.zero, .zero), buses: buses,
      journal: journal)
  }

  func close() { keeper.close() }
}

extension Instant {
  /// Milliseconds since the clock's origin: the guardian's unit.
  var milliseconds: Int64 { nanoseconds / 1_000_000 }
}

extension DeviceConfiguration {
  /// How the journal is to be kept.
  var journalSettings: JournalSettings {
    JournalSettings(
      sampleCommit: log.commitInterval, rawRetention: log.rawRetention, meansRetention: log.meanRetention,
      quota: log.quota, hasUplink: uplink != nil)
  }

  /// How often the memory is saved when nothing happens.
  ///
  /// Saving it makes a commit due, which takes the samples along: a step earlier than one of their own, so that there is one and not
  /// two. What a power cut takes of the memory is then as old as the interval at most.
  var memoryInterval: Duration { max(.minutes(1), log.commitInterval) - .seconds(1) }
}

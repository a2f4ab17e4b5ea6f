// The device itself between two power cuts: control loop, guardian core, journal.

import Climate
import Configuration
import Controller
import Guardian
import Journal

/// The device between two power cuts.
struct SimulatedDevice {
  private var loop: ControlLoop
  private var guardian: GuardianCore
  private var keeper: JournalKeeper
  private let began: Instant
  private var wall: WallTime
  private var nextMemory: Instant
  /// What is shown of the journal, looked up once a minute: the look asks the file system.
  private var journal = JournalView()
  private var frame = [UInt8](repeating: 0, count: max(LeaseFrame.size, StatusFrame.size))

  init(_ options: SimulationOptions, boot: UInt64, at now: Instant, wall: WallTime) {
    let configuration = options.configuration
    let journal = Journal(
      directory: options.stateDirectory, names: JournalNames(configuration.plan), boot: String(boot, radix: 16),
      settings: configuration.journalSettings, now: now, wall: wall)
    keeper = JournalKeeper(journal, at: now)
    let memory = (try? journal.loadMemory()) ?? Memory()
    let table = configuration.guardianTable
    loop = ControlLoop(plan: configuration.plan, memory: memory, tableHash: table.hash, boot: boot, at: now)
    guardian = GuardianCore(table: table, now: now.milliseconds)
    (began, self.wall, nextMemory) = (now, wall, now)
  }

  /// States of the lines.
  var lines: UInt32 { guardian.on }

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
    let asked = loop.step(now: now, wall: wall, inputs: inputs, isTick: true)
    let lines = guardian.cycle(now: now.milliseconds, frame: asked.flatMap { heard($0) })
    _ = guardian.verify(readBack: lines)
    loop.take(answer())
    let stamp = Stamp(at: now, wall: wall)
    let records =
      words.map { Record.event(stamp, kind: .simulation, subject: "house", detail: $0, by: nil) }
      + loop.decision.records
    var items = records.map { JournalItem.record($0) }
    if loop.decision.mustSave || now >= nextMemory {
      nextMemory = now.advanced(by: .minutes(1))
      journal = keeper.view(queueDropped: 0)
      items.append(.memory(loop.controller.memory(at: now)))
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

  /// A frame as it arrives on the other side.
  private mutating func heard(_ asked: LeaseFrame) -> LeaseFrame? {
    frame.withUnsafeMutableBytes { bytes in
      asked.encode(into: bytes)
      return LeaseFrame(UnsafeRawBufferPointer(rebasing: bytes[..<LeaseFrame.size]))
    }
  }

  private mutating func answer() -> StatusFrame? {
    let status = guardian.status()
    return frame.withUnsafeMutableBytes { bytes in
      status.encode(into: bytes)
      return StatusFrame(UnsafeRawBufferPointer(rebasing: bytes[..<StatusFrame.size]))
    }
  }
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
      quota: log.quota)
  }
}

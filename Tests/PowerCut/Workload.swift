// What a device writes into its log, and what of it must survive.
//
// What counts as acknowledged. The journal takes records in with `append` and the memory with `saveMemory`, and promises nothing
// by that. They are on the disk, and must survive any power cut,
// - when a `tick` returns that had to commit, because an alarm, an event or a memory waited or the batch was due, and the state is
//   `writing`;
// - when `flush` returns true.
// A commit is one transaction: all records that waited, in their order, and the newest memory. So what is found after a cut must
// be exactly what one of the commits left, and not one before the last acknowledged. Maintenance acknowledges nothing; it may
// take away only samples whose means it has taken, in one transaction with them.

import Climate
import Simulator
import TornDisk

import enum Controller.Record

@testable import Controller
@testable import Journal

/// What has been given to the log. Every record carries its number, so that it is known again.
struct Given {
  enum Kind: Equatable { case sample, decision, alarm, event }

  /// What is in the log after a commit.
  struct Commit: Equatable {
    /// Number of records.
    var records: Int
    /// Number of the memory; 0 for none.
    var memory: Int
    /// What the hub has acknowledged of the alarm lane.
    var through: Int64
  }

  /// The kind of each record.
  private(set) var kinds: [Kind] = []
  private(set) var memory = 0
  private(set) var through: Int64 = 0
  /// All commits that may have been made, in their order.
  private(set) var commits = [Commit(records: 0, memory: 0, through: 0)]
  /// Index of the last acknowledged commit.
  private(set) var acknowledged = 0

  mutating func record(_ kind: Kind, at stamp: Stamp, channel: Int = 0) -> Record {
    let number = kinds.count
    kinds.append(kind)
    return switch kind {
    case .sample:
      .sample(stamp, channel: ChannelID(channel), value: Double(Self.scrambled(number)), quality: .good)
    case .decision:
      .decision(
        stamp, output: OutputID(0), isOn: number.isMultiple(of: 2), demand: 0.35,
        reason: Reason(
          rule: .heating, channel: ChannelID(0), value: Double(number), setpoint: 25.5, heldBy: nil, until: nil))
    case .alarm:
      .alarm(
        stamp, id: AlarmID(kind: .high, subject: "shed.temperature"), severity: .critical, transition: .raised,
        value: Double(number), by: nil)
    case .event:
      .event(stamp, kind: .overrideSet, subject: "heater", detail: String(number), by: "operator")
    }
  }

  /// A number as a sample has it: of little order, or the log would need next to no room for its samples.
  private static func scrambled(_ number: Int) -> UInt64 { UInt64(number) &* factor & mask }

  /// The number of a sample's value, ten-thousandths.
  static func number(ofSample value: Int64?) -> Int {
    Int(UInt64(bitPattern: (value ?? -1) / 10_000) &* inverse & mask)
  }

  /// 36 bits: in ten-thousandths still whole as a double.
  private static let mask: UInt64 = 1 << 36 - 1
  private static let factor: UInt64 = 0x9_E377_9B97
  /// The factor's inverse modulo a power of two; every round of Newton's doubles the number of right bits.
  private static let inverse = (0..<6).reduce(factor) { inverse, _ in inverse &* (2 &- factor &* inverse) }

  /// A memory that has changed; some are longer than a page.
  mutating func nextMemory() -> Memory {
    memory += 1
    var memory = Memory()
    memory.alarms = (0...(self.memory % 60)).map { _ in
      Memory.SavedAlarm(id: AlarmID(kind: .high, subject: "shed.temperature"), acknowledgedBy: String(self.memory))
    }
    return memory
  }

  static func number(of memory: Memory) -> Int? { memory.alarms.first?.acknowledgedBy.flatMap { Int($0) } }

  /// An acknowledgement by the hub, each of more than before.
  mutating func nextAcknowledgement() -> LaneAcknowledgement {
    through += 1
    return LaneAcknowledgement(
      install: Workload.install, lane: .alarm, database: [UInt8](repeating: 1, count: 16), through: through)
  }

  /// A commit is about to be made.
  mutating func willCommit() {
    let next = Commit(records: kinds.count, memory: memory, through: through)
    if commits.last != next { commits.append(next) }
  }

  mutating func acknowledge() { acknowledged = commits.count - 1 }
}

/// The life of a device's log, several boots long.
final class Workload {
  static let directory = "/state"
  static let file = directory + "/" + Journal.fileName
  static let names = JournalNames(
    channels: (0..<24).map { "shed.probe\($0).temperature" }, outputs: ["heater", "exhaust"])
  /// Short windows, ages and blocks and a small quota, so that means are taken and samples deleted within two hours.
  static let settings = {
    var settings = JournalSettings(
      sampleCommit: .seconds(60), rawRetention: .minutes(45), window: .minutes(4), quota: 2 * 50 * 4096)
    settings.blocks = BlockSettings(pageful: 600, longest: 300_000)
    return settings
  }()

  static let install = {
    var chance = SeededGenerator(seed: 1)
    return LogInstall(using: &chance)
  }()

  private(set) var given = Given()
  /// Whether the disk must be in order, because the device is stopping or starting and has no memory of its own to wait in.
  private(set) var needsDisk = true
  /// Called before every tick.
  var beforeTick: () -> Void = {}
  private let disk: TornDisk
  private let synchronous: LogFile.Synchronous
  private var dice: SeededGenerator
  private var second = 0.0
  private var commitDue = 0.0

  init(on disk: TornDisk, seed: UInt64, synchronous: LogFile.Synchronous = .full) {
    self.disk = disk
    self.synchronous = synchronous
    dice = SeededGenerator(seed: seed)
  }

  static func wall(_ second: Double) -> WallTime {
    WallTime(unixMilliseconds: 1_776_643_200_000 + Int64(second * 1000), trust: .trusted)
  }

  static func open(
    _ disk: TornDisk, boot: String, at second: Double, synchronous: LogFile.Synchronous = .full
  ) -> Journal {
    Journal(
      LogFile(path: file, storage: disk, synchronous: synchronous), names: names, boot: boot, settings: settings,
      drawInstall: { install }, now: Instant(seconds: second), wall: wall(second))
  }

  func run(boots: Int = 3, minutesEach: Int = 30) {
    for boot in 0..<boots {
      let journal = Self.open(disk, boot: "boot-\(boot)", at: second, synchronous: synchronous)
      commitDue = second
      say(.event, to: journal)
      needsDisk = false
      for _ in 0..<minutesEach { minute(journal) }
      needsDisk = true
      // Longer than the longest time between two attempts on a disk that failed.
      second += 70
      tick(journal, isUrgent: true)
      flush(journal)
      journal.close()
      second += 20
    }
  }

  private var stamp: Stamp { Stamp(at: Instant(seconds: second), wall: Self.wall(second)) }

  private func minute(_ journal: Journal) {
    for _ in 0..<6 {
      second += 10
      journal.append((0..<Self.names.channels.count).map { given.record(.sample, at: stamp, channel: $0) })
      if Int.random(in: 0..<6, using: &dice) == 0 { say(.decision, to: journal) }
      tick(journal, isUrgent: false)
    }
    switch Int.random(in: 0..<6, using: &dice) {
    case 0: say(.alarm, to: journal)
    case 1:
      journal.saveMemory(given.nextMemory())
      say(.event, to: journal)
    case 2: journal.saveMemory(given.nextMemory())
    case 3: journal.acknowledge(given.nextAcknowledgement())
    default: break
    }
    journal.maintain(now: Instant(seconds: second), wall: Self.wall(second))
    // Maintenance may have an event of its own to write.
    flush(journal)
  }

  private func flush(_ journal: Journal) {
    given.willCommit()
    guard journal.flush() else { return }
    given.acknowledge()
    commitDue = second + 60
  }

  private func say(_ kind: Given.Kind, to journal: Journal) {
    journal.append([given.record(kind, at: stamp)])
    tick(journal, isUrgent: kind == .alarm || kind == .event)
  }

  private func tick(_ journal: Journal, isUrgent: Bool) {
    beforeTick()
    // A log that was unavailable writes everything as soon as it is open again.
    let commits = isUrgent || second >= commitDue || journal.state != .writing
    if commits { given.willCommit() }
    journal.tick(now: Instant(seconds: second), wall: Self.wall(second))
    guard commits, journal.state == .writing else { return }
    given.acknowledge()
    commitDue = second + 60
  }
}

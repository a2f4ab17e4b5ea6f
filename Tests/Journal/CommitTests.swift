// When records reach the disk, and what a power cut leaves.

import Climate
import Foundation
import GRDB
import Testing

import enum Controller.Record

@testable import Controller
@testable import Journal

@Suite("Commits")
struct CommitTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test("Samples and decisions wait for the commit that is due, and all come with it")
  func batch() throws {
    let journal = openJournal(directory.path)
    journal.tick(0)
    let reader = try JournalReader(directory: directory.path)
    for second in 1..<60 {
      journal.append([sample(Double(second), 0, 20), decision(Double(second))])
      journal.tick(Double(second))
    }
    #expect(try reader.lines().isEmpty)
    journal.tick(60)
    #expect(try reader.lines().count == 118)
  }

  @Test("An alarm or event takes everything before it to the disk at once", arguments: [alarm(3), event(3)])
  func urgent(_ record: Record) throws {
    let journal = openJournal(directory.path)
    journal.tick(0)
    let reader = try JournalReader(directory: directory.path)
    journal.append([sample(1, 0, 20), sample(2, 0, 21)])
    journal.tick(2)
    #expect(try reader.lines().isEmpty)
    journal.append([record])
    journal.tick(3)
    #expect(try reader.lines().count == 3)
  }

  @Test("Closing writes what waits, and the log takes no more")
  func close() throws {
    let journal = openJournal(directory.path)
    journal.append([sample(1, 0, 20)])
    journal.close()
    journal.append([sample(2, 0, 20)])
    journal.tick(1_000_000)
    #expect(!journal.flush())
    #expect(try JournalReader(directory: directory.path).lines().count == 1)
  }

  @Test(
    "Files copied at any moment, as a power cut would leave them, hold every commit that was made and no half of one")
  func powerCut() throws {
    let journal = openJournal(directory.path)
    for round in 1...40 {
      journal.append((0..<25).map { sample(Double(round), $0 % 3, Double(round)) } + [event(Double(round))])
      journal.tick(Double(round))
      journal.append([sample(Double(round) + 0.5, 0, 99)])
      journal.tick(Double(round) + 0.5)

      let cut = try TemporaryDirectory()
      for suffix in ["", "-wal"] {
        try FileManager.default.copyItem(atPath: directory.file + suffix, toPath: cut.file + suffix)
      }
      let restarted = openJournal(cut.path, boot: "boot-b")
      #expect(restarted.openOutcome == .opened)
      restarted.close()
      #expect(try JournalReader(directory: cut.path).events().count == round)
      let samples = try JournalReader(directory: cut.path).samples(of: names.channels)
      #expect(samples.count == 25 * round + round - 1)
    }
  }

  @Test("The write-ahead log cut off at any byte leaves a log that opens and holds whole commits only")
  func tornWriteAheadLog() throws {
    let journal = openJournal(directory.path)
    for round in 1...10 {
      journal.append((0..<100).map { sample(Double(round), $0 % 3, Double(round)) } + [event(Double(round))])
      journal.tick(Double(round))
    }
    let wal = try Data(contentsOf: URL(fileURLWithPath: directory.file + "-wal"))
    var lastCount = 0
    for length in stride(from: 0, through: wal.count, by: max(wal.count / 37, 1)) {
      let cut = try TemporaryDirectory()
      try FileManager.default.copyItem(atPath: directory.file, toPath: cut.file)
      try wal.prefix(length).write(to: URL(fileURLWithPath: cut.file + "-wal"))
      let restarted = openJournal(cut.path)
      #expect(restarted.state == .writing)
      restarted.close()
      let reader = try JournalReader(directory: cut.path)
      let rounds = try reader.events().count
      #expect(try reader.samples(of: names.channels).count == rounds * 100)
      #expect(rounds >= lastCount)
      lastCount = rounds
    }
    #expect(lastCount > 0)
  }

  @Test("The writing connection has the settings that survive power cuts")
  func pragmas() throws {
    let (queue, isNew) = try LogFile(path: directory.file).open(thorough: true)
    #expect(isNew)
    let expected = [
      "journal_mode": "wal", "synchronous": "2", "wal_autocheckpoint": "200", "mmap_size": "0", "foreign_keys": "1",
      "cell_size_check": "1", "trusted_schema": "0", "page_size": "4096", "auto_vacuum": "2",
      "application_id": String(Schema.applicationID),
    ]
    for (pragma, value) in expected {
      #expect(try queue.read { db in try String.fetchOne(db, sql: "PRAGMA \(pragma)") } == value)
    }
  }

  // MARK: Memory

  @Test("What must survive a restart is saved with the next commit, and read back by the next run")
  func memory() throws {
    var memory = Memory()
    memory.alarms = [Memory.SavedAlarm(id: AlarmID(kind: .high, subject: "shed.temperature"), acknowledgedBy: "li")]
    memory.water = [
      Memory.SavedWater(zone: "bed", deliveries: [WaterBudget.Delivery(age: .seconds(12), litres: 3.25)])
    ]
    let journal = openJournal(directory.path)
    #expect(try journal.loadMemory() == nil)
    journal.saveMemory(memory)
    journal.append([event(1)])
    journal.tick(1)
    #expect(try openJournal(directory.path).loadMemory() == memory)
    memory.alarms = []
    journal.saveMemory(memory)
    #expect(journal.flush())
    journal.close()
    #expect(try openJournal(directory.path).loadMemory() == memory)
  }

  @Test("A memory takes everything before it to the disk at the next tick, although no alarm or event is with it")
  func memoryAtOnce() throws {
    let journal = openJournal(directory.path)
    journal.tick(0)
    var memory = Memory()
    memory.water = [
      Memory.SavedWater(zone: "bed", deliveries: [WaterBudget.Delivery(age: .seconds(1), litres: 3.25)])
    ]
    journal.append([sample(1, 0, 20)])
    journal.saveMemory(memory)
    journal.tick(2)
    #expect(try JournalReader(directory: directory.path).lines().count == 1)
    #expect(try openJournal(directory.path, boot: "boot-b").loadMemory() == memory)
    // It is no reason for a second commit.
    journal.append([sample(3, 0, 20)])
    journal.tick(4)
    #expect(try JournalReader(directory: directory.path).lines().count == 1)
  }

  @Test("A memory that cannot be understood is a typed failure, not an empty memory")
  func unreadableMemory() throws {
    let journal = openJournal(directory.path)
    journal.saveMemory(Memory())
    journal.close()
    let queue = try DatabaseQueue(path: directory.file)
    try queue.write { try $0.execute(sql: "UPDATE memory SET value = x'7b7b'") }
    try queue.close()
    let error = #expect(throws: JournalError.self) { try openJournal(directory.path).loadMemory() }
    #expect(error?.kind == .unreadableMemory)
  }
}

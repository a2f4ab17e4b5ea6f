// What may be deleted when records go upstream, and what is said of it.

import Climate
import Controller
import Foundation
import GRDB
import Testing

@testable import Journal

@Suite("Deleting with an uplink")
struct PurgeTests {
  private let directory: TemporaryDirectory
  private let outbox: Outbox

  init() throws {
    directory = try TemporaryDirectory()
    outbox = Outbox(directory: directory.path)
  }

  private func open(_ settings: JournalSettings, boot: String = "boot-a") -> Journal {
    Journal(
      directory: directory.path, names: names, boot: boot, settings: settings, drawInstall: { install(1) }, now: .zero,
      wall: wall(0))
  }

  private func acknowledge(_ journal: Journal, _ lane: LogLane, _ through: Int64) {
    journal.acknowledge(
      LaneAcknowledgement(install: install(1), lane: lane, database: [UInt8](repeating: 1, count: 16), through: through)
    )
    journal.flush()
  }

  /// Values of little order, which take room.
  private func samples(_ journal: Journal, from start: Int, count: Int, every seconds: Int = 60) {
    var dice = TestGenerator(state: UInt64(start))
    for step in start..<start + count {
      let second = Double(step * seconds)
      journal.append((0..<3).map { sample(second, $0, Double(Int.random(in: 0..<(1 << 52), using: &dice)) / 10_000) })
      journal.tick(second)
      if step % 5 == 0 { journal.maintain(second) }
    }
    journal.flush()
  }

  private func events(_ kind: EventKind) throws -> [String] {
    try JournalReader(directory: directory.path).events(limit: .last(.max)).filter { $0.kind == kind.rawValue }.map(
      \.detail)
  }

  // MARK: Age

  @Test("Age takes only what the hub has acknowledged, and what it takes later counts as old, not as lost")
  func age() throws {
    var settings = JournalSettings(rawRetention: .hours(1), meansRetention: .hours(2), hasUplink: true)
    settings.blocks.longest = 600_000
    let journal = open(settings)
    samples(journal, from: 0, count: 600)
    for hour in 0..<10 { journal.append([decision(Double(hour) * 3_600), alarm(Double(hour) * 3_600)]) }
    journal.flush()
    let end = 36_000.0
    for call in 0..<100 { journal.maintain(end + Double(call * 3_600)) }
    let reader = try JournalReader(directory: directory.path)
    #expect(try reader.statistics().samples == 1_800)
    #expect(try reader.statistics().decisions == 10)

    acknowledge(journal, .backlog, 900)
    acknowledge(journal, .alarm, 4)
    for call in 0..<100 { journal.maintain(1e6 + Double(call * 3_600)) }
    journal.flush()
    let left = try LaneContent(outbox, .backlog)
    let gone = try #require(left.losses.first)
    #expect(gone.first == 1 && gone.last <= 900 && gone.last > 800 && gone.why == .age)
    #expect(left.losses.count == 1 && Int64(left.samples.count) == 1_800 - gone.last)
    #expect(try reader.statistics().decisions == 10)
    #expect(try LaneContent(outbox, .alarm).losses == [Loss(lane: .alarm, first: 1, last: 4, why: .age)])
    #expect(try events(.journalPruned).isEmpty)

    // Without an uplink nobody waits for it.
    journal.close()
    settings.hasUplink = false
    let second = open(settings, boot: "boot-b")
    for call in 0..<100 { second.maintain(2e6 + Double(call * 3_600)) }
    second.close()
    #expect(try reader.statistics().samples < 80)
    #expect(try reader.statistics().decisions == 1)
  }

  // MARK: Quota

  @Test("When the disk is full the oldest samples go, and an event says which; the rest follows without a gap")
  func quota() throws {
    let settings = JournalSettings(sampleCommit: .minutes(30), quota: 2 << 20, hasUplink: true)
    let journal = open(settings)
    journal.append([alarm(0)])
    samples(journal, from: 0, count: 70_000, every: 10)
    for call in 0..<400 { journal.maintain(700_000 + Double(call)) }
    journal.flush()
    let reader = try JournalReader(directory: directory.path)
    #expect(try reader.statistics().bytes <= settings.quota)
    let backlog = try LaneContent(outbox, .backlog)
    let last = try #require(backlog.losses.first).last
    #expect(backlog.losses == [Loss(lane: .backlog, first: 1, last: last, why: .quota)])
    #expect(Int64(backlog.samples.count) == 210_000 - last)
    #expect(try LaneContent(outbox, .live).losses.isEmpty)
    #expect(try LaneContent(outbox, .alarm).losses.isEmpty)
    // The events tell of all of it, each of what went since the one before.
    let told = try events(.journalPruned)
    var next: Int64 = 1
    for text in told {
      #expect(text.hasPrefix("backlog \(next)…") && text.contains("samples deleted to keep the quota of 2 MiB"))
      let end = text.dropFirst("backlog \(next)…".count).prefix { $0 != ":" }
      next = (Int64(end) ?? 0) + 1
    }
    #expect(told.count > 1 && next == last + 1)
  }

  @Test("A flood of decisions costs decisions, not samples or means; a flood of events costs events")
  func shares() throws {
    let settings = JournalSettings(sampleCommit: .minutes(30), quota: 2 << 20, hasUplink: true)
    let journal = open(settings)
    samples(journal, from: 0, count: 3_000)
    for call in 0..<400 { journal.maintain(180_000 + Double(call)) }
    let windows = try outbox.state()[.live].newest
    for step in 0..<20_000 {
      let second = 200_000 + Double(step)
      journal.append([decision(second), event(second, "flood")])
      if step % 100 == 0 {
        journal.tick(second)
        journal.maintain(second)
      }
    }
    for call in 0..<400 { journal.maintain(300_000 + Double(call)) }
    journal.flush()
    let reader = try JournalReader(directory: directory.path)
    #expect(try reader.statistics().bytes <= settings.quota)
    #expect(try reader.statistics().samples == 9_000)
    #expect(try outbox.state()[.live].newest == windows)
    #expect(try LaneContent(outbox, .live).losses.isEmpty)
    let decisions = try LaneContent(outbox, .diagnostic)
    #expect(decisions.losses.map(\.first) == [1] && decisions.losses.map(\.why) == [.quota])
    #expect(Int64(decisions.decisions.count) + (decisions.losses.first?.last ?? 0) == 20_000)
    let entries = try LaneContent(outbox, .alarm)
    #expect(entries.losses.map(\.first) == [1])
    #expect(Int64(entries.entries.count) + (entries.losses.first?.last ?? 0) == entries.end - 1)
    #expect(try events(.journalPruned).contains { $0.hasPrefix("alarm ") })
  }

  @Test("A power cut between a deletion and its event: the event comes after the restart")
  func toldAfterwards() throws {
    let first = open(JournalSettings(sampleCommit: .minutes(30), hasUplink: true))
    samples(first, from: 0, count: 30_000, every: 10)
    first.close()
    let settings = JournalSettings(quota: 1 << 20, hasUplink: true)
    do {
      // Nothing is committed but deletions.
      let journal = open(settings, boot: "a")
      for call in 0..<400 { journal.maintain(400_000 + Double(call)) }
    }
    let lost = try #require(try LaneContent(outbox, .backlog).losses.first)
    #expect(try events(.journalPruned).isEmpty)
    for boot in ["b", "c"] {
      let journal = open(settings, boot: boot)
      for call in 0..<20 {
        journal.maintain(8_000_000 + Double(call))
        journal.tick(8_000_000 + Double(call))
      }
      journal.close()
    }
    #expect(try events(.journalPruned).map { $0.hasPrefix("backlog 1…\(lost.last): ") } == [true])
  }

  // MARK: Damage

  @Test("A block that cannot be read is found, told of once, and skipped upstream")
  func damage() throws {
    var settings = JournalSettings()
    settings.blocks.pageful = 600
    let journal = open(settings)
    samples(journal, from: 0, count: 1_000)
    #expect(!journal.hasDamage)
    journal.close()
    let queue = try DatabaseQueue(path: directory.file)
    let (first, count) = try queue.write { db in
      try db.execute(
        sql: "UPDATE blocks SET data = zeroblob(length(data)) WHERE id = (SELECT id FROM blocks LIMIT 1 OFFSET 2)")
      let row = try #require(
        try Row.fetchOne(db, sql: "SELECT seq, samples FROM backlog JOIN blocks ON id = block LIMIT 1 OFFSET 2"))
      return (row[0] as Int64, row[1] as Int64)
    }
    try queue.close()
    let loss = Loss(lane: .backlog, first: first, last: first + count - 1, why: .damaged)
    #expect(try LaneContent(outbox, .backlog).losses == [loss])

    for boot in ["b", "c"] {
      let journal = open(settings, boot: boot)
      for call in 0..<100 {
        journal.maintain(100_000 + Double(call))
        journal.tick(100_000 + Double(call))
      }
      #expect(journal.hasDamage)
      journal.close()
    }
    #expect(try events(.journalDamaged).map { $0.hasPrefix("backlog \(first)…\(loss.last): ") } == [true])
    let content = try LaneContent(outbox, .backlog)
    #expect(content.losses == [loss])
    #expect(Int64(content.samples.count) == 3_000 - count)
  }
}

// Means, ages and quota.

import Climate
import Controller
import Foundation
import Testing

@testable import Journal

@Suite("Keeping the log in bounds")
struct MaintenanceTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test("A mean counts trustworthy values only, and says how many others there were")
  func means() throws {
    let journal = openJournal(directory.path)
    for minute in 0..<10 {
      let second = Double(minute * 60)
      journal.append([
        sample(second, 0, 20 + Double(minute)),
        sample(second, 1, minute < 4 ? 55.5 : 99, minute < 4 ? .good : .suspect),
        sample(second, 2, minute == 0 ? -3.25 : nil, minute == 0 ? .simulated : .failed),
      ])
    }
    journal.append([sample(600, 0, 99)])
    journal.flush()
    journal.maintain(600)

    let rows = try JournalReader(directory: directory.path).means(of: names.channels)
    #expect(rows.map(\.channel) == names.channels)
    #expect(rows.map(\.mean) == [24.5, 55.5, -3.25])
    #expect(rows.map(\.minimum) == [20, 55.5, -3.25])
    #expect(rows.map(\.maximum) == [29, 55.5, -3.25])
    #expect(rows.map(\.good) == [10, 4, 1])
    #expect(rows.map(\.bad) == [0, 6, 9])
    #expect(rows.map(\.badShare) == [0, 0.6, 0.9])
    #expect(rows.allSatisfy { $0.start.wall.unixMilliseconds == dawn && $0.length == .minutes(10) })
  }

  @Test("A channel without a trustworthy value has no mean")
  func noMean() throws {
    let journal = openJournal(directory.path)
    journal.append([sample(0, 0, 20, .stale), sample(60, 0, nil, .failed), sample(600, 0, 20)])
    journal.flush()
    journal.maintain(600)
    let row = try #require(try JournalReader(directory: directory.path).means(of: names.channels).first)
    #expect(row.mean == nil)
    #expect(row.minimum == nil)
    #expect(row.bad == 2)
  }

  @Test("A window is not closed before a sample of the next has come")
  func openWindow() throws {
    let journal = openJournal(directory.path)
    journal.append((0..<60).map { sample(Double($0) * 10, 0, 20) })
    journal.flush()
    journal.maintain(900)
    #expect(try JournalReader(directory: directory.path).means(of: names.channels).isEmpty)
  }

  @Test("A wall clock that steps back or a new boot begins a new window; no sample counts twice or is lost")
  func clockSteps() throws {
    let journal = openJournal(directory.path)
    func run(_ start: Double, wallFrom: Int64) -> [Record] {
      (0..<30).map {
        let at = stamp(start + Double($0) * 60, from: wallFrom)
        return .sample(at, channel: ChannelID(0), value: 20, quality: .good)
      }
    }
    journal.append(run(0, wallFrom: dawn) + run(1800, wallFrom: dawn - 3_600_000) + run(3600, wallFrom: dawn))
    journal.close()
    let second = openJournal(directory.path, boot: "boot-b")
    second.append([sample(5_400, 0, 20), sample(6_000, 0, 20)])
    second.flush()
    for _ in 0..<30 { second.maintain(6_000) }
    let rows = try JournalReader(directory: directory.path).means(of: names.channels)
    #expect(rows.map(\.good).reduce(0, +) == 91)
    #expect(rows.map(\.id) == rows.map(\.id).sorted())
    #expect(Set(rows.map(\.boot)) == [1, 2])
  }

  @Test("Samples older than their age go, their means stay, and the newest are untouched")
  func retention() throws {
    var settings = JournalSettings(rawRetention: .hours(24))
    settings.blocks.longest = 3_600_000
    let journal = openJournal(directory.path, settings: settings)
    for step in 0..<(3 * 144) {
      let second = Double(step * 600)
      journal.append([sample(second, 0, Double(step)), sample(second + 300, 0, Double(step)), decision(second)])
      journal.tick(second)
      journal.maintain(second)
    }
    let end = Double(3 * 86_400 - 600)
    for _ in 0..<20 { journal.maintain(end) }
    journal.flush()
    let reader = try JournalReader(directory: directory.path)
    let samples = try reader.samples(of: names.channels)
    let oldest = try #require(samples.first).stamp.at.seconds
    #expect(oldest >= end - 86_400 - 4_800 && oldest <= end - 86_400)
    #expect(samples.last?.stamp.at.seconds == end + 300)
    #expect(try reader.means(of: names.channels).count == 3 * 144 - 1)
    #expect(try reader.decisions().count == 3 * 144)
  }

  @Test("Means, decisions, events and alarms go at their own age")
  func longRetention() throws {
    let settings = JournalSettings(rawRetention: .hours(1), meansRetention: .hours(48))
    let journal = openJournal(directory.path, settings: settings)
    for hour in 0..<96 {
      let second = Double(hour * 3600)
      journal.append([sample(second, 0, 20), decision(second), alarm(second), event(second)])
      journal.tick(second)
      for _ in 0..<4 { journal.maintain(second) }
    }
    let statistics = try JournalReader(directory: directory.path).statistics()
    for count in [statistics.windows, statistics.decisions, statistics.alarms, statistics.events] {
      #expect((47...49).contains(count))
    }
  }

  @Test("Without a trusted clock nothing has an age: neither old rows nor, while the clock is unsure, any")
  func untrustedClock() throws {
    var settings = JournalSettings(rawRetention: .hours(1))
    settings.blocks.longest = 600_000
    let journal = openJournal(directory.path, settings: settings)
    journal.append(
      (0..<300).map {
        .sample(stamp(Double($0) * 60, trust: .freeRunning), channel: ChannelID(0), value: 20, quality: .good)
      })
    journal.flush()
    for _ in 0..<60 { journal.maintain(1e6) }
    let reader = try JournalReader(directory: directory.path)
    #expect(try reader.statistics().samples == 300)

    journal.append((300..<600).map { sample(Double($0) * 60, 0, 20) })
    journal.flush()
    for _ in 0..<60 { journal.maintain(now: Instant(seconds: 1e6), wall: wall(1e6, trust: .unknown)) }
    #expect(try reader.statistics().samples == 600)
    for _ in 0..<60 { journal.maintain(1e6) }
    #expect(try reader.statistics().samples <= 22)
  }

  @Test(
    "Two months of samples in a log of 2.5 MiB: it stays within, the means of what went are there, and an event tells")
  func quota() throws {
    let quota = 5 << 19
    let settings = JournalSettings(sampleCommit: .minutes(30), rawRetention: .hours(24 * 365), quota: quota)
    let journal = openJournal(directory.path, settings: settings)
    let reader = try JournalReader(directory: directory.path)
    journal.append([alarm(0)])
    var largest = 0
    for step in 0..<(60 * 24 * 30) {
      let second = Double(step * 120)
      journal.append((0..<3).map { sample(second, $0, Double(step * step * 7_919 % 1_000_003) / 10_000) })
      journal.tick(second)
      if step % 5 == 0 { journal.maintain(second) }
      if step % 720 == 0 { largest = max(largest, try reader.statistics().bytes) }
    }
    journal.flush()
    #expect(largest <= quota)
    let statistics = try reader.statistics()
    #expect(statistics.bytes <= quota)
    #expect(statistics.alarms == 1)
    #expect(statistics.windows > 7_000)
    #expect(statistics.samples > 10_000)
    let events = try reader.events()
    #expect(!events.isEmpty)
    #expect(events.allSatisfy { $0.kind == "journal-pruned" && $0.detail.contains("samples") })
    #expect(try reader.means(of: names.channels, limit: .first(1)).first?.start.wall.unixMilliseconds == dawn)
    #expect(journal.droppedRecords == 0)
  }

  @Test("A quota that is lowered shrinks the file, down to means and then decisions, and keeps the alarms")
  func loweredQuota() throws {
    let first = openJournal(directory.path)
    for hour in 0..<1_000 {
      let second = Double(hour * 3600)
      first.append(
        (0..<40).map { sample(second + Double($0), $0 % 3, 20) } + (0..<20).map { decision(second + Double($0)) })
      first.flush()
    }
    first.append((0..<50).map { alarm(Double($0)) })
    first.flush()
    for _ in 0..<1_100 { first.maintain(1) }
    first.close()
    let before = try JournalReader(directory: directory.path).statistics()

    let quota = 1 << 20
    let second = openJournal(directory.path, settings: JournalSettings(quota: quota))
    for call in 0..<300 {
      second.maintain(Double(call))
      second.tick(Double(call))
    }
    second.close()
    let after = try JournalReader(directory: directory.path).statistics()
    #expect(before.bytes > 2 << 20)
    #expect(after.bytes <= quota)
    #expect(after.samples < before.samples)
    #expect(after.windows < before.windows)
    #expect(after.decisions < before.decisions)
    #expect(after.alarms == 50)
  }

  @Test("Ids are never given twice, even when all that age can take is gone")
  func idsAfterPruning() throws {
    let settings = JournalSettings(rawRetention: .hours(1), meansRetention: .hours(1))
    let first = openJournal(directory.path, settings: settings)
    first.append((0..<100).map { sample(Double($0) * 60, 0, 20) })
    first.flush()
    for _ in 0..<100 { first.maintain(1e9) }
    first.close()
    let second = openJournal(directory.path, settings: settings, at: 1e9)
    second.append([sample(1e9, 0, 21)])
    second.close()
    let row = try #require(try JournalReader(directory: directory.path).samples(of: names.channels).last)
    #expect(row.id == 101)
  }
}

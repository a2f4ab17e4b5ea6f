// What the controller writes to its disk in a day.

import Climate
import Controller
import Foundation
import Journal
import Testing

@testable import Station

@Suite("Write budget")
struct WriteBudgetTests {
  private func hours(_ hours: Double) -> Instant { Instant(seconds: hours * 3_600) }

  @Test("What was written counts for a day, and the pace is told from the second hour on")
  func day() {
    var budget = WriteBudget(cap: 1_000_000, at: .zero)
    var hasChanged = budget.take(500, now: hours(0.5))
    #expect(!hasChanged)
    #expect(budget.written == 500)
    #expect(budget.perDay == nil)
    for hour in 1...48 { hasChanged = budget.take(Int64(500 + hour * 1_000), now: hours(Double(hour))) }
    #expect(budget.written == 24_000)
    #expect(budget.perDay.map { abs($0 - 25_000) < 1_100 } == true)
    // Hours in which nobody looked.
    hasChanged = budget.take(48_500, now: hours(100))
    #expect(!hasChanged)
    #expect(budget.written == 0)
  }

  @Test("Over the cap samples wait longer, until a tenth less has been written; never longer than a quarter of an hour")
  func cap() {
    var budget = WriteBudget(cap: 10_000, at: .zero)
    #expect(budget.commitInterval(usually: .seconds(60)) == .seconds(60))
    let changes = [(10_000, 1), (10_001, 1.1)].map { budget.take($0.0, now: hours($0.1)) }
    #expect(changes == [false, true])
    #expect(budget.isOver)
    #expect(budget.commitInterval(usually: .seconds(60)) == .seconds(600))
    #expect(budget.commitInterval(usually: .minutes(10)) == .minutes(15))
    #expect(budget.commitInterval(usually: .minutes(20)) == .minutes(20))
    let later = [20, 26].map { budget.take(10_001, now: hours($0)) }
    #expect(later == [false, true])
    #expect(!budget.isOver)
  }

  @Test("The kernel counts what this process writes")
  func process() throws {
    let before = try #require(WriteBudget.bytesOfThisProcess())
    let path = FileManager.default.currentDirectoryPath + "/.write-budget-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(repeating: 1, count: 1 << 20).write(to: URL(fileURLWithPath: path))
    let after = try #require(WriteBudget.bytesOfThisProcess())
    #expect(after - before >= 1 << 20)
  }

  @Test("The journal waits longer over the cap, and events tell of it")
  func journal() throws {
    let directory = NSTemporaryDirectory() + "bombyx-budget-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let wall = WallTime(unixMilliseconds: 1_776_643_200_000, trust: .trusted)
    let journal = Journal(
      directory: directory, names: JournalNames(channels: [], outputs: []), boot: "a", now: .zero, wall: wall)
    var bytes: Int64 = 0
    var keeper = JournalKeeper(journal, writeCap: 5_000_000, bytesWritten: { bytes }, at: .zero)
    keeper.take([], now: hours(1), wall: wall)
    #expect(keeper.view(queueDropped: 0).written == 0)
    bytes = 6_000_000
    keeper.take([], now: hours(2), wall: wall)
    #expect(journal.sampleCommit == .seconds(600))
    #expect(keeper.view(queueDropped: 0).written == 6_000_000)
    keeper.take([], now: hours(40), wall: wall)
    #expect(journal.sampleCommit == .seconds(60))
    keeper.close()
    let events = try JournalReader(directory: directory).events()
    #expect(events.map(\.kind) == ["write-budget", "write-budget"])
    #expect(events.first?.detail.contains("6 MB written in 24 h, more than write-cap = 5 MB") == true)
  }
}

@Suite("Clock anchors")
struct ClockAnchorTests {
  private func wall(_ ms: Int64, _ trust: ClockTrust) -> WallTime { WallTime(unixMilliseconds: ms, trust: trust) }

  @Test("An anchor is due when the clock becomes right, and when it is set, and at no other time")
  func due() {
    var anchors = ClockAnchors()
    func look(_ seconds: Double, _ wall: WallTime) -> Record? {
      anchors.look(now: Instant(seconds: seconds), wall: wall) { 15 }
    }
    #expect(look(1, wall(5_000, .unknown)) == nil)
    #expect(look(2, wall(6_000, .freeRunning)) == nil)
    let right = wall(1_776_643_200_000, .trusted)
    #expect(
      look(3, right)
        == .anchor(
          Stamp(at: Instant(seconds: 3), wall: right), utc: 1_776_643_200_000, error: 15, source: .ntp))
    #expect(look(4, wall(1_776_643_201_000, .trusted)) == nil)
    #expect(look(1_000, wall(1_776_644_197_900, .trusted)) == nil)
    #expect(look(1_001, wall(1_776_644_300_000, .trusted)) != nil)
    #expect(look(1_002, wall(1_776_644_301_000, .freeRunning)) == nil)
    #expect(look(1_003, wall(1_776_644_302_000, .trusted)) != nil)
    #expect(look(1_004, wall(.max, .trusted)) != nil)
  }
}

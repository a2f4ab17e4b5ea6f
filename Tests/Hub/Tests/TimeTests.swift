// When a record was.

import Foundation
import Servers
import Swarm
import SyncProtocol
import Testing

@testable import Hub

@Suite("The time of a record")
struct TimeTests {
  private static let hour: Int64 = 3_600_000
  private static let utc: Int64 = 1_700_784_000_000

  private func anchor(_ source: TrafficSource, _ sequence: Int64, mono: Int64, utc: Int64) -> Batch {
    var group = EntryGroup()
    group.add(
      boot: source.boot, mono: mono, wall: source.beginning + mono, trust: .unknown,
      .anchor(utc: utc, error: 50, source: .ntp))
    return Batch(
      device: source.device, install: source.install, lane: .alarm, first: sequence, content: .entries(group))
  }

  /// Times of samples, ms since 1970.
  private func times(_ database: HubDatabase, _ source: TrafficSource) throws -> [Int64] {
    let at = database.kind == .postgres ? "round(extract(epoch FROM s.at) * 1000)::bigint" : "s.at"
    return try database.lines(
      """
      SELECT \(at) FROM hub.sample s JOIN hub.boot b ON b.id = s.boot WHERE b.name = '\(source.boot)' ORDER BY s.seq
      """
    ).compactMap { Int64($0) }
  }

  @Test(
    "a record made while the clock was wrong gets its time by the boot's newest anchor, whether it came before or after it",
    arguments: DatabaseKind.allCases)
  func corrects(kind: DatabaseKind) throws {
    let database = try HubDatabase(kind)
    var source = TrafficSource(device: try name("shed-1"), counts: [.backlog: 40])
    source.channels = 1
    (source.beginning, source.trust) = (0, .unknown)
    let true0 = Self.utc
    func expected(_ range: ClosedRange<Int64>, _ begin: Int64) -> [Int64] {
      range.map { begin + ($0 - 1) * source.step }
    }
    _ = try database.store.write(arrival([source.batch(.backlog, 1...10)]))
    #expect(try times(database, source) == expected(1...10, 0))
    _ = try database.store.write(arrival([anchor(source, 1, mono: Self.hour, utc: true0 + Self.hour)]))
    #expect(try times(database, source) == expected(1...10, true0))
    _ = try database.store.write(arrival([source.batch(.backlog, 11...20)]))
    #expect(try times(database, source) == expected(1...20, true0))
    // A newer anchor says five seconds more; an older one that comes late says nothing.
    _ = try database.store.write(
      arrival([source.batch(.backlog, 21...30), anchor(source, 3, mono: Self.hour, utc: true0 + Self.hour + 5_000)]))
    _ = try database.store.write(arrival([anchor(source, 2, mono: 0, utc: 12)]))
    #expect(try times(database, source) == expected(1...30, true0 + 5_000))
    // What was trusted keeps its time, and so does another boot.
    var next = source
    (next.boot, next.beginning, next.trust) = ("boot-2", true0 + 99 * Self.hour, .trusted)
    next.counts = [.backlog: 40]
    _ = try database.store.write(arrival([next.batch(.backlog, 31...40), anchor(next, 4, mono: 0, utc: 77)]))
    #expect(try times(database, next) == expected(31...40, next.beginning))
    #expect(try times(database, source) == expected(1...30, true0 + 5_000))
    // What the device said stands as it was.
    #expect(
      try database.rows(source, .backlog).prefix(30) == Expected.rows(of: source, .backlog, in: 1...30).prefix(30))
  }

  @Test(
    "numbers at the ends of their range are kept, and their times within the calendar", arguments: DatabaseKind.allCases
  )
  func keepsExtremes(kind: DatabaseKind) throws {
    let database = try HubDatabase(kind)
    let device = try name("shed-1")
    let install = InstallID()
    var group = SampleGroup()
    for (number, trust) in [(Int64.min, StampTrust.unknown), (.max, .unknown), (.min, .trusted), (.max, .trusted)] {
      group.add(boot: "b", mono: number, wall: number, trust: trust, channel: "c", value: number, quality: 0)
    }
    let batch = Batch(device: device, install: install, lane: .backlog, first: 1, content: .samples(group))
    var anchors = EntryGroup()
    anchors.add(boot: "b", mono: 0, wall: 0, trust: .unknown, .anchor(utc: .max, error: 0, source: .hub))
    anchors.add(boot: "b", mono: .min, wall: 0, trust: .unknown, .anchor(utc: .max, error: 0, source: .hub))
    let corrections = Batch(device: device, install: install, lane: .alarm, first: 1, content: .entries(anchors))
    #expect(try database.store.write(arrival([batch])).stored == 4)
    #expect(try database.store.write(arrival([corrections])).stored == 2)
    #expect(try database.store.write(arrival([batch])).forked == 0)
    #expect(
      try database.lines("SELECT mono FROM hub.sample ORDER BY seq")
        == ["\(Int64.min)", "\(Int64.max)", "\(Int64.min)", "\(Int64.max)"])
  }

  @Test("months have tables of their own, wrong clocks share one, and old months go when they are told to")
  func keepsMonths() throws {
    let database = try HubDatabase(.postgres)
    var source = TrafficSource(device: try name("shed-1"), counts: [.backlog: 200])
    source.channels = 1
    source.step = 12 * Self.hour
    // 2023-11-24 to 2024-03-02, and 1970.
    _ = try database.store.write(arrival([source.batch(.backlog, 1...200)]))
    var wrong = TrafficSource(device: try name("shed-2"), counts: [.backlog: 5])
    wrong.beginning = 0
    _ = try database.store.write(arrival([wrong.batch(.backlog, 1...5)]))
    func tables() throws -> [String] {
      try database.lines(
        "SELECT tableoid::regclass, count(*) FROM hub.sample GROUP BY tableoid ORDER BY tableoid::regclass::text")
    }
    let before = try tables()
    #expect(
      before == [
        "hub.sample_202311|14", "hub.sample_202312|62", "hub.sample_202401|62", "hub.sample_202402|58",
        "hub.sample_202403|4", "hub.sample_other|5",
      ])
    // A month whose records have come before it has a table.
    _ = try database.lines("SELECT hub.add_month('sample', '1970-01-01')")
    #expect(try tables().first == "hub.sample_197001|5")
    #expect(try database.rows(source, .backlog) == Expected.rows(of: source, .backlog))
    #expect(try database.store.expire(months: 240) == ["sample_197001"])
    #expect(try tables().first == "hub.sample_202311|14")
    // What was deleted by its age is not taken for a fork when it comes again.
    #expect(try database.store.write(arrival([wrong.batch(.backlog, 1...5)])).forked == 0)
  }

  @Test("the month of a day is that of the calendar")
  func findsMonth() {
    for (day, month): (Int64, String) in [
      (0, "1970-01-01"), (58, "1970-02-01"), (59, "1970-03-01"), (18_321, "2020-02-01"), (18_322, "2020-03-01"),
      (20_785, "2026-11-01"), (20_788, "2026-12-01"), (20_819, "2027-01-01"),
    ] {
      #expect(Months.text(day) == month)
    }
  }
}

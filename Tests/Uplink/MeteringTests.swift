// Links that cost.

import Climate
import Controller
import SyncProtocol
import Testing

@testable import Uplink

@Suite("Metered links")
struct MeteringTests {
  private func county(_ metering: Metering) throws -> SimulatedCounty {
    var settings = UplinkSettings()
    settings.metering = metering
    return try SimulatedCounty(seed: 1, settings: settings)
  }

  @Test("when the day's bytes are used up only alarms go, until the next day of the site")
  func budget() throws {
    let county = try county(Metering(dailyBudget: 200_000, utcOffset: .hours(8)))
    // 23:00 at the site.
    county.wall.unixMilliseconds = 1_800_000_000_000 / 86_400_000 * 86_400_000 + 15 * 3_600_000
    county.write(.backlog, 100_000)
    try county.run(.minutes(50))
    #expect(!county.hasAll)
    let standing = county.session.status(at: county.now, wall: county.wall)
    #expect(standing.hold == .budget)
    #expect((200_000..<200_000 + 32 * 31_000).contains(standing.bytesToday))
    #expect(!county.isConnected)
    county.write(.alarm, 1)
    let count = county.sent.count
    try county.run(.minutes(1))
    #expect(county.sent.dropFirst(count).map(\.lane) == [.alarm])
    #expect(!county.isConnected)
    try county.run(.minutes(12))
    #expect(county.sent.dropFirst(count).contains { $0.lane == .backlog })
  }

  @Test("outside of the schedule there is no connection but for alarms")
  func schedule() throws {
    let night = DailyWindow(from: .hours(22), to: .hours(6))
    let county = try county(Metering(schedule: [night], utcOffset: .hours(8)))
    // 12:00 at the site.
    county.wall.unixMilliseconds = 1_800_000_000_000 / 86_400_000 * 86_400_000 + 4 * 3_600_000
    county.write(.backlog, 1_000)
    try county.run(.hours(2))
    #expect(county.attempts.isEmpty)
    county.write(.alarm, 3)
    try county.run(.minutes(2))
    #expect(Set(county.sent.map(\.lane)) == [.alarm])
    #expect(!county.isConnected)
    #expect(county.session.status(at: county.now, wall: county.wall).hold == .schedule)
    try county.run(.hours(9))
    #expect(county.hasAll)
    #expect(county.isConnected)
  }

  @Test("while nobody knows the time, the schedule keeps nobody away, and a day is counted from boot")
  func unknownTime() throws {
    let metering = Metering(dailyBudget: 1, schedule: [DailyWindow(from: .hours(1), to: .hours(2))])
    let unknown = WallTime(unixMilliseconds: 5_000, trust: .unknown)
    #expect(metering.isOpen(unknown))
    #expect(metering.dayNumber(unknown, now: Instant(seconds: 10)) == -1)
    #expect(metering.dayNumber(unknown, now: Instant(seconds: 86_401)) == -2)
    #expect(!metering.isOpen(WallTime(unixMilliseconds: 5_000, trust: .freeRunning)))
  }

  @Test(
    "a part of the day may go over midnight",
    arguments: [(1, true), (6, false), (22, true), (23, true), (0, true), (5, true), (12, false)])
  func overMidnight(_ example: (hour: Int, isIn: Bool)) {
    let night = DailyWindow(from: .hours(22), to: .hours(6))
    #expect(night.contains(.hours(example.hour)) == example.isIn)
  }
}

// What the session sends, when, and what it believes.

import Climate
import Controller
import Simulator
import SyncProtocol
import Testing

@testable import Uplink

@Suite("Uplink session")
struct SessionTests {
  @Test("after a connection it asks in every lane, and sends nothing but alarms before the hub has answered")
  func hello() throws {
    let county = try SimulatedCounty(seed: 1)
    county.isHubSilent = true
    for lane in Lane.allCases { county.write(lane, 1_000) }
    try county.run(.minutes(5))
    #expect(Set(county.hellos.map(\.lane)) == Set(Lane.allCases))
    #expect(Set(county.sent.map(\.lane)) == [.alarm])
    #expect(county.session.status(at: county.now, wall: county.wall).hold == .silent)
    // Again after 30 s, 1, 2, 4 minutes, and not more often.
    #expect((2...5).contains(county.hellos.count { $0.lane == .live }))
    county.isHubSilent = false
    #expect(try county.run(atMost: .minutes(20)) { county.hasAll })
  }

  @Test("alarms go first, live comes newest first, the backlog oldest first, a few batches for each of live")
  func order() throws {
    let county = try SimulatedCounty(seed: 2)
    county.write(.alarm, 1_200)
    county.write(.live, 1_000)
    county.write(.backlog, 400_000)
    county.write(.diagnostic, 3_000)
    #expect(try county.run(atMost: .minutes(10)) { county.hasAll })
    let lanes = county.sent.map(\.lane)
    let first = try #require(lanes.firstIndex { $0 != .alarm })
    #expect(!lanes[first...].contains(.alarm))
    #expect(try #require(lanes.firstIndex(of: .diagnostic)) > (lanes.lastIndex(of: .live) ?? 0))
    let live = county.sent.filter { $0.lane == .live }.map(\.range)
    #expect(live.first?.upperBound == 1_000)
    #expect(zip(live, live.dropFirst()).allSatisfy { $0.lowerBound > $1.upperBound })
    let backlog = county.sent.filter { $0.lane == .backlog }.map(\.range)
    #expect(zip(backlog, backlog.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
    let both = lanes.filter { $0 == .live || $0 == .backlog }
    #expect(Array(both.prefix(11)) == [.live, .backlog, .backlog, .backlog, .backlog, .live] + both[6..<11])
    #expect(county.sent.count == Set(county.sent.map { "\($0.lane) \($0.range)" }).count, "nothing was sent twice")
  }

  @Test("an alarm goes at once, past a full window and past a pause")
  func alarmPastEverything() throws {
    let county = try SimulatedCounty(seed: 3)
    county.write(.backlog, 3_000_000)
    try county.run(.seconds(5))
    county.isHubSilent = true
    try county.run(.seconds(10))
    county.write(.alarm, 1)
    let written = county.now
    try county.run(.seconds(1))
    #expect(county.sent.last?.lane == .alarm)
    #expect(county.sent.last.map { $0.at <= written.advanced(by: .milliseconds(1)) } == true)
    county.isHubSilent = false
    county.hubWindow = 0
    try county.run(.minutes(5))
    county.write(.alarm, 1)
    let count = county.sent.count { $0.lane == .alarm }
    try county.run(.seconds(1))
    #expect(county.sent.count { $0.lane == .alarm } == count + 1)
  }

  @Test("a pause is kept until the hub takes it back, and the hub is asked again if it has forgotten it")
  func pause() throws {
    let county = try SimulatedCounty(seed: 4)
    county.hubWindow = 0
    county.write(.backlog, 100_000)
    try county.run(.minutes(9))
    #expect(county.sent.isEmpty)
    #expect(county.session.status(at: county.now, wall: county.wall).hold == .paused)
    county.hubWindow = 16
    #expect(try county.run(atMost: .minutes(2)) { county.hasAll })
  }

  @Test("the window grows with each answer up to the hub's, and halves when an answer does not come")
  func window() throws {
    let county = try SimulatedCounty(seed: 5)
    county.hubWindow = 6
    county.write(.backlog, 80_000_000)
    var most = 0
    var isOver = false
    try county.run(atMost: .seconds(30)) {
      let standing = county.session.status(at: county.now, wall: county.wall)
      let onTheWay = standing.lanes.reduce(0) { $0 + $1.onTheWay }
      most = max(most, onTheWay)
      isOver = isOver || onTheWay > 6
      return false
    }
    #expect(most == 6 && !isOver)
    let grown = county.session.status(at: county.now, wall: county.wall).window
    #expect(grown > 6)
    county.isHubSilent = true
    try county.run(.seconds(45))
    #expect(county.session.status(at: county.now, wall: county.wall).window <= max(1, grown / 2))
    county.isHubSilent = false
    #expect(try county.run(atMost: .hours(2)) { county.hasAll })
  }

  @Test("attempts to connect lie 2 s to 10 min apart, at other times for each device, and count anew after an answer")
  func backOff() throws {
    var first: Set<Int64> = []
    for seed in UInt64(0)..<20 {
      let county = try SimulatedCounty(seed: seed)
      county.isNetworkUp = false
      county.write(.backlog, 10)
      try county.run(.hours(6))
      let pauses = zip(county.attempts, county.attempts.dropFirst()).map { $0.duration(to: $1) }
      #expect(pauses.allSatisfy { $0 >= .seconds(1) && $0 <= .minutes(10) })
      #expect((40...90).contains(county.attempts.count), "\(county.attempts.count)")
      first.insert(county.attempts[0].nanoseconds)
      county.isNetworkUp = true
      try county.run(atMost: .minutes(11)) { county.hasAll }
      let count = county.attempts.count
      county.isNetworkUp = false
      county.cut()
      try county.run(.seconds(20))
      #expect(county.attempts.count - count >= 2)
    }
    #expect(first.count == 20)
  }

  @Test("what comes one by one is gathered; what waits at the connection, and what a person hurries, is not")
  func gathering() throws {
    let county = try SimulatedCounty(seed: 6)
    county.write(.backlog, 25_000)
    #expect(try county.run(atMost: .seconds(30)) { county.hasAll })
    let count = county.sent.count
    for _ in 0..<60 {
      county.write(.backlog, 12)
      try county.run(.minutes(1))
    }
    #expect((10...14).contains(county.sent.count - count), "\(county.sent.count - count)")
    county.write(.backlog, 12)
    try county.run(.seconds(2))
    county.session.hurry(at: county.now)
    #expect(try county.run(atMost: .seconds(1)) { county.hasAll })
  }

  @Test("a hub that begins to work after the connection is asked at once when a person hurries")
  func hurriedHello() throws {
    let county = try SimulatedCounty(seed: 16)
    county.isHubSilent = true
    county.write(.backlog, 100)
    county.write(.alarm, 3)
    try county.run(.seconds(20))
    #expect(county.sent.map(\.lane) == [.alarm])
    county.isHubSilent = false
    county.session.hurry(at: county.now)
    #expect(try county.run(atMost: .seconds(2)) { county.hasAll })
  }

  @Test("alarms that were sent before the hub's first answer, and of which it knows nothing, hold nothing up for long")
  func lostAlarms() throws {
    let county = try SimulatedCounty(seed: 17)
    county.batchesToLose = 1
    county.write(.alarm, 3)
    county.write(.live, 500)
    try county.run(atMost: .minutes(1)) { county.isConnected }
    #expect(try county.run(atMost: LaneProgress.doubtTime + .seconds(2)) { county.hasAll })
    let alarms = county.sent.filter { $0.lane == .alarm }
    #expect(alarms.count == 2)
    // Until then they may be on their way through another worker.
    #expect(zip(alarms, alarms.dropFirst()).allSatisfy { $0.at.duration(to: $1.at) >= LaneProgress.doubtTime })
    // Nothing was late: the window grows from there as it always does.
    #expect(county.session.status(at: county.now, wall: county.wall).window > 2)
  }

  @Test("a link without any answer for half an hour is given up, an idle one is not")
  func silence() throws {
    let county = try SimulatedCounty(seed: 7)
    county.write(.backlog, 100)
    try county.run(.hours(5))
    #expect(county.attempts.count == 1)
    county.isHubSilent = true
    county.write(.alarm, 1)
    try county.run(.minutes(40))
    #expect(county.attempts.count >= 2)
  }

  @Test("ten million records that wait take no memory of the session, and few steps")
  func manyRecords() throws {
    let county = try SimulatedCounty(seed: 8, trouble: Trouble(loss: 0.02))
    county.write(.backlog, 10_000_000)
    var most = 0
    let isDone = try county.run(atMost: .hours(12)) {
      most = max(most, county.session.placesHeld)
      return county.hasAll
    }
    #expect(isDone)
    #expect(most < 200, "\(most) ranges")
  }
}

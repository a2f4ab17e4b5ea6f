// Everything reaches the hub in the end, whatever network, broker and hub do.

import Climate
import Controller
import Simulator
import SyncProtocol
import Testing

@testable import Uplink

@Suite("Uplink session in trouble")
struct TroubleTests {
  private func survive(_ trouble: Trouble, seeds: Range<UInt64> = 0..<6, recordsPerHour: Int64 = 2_000) throws {
    for seed in seeds {
      let county = try SimulatedCounty(seed: seed, trouble: trouble)
      for lane in Lane.allCases { county.write(lane, Int64(seed) * 7_000 % 60_000) }
      for _ in 0..<24 {
        for lane in Lane.allCases { county.write(lane, lane == .backlog ? recordsPerHour : recordsPerHour / 100) }
        if seed % 3 == 0, county.random.uniform() < 0.2 { try county.restart() }
        try county.run(.minutes(30))
        if county.random.uniform() < 0.3 { county.write(.alarm, 1) }
        try county.run(.minutes(30))
      }
      county.trouble = Trouble()
      county.isHubSilent = false
      #expect(try county.run(atMost: .hours(3)) { county.hasAll }, "seed \(seed)")
      // What the log believes is what the database has.
      try county.run(.minutes(30))
      for lane in Lane.allCases {
        let newest = county.newest[lane] ?? 0
        #expect(county.remembered[lane]?.through ?? 0 == newest, "seed \(seed), \(lane)")
        #expect(newest == 0 || county.remembered[lane]?.database == county.database.identity)
      }
    }
  }

  @Test("a broker that takes messages and loses them")
  func loss() throws { try survive(Trouble(loss: 0.3)) }

  @Test("messages that come twice, and overtake each other")
  func reordering() throws { try survive(Trouble(twice: 0.3, delay: .seconds(9))) }

  @Test("connections that are cut every few minutes")
  func cuts() throws { try survive(Trouble(loss: 0.05, cut: .minutes(4))) }

  @Test("a database that is restored from an older dump, with another identity")
  func restored() throws { try survive(Trouble(restore: .hours(3))) }

  @Test("a database that is restored from an older dump, with the same identity")
  func restoredSilently() throws { try survive(Trouble(restore: .hours(3), keepsIdentity: true)) }

  @Test("hubs that fall silent for hours")
  func outages() throws { try survive(Trouble(outage: .hours(2))) }

  @Test("all of it at once")
  func all() throws {
    try survive(
      Trouble(loss: 0.1, twice: 0.1, delay: .seconds(5), cut: .minutes(20), restore: .hours(5), outage: .hours(3)),
      seeds: 100..<108)
  }

  @Test("answers that overtake each other do not make it send again what the hub has")
  func overtaken() throws {
    let county = try SimulatedCounty(seed: 1, trouble: Trouble(delay: .seconds(2)))
    county.write(.backlog, 2_000_000)
    #expect(try county.run(atMost: .hours(1)) { county.hasAll })
    let records = county.sent.reduce(Int64(0)) { $0 + $1.range.upperBound - $1.range.lowerBound + 1 }
    #expect(records == 2_000_000)
    #expect(county.session.status(at: county.now, wall: county.wall).rewinds == 0)
  }

  @Test("a hub that has more than the log begins another install, and all goes under it; at most one an hour")
  func behind() throws {
    let county = try SimulatedCounty(seed: 2)
    county.write(.backlog, 1_000)
    county.database.records[county.install] = [.backlog: SequenceSet(from: 1, through: 5_000, without: [])]
    #expect(try county.run(atMost: .minutes(5)) { county.installs == [.behind] && county.hasAll })
    county.lie = {
      var answer = $0
      answer.isFork = true
      return answer
    }
    county.write(.alarm, 1)
    try county.run(.minutes(10))
    #expect(county.installs == [.behind])
    #expect(county.session.status(at: county.now, wall: county.wall).hold == .forked)
    try county.run(.hours(2))
    #expect(county.hasAll)
    #expect(county.session.status(at: county.now, wall: county.wall).hold == nil)
  }

  @Test("a fork begins another install, and what was acknowledged to the old one goes again")
  func fork() throws {
    let county = try SimulatedCounty(seed: 3)
    county.write(.backlog, 1_000)
    #expect(try county.run(atMost: .minutes(5)) { county.hasAll })
    county.lie = {
      var answer = $0
      answer.isFork = true
      return answer
    }
    county.write(.alarm, 1)
    #expect(try county.run(atMost: .minutes(5)) { county.installs == [.fork] && county.hasAll })
  }

  @Test("answers for another install, and answers that say nothing new, change nothing")
  func otherInstall() throws {
    let county = try SimulatedCounty(seed: 4)
    county.write(.backlog, 100)
    #expect(try county.run(atMost: .minutes(5)) { county.hasAll })
    try county.run(.seconds(5))
    let foreign = Acknowledgement(
      database: DatabaseID(), install: InstallID(), lane: .backlog, through: 0, top: 0, window: 1, now: 0)
    #expect(county.session.take(foreign, at: county.now) == [])
    let again = county.database.answer(county.install, .backlog, window: 16)
    #expect(county.session.take(again, at: county.now) == [])
  }
}

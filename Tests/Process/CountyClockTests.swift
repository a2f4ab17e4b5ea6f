// A shed whose clock was never right at the start of a boot: the county has its records in order, with their times.

import Climate
import Controller
import Foundation
import GRDB
import Journal
import LocalService
import Platform
import Servers
import Testing

import enum Controller.Record

@Suite(
  "Clocks that were wrong",
  .enabled(
    if: Built.isThere && FileManager.default.fileExists(atPath: MosquittoBroker.program),
    "run by ./dev test, which builds what they start"))
struct CountyClockTests {
  private static let minute: Int64 = 60_000
  private static let year: Int64 = 365 * 86_400_000
  /// Steps before the clock became right, and after.
  private static let steps = (wrong: 20, right: 10)

  private struct Boot {
    var name: String
    /// Real time of its first step, ms since 1970.
    var begin: Int64
    /// What its clock said of that.
    var believed: Int64
    var trust: ClockTrust
  }

  /// Writes steps of a boot whose clock is wrong until a time server sets it.
  private func write(_ boot: Boot, to directory: String) throws {
    func stamp(_ step: Int) -> Stamp {
      let isRight = step >= Self.steps.wrong
      let wall = (isRight ? boot.begin : boot.believed) + Int64(step) * Self.minute
      return Stamp(
        at: Instant(seconds: 12 + 60 * Double(step)),
        wall: WallTime(unixMilliseconds: wall, trust: isRight ? .trusted : boot.trust))
    }
    let journal = Journal(
      directory: directory, names: JournalNames(channels: ["north.temperature"], outputs: []), boot: boot.name,
      settings: JournalSettings(hasUplink: true), now: stamp(0).at, wall: stamp(0).wall)
    for step in 0..<Self.steps.wrong + Self.steps.right {
      var records: [Record] = [
        .sample(stamp(step), channel: ChannelID(0), value: Double(step), quality: .good),
        .event(stamp(step), kind: .overrideSet, subject: "heater", detail: "\(step)", by: nil),
      ]
      if step == Self.steps.wrong {
        records.append(
          .anchor(stamp(step), utc: boot.begin + Int64(step) * Self.minute, error: 20, source: .ntp))
      }
      journal.append(records)
      journal.tick(now: stamp(step).at, wall: stamp(step).wall)
    }
    try require(journal.flush(), "the log is not written")
    journal.close()
  }

  @Test("Boots at 1970, five years ahead, a year behind: the county has all in order, each record with its real time")
  func wrongClocks() async throws {
    try await Machine.shared {
      let day: Int64 = 86_400_000
      let begin = WallClock.unixMilliseconds() - 3 * day
      let boots = [
        Boot(name: "at-1970", begin: begin, believed: 5_000, trust: .unknown),
        Boot(name: "ahead", begin: begin + day, believed: begin + day + 5 * Self.year, trust: .freeRunning),
        Boot(name: "behind", begin: begin + 2 * day, believed: begin + 2 * day - Self.year, trust: .freeRunning),
      ]
      let broker = try MosquittoBroker()
      let rig = try Rig(
        RigConfiguration(uplink: "broker = \"mqtt://localhost:\(broker.port)\"\ndevice = \"rig\""))
      for boot in boots { try write(boot, to: rig.path("state").path) }
      let hub = try ServerProcess(
        try Built.program("bombyx-hub"),
        ["run", "--broker", "mqtt://localhost:\(broker.port)", "--sqlite", rig.path("hub.sqlite").path],
        log: rig.path("hub.log").path)
      try rig.startHeating()
      let count = boots.count * (Self.steps.wrong + Self.steps.right)
      try rig.eventually("the hub has what was written", within: 120) {
        let lanes = rig.status()?.sync?.lanes ?? []
        return ["alarm", "backlog"].allSatisfy { lane in
          lanes.contains { $0.lane == lane && $0.acknowledged >= count }
        }
      }
      hub.end(SIGTERM)
      let real = boots.flatMap { boot in
        (0..<Self.steps.wrong + Self.steps.right).map { boot.begin + Int64($0) * Self.minute }
      }
      let database = try DatabaseQueue(path: rig.path("hub.sqlite").path)
      let samples = try database.read { db in
        try Row.fetchAll(db, sql: "SELECT at, wall FROM sample ORDER BY seq LIMIT ?", arguments: [count])
      }
      try require(samples.map { $0["at"] as Int64 } == real, "samples have other times: \(samples)")
      // What was believed then is kept.
      let firstOfBoots = stride(from: 0, to: count, by: Self.steps.wrong + Self.steps.right)
      try require(
        firstOfBoots.map { samples[$0]["wall"] as Int64 } == boots.map(\.believed), "what was believed is not kept")
      let events = try database.read { db in
        try Int64.fetchAll(
          db, sql: "SELECT at FROM entry WHERE type = 'event' AND kind = 'override-set' ORDER BY seq LIMIT ?",
          arguments: [count])
      }
      try require(events == real, "events have other times: \(events)")
    }
  }
}

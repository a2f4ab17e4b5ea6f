// From the sensor's bytes into the county's database: the real programs at both ends, and a real broker between them.

import Controller
import Foundation
import GRDB
import Journal
import LocalService
import Platform
import Servers
import Testing

@Suite(
  "A shed and its county",
  .enabled(
    if: Built.isThere && FileManager.default.fileExists(atPath: MosquittoBroker.program),
    "run by ./dev test, which builds what they start"))
struct CountyTests {
  private func hub(_ broker: MosquittoBroker, _ rig: Rig) throws -> ServerProcess {
    try ServerProcess(
      try Built.program("bombyx-hub"),
      ["run", "--broker", "mqtt://localhost:\(broker.port)", "--sqlite", rig.path("hub.sqlite").path],
      log: rig.path("hub.log").path)
  }

  private func call(_ rig: Rig, _ method: ServiceMethod, _ parameters: ServiceParameters? = nil) throws {
    let client = try ServiceClient(socket: rig.path("bombyxd.sock").path)
    _ = try client.call(method, parameters, returning: Acknowledgement.self)
  }

  /// An override: what people do is written at once, and takes along all samples before it.
  private func doSomething(_ rig: Rig) throws {
    var parameters = ServiceParameters()
    (parameters.output, parameters.demand, parameters.duration) = ("exhaust", 1, 60)
    try call(rig, .override, parameters)
  }

  /// Waits until the hub has all that the log had when this was called.
  private func awaitHub(_ rig: Rig, samples: Int64) throws -> SyncMessage {
    try doSomething(rig)
    var last: SyncMessage?
    var nextCall = MonotonicTime.now()
    try rig.eventually("the hub has what the log had", within: 120) {
      // Again and again: the hub may not have been there when it was said first.
      if MonotonicTime.now() >= nextCall {
        nextCall = MonotonicTime.now() + 1_000_000_000
        try call(rig, .syncNow)
      }
      last = rig.status()?.sync
      let backlog = last?.lanes.first { $0.lane == "backlog" }
      return backlog.map { $0.acknowledged > samples } ?? false
    }
    return try #require(last)
  }

  private struct Sample: Equatable {
    var channel: String
    var wall: Int64
    var value: Int64?
    var quality: Int64
  }

  private func samplesOfHub(_ rig: Rig) throws -> [Sample] {
    let database = try DatabaseQueue(path: rig.path("hub.sqlite").path)
    return try database.read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT sample.seq, channel.name, wall, value, quality FROM sample JOIN channel ON channel.id = sample.channel
          ORDER BY sample.seq
          """)
      // Without a gap, and each once.
      #expect(rows.map { $0[0] as Int } == Array(1...max(rows.count, 1)))
      return rows.map { Sample(channel: $0[1], wall: $0[2], value: $0[3], quality: $0[4]) }
    }
  }

  private func samplesOfLog(_ rig: Rig, _ count: Int) throws -> [Sample] {
    let reader = try JournalReader(directory: rig.path("state").path)
    return try reader.samples(of: reader.channels(), limit: .first(count)).map { row in
      Sample(
        channel: row.channel, wall: row.stamp.wall.unixMilliseconds,
        value: row.value.map { Int64(($0 * 10_000).rounded()) },
        quality: Int64(row.quality.rawValue))
    }
  }

  @Test("The county has every sample of the log once, although hub, controller and broker were killed on the way")
  func everySampleOnce() async throws {
    try await Machine.shared {
      let broker = try MosquittoBroker()
      let rig = try Rig(
        RigConfiguration(uplink: "broker = \"mqtt://localhost:\(broker.port)\"\ndevice = \"rig\""))
      try rig.startHeating()
      var hub = try hub(broker, rig)
      var sync = try awaitHub(rig, samples: 0)

      hub.end()
      rig.reapController()
      try rig.startController()
      try rig.status("the controller is back") { $0.sync != nil }
      broker.end()
      try doSomething(rig)
      try broker.start()
      hub = try self.hub(broker, rig)
      let before = try #require(sync.lanes.first { $0.lane == "backlog" }).newest
      sync = try awaitHub(rig, samples: before)
      hub.end(SIGTERM)

      let samples = try samplesOfHub(rig)
      #expect(samples.count > Int(before))
      #expect(try samplesOfLog(rig, samples.count) == samples)
    }
  }
}

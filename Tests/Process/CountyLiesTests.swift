// Brokers that say "taken" and keep nothing, and databases that go back: nothing is forgotten by the shed that the county does not hold.

import Foundation
import GRDB
import Journal
import LocalService
import Platform
import Servers
import Testing

@Suite(
  "Brokers that lie, and databases that go back",
  .enabled(
    if: Built.isThere && FileManager.default.fileExists(atPath: MosquittoBroker.program),
    "run by ./dev test, which builds what they start"))
struct CountyLiesTests {
  /// So many that they are not all there before somebody can strike.
  private static let days = 10

  private func county(_ broker: any Broker) throws -> CountyRig {
    let county = try CountyRig(History.of(days: Self.days), broker: broker)
    try county.rig.startHeating()
    return county
  }

  private func requireAll(_ county: CountyRig) throws {
    try county.waitForAll(within: 300)
    try judge(county)
  }

  private func judge(_ county: CountyRig) throws {
    county.rig.reapController()
    county.endWorkers(SIGTERM)
    try county.requireSameRows()
  }

  /// The broker takes what nobody hears, and what hangs between it and a worker that then dies.
  private func lie(_ county: CountyRig) throws {
    let waiting = { county.proxy.bytes.to }
    // Hellos and alarms go into the void.
    try county.rig.status("connected") { $0.sync?.isConnected == true }
    let before = waiting()
    try county.wait("alarms are sent to nobody", within: 60) { waiting() > before + 100 }
    try require(county.acknowledged("alarm") == 0, "acknowledged by nobody")
    // A worker that answers, until its database stands still: the broker acknowledges batches, and nobody holds them.
    try county.startWorkers()
    try county.wait("some has come", within: 120) { (county.progress ?? 0) > 0 }
    county.server.signal(SIGSTOP)
    let known = try #require(county.acknowledged("backlog"))
    try require(known < county.history.samples, "all was there before the database stood still")
    try county.wait("the shed sends no more without an answer, or believes that all is there", within: 120) {
      guard let sync = county.rig.status()?.sync else { return false }
      return sync.lanes.reduce(0) { $0 + $1.onTheWay } >= sync.window || county.progress ?? 0 >= 1
    }
    county.broker.end(SIGKILL)
    county.endWorkers()
    county.server.signal(SIGCONT)
    let held = try county.count("SELECT count(*) FROM hub.sample")
    try county.broker.start()
    try require(
      county.acknowledged("backlog").map { $0 <= held } ?? true, "acknowledged what the database does not hold")
    try county.startWorkers()
  }

  @Test("A mosquitto as it is by default, killed after it has acknowledged, loses nothing of the shed")
  func mosquitto() async throws {
    try await Machine.shared {
      let folder = try ScratchDirectory()
      let county = try county(
        MosquittoBroker(settings: ["persistence true", "persistence_location \(folder.path)/"]))
      try lie(county)
      try requireAll(county)
    }
  }

  @Test(
    "RabbitMQ takes the same devices and workers; what it acknowledges for nobody, and what dies with it, is not lost",
    .enabled(if: RabbitBroker.isThere, "rabbitmq-server is not installed"))
  func rabbit() async throws {
    try await Machine.shared {
      let county = try county(RabbitBroker())
      try lie(county)
      try requireAll(county)
    }
  }

  @Test(
    "NATS with JetStream takes the same devices and workers, and loses nothing when it is killed",
    .enabled(if: NATSBroker.isThere, "nats-server is not installed"))
  func nats() async throws {
    try await Machine.shared {
      let county = try county(NATSBroker())
      try lie(county)
      try requireAll(county)
    }
  }

  @Test(
    "A PostgreSQL that is restored from an older dump has all in the end, and the shed has deleted nothing that it needs"
  )
  func restored() async throws {
    try await Machine.shared {
      let county = try county(MosquittoBroker())
      try county.startWorkers()
      try county.wait("some has come", within: 120) { (county.progress ?? 0) > 0 }
      let dump = try county.server.dump(county.database)
      try county.waitForAll(within: 120)
      county.endWorkers()
      try county.server.restore(dump, as: county.database)
      try require(county.count("SELECT count(*) FROM hub.sample") < county.history.samples, "the dump is not older")
      try county.startWorkers()
      try county.wait("the shed has seen it", within: 120) { (county.rig.status()?.sync?.rewinds ?? 0) > 0 }
      try county.waitForAllAgain(within: 300)
      try judge(county)
    }
  }

  @Test("A SQLite file that is copied back from a backup has all in the end, once the hub has been told")
  func copiedBack() async throws {
    try await Machine.shared {
      let broker = try MosquittoBroker()
      let county = try county(broker)
      let (file, backup) = (county.rig.path("hub.sqlite").path, county.rig.path("backup.sqlite").path)
      func start() throws -> ServerProcess {
        try ServerProcess(
          try Built.program("bombyx-hub"), ["run", "--broker", "mqtt://127.0.0.1:\(broker.port)", "--sqlite", file],
          log: county.rig.path("hub.log").path)
      }
      func samples() throws -> [Int64] {
        try DatabaseQueue(path: file).read { try Int64.fetchAll($0, sql: "SELECT seq FROM sample ORDER BY seq") }
      }
      var hub = try start()
      try county.wait("some has come", within: 120) { (county.progress ?? 0) > 0 }
      hub.end(SIGTERM)
      try FileManager.default.copyItem(atPath: file, toPath: backup)
      let before = try samples().count
      hub = try start()
      try county.waitForAll(within: 120)
      hub.end(SIGTERM)
      for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
      try FileManager.default.copyItem(atPath: backup, toPath: file)
      try ServerProcess.run(try Built.program("bombyx-hub"), ["renew", "--sqlite", file])
      try require(samples().count == before, "the backup is another")
      hub = try start()
      try county.wait("the shed has seen it", within: 120) { (county.rig.status()?.sync?.rewinds ?? 0) > 0 }
      // Not what the controller says: of a lane that has not been answered since, it says what the former file had.
      try county.wait("the history is in the file again, without a gap", within: 300) {
        let held = try samples()
        return held.count >= county.history.samples && held == Array(1...Int64(held.count))
      }
      county.rig.reapController()
      hub.end(SIGTERM)
    }
  }
}

// Workers between a real broker and a real database.

import Foundation
import Glibc
import Logging
import MQTT
import Platform
import Servers
import Swarm
import SyncProtocol
import Testing

@testable import Hub

/// A worker in a thread of its own, until nobody holds it any more.
private final class RunningWorker {
  private let stop: [Int32]
  private let thread: Platform.Thread
  private let result = Result()

  private final class Result: @unchecked Sendable {
    var metrics = WorkerMetrics()
  }

  init(_ broker: MosquittoBroker, _ makeStore: @escaping @Sendable () -> any HubStore, metrics: String? = nil) throws {
    var pipe: [Int32] = [0, 0]
    guard Glibc.pipe(&pipe) == 0 else { throw ServerError("no pipe") }
    stop = pipe
    let settings = WorkerSettings(
      name: "worker", broker: MQTTSettings(host: "127.0.0.1", port: broker.port, client: ""), metrics: metrics)
    let (descriptor, result) = (pipe[0], result)
    thread = try Platform.Thread(name: "worker", stack: 8 * 1024 * 1024) {
      var log = Logger(label: "worker", factory: { _ in SwiftLogNoOpLogHandler() })
      log.logLevel = .critical
      let worker = Worker(settings, store: makeStore(), log: log)
      worker.run(stop: descriptor)
      result.metrics = worker.metrics
    }
  }

  /// Ends it and returns what it counted.
  func end() -> WorkerMetrics {
    _ = write(stop[1], [1], 1)
    thread.join()
    return result.metrics
  }

  deinit { for descriptor in stop { close(descriptor) } }
}

/// The real program, to be killed.
private enum HubProgram {
  static let path = ProcessInfo.processInfo.environment["BOMBYX_BIN_DIR"].map { $0 + "/bombyx-hub" }

  static func start(_ broker: MosquittoBroker, _ database: String, log: String) throws -> ServerProcess {
    guard let path else { throw ServerError("BOMBYX_BIN_DIR is not set; run ./dev test") }
    return try ServerProcess(
      path, ["run", "--broker", "mqtt://127.0.0.1:\(broker.port)", "--database", database, "--name", "w"], log: log)
  }
}

/// Hubs need more room than a broker gives by default.
private let roomy = ["persistence false", "max_queued_messages 0"]

@Suite("Workers")
struct WorkerTests {
  @Test("answer what is committed, and take all of a small site into one file")
  func servesSite() throws {
    let directory = try ScratchDirectory()
    let broker = try MosquittoBroker(settings: roomy)
    let file = directory.file("hub.sqlite")
    let worker = try RunningWorker(broker, { SQLiteStore(file) }, metrics: directory.file("hub.prom"))
    let swarm = try Swarm(
      (1...3).map { number in
        SwarmDevice(
          TrafficSource(
            device: try name("shed-\(number)"), counts: [.alarm: 20, .live: 30, .backlog: 2_000, .diagnostic: 50]),
          port: broker.port)
      })
    #expect(swarm.run(within: 120) { swarm.devices.allSatisfy(\.isDone) })
    let metrics = worker.end()
    #expect(metrics.stored == 3 * 2_100)
    #expect(metrics.forked == 0)
    for device in swarm.devices {
      #expect(device.answers.allSatisfy { $0.window > 0 && $0.now > 1_600_000_000_000 })
      for lane in Lane.allCases {
        let rows = try Expected.rows(of: device.source, lane) { try SQLiteFile.lines(file, $0) }
        #expect(rows == Expected.rows(of: device.source, lane))
      }
    }
    let text = try String(contentsOfFile: directory.file("hub.prom"), encoding: .utf8)
    #expect(text.contains("bombyx_hub_stored_records_total{worker=\"worker\"} 6300"))
  }

  @Test("are not kept from their work by messages that are none")
  func passesOverNonsense() throws {
    let directory = try ScratchDirectory()
    let broker = try MosquittoBroker(settings: roomy)
    let file = directory.file("hub.sqlite")
    let worker = try RunningWorker(broker, { SQLiteStore(file) })
    let source = TrafficSource(device: try name("shed-1"), counts: [.backlog: 100])
    let swarm = Swarm([SwarmDevice(source, port: broker.port)])
    // The worker is there when the device is served.
    #expect(swarm.run(within: 120) { swarm.devices[0].isDone })
    let rogue = try MQTTConnection(MQTTSettings(host: "127.0.0.1", port: broker.port, client: "rogue"))
    try eventually("the rogue is connected") { rogue.step(waiting: 50).contains(.connected) }
    let real = try source.batch(.backlog, 1...10).encoded()
    let nonsense: [(String, [UInt8])] = [
      ("bombyx/shed-1/up/backlog", []), ("bombyx/shed-1/up/backlog", [1, 2, 3]), ("bombyx/shed-2/up/backlog", real),
      ("bombyx/shed-1/up/live", real), ("bombyx/shed-1/up/nonsense", real), ("bombyx/SHED/up/backlog", real),
      ("bombyx/shed-1/up/reported", Array("{}".utf8)), ("bombyx/shed-1/state", Array("[]".utf8)),
      ("bombyx/shed-1/state", Array(#"{"a":"\u0000"}"#.utf8)),
    ]
    for (topic, payload) in nonsense { try rogue.publish(MQTTMessage(topic: topic, payload: payload)) }
    try eventually("the broker has them") {
      _ = rogue.step(waiting: 50)
      return rogue.unacknowledged == 0
    }
    swarm.devices[0].grow(.backlog, by: 50)
    #expect(swarm.run(within: 120) { swarm.devices[0].isDone })
    let metrics = worker.end()
    #expect(metrics.malformed == nonsense.count)
    #expect(metrics.stored == 150)
  }

  @Test("share the devices, and write every record once, whatever is killed", .enabled(if: HubProgram.path != nil))
  func survivesChaos() throws {
    let directory = try ScratchDirectory()
    let server = try PostgreSQLServer()
    let database = try server.makeDatabase()
    let broker = try MosquittoBroker(settings: roomy)
    func start(_ number: Int) throws -> ServerProcess {
      try HubProgram.start(broker, server.parameters(database), log: directory.file("worker-\(number).log"))
    }
    var workers = try (0..<2).map(start)
    var behaviour = SwarmBehaviour()
    (behaviour.batch, behaviour.duplicates, behaviour.shuffles) = (200, 0.2, true)
    let swarm = try Swarm(
      (1...8).map { number in
        SwarmDevice(
          TrafficSource(
            device: try name("shed-\(number)"), counts: [.alarm: 30, .live: 20, .backlog: 4_000, .diagnostic: 100]),
          port: broker.port, behaviour)
      })
    func share() -> Double {
      let all = swarm.devices.reduce(0.0) { $0 + Double($1.source.counts[.backlog] ?? 0) }
      return swarm.devices.reduce(0.0) { $0 + Double($1.held[.backlog]?.count ?? 0) } / all
    }
    let blows: [(Double, () throws -> Void)] = [
      (
        0.15,
        {
          workers[0].end()
          workers[0] = try start(0)
        }
      ),
      (
        0.3,
        {
          server.end()
          try server.start()
        }
      ),
      (
        0.45,
        {
          broker.end()
          try broker.start()
        }
      ),
      (0.6, { for device in swarm.devices.prefix(4) { device.cut() } }),
      (
        0.7,
        {
          workers[1].end()
          server.end()
          try server.start()
          workers[1] = try start(1)
        }
      ),
    ]
    for (begin, blow) in blows {
      #expect(swarm.run(within: 180) { share() >= begin }, "\(share()) of \(begin)")
      try blow()
    }
    #expect(swarm.run(within: 240) { swarm.devices.allSatisfy(\.isDone) }, "\(share())")
    for device in swarm.devices {
      for lane in Lane.allCases {
        let rows = try Expected.rows(of: device.source, lane) { try server.sql($0, in: database) }
        #expect(rows == Expected.rows(of: device.source, lane), "\(device.source.device) \(lane)")
      }
    }
    #expect(try server.sql("SELECT count(*) FROM hub.fork", in: database) == ["0"])
    #expect(try server.sql("SELECT count(*) FROM hub.gaps", in: database) == ["0"])
    func present() throws -> [String] {
      try server.sql("SELECT count(*) FROM hub.worker WHERE seen > now() - interval '10 s'", in: database)
    }
    // Those that were killed have said nothing of it: they are only not seen any more.
    #expect(swarm.run(within: 60) { (try? present()) == ["2"] })
    for worker in workers { worker.end(SIGTERM) }
    #expect(try present() == ["0"])
  }
}

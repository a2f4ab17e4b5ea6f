// A shed that comes back after a long time offline, and its county: real programs, real broker, real PostgreSQL.

import Foundation
import LocalService
import Platform
import Servers
import Synchronization
import Testing

/// How much is drained: little with every `./dev test`, ninety days with `./dev county-drain`.
enum DrainEffort {
  private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }

  static let days = number("BOMBYX_DRAIN_DAYS") ?? 3
  static let runs = number("BOMBYX_DRAIN_RUNS") ?? 1
  static let seed = UInt64(number("BOMBYX_DRAIN_SEED") ?? 1)
  /// Whether times count: programs that are built for release, and no other tests beside.
  static let isFull = number("BOMBYX_DRAIN_DAYS") != nil
}

/// A log with days of records that nobody has sent, written once and copied for each shed.
final class History: Sendable {
  private static let known = Mutex<[Int: History]>([:])

  let directory: String
  /// Sequence of the newest record of each lane.
  let newest: [String: Int64]

  /// The history of so many days.
  static func of(days: Int) throws -> History {
    try known.withLock { known in
      if let history = known[days] { return history }
      // Nothing releases a static variable when a process ends.
      if known.isEmpty { atexit { History.removeAll() } }
      let history = try History(days: days)
      known[days] = history
      return history
    }
  }

  private static func removeAll() {
    for history in known.withLock({ $0.values }) {
      try? FileManager.default.removeItem(atPath: (history.directory as NSString).deletingLastPathComponent)
    }
  }

  private init(days: Int) throws {
    directory = try Rig.makeDirectory().path + "/log"
    let text = try ServerProcess.run(try Built.program("filled-log"), ["fill", directory, "--days", "\(days)"])
    newest = text.split(separator: "\n").reduce(into: [:]) { newest, line in
      let words = line.split(separator: " ")
      if words.count == 2 { newest[String(words[0])] = Int64(words[1]) }
    }
    try require(newest.count == 4, "what filled-log says: \(text)")
  }

  var records: Int64 { newest.values.reduce(0, +) }
  var samples: Int64 { newest["backlog"] ?? 0 }
}

/// Whom shed and workers trust, and as whom they come.
struct CountyTLS {
  let authority: String
  let device: (certificate: String, key: String)
  let hub: (certificate: String, key: String)

  func uplink(port: UInt16) -> String {
    """
    broker = "mqtts://localhost:\(port)"
    device = "rig"
    ca = "\(authority)"
    certificate = "\(device.certificate)"
    key = "\(device.key)"
    """
  }

  func options(port: UInt16) -> [String] {
    ["--broker", "mqtts://localhost:\(port)", "--ca", authority, "--certificate", hub.certificate, "--key", hub.key]
  }
}

/// A shed, its link, a broker, a database and workers.
final class CountyRig {
  /// The tables of the lanes, and what makes their rows the same as the log's.
  private static let tables: [(lane: String, table: String, columns: String, order: String)] = [
    (
      "alarm", "entry",
      "type, kind, subject, severity, transition, value, person, detail, utc, error, source", ""
    ),
    (
      "live", "mean",
      "length, (SELECT name FROM hub.channel c WHERE c.id = r.channel), mean, minimum, maximum, good, bad",
      ", (SELECT name FROM hub.channel c WHERE c.id = r.channel) COLLATE \"C\""
    ),
    ("backlog", "sample", "(SELECT name FROM hub.channel c WHERE c.id = r.channel), value, quality", ", at"),
    (
      "diagnostic", "decision",
      "output, is_on, round(demand * 1e6)::bigint, rule, channel, value, setpoint, held_by, until_mono", ", at"
    ),
  ]

  let rig: Rig
  let broker: any Broker
  let proxy: TCPProxy
  let server: PostgreSQLServer
  let history: History
  let database: String
  private(set) var workers: [ServerProcess?]
  private let tls: CountyTLS?

  /// A shed with a history, offline: broker and database serve, workers do not.
  init(_ history: History, broker: any Broker, workers: Int = 1, tls: CountyTLS? = nil) throws {
    (self.history, self.broker, self.tls) = (history, broker, tls)
    proxy = try TCPProxy(to: broker.port)
    server = try PostgreSQLServer()
    database = try server.makeDatabase()
    self.workers = Array(repeating: nil, count: workers)
    rig = try Rig(
      RigConfiguration(
        uplink: tls?.uplink(port: proxy.port) ?? "broker = \"mqtt://localhost:\(proxy.port)\"\ndevice = \"rig\""))
    for file in try FileManager.default.contentsOfDirectory(atPath: history.directory) {
      try FileManager.default.copyItem(
        atPath: "\(history.directory)/\(file)", toPath: rig.path("state").path + "/\(file)")
    }
  }

  // MARK: The hub

  /// - Parameter other: another broker than the shed's.
  func startWorker(_ number: Int, broker other: (any Broker)? = nil) throws {
    let port = (other ?? broker).port
    workers[number] = try ServerProcess(
      try Built.program("bombyx-hub"),
      ["run", "--database", server.parameters(database), "--name", "worker-\(number)"]
        + (tls?.options(port: port) ?? ["--broker", "mqtt://127.0.0.1:\(port)"]),
      log: rig.path("worker-\(number).log").path)
  }

  func startWorkers() throws { for number in workers.indices { try startWorker(number) } }

  func endWorker(_ number: Int, _ signal: Int32 = SIGKILL) {
    workers[number]?.end(signal)
    workers[number] = nil
  }

  func endWorkers(_ signal: Int32 = SIGKILL) { for number in workers.indices { endWorker(number, signal) } }

  func count(_ query: String) throws -> Int64 {
    let lines = try server.sql(query, in: database)
    return try #require(lines.first.flatMap { Int64($0) })
  }

  // MARK: The shed

  /// Has everything that waits sent now. Nothing if the controller is not there to hear it.
  func hurry() {
    guard let client = try? ServiceClient(socket: rig.path("bombyxd.sock").path) else { return }
    _ = try? client.call(.syncNow, nil, returning: Acknowledgement.self)
  }

  /// What the database has acknowledged of a lane, as the controller says.
  func acknowledged(_ lane: String) -> Int64? {
    rig.status()?.sync?.lanes.first { $0.lane == lane }?.acknowledged
  }

  /// Share of the history's samples that the database has.
  var progress: Double? {
    acknowledged("backlog").map { Double($0) / Double(max(1, history.samples)) }
  }

  /// Waits until something is so, without keeping the processors from those who work.
  func wait(_ what: String, within seconds: Double, hurrying: Bool = true, _ isSo: () throws -> Bool) throws {
    let deadline = MonotonicTime.now() + Int64(seconds * 1e9)
    var nextHurry = MonotonicTime.now()
    while try !isSo() {
      let now = MonotonicTime.now()
      guard now < deadline else {
        let said = workers.indices.map { rig.log(of: "worker-\($0)").suffix(2_000) }.joined(separator: "\n")
        throw RigError(
          description: "not within \(seconds) s: \(what); \(String(describing: rig.status()?.sync))\n\(said)\n"
            + "\(rig.log(of: "bombyxd").suffix(2_000))")
      }
      if hurrying, now >= nextHurry {
        hurry()
        nextHurry = now + 1_000_000_000
      }
      MonotonicTime.sleep(until: now + 50_000_000)
    }
  }

  /// Waits until the database has what the log had when it was filled.
  func waitForAll(within seconds: Double, hurrying: Bool = true) throws {
    try wait("the history is in the database", within: seconds, hurrying: hurrying) {
      guard let lanes = rig.status()?.sync?.lanes else { return false }
      return lanes.allSatisfy { $0.acknowledged >= history.newest[$0.lane] ?? .max }
    }
  }

  /// Waits until the database has it again after it has gone back, and what the shed has measured since, without a gap: the newest comes
  /// first. What the controller says will not do here: of a lane that has not been answered since, it says what the former database had.
  func waitForAllAgain(within seconds: Double) throws {
    try wait("the history is in the database again", within: seconds) {
      try Self.tables.allSatisfy { lane, table, _, _ in
        let whole = "max(seq) >= \(history.newest[lane] ?? .max) AND max(seq) = count(DISTINCT seq)"
        return try count("SELECT count(*) FROM (SELECT 1 FROM hub.\(table) HAVING \(whole)) t") == 1
      }
    }
  }

  // MARK: The judgement

  /// The database has each record of the log once, without a gap from the first to the end of the history at least, with the log's
  /// content. After that a record may be missing below one that is there: a lane that sends its newest first was ended with the controller.
  /// The controller must have ended.
  /// - Returns: how many records were compared.
  @discardableResult
  func requireSameRows() throws -> Int64 {
    try require(count("SELECT count(*) FROM hub.install") == 1, "more than one install")
    try require(count("SELECT count(*) FROM hub.fork") == 0, "records came with other content")
    try require(count("SELECT count(*) FROM hub.loss") == 0, "records are said to be lost")
    let folder = try ScratchDirectory()
    // The server writes nothing there; psql does, as this user.
    var counts: [String: Int64] = [:]
    for (lane, table, columns, order) in Self.tables {
      // Sequences begin at 1: up to the first gap each is as great as its rank.
      let whole = try count(
        "SELECT coalesce(max(seq), 0) FROM (SELECT seq, dense_rank() OVER (ORDER BY seq) place FROM hub.\(table)) t "
          + "WHERE seq = place")
      try require(
        whole >= history.newest[lane] ?? .max, "\(lane): without a gap \(whole) of \(history.newest[lane] ?? 0)")
      counts[lane] = whole
      try server.copy(
        "SELECT seq, (SELECT name FROM hub.boot b WHERE b.id = r.boot), mono, wall, trust, \(columns) FROM hub.\(table) r "
          + "WHERE seq <= \(whole) ORDER BY seq\(order)", to: folder.file("\(lane).hub"), in: database)
    }
    try ServerProcess.run(
      try Built.program("filled-log"),
      ["rows", rig.path("state").path, history.directory, folder.path] + counts.map { "\($0.key)=\($0.value)" })
    for (lane, _, _, _) in Self.tables {
      let (log, hub) = (folder.file("\(lane).log"), folder.file("\(lane).hub"))
      guard !FileManager.default.contentsEqual(atPath: log, andPath: hub) else { continue }
      let difference = try ServerProcess.run("/bin/sh", ["-c", "diff \(log) \(hub) | head -n 20"])
      throw RigError(description: "\(lane) differs, log < and database >:\n\(difference)")
    }
    return counts.values.reduce(0, +)
  }
}

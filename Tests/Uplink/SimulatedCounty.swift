// A device's session with a county that lies, on virtual time.

import Climate
import Controller
import Simulator
import SyncProtocol
import Testing

@testable import Uplink

/// What the network and the county do wrong.
struct Trouble {
  /// Share of messages that the broker takes and loses.
  var loss = 0.0
  /// Share of messages that come twice.
  var twice = 0.0
  /// Longest time of a message on its way; each takes another, so that they overtake each other.
  var delay = Duration.milliseconds(80)
  /// Mean time between the ends of connections; `nil` for none.
  var cut: Duration?
  /// Mean time between restores of the hub's database from an older dump; `nil` for none.
  var restore: Duration?
  /// Whether a restored database keeps its identity, as one does whose keeper forgot to draw another.
  var keepsIdentity = false
  /// Mean time between hours in which the hub does not answer; `nil` for none.
  var outage: Duration?
}

/// A hub's database.
struct SimulatedDatabase {
  var identity = DatabaseID()
  var records: [InstallID: [Lane: SequenceSet]] = [:]

  func answer(_ install: InstallID, _ lane: Lane, window: Int64) -> Acknowledgement {
    let set = records[install]?[lane] ?? SequenceSet()
    let ranges = set.ranges
    let through = ranges.first.map { $0.lowerBound == 1 ? $0.upperBound : 0 } ?? 0
    let top = ranges.last?.upperBound ?? 0
    var gaps: [ClosedRange<Int64>] = []
    var next = through + 1
    for range in ranges where range.lowerBound > through {
      if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
      next = range.upperBound + 1
    }
    return Acknowledgement(
      database: identity, install: install, lane: lane, through: through, top: max(top, through), gaps: gaps,
      window: window, now: 0)
  }
}

/// A device, a network and a hub.
final class SimulatedCounty {
  var now = Instant(seconds: 1_000)
  var wall = WallTime(unixMilliseconds: 1_800_000_000_000, trust: .trusted)
  var session: UplinkSession
  let settings: UplinkSettings
  var trouble: Trouble
  var random: SeededGenerator

  /// The log.
  var install = InstallID()
  var newest: [Lane: Int64] = [:]
  var remembered: [Lane: (through: Int64, database: DatabaseID)] = [:]

  /// The hub.
  var database = SimulatedDatabase()
  var dump = SimulatedDatabase()
  var hubWindow: Int64 = 16
  var isHubSilent = false
  var isNetworkUp = true
  /// How many of the batches that come next the broker takes and loses.
  var batchesToLose = 0
  /// Answers this instead of what its database says, once.
  var lie: ((Acknowledgement) -> Acknowledgement)?

  /// What was seen.
  private(set) var sent: [(at: Instant, lane: Lane, range: ClosedRange<Int64>)] = []
  private(set) var hellos: [(at: Instant, lane: Lane)] = []
  private(set) var attempts: [Instant] = []
  private(set) var installs: [InstallReason] = []
  private(set) var isConnected = false

  private enum Message {
    case batch(InstallID, Lane, ClosedRange<Int64>)
    case hello(InstallID, Lane)
    case answer(Acknowledgement)
    case connected
  }

  private var onTheWay: [(due: Instant, connection: Int, message: Message)] = []
  private var connection = 0

  init(seed: UInt64, settings: UplinkSettings = UplinkSettings(), trouble: Trouble = Trouble()) throws {
    random = SeededGenerator(seed: seed)
    (self.settings, self.trouble) = (settings, trouble)
    session = UplinkSession(device: try #require(DeviceName("shed-\(seed)")), settings: settings, now: now)
  }

  /// The log gets records.
  func write(_ lane: Lane, _ count: Int64) { newest[lane, default: 0] += count }

  var hasAll: Bool {
    Lane.allCases.allSatisfy { lane in
      let newest = newest[lane] ?? 0
      return newest == 0 || database.records[install]?[lane]?.contains(1...newest) == true
    }
  }

  /// The daemon is started again: the session knows what the log remembers, and nothing else.
  func restart() throws {
    session = UplinkSession(device: try #require(DeviceName("shed")), settings: settings, now: now)
    (isConnected, connection) = (false, connection + 1)
  }

  func cut() {
    guard isConnected else { return }
    (isConnected, connection) = (false, connection + 1)
    session.disconnected(at: now)
  }

  // MARK: Time

  /// Runs for a while.
  func run(_ time: Duration) throws { try run(until: now.advanced(by: time)) { false } }

  /// Runs until something is so, at most so long.
  /// - Returns: whether it came about.
  @discardableResult
  func run(atMost time: Duration, until isSo: () -> Bool) throws -> Bool {
    try run(until: now.advanced(by: time), isSo)
    return isSo()
  }

  private func run(until end: Instant, _ isSo: () -> Bool) throws {
    var steps = 0
    var last = now
    while now < end, !isSo() {
      report()
      steps = now == last ? steps + 1 : 0
      last = now
      try #require(steps < 500, "the session wants something again and again at the same time")
      var wake = end
      switch session.next(at: now, wall: wall) {
      case .connect: connect()
      case .disconnect: cut()
      case .hello(let lane, let first):
        #expect(first == (newest[lane] ?? 0) + 1)
        hellos.append((now, lane))
        put(.hello(install, lane))
        session.sentOther(bytes: 90)
        continue
      case .batch(let lane, let range):
        try batch(lane, range)
        continue
      case .wait(let until): wake = min(wake, until)
      }
      wake = min(wake, onTheWay.map(\.due).min() ?? end, now.advanced(by: .seconds(10)))
      let step = now.duration(to: max(wake, now.advanced(by: .milliseconds(1))))
      now = now.advanced(by: step)
      wall.unixMilliseconds += step.nanoseconds / 1_000_000
      happen(step)
      deliver()
    }
  }

  private func report() {
    var standings: [Lane: LaneStanding] = [:]
    for lane in Lane.allCases {
      let known = remembered[lane]
      standings[lane] = LaneStanding(
        newest: newest[lane] ?? 0, through: known?.through ?? 0, database: known?.database)
    }
    session.take(install: install, lanes: standings, at: now)
  }

  private func batch(_ lane: Lane, _ range: ClosedRange<Int64>) throws {
    try #require(isConnected, "a batch without a connection")
    try #require(range.lowerBound >= 1 && range.upperBound <= newest[lane] ?? 0, "records that the log does not have")
    // Not always as many fit as were asked for.
    let fit = random.uniform() < 0.1 ? range.lowerBound...Int64.random(in: range, using: &random) : range
    sent.append((now, lane, fit))
    if batchesToLose > 0 { batchesToLose -= 1 } else { put(.batch(install, lane, fit)) }
    session.sent(lane, range: fit, bytes: Int(fit.count) * 3, at: now)
    let standing = session.status(at: now, wall: wall)
    let onTheWay = standing.lanes.reduce(0) { $0 + $1.onTheWay }
    try #require(onTheWay <= standing.window + 1 && onTheWay <= settings.window + 1)
  }

  private func connect() {
    attempts.append(now)
    guard isNetworkUp else { return session.disconnected(at: now) }
    connection += 1
    onTheWay.append((now.advanced(by: .milliseconds(50)), connection, .connected))
  }

  private func put(_ message: Message) {
    guard random.uniform() >= trouble.loss else { return }
    for _ in 0..<(random.uniform() < trouble.twice ? 2 : 1) {
      onTheWay.append((now.advanced(by: trouble.delay * random.uniform()), connection, message))
    }
  }

  private func deliver() {
    let due = onTheWay.filter { $0.due <= now }.sorted { $0.due < $1.due }
    onTheWay.removeAll { $0.due <= now }
    for (_, connection, message) in due {
      switch message {
      case .connected where connection == self.connection:
        isConnected = true
        session.connected(at: now)
      case .connected: break
      case .batch(let install, let lane, let range):
        guard !isHubSilent else { continue }
        database.records[install, default: [:]][lane, default: SequenceSet()].insert(range)
        answer(install, lane)
      case .hello(let install, let lane):
        if !isHubSilent { answer(install, lane) }
      case .answer(let answer):
        // The session is clean: answers to an earlier connection are gone.
        guard connection == self.connection, isConnected else { continue }
        take(answer)
      }
    }
  }

  private func answer(_ install: InstallID, _ lane: Lane) {
    var answer = database.answer(install, lane, window: hubWindow)
    if let lie {
      answer = lie(answer)
      self.lie = nil
    }
    put(.answer(answer))
  }

  private func take(_ answer: Acknowledgement) {
    for effect in session.take(answer, at: now) {
      switch effect {
      case .remember(let lane, let through, let database):
        // Nothing may be forgotten that no database has ever said it holds.
        if database == answer.database, through > answer.through {
          let said = SequenceSet(from: answer.through + 1, through: answer.top, without: answer.gaps)
          #expect(said.contains(answer.through + 1...through) || remembered[lane]?.database == database)
        }
        remembered[lane] = (through, database)
      case .beginInstall(let reason):
        installs.append(reason)
        install = InstallID()
        remembered = [:]
      }
    }
  }

  /// What happens by chance in a stretch of time.
  private func happen(_ step: Duration) {
    func comes(_ mean: Duration?) -> Bool { mean.map { random.uniform() < step / $0 } ?? false }
    if comes(trouble.cut) { cut() }
    if comes(trouble.outage) { isHubSilent.toggle() }
    if let mean = trouble.restore {
      if comes(mean) {
        let identity = trouble.keepsIdentity ? dump.identity : DatabaseID()
        database = dump
        database.identity = identity
      }
      if comes(mean * 0.5) { dump = database }
    }
  }
}

extension ClosedRange<Int64> {
  fileprivate var count: Int64 { upperBound - lowerBound + 1 }
}

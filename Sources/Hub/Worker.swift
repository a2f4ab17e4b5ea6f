// A worker: from the broker into the database, and the answers back.

import Glibc
public import Logging
public import MQTT
import Platform
import SyncProtocol

/// What a worker is told.
public struct WorkerSettings: Sendable {
  /// Its name, for people.
  public var name: String
  /// The broker. The client identity is the worker's own.
  public var broker: MQTTSettings
  /// File for Prometheus; `nil` for none.
  public var metrics: String?
  /// What the devices may have on the way.
  public var credit = Credit.Limits()

  /// Settings of a worker.
  public init(name: String, broker: MQTTSettings, metrics: String? = nil) {
    (self.name, self.broker, self.metrics) = (name, broker, metrics)
  }
}

/// One thread between broker and database, without any state of its own that matters: it may be killed at any time, and any number may run.
///
/// Every worker gets every message and takes those of its share of the devices (``Sharing``). Nothing is answered before its transaction is
/// committed; what gets lost before, the device sends again.
public final class Worker {
  private static let beatInterval: Int64 = 5_000_000_000
  private static let metricsInterval: Int64 = 15_000_000_000
  private static let resumeInterval: Int64 = 500_000_000
  private static let longestWait: Int64 = 1_000_000_000

  /// What it has counted.
  public private(set) var metrics = WorkerMetrics()

  private let id = WorkerID()
  private let settings: WorkerSettings
  private let store: any HubStore
  private let log: Logger

  private var connection: MQTTConnection?
  private var isSubscribed = false
  private var onlyIPv4 = false
  private var connectRetry = Retry()
  private var storeRetry = Retry()
  private var sharing = Sharing([])
  private var inbox = Inbox()
  private var credit: Credit
  /// What a lane's next record was to be when its device last said hello.
  private var next: [LaneKey: Int64] = [:]
  private var beatDue: Int64 = 0
  private var metricsDue: Int64 = 0
  private var resumeDue: Int64 = 0

  /// A worker between a broker and a database.
  public init(_ settings: WorkerSettings, store: any HubStore, log: Logger) {
    (self.settings, self.store, self.log) = (settings, store, log)
    credit = Credit(settings.credit)
  }

  /// Works until a descriptor becomes readable; then writes what it has, answers it, and takes its leave.
  public func run(stop: Int32) {
    var descriptor = pollfd(fd: stop, events: Int16(POLLIN), revents: 0)
    while poll(&descriptor, 1, 0) == 0 { turn(stop) }
    for _ in 0..<100 where inbox.count > 0 { if !flush(MonotonicTime.now()) { break } }
    try? store.leave(id)
    connection?.end()
    writeMetrics()
  }

  private func turn(_ stop: Int32) {
    let now = MonotonicTime.now()
    if connection == nil, now >= connectRetry.due { connect(now) }
    if now >= storeRetry.due {
      if isSubscribed, now >= beatDue { beat(now) }
      if let due = inbox.due, now >= due {
        // All that has come, before more is read: whatever waits at the broker waits there in its order, and nothing is turned away.
        while flush(MonotonicTime.now()), inbox.isFull {}
      }
      if credit.waitingLanes > 0, now >= resumeDue { resume(now) }
    }
    if now >= metricsDue {
      writeMetrics()
      metricsDue = now + Self.metricsInterval
    }
    let wait = max(0, nextDue(now) - MonotonicTime.now())
    let milliseconds = Int((wait + 999_999) / 1_000_000)
    if let connection {
      for event in connection.step(waiting: milliseconds, orReadable: [stop]) { handle(event) }
    } else {
      var descriptor = pollfd(fd: stop, events: Int16(POLLIN), revents: 0)
      _ = poll(&descriptor, 1, Int32(clamping: milliseconds))
    }
  }

  private func nextDue(_ now: Int64) -> Int64 {
    var due = min(now + Self.longestWait, metricsDue)
    if connection == nil { due = min(due, connectRetry.due) }
    if let flush = inbox.due { due = min(due, max(flush, storeRetry.due)) }
    if isSubscribed { due = min(due, max(beatDue, storeRetry.due)) }
    if credit.waitingLanes > 0 { due = min(due, max(resumeDue, storeRetry.due)) }
    return due
  }

  // MARK: - Broker

  private func connect(_ now: Int64) {
    var broker = settings.broker
    // Another one each time: a node of RabbitMQ that is down holds on to the queue of the last.
    broker.client = "bh-" + WorkerID().description.prefix(16)
    do {
      connection = try MQTTConnection(broker, onlyIPv4: onlyIPv4)
    } catch {
      log.critical("\(error.english)")
      connectRetry.failed(now)
    }
  }

  private func handle(_ event: MQTTEvent) {
    switch event {
    case .connected:
      do {
        try connection?.subscribe([Topic.allBatches, Topic.state.ofAllDevices])
      } catch {
        log.error("cannot subscribe: \(error.english)")
      }
    case .subscribed(let granted):
      guard granted.allSatisfy(\.self) else {
        log.critical("the broker does not let this hub subscribe to \(Topic.allBatches)")
        connection?.end()
        return lost(.refused(.authorization))
      }
      log.info("connected to \(settings.broker.host):\(settings.broker.port)")
      (isSubscribed, metrics.hasBroker) = (true, true)
      connectRetry.succeeded()
      // Before the first message is looked at, for it may be for this worker.
      beat(MonotonicTime.now())
    case .acknowledged: break
    case .received(let message): receive(message)
    case .closed(let error):
      log.error("no connection to \(settings.broker.host): \(error.english)")
      if error == .tooLate { onlyIPv4.toggle() }
      lost(error)
    }
  }

  /// Without a connection others are to take this worker's share at once.
  private func lost(_ error: MQTTError) {
    connection = nil
    connectRetry.failed(MonotonicTime.now())
    metrics.hasBroker = false
    if isSubscribed {
      isSubscribed = false
      try? store.leave(id)
      sharing.workers = []
    }
  }

  private func receive(_ message: ReceivedMessage) {
    do {
      try inbox.add(message, sharing: sharing, worker: id, now: MonotonicTime.now())
      metrics.messages += 1
    } catch {
      switch error {
      case .notOurs: metrics.notOurs += 1
      case .full: metrics.dropped += 1
      case .malformed(let what):
        metrics.malformed += 1
        log.warning("refused: \(what)")
      }
    }
  }

  // MARK: - Database

  /// Notes whether the database answers.
  private func note(_ error: StoreError?) {
    let hadDatabase = metrics.hasDatabase
    metrics.hasDatabase = error == nil
    if let error {
      storeRetry.failed(MonotonicTime.now())
      log.error("\(error)")
    } else {
      storeRetry.succeeded()
      if !hadDatabase { log.info("the database answers") }
    }
  }

  private func beat(_ now: Int64) {
    beatDue = now + Self.beatInterval
    do {
      let workers = try store.beat(id, name: settings.name)
      if Set(workers) != Set(sharing.workers) { log.info("\(workers.count) workers share the devices") }
      sharing.workers = workers
      metrics.workers = workers.count
      note(nil)
    } catch {
      note(error)
    }
  }

  /// Writes and answers what has come.
  /// - Returns: whether it is written.
  @discardableResult
  private func flush(_ now: Int64) -> Bool {
    let arrival = inbox.next(now: now)
    guard !arrival.isEmpty else { return true }
    do {
      answer(try write(arrival))
    } catch {
      guard case .content = error else {
        note(error)
        inbox.putBack(arrival, now: MonotonicTime.now())
        return false
      }
      return writeSingly(arrival, now)
    }
    note(nil)
    return true
  }

  private func write(_ arrival: Arrival) throws(StoreError) -> Receipt {
    for batch in arrival.batches {
      if case .hello = batch.content { next[LaneKey(batch)] = batch.first }
    }
    let begin = MonotonicTime.now()
    let receipt = try store.write(arrival)
    let seconds = Double(MonotonicTime.now() - begin) / 1e9
    credit.measured(batches: arrival.batches.count, seconds: seconds)
    metrics.commits += 1
    metrics.commitSeconds += seconds
    metrics.stored += receipt.stored
    metrics.repeated += receipt.repeated
    metrics.forked += receipt.forked
    if receipt.forked > 0 {
      let devices = receipt.lanes.filter(\.value.isForked).map(\.key.device.text).sorted()
      log.warning(
        "\(receipt.forked) records came again with other content, among them of \(devices.joined(separator: ", "))")
    }
    return receipt
  }

  /// One that the database does not take must not keep the others out.
  private func writeSingly(_ arrival: Arrival, _ now: Int64) -> Bool {
    var parts: [Arrival] = []
    for batch in arrival.batches {
      var part = Arrival()
      part.batches = [batch]
      parts.append(part)
    }
    for report in arrival.reports {
      var part = Arrival()
      part.reports = [report]
      parts.append(part)
    }
    for state in arrival.states {
      var part = Arrival()
      part.states = [state]
      parts.append(part)
    }
    for part in parts {
      do {
        answer(try write(part))
      } catch {
        guard case .content(let reason) = error else {
          // The device sends again what was not answered.
          note(error)
          return false
        }
        metrics.malformed += 1
        log.warning("refused of \(part.batches.first?.device.text ?? "a device"): \(reason)")
      }
    }
    note(nil)
    return true
  }

  private func resume(_ now: Int64) {
    resumeDue = now + Self.resumeInterval
    let keys = credit.resume(now: now)
    guard !keys.isEmpty else { return }
    do {
      answer(try store.read(keys))
    } catch {
      // They ask again by themselves.
      note(error)
    }
  }

  // MARK: - Answers

  private func answer(_ receipt: Receipt) {
    let now = MonotonicTime.now()
    for (key, state) in receipt.lanes {
      let isIdle = next[key].map { state.received.count + 1 >= $0 } ?? false
      let window = credit.window(for: key, isIdle: isIdle, now: now)
      if window == 0 { metrics.pauses += 1 }
      let answer = Acknowledgement(
        database: receipt.database, install: key.install, lane: key.lane, through: state.received.through,
        top: state.received.top, gaps: state.received.gaps, window: window, now: WallClock.unixMilliseconds(),
        isFork: state.isForked)
      guard let connection, isSubscribed else { continue }
      do {
        try connection.publish(
          MQTTMessage(topic: Topic.acknowledgement.text(of: key.device), payload: answer.encoded()))
        metrics.answers += 1
      } catch {
        // The connection's end is an event of its own.
        return
      }
    }
  }

  private func writeMetrics() {
    metrics.waiting = inbox.count
    metrics.activeDevices = credit.active
    metrics.waitingLanes = credit.waitingLanes
    guard let path = settings.metrics else { return }
    do {
      try metrics.write(to: path, worker: settings.name)
    } catch {
      log.warning("cannot write \(path): \(error)")
    }
  }
}

/// When to try again: after 1, 2, 4 … 30 s, each with a random half more, so that workers do not come at once.
struct Retry {
  private var seconds = 0.5
  private(set) var due: Int64 = 0

  mutating func failed(_ now: Int64) {
    seconds = min(seconds * 2, 30)
    due = now + Int64(seconds * Double.random(in: 1...1.5) * 1e9)
  }

  mutating func succeeded() { (seconds, due) = (0.5, 0) }
}

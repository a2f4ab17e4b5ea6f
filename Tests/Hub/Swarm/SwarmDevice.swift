// A device that sends what it has, with all that a bad connection does to it.

import MQTT
import Platform
package import SyncProtocol

/// How a device of the swarm behaves.
package struct SwarmBehaviour: Sendable {
  /// Records of a batch.
  package var batch: Int64 = 600
  /// Time after which what was not answered is sent again, s.
  package var patience = 3.0
  /// Share of the batches that are sent twice.
  package var duplicates = 0.0
  /// Whether batches are sent in any order.
  package var shuffles = false
  /// Keep-alive, s.
  package var keepAlive: Int32 = 60
  /// How often the state is sent, s; 0 for only when the connection stands.
  package var stateInterval = 0.0

  package init() {}
}

/// One device: its connection, what the hub has said it holds, and what is on the way.
package final class SwarmDevice {
  package private(set) var source: TrafficSource
  /// What the hub's newest answer says it holds, by lane.
  package private(set) var held: [Lane: RangeList] = [:]
  /// All answers.
  package private(set) var answers: [Acknowledgement] = []
  package private(set) var batchesSent = 0
  package private(set) var timeouts = 0
  /// Answers that told it to wait.
  package private(set) var pauses = 0
  /// Whether all answers are kept; a swarm of thousands has no room for them.
  package var keepsAnswers = true

  private let behaviour: SwarmBehaviour
  private let port: UInt16
  private var connection: MQTTConnection?
  private var isReady = false
  private var window: Int64 = 1
  private var onTheWay: [(lane: Lane, range: ClosedRange<Int64>, sent: Int64)] = []
  private var asked: [Lane: Int64] = [:]
  private var connectDue: Int64 = 0
  private var stateDue: Int64 = 0
  private var random: SystemRandomNumberGenerator = .init()

  package init(_ source: TrafficSource, port: UInt16, _ behaviour: SwarmBehaviour = SwarmBehaviour()) {
    (self.source, self.port, self.behaviour) = (source, port, behaviour)
  }

  package var descriptor: Int32 { connection?.descriptor ?? -1 }
  package var wantsToWrite: Bool { connection?.wantsToWrite ?? false }
  package var isConnected: Bool { isReady }

  /// Whether the hub holds all.
  package var isDone: Bool {
    source.counts.allSatisfy { lane, count in count == 0 || held[lane]?.through == count }
  }

  /// More records in a lane.
  package func grow(_ lane: Lane, by count: Int64) { source.counts[lane, default: 0] += count }

  /// Does not connect before a time.
  package func wait(until time: Int64) { connectDue = time }

  /// Cuts the connection without a word.
  package func cut() {
    connection = nil
    isReady = false
  }

  /// Does what is due.
  package func turn(_ now: Int64) {
    if connection == nil {
      guard now >= connectDue else { return }
      connectDue = now + 500_000_000
      let settings = MQTTSettings(
        host: "127.0.0.1", port: port, client: "d-\(source.install.description.prefix(18))",
        will: state(isOnline: false), keepAlive: behaviour.keepAlive, patience: 120)
      connection = try? MQTTConnection(settings)
      onTheWay = []
    }
    for event in connection?.step(waiting: 0) ?? [] { handle(event, now) }
    guard isReady else { return }
    if behaviour.stateInterval > 0, now >= stateDue {
      stateDue = now + Int64(behaviour.stateInterval * 1e9)
      _ = try? connection?.publish(state(isOnline: true))
    }
    let patience = Int64(behaviour.patience * 1e9)
    if onTheWay.contains(where: { now - $0.sent > patience }) || asked.contains(where: { now - $0.value > patience }) {
      timeouts += 1
      onTheWay = []
      window = max(1, window / 2)
      greet(now)
    }
    send(now)
  }

  private func handle(_ event: MQTTEvent, _ now: Int64) {
    switch event {
    case .connected: try? connection?.subscribe([Topic.acknowledgement.text(of: source.device)], quality: .atMostOnce)
    case .subscribed:
      isReady = true
      if behaviour.stateInterval == 0 { _ = try? connection?.publish(state(isOnline: true)) }
      greet(now)
    case .received(let message):
      guard let answer = try? Acknowledgement(message.payload), answer.install == source.install else { return }
      take(answer, now)
    case .closed: cut()
    case .acknowledged: break
    }
  }

  private func state(isOnline: Bool) -> MQTTMessage {
    MQTTMessage(
      topic: Topic.state.text(of: source.device), payload: Array("{\"online\":\(isOnline)}".utf8), isRetained: true)
  }

  private func greet(_ now: Int64) {
    for lane in source.counts.keys.sorted() {
      asked[lane] = now
      publish(
        Batch(
          device: source.device, install: source.install, lane: lane, first: (source.counts[lane] ?? 0) + 1,
          content: .hello))
    }
  }

  private func take(_ answer: Acknowledgement, _ now: Int64) {
    if keepsAnswers { answers.append(answer) }
    asked[answer.lane] = nil
    held[answer.lane] = RangeList(answer)
    if answer.window == 0 { pauses += 1 }
    window = answer.window
    onTheWay.removeAll { $0.lane == answer.lane && held[answer.lane]?.contains($0.range) == true }
    // A pause ends with another answer, or when this one has grown old.
    if answer.window == 0 { asked[answer.lane] = now + 20_000_000_000 }
  }

  private func publish(_ batch: Batch) {
    guard let connection, let payload = try? batch.encoded() else { return }
    _ = try? connection.publish(MQTTMessage(topic: Topic.up(batch.lane).text(of: source.device), payload: payload))
  }

  private func send(_ now: Int64) {
    while onTheWay.count < window, let (lane, range) = next() {
      batchesSent += 1
      let batch = source.batch(lane, range)
      publish(batch)
      if Double.random(in: 0..<1, using: &random) < behaviour.duplicates { publish(batch) }
      onTheWay.append((lane, range, now))
    }
  }

  /// What is neither held nor on the way.
  private func next() -> (Lane, ClosedRange<Int64>)? {
    for lane in source.counts.keys.sorted() {
      // Without an answer nobody knows what is held.
      guard let held = held[lane], asked[lane] == nil, let count = source.counts[lane] else { continue }
      var covered = held
      for item in onTheWay where item.lane == lane { covered.add(item.range) }
      let missing = covered.missing(upTo: count, size: behaviour.batch)
      guard let choice = behaviour.shuffles ? missing.randomElement(using: &random) : missing.first else { continue }
      return (lane, choice)
    }
    return nil
  }
}

/// What an answer says is held: simple, and made apart from the hub's own.
package struct RangeList: Equatable {
  package private(set) var ranges: [ClosedRange<Int64>] = []

  package init(_ answer: Acknowledgement) {
    if answer.through > 0 { ranges.append(1...answer.through) }
    var next = answer.through + 1
    for gap in answer.gaps {
      if gap.lowerBound > next { ranges.append(next...gap.lowerBound - 1) }
      next = gap.upperBound + 1
    }
    if next <= answer.top { ranges.append(next...answer.top) }
  }

  /// How many.
  package var count: Int64 { ranges.reduce(0) { $0 + Int64($1.count) } }

  package var through: Int64 { ranges.first?.lowerBound == 1 ? ranges[0].upperBound : 0 }

  package func contains(_ range: ClosedRange<Int64>) -> Bool {
    ranges.contains { $0.lowerBound <= range.lowerBound && $0.upperBound >= range.upperBound }
  }

  mutating func add(_ range: ClosedRange<Int64>) {
    ranges.append(range)
    ranges.sort { $0.lowerBound < $1.lowerBound }
    var merged: [ClosedRange<Int64>] = []
    for range in ranges {
      if let last = merged.last, range.lowerBound <= last.upperBound + 1 {
        merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
    ranges = merged
  }

  /// The first missing pieces up to a sequence, in pieces of a size, at most 32.
  func missing(upTo end: Int64, size: Int64) -> [ClosedRange<Int64>] {
    var pieces: [ClosedRange<Int64>] = []
    var next: Int64 = 1
    for range in ranges + [end + 1...end + 1] where pieces.count < 32 {
      let last = min(range.lowerBound - 1, end)
      while next <= last, pieces.count < 32 {
        pieces.append(next...min(last, next + size - 1))
        next += size
      }
      next = max(next, range.upperBound + 1)
    }
    return pieces
  }
}

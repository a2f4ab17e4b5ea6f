// A log, an uplink and a hub for tests with a real broker.

import Climate
import Controller
import Foundation
import Journal
import MQTT
import Platform
import Servers
import SyncProtocol
import Synchronization
import Testing

@testable import Uplink

/// 2026-04-20T00:00:00Z.
let dawn: Int64 = 1_776_643_200_000

/// A device: a log in a directory of its own, with one writer, and an uplink beside it.
final class TestDevice: UplinkHost, @unchecked Sendable {
  private struct Written: @unchecked Sendable {
    var journal: Journal
    var seconds = 0.0
  }

  private struct Seen {
    var view: UplinkView?
    var carriedOut: [Int64] = []
    var reports: [Reported] = []
    var installs: [String] = []
    var trust = ClockTrust.trusted
  }

  let directory: ScratchDirectory
  let name: DeviceName
  private let written: Monitor<Written>
  private let seen = Monitor(Seen())
  private let uplink = Monitor<Uplink?>(nil)

  init(_ name: String = "shed-1") throws {
    directory = try ScratchDirectory()
    self.name = try #require(DeviceName(name))
    let wall = WallTime(unixMilliseconds: dawn, trust: .trusted)
    written = Monitor(Written(journal: Self.open(directory.path, wall)))
  }

  private static func open(_ path: String, _ wall: WallTime) -> Journal {
    Journal(
      directory: path, names: JournalNames(channels: ["shed.temperature", "shed.humidity"], outputs: ["heater"]),
      boot: "b1", settings: JournalSettings(hasUplink: true), now: .zero, wall: wall)
  }

  deinit { stop() }

  // MARK: The log

  /// Scans of two channels, a minute apart, and an event and a decision now and then.
  func write(scans: Int) {
    written.withLock { written in
      for _ in 0..<scans {
        written.seconds += 60
        let stamp = Self.stamp(written.seconds)
        let step = Int64(written.seconds / 60)
        var records: [Record] = [
          .sample(stamp, channel: ChannelID(0), value: 24 + Double(step % 7) / 100, quality: .good),
          .sample(
            stamp, channel: ChannelID(1), value: step % 50 == 0 ? nil : 80, quality: step % 50 == 0 ? .failed : .good),
        ]
        if step % 97 == 0 {
          records.append(.event(stamp, kind: .overrideSet, subject: "heater", detail: "测试", by: "li"))
        }
        if step % 31 == 0 {
          records.append(
            .decision(
              stamp, output: OutputID(0), isOn: step % 2 == 0, demand: 0.5,
              reason: Reason(rule: .heating, channel: ChannelID(0), value: 23.4, setpoint: 24)))
        }
        written.journal.append(records)
      }
      written.journal.flush()
    }
    uplink.withLock { $0 }?.notice()
  }

  private static func stamp(_ seconds: Double) -> Stamp {
    Stamp(
      at: Instant(seconds: seconds),
      wall: WallTime(unixMilliseconds: dawn + Int64(seconds * 1_000), trust: .trusted))
  }

  private func change(_ body: (Journal) -> Void) {
    written.withLock { written in
      body(written.journal)
      written.journal.flush()
    }
    uplink.withLock { $0 }?.notice()
  }

  var standing: LogStanding? { try? Outbox(directory: directory.path).standing() }

  // MARK: The uplink

  func start(_ setup: UplinkSetup) throws {
    let uplink = try Uplink(setup, log: Outbox(directory: directory.path), host: self) {
      Instant(nanoseconds: MonotonicTime.now())
    }
    self.uplink.withLock { $0 = uplink }
    _ = try Thread(name: "uplink") { uplink.run() }
  }

  func stop() { uplink.withLock { $0 }?.stop(within: .seconds(10)) }

  func hurry() { uplink.withLock { $0 }?.hurry() }

  func setup(
    port: UInt16, host: String = "localhost", tls: TLSSettings? = nil, keys: [NoteVerifier] = []
  ) -> UplinkSetup {
    UplinkSetup(
      broker: "mqtt://\(host):\(port)", host: host, port: port, tls: tls, device: name, commandKeys: keys)
  }

  var view: UplinkView? { seen.withLock { $0.view } }
  var carriedOut: [Int64] { seen.withLock { $0.carriedOut } }
  var reports: [Reported] { seen.withLock { $0.reports } }
  var installs: [String] { seen.withLock { $0.installs } }
  func setTrust(_ trust: ClockTrust) { seen.withLock { $0.trust = trust } }

  // MARK: UplinkHost

  func wall() -> WallTime {
    WallTime(unixMilliseconds: WallClock.unixMilliseconds(), trust: seen.withLock { $0.trust })
  }
  func remember(_ acknowledgement: LaneAcknowledgement) { change { $0.acknowledge(acknowledgement) } }
  func beginInstall(because reason: String) {
    seen.withLock { $0.installs.append(reason) }
    change { $0.beginInstall(because: reason) }
  }
  func take(desired version: Int64) { change { $0.take(desired: version) } }
  func check(_ note: CountyNote) throws(NoteRefusal) {
    guard !note.desired.commands.contains(.automatic(output: "nothing")) else {
      throw NoteRefusal(
        .command, "there is no output nothing", zh: "没有输出", version: note.desired.version, signer: note.signer)
    }
  }
  func carryOut(_ note: CountyNote) -> String? {
    seen.withLock { $0.carriedOut.append(note.desired.version) }
    return note.desired.commands.contains(.bundle) ? "{}" : nil
  }
  func note(_ report: Reported) { seen.withLock { $0.reports.append(report) } }
  func hubTime(_: Int64, error _: Duration, at _: Instant) {}
  func state() -> [UInt8]? { Array(#"{"online":true}"#.utf8) }
  func show(_ view: UplinkView) { seen.withLock { $0.view = view } }
}

/// A hub whose database is in memory, on a connection of its own.
final class TestHub: Sendable {
  private struct State {
    var identity = DatabaseID()
    var records: [InstallID: [Lane: SequenceSet]] = [:]
    var batches: [Batch] = []
    var repeated = 0
    var states: [String] = []
    var reports: [Reported] = []
    var outgoing: [MQTTMessage] = []
    var isUp = false
    var isStopping = false
  }

  private let state = Monitor(State())
  private let wakeUp: WakeUp
  private let settings: MQTTSettings

  init(port: UInt16, tls: TLSSettings? = nil) throws {
    wakeUp = try WakeUp()
    settings = MQTTSettings(host: "localhost", port: port, client: "hub", tls: tls)
    _ = try Thread(name: "hub") { self.run() }
  }

  func stop() {
    state.update { $0.isStopping = true }
    wakeUp.wake()
  }

  private func run() {
    while !state.withLock({ $0.isStopping }) {
      if let connection = try? MQTTConnection(settings) { serve(connection) }
      state.withLock { $0.isUp = false }
      MonotonicTime.sleep(until: MonotonicTime.now() + 100_000_000)
    }
  }

  private func serve(_ connection: MQTTConnection) {
    while !state.withLock({ $0.isStopping }) {
      let events = connection.step(waiting: 1_000, orReadable: [wakeUp.number])
      wakeUp.clear()
      for event in events {
        switch event {
        case .connected: try? connection.subscribe([Topic.allBatches, Topic.state.ofAllDevices])
        case .subscribed: state.update { $0.isUp = true }
        case .received(let message): take(message)
        case .acknowledged: break
        case .closed: return
        }
      }
      let outgoing = state.withLock { state in
        defer { state.outgoing.removeAll() }
        return state.outgoing
      }
      for message in outgoing { _ = try? connection.publish(message) }
    }
    connection.end()
  }

  private func take(_ message: ReceivedMessage) {
    guard let (device, topic) = Topic.parse(message.topic) else { return }
    switch topic {
    case .up:
      guard let batch = try? Batch(message.payload), batch.device == device else { return }
      let answer = state.update { state in
        if batch.content != .hello {
          let range = batch.first...batch.last
          if state.records[batch.install]?[batch.lane]?.intersects(range) == true {
            state.repeated += 1
          } else {
            state.batches.append(batch)
          }
          state.records[batch.install, default: [:]][batch.lane, default: SequenceSet()].insert(range)
        }
        var database = SimulatedDatabase()
        (database.identity, database.records) = (state.identity, state.records)
        var answer = database.answer(batch.install, batch.lane, window: 8)
        answer.now = WallClock.unixMilliseconds()
        return answer
      }
      send(Topic.acknowledgement.text(of: device), answer.encoded())
    case .reported:
      if let report = try? Reported(message.payload) { state.update { $0.reports.append(report) } }
    case .state:
      state.update { $0.states.append(String(decoding: message.payload, as: UTF8.self)) }
    default: break
    }
  }

  func send(_ topic: String, _ payload: [UInt8], isRetained: Bool = false) {
    state.withLock { $0.outgoing.append(MQTTMessage(topic: topic, payload: payload, isRetained: isRetained)) }
    wakeUp.wake()
  }

  var isUp: Bool { state.withLock { $0.isUp } }
  var batches: [Batch] { state.withLock { $0.batches } }
  var repeated: Int { state.withLock { $0.repeated } }
  var states: [String] { state.withLock { $0.states } }
  var reports: [Reported] { state.withLock { $0.reports } }

  /// The database is restored to nothing, as a new one.
  func forget() {
    state.withLock { state in
      (state.identity, state.records, state.batches) = (DatabaseID(), [:], [])
    }
  }

  /// Whether it has all that a log has.
  func hasAll(of device: TestDevice) -> Bool {
    guard let log = device.standing else { return false }
    return state.withLock { state in
      log.lanes.allSatisfy { lane, standing in
        standing.newest == 0 || state.records[log.install]?[lane]?.contains(1...standing.newest) == true
      }
    }
  }
}

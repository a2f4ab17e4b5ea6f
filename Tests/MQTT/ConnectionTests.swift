// A connection against a real broker.

import Foundation
import Glibc
import MQTT
import Servers
import Testing

extension MQTTConnection {
  /// Steps until an event is as wanted.
  /// - Returns: all events up to then.
  @discardableResult
  func run(
    _ what: String, within seconds: Double = 60, until isWanted: (MQTTEvent) -> Bool
  ) throws -> [MQTTEvent] {
    let deadline = Date().addingTimeInterval(seconds)
    var events: [MQTTEvent] = []
    while Date() < deadline {
      let new = step(waiting: 100)
      events += new
      if new.contains(where: isWanted) { return events }
      if case .closed = state { break }
    }
    throw ServerError("not seen: \(what); seen: \(events)")
  }

  /// Steps until it is over, and says why.
  func reasonOfEnd(within seconds: Double = 60) throws -> MQTTError {
    guard
      case .closed(let error) = try run(
        "the end", within: seconds,
        until: {
          if case .closed = $0 { true } else { false }
        }
      ).last
    else { throw ServerError("it does not end with its end") }
    return error
  }
}

/// A connection that stands.
func connect(_ settings: MQTTSettings) throws -> MQTTConnection {
  let connection = try MQTTConnection(settings)
  try connection.run("connected") { $0 == .connected }
  return connection
}

/// A connection that stands and has its subscription.
func subscribe(_ settings: MQTTSettings, to filters: [String]) throws -> MQTTConnection {
  let connection = try connect(settings)
  try connection.subscribe(filters)
  try connection.run("subscribed") { $0 == .subscribed(granted: filters.map { _ in true }) }
  return connection
}

/// The messages among events.
func messages(_ events: [MQTTEvent]) -> [ReceivedMessage] {
  events.compactMap { if case .received(let message) = $0 { message } else { nil } }
}

@Suite("A connection to a broker")
struct ConnectionTests {
  @Test("what one client publishes another receives, and the broker acknowledges")
  func publishesAndReceives() throws {
    let broker = try MosquittoBroker()
    let listener = try subscribe(
      MQTTSettings(host: "127.0.0.1", port: broker.port, client: "listener"), to: ["a/+/up/#", "b"])
    let sender = try connect(MQTTSettings(host: "127.0.0.1", port: broker.port, client: "sender"))
    let first = try sender.publish(MQTTMessage(topic: "a/x/up/live", payload: [0, 1, 255]))
    try sender.publish(MQTTMessage(topic: "b", payload: [], quality: .atMostOnce))
    #expect(sender.unacknowledged == 1)
    try sender.run("acknowledged") { $0 == .acknowledged(first) }
    #expect(sender.unacknowledged == 0)
    let received = try listener.run("both") { messages([$0]).first?.topic == "b" }
    #expect(
      messages(received) == [
        ReceivedMessage(topic: "a/x/up/live", payload: [0, 1, 255], isRetained: false),
        ReceivedMessage(topic: "b", payload: [], isRetained: false),
      ])
  }

  @Test("a message that the broker had kept is marked as such")
  func marksRetained() throws {
    let broker = try MosquittoBroker()
    let sender = try connect(MQTTSettings(host: "127.0.0.1", port: broker.port, client: "sender"))
    let id = try sender.publish(MQTTMessage(topic: "state", payload: [1], isRetained: true))
    try sender.run("acknowledged") { $0 == .acknowledged(id) }
    let listener = try subscribe(
      MQTTSettings(host: "127.0.0.1", port: broker.port, client: "listener"), to: ["state"])
    let received = try listener.run("kept") { !messages([$0]).isEmpty }
    #expect(messages(received) == [ReceivedMessage(topic: "state", payload: [1], isRetained: true)])
  }

  @Test("the will is sent for a client that is gone without a word, and for no other")
  func sendsWill() throws {
    let broker = try MosquittoBroker()
    let listener = try subscribe(
      MQTTSettings(host: "127.0.0.1", port: broker.port, client: "listener"), to: ["will/#"])
    for name in ["polite", "rude"] {
      var settings = MQTTSettings(host: "127.0.0.1", port: broker.port, client: name)
      settings.will = MQTTMessage(topic: "will/\(name)", payload: [1])
      let client = try connect(settings)
      if name == "polite" { client.end() }
    }
    let received = try listener.run("the will") { !messages([$0]).isEmpty }
    #expect(messages(received).map(\.topic) == ["will/rude"])
  }

  @Test("hundreds of large messages go through a window of ten", arguments: [false, true])
  func passesMany(overTLS: Bool) throws {
    let authority = try CertificateAuthority()
    let broker = try MosquittoBroker(
      settings: ["max_queued_messages 0"],
      tls: overTLS ? (authority.certificate, try authority.sign("broker"), false) : nil)
    var settings = MQTTSettings(host: "localhost", port: broker.port, client: "listener", window: 10)
    settings.tls = overTLS ? TLSSettings(authorities: authority.certificate) : nil
    let listener = try subscribe(settings, to: ["many"])
    settings.client = "sender"
    let sender = try connect(settings)
    for number in 0..<200 {
      let payload = [UInt8](repeating: UInt8(number), count: 60_000)
      try sender.publish(MQTTMessage(topic: "many", payload: payload))
    }
    var received: [ReceivedMessage] = []
    try eventually("all have come") {
      if case .closed(let error) = sender.state { throw error }
      _ = sender.step(waiting: 0)
      received += messages(listener.step(waiting: 1))
      return received.count == 200 && sender.unacknowledged == 0
    }
    #expect(received.map { $0.payload.first } == (0..<200).map { UInt8($0) })
    #expect(received.allSatisfy { $0.payload.count == 60_000 })
  }

  @Test("another descriptor ends the wait")
  func isWoken() throws {
    let broker = try MosquittoBroker()
    let client = try connect(MQTTSettings(host: "127.0.0.1", port: broker.port, client: "c"))
    var pipe: [Int32] = [0, 0]
    #expect(Glibc.pipe(&pipe) == 0)
    defer { for end in pipe { close(end) } }
    #expect(write(pipe[1], [1], 1) == 1)
    // Would last an hour if the descriptor did not end it.
    #expect(client.step(waiting: 3_600_000, orReadable: [pipe[0]]).isEmpty)
  }

  @Test("a broker that is killed closes the connection, and a new one is made when it is back")
  func seesBrokerDie() throws {
    let broker = try MosquittoBroker()
    let settings = MQTTSettings(host: "127.0.0.1", port: broker.port, client: "c")
    let client = try connect(settings)
    broker.end()
    #expect(try client.reasonOfEnd() == .lost)
    #expect(throws: MQTTError.lost) { try client.publish(MQTTMessage(topic: "a", payload: [])) }
    #expect(try MQTTConnection(settings).reasonOfEnd() == .unreachable(ECONNREFUSED))
    try broker.start()
    #expect(try connect(settings).state == .connected)
  }

  @Test("a link that is half open is given up")
  func seesHalfOpenLink() throws {
    let broker = try MosquittoBroker()
    let client = try connect(
      MQTTSettings(host: "127.0.0.1", port: broker.port, client: "c", keepAlive: 5))
    broker.signal(SIGSTOP)
    #expect(try client.reasonOfEnd() == .silent)
  }
}

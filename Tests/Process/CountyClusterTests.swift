// Clusters of brokers: the shed goes on at another node when its own has died, and nothing is lost.

import Foundation
import LocalService
import Platform
import Servers
import Testing

@Suite("A cluster of three brokers", .enabled(if: Built.isThere, "run by ./dev test, which builds what they start"))
struct CountyClusterTests {
  /// So many that they are not all there before a node is killed.
  private static let days = 10

  /// The shed's node dies on the way. Each worker is at a node of its own.
  private func drain(_ nodes: [any Broker], tls: CountyTLS? = nil) throws {
    let county = try CountyRig(History.of(days: Self.days), broker: nodes[0], workers: 2, tls: tls)
    try county.rig.startHeating()
    for worker in 0...1 { try county.startWorker(worker, broker: nodes[worker + 1]) }
    try county.wait("some has come", within: 300) { (county.progress ?? 0) > 0 }
    nodes[0].end(SIGKILL)
    let known = try #require(county.acknowledged("backlog"))
    try require(known < county.history.samples, "all was there before the node was killed")
    county.proxy.turn(to: nodes[1].port)
    try county.waitForAll(within: 300)
    county.rig.reapController()
    county.endWorkers(SIGTERM)
    try county.requireSameRows()
  }

  @Test(
    "When the RabbitMQ that a shed is connected to is killed, another of the three takes it while that is down, and nothing is lost",
    .enabled(if: RabbitBroker.isThere, "rabbitmq-server is not installed"))
  func rabbit() async throws {
    try await Machine.shared {
      let cluster = try RabbitBroker.Cluster()
      try drain((0..<3).map { _ in try RabbitBroker(cluster) })
    }
  }

  @Test(
    "When the NATS that a shed is connected to is killed, another of the three takes it by its certificate, and nothing is lost",
    .enabled(if: NATSBroker.isThere, "nats-server is not installed"))
  func nats() async throws {
    try await Machine.shared {
      let authority = try CertificateAuthority()
      let cluster = try NATSBroker.Cluster()
      let protection = try NATSBroker.Protection(authority, device: "rig")
      let tls = CountyTLS(
        authority: authority.certificate, device: try authority.sign("rig"), hub: try authority.sign("hub"))
      try drain((0..<3).map { _ in try NATSBroker(cluster, protection: protection) }, tls: tls)
    }
  }

  @Test(
    "A NATS that wants certificates has no device in that has none, and none that speaks for another",
    .enabled(if: NATSBroker.isThere, "nats-server is not installed"))
  func strangers() async throws {
    try await Machine.shared {
      let authority = try CertificateAuthority()
      let broker = try NATSBroker(protection: NATSBroker.Protection(authority, device: "rig"))
      func rig(_ identity: (certificate: String, key: String)?, as device: String) throws -> Rig {
        let own = identity.map { "certificate = \"\($0.certificate)\"\nkey = \"\($0.key)\"" } ?? ""
        let rig = try Rig(
          RigConfiguration(
            uplink: """
              broker = "mqtts://localhost:\(broker.port)"
              device = "\(device)"
              ca = "\(authority.certificate)"
              \(own)
              """))
        try rig.startHeating()
        return rig
      }
      try rig(nil, as: "rig").status("refused without a certificate") { $0.sync?.problem != nil }
      try rig(authority.sign("rig"), as: "other").status("refused under another's name") { $0.sync?.problem != nil }
      try rig(authority.sign("rig"), as: "rig").status("taken under its own") { $0.sync?.isConnected == true }
    }
  }
}

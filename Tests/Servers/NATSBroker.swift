// A NATS server of a test's own that speaks MQTT over JetStream: one, or several that make a cluster.

import Foundation
import Glibc
import Platform

/// One NATS server 2.9 as in Debian, on ports of its own.
package final class NATSBroker: Broker {
  package static let program = "/usr/sbin/nats-server"
  package static let isThere = FileManager.default.fileExists(atPath: program)

  /// The nodes of one cluster: where they speak to one another.
  package final class Cluster {
    fileprivate let ports: [UInt16]
    fileprivate var started = 0

    package init(nodes: Int = 3) throws { ports = try (0..<nodes).map { _ in try Port.free() } }
  }

  /// Who may do what, by the name in the certificate, and what the server shows.
  package struct Protection {
    private let authority: String
    private let identity: (certificate: String, key: String)
    private let device: String

    /// - Parameter device: the common name of the only device. The workers' is `hub`.
    package init(_ authority: CertificateAuthority, device: String) throws {
      (self.authority, self.device) = (authority.certificate, device)
      identity = try authority.sign("broker")
    }

    fileprivate var tls: String {
      """
      , tls { cert_file: "\(identity.certificate)", key_file: "\(identity.key)", ca_file: "\(authority)", \
      verify_and_map: true }
      """
    }

    fileprivate var users: String {
      """
      authorization { users: [
        { user: "CN=hub" }
        { user: "CN=\(device)", permissions {
          publish: ["bombyx.\(device).up.>", "bombyx.\(device).state"], subscribe: ["bombyx.\(device).down.>"] } }
      ] }
      """
    }
  }

  package let port: UInt16
  private let directory: ScratchDirectory
  private var process: ServerProcess?

  /// Starts a server. Those of a cluster serve when more than half of them have been started.
  package init(_ cluster: Cluster? = nil, protection: Protection? = nil) throws {
    directory = try ScratchDirectory()
    port = try Port.free()
    var lines = [
      "listen: \"127.0.0.1:\(try Port.free())\"", "jetstream { store_dir: \"\(directory.file("store"))\" }",
      protection?.users ?? "",
    ]
    if let cluster {
      let routes = cluster.ports.map { "\"nats-route://127.0.0.1:\($0)\"" }.joined(separator: ", ")
      lines += [
        "server_name: bombyx\(cluster.started + 1)",
        "cluster { name: county, listen: \"127.0.0.1:\(cluster.ports[cluster.started])\", routes: [\(routes)] }",
      ]
      cluster.started += 1
    } else {
      lines.append("server_name: bombyx")
    }
    let copies = cluster.map { ", stream_replicas: \($0.ports.count)" } ?? ""
    lines.append("mqtt { listen: \"127.0.0.1:\(port)\", max_ack_pending: 200\(copies)\(protection?.tls ?? "") }\n")
    try directory.write(lines.joined(separator: "\n"), to: "nats.conf")
    try start()
  }

  package func start() throws {
    process = try ServerProcess(Self.program, ["-c", directory.file("nats.conf")], log: directory.file("nats.log"))
    try eventually("NATS serves or ends") { Port.isOpen(port) || process?.isRunning != true }
    guard process?.isRunning == true else { throw ServerError("NATS does not start: \(process?.output ?? "")") }
  }

  package func end(_ signal: Int32) {
    process?.end(signal)
    process = nil
  }

  package func signal(_ number: Int32) {
    if let process { kill(process.pid, number) }
  }
}

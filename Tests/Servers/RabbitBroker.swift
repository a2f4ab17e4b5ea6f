// A RabbitMQ of a test's own with its MQTT plugin: one node, or several that make a cluster.

import Foundation
import Glibc
import Platform

/// One node of RabbitMQ 3.10 as in Debian, on ports of its own.
package final class RabbitBroker: Broker {
  package static let program = "/usr/lib/rabbitmq/bin/rabbitmq-server"
  package static let isThere = FileManager.default.fileExists(atPath: program)

  /// The nodes of one cluster: their names, the daemon that finds them, the secret that they share.
  package final class Cluster {
    fileprivate let directory: ScratchDirectory
    fileprivate let nameServerPort: UInt16
    private let nameServer: ServerProcess
    fileprivate var nodes: [String] = []

    package init() throws {
      directory = try ScratchDirectory()
      nameServerPort = try Port.free()
      nameServer = try ServerProcess(
        "/usr/bin/epmd", ["-port", "\(nameServerPort)"], log: directory.file("epmd.log"))
      let cookie = try directory.write("bombyxtest", to: ".erlang.cookie")
      chmod(cookie, 0o400)
    }
  }

  package let port: UInt16
  private let cluster: Cluster
  private let name: String
  private let environment: [String: String]
  private var process: ServerProcess?

  /// Starts a node, and has it join those of its cluster that are there.
  package init(_ cluster: Cluster? = nil) throws {
    let cluster = try cluster ?? Cluster()
    self.cluster = cluster
    port = try Port.free()
    name = "bombyx\(cluster.nodes.count + 1)-\(cluster.nameServerPort)@localhost"
    let folder = cluster.directory.file("node-\(cluster.nodes.count + 1)")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    cluster.nodes.append(name)
    var lines = [
      "listeners.tcp = none", "mqtt.listeners.tcp.1 = 127.0.0.1:\(port)", "mqtt.allow_anonymous = true",
      "mqtt.default_user = guest", "mqtt.default_pass = guest", "mqtt.prefetch = 200", "mqtt.exchange = amq.topic",
      "cluster_partition_handling = pause_minority", "log.file.level = warning",
      "cluster_formation.peer_discovery_backend = classic_config",
    ]
    lines += cluster.nodes.enumerated().map {
      "cluster_formation.classic_config.nodes.\($0.offset + 1) = \($0.element)"
    }
    try (lines.joined(separator: "\n") + "\n").write(
      toFile: folder + "/rabbitmq.conf", atomically: true, encoding: .utf8)
    try "[rabbitmq_mqtt].\n".write(toFile: folder + "/enabled_plugins", atomically: true, encoding: .utf8)
    environment = [
      "HOME": cluster.directory.path, "ERL_EPMD_PORT": "\(cluster.nameServerPort)", "RABBITMQ_NODENAME": name,
      "RABBITMQ_NODE_PORT": "\(try Port.free())", "RABBITMQ_DIST_PORT": "\(try Port.free())",
      "RABBITMQ_MNESIA_BASE": folder + "/mnesia", "RABBITMQ_LOG_BASE": folder + "/log",
      "RABBITMQ_CONFIG_FILE": folder + "/rabbitmq", "RABBITMQ_ENABLED_PLUGINS_FILE": folder + "/enabled_plugins",
      "RABBITMQ_CONF_ENV_FILE": "/dev/null", "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none",
    ]
    try start()
  }

  deinit { end(SIGKILL) }

  package func start() throws {
    process = try ServerProcess(
      Self.program, [], environment: environment, log: cluster.directory.file("\(name).log"))
    // On a busy machine it takes its time.
    try eventually("RabbitMQ serves or ends", within: 240) { Port.isOpen(port) || process?.isRunning != true }
    guard process?.isRunning == true else { throw ServerError("RabbitMQ does not start: \(process?.output ?? "")") }
  }

  package func end(_ signal: Int32) {
    // The program is a script that waits for the machine of Erlang.
    self.signal(signal)
    process?.end(signal)
    process = nil
  }

  package func signal(_ number: Int32) {
    guard let pid = process?.pid else { return }
    let children = (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)) ?? ""
    for child in children.split(separator: " ").compactMap({ Int32($0) }) { kill(child, number) }
  }
}

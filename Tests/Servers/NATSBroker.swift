// A NATS server of a test's own that speaks MQTT over JetStream.

import Foundation
import Glibc
import Platform

/// One NATS server 2.9 as in Debian, on ports of its own.
package final class NATSBroker: Broker {
  package static let program = "/usr/sbin/nats-server"
  package static let isThere = FileManager.default.fileExists(atPath: program)

  package let port: UInt16
  private let directory: ScratchDirectory
  private var process: ServerProcess?

  package init() throws {
    directory = try ScratchDirectory()
    port = try Port.free()
    try directory.write(
      """
      server_name: bombyx
      listen: "127.0.0.1:\(try Port.free())"
      jetstream { store_dir: "\(directory.file("store"))" }
      mqtt { listen: "127.0.0.1:\(port)", max_ack_pending: 200 }

      """, to: "nats.conf")
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

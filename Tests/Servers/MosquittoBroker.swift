// A mosquitto of a test's own, on a port of its own.

import Foundation

/// A mosquitto of a test's own, on 127.0.0.1.
package final class MosquittoBroker {
  /// Debian's place for it.
  package static let program = "/usr/sbin/mosquitto"

  package let port: UInt16
  private let directory: ScratchDirectory
  private var process: ServerProcess?

  /// Starts a broker.
  /// - Parameters:
  ///   - settings: lines of mosquitto.conf(5) beyond listener and user.
  ///   - users: names and passwords; `nil` lets everybody in.
  ///   - tls: what the listener shows, and whether it asks for a certificate.
  package init(
    settings: [String] = ["persistence false"], users: [String: String]? = nil,
    tls: (authority: String, identity: (certificate: String, key: String), asks: Bool)? = nil
  ) throws {
    directory = try ScratchDirectory()
    var lines = settings
    // As root it would become a user who may not read the directory.
    if getuid() == 0 { lines.append("user root") }
    if let users {
      let text = users.map { "\($0.key):\($0.value)\n" }.joined()
      let file = try directory.write(text, to: "passwords")
      try ServerProcess.run("/usr/bin/mosquitto_passwd", ["-U", file])
      lines += ["allow_anonymous false", "password_file \(file)"]
    } else {
      lines.append("allow_anonymous true")
    }
    var chosen: UInt16 = 0
    for attempt in 1... {
      chosen = try Port.free()
      var listener = ["listener \(chosen) 127.0.0.1"]
      if let tls {
        listener += [
          "cafile \(tls.authority)", "certfile \(tls.identity.certificate)", "keyfile \(tls.identity.key)",
          "require_certificate \(tls.asks)",
        ]
      }
      try directory.write((lines + listener).joined(separator: "\n") + "\n", to: "mosquitto.conf")
      process = try Self.start(directory)
      if try Self.isServing(process, chosen) { break }
      // Another program may have taken the port in the meantime.
      guard attempt < 5 else { throw ServerError("mosquitto does not start: \(process?.output ?? "")") }
    }
    port = chosen
  }

  private static func start(_ directory: ScratchDirectory) throws -> ServerProcess {
    try ServerProcess(
      program, ["-c", directory.file("mosquitto.conf")], log: directory.file("mosquitto.log"))
  }

  private static func isServing(_ process: ServerProcess?, _ port: UInt16) throws -> Bool {
    try eventually("mosquitto serves or ends") { Port.isOpen(port) || process?.isRunning != true }
    return process?.isRunning == true
  }

  /// Ends it: by default as a power cut would.
  package func end(_ signal: Int32 = SIGKILL) {
    process?.end(signal)
    process = nil
  }

  /// Starts it again on the same port.
  package func start() throws {
    process = try Self.start(directory)
    guard try Self.isServing(process, port) else {
      throw ServerError("mosquitto does not start: \(process?.output ?? "")")
    }
  }

  /// Stops and continues it: a link that is half open.
  package func signal(_ number: Int32) {
    if let process { kill(process.pid, number) }
  }
}

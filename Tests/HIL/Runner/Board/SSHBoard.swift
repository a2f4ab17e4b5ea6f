// A real board, reached over SSH, whose bus and lines end in an adapter that a simulated shed answers for.

import Climate
import Foundation
import Platform

/// A board with its own kernel, wires and time.
///
/// The programs under test are installed on it as docs/hil.md says. Time on it is real time: a test takes as long as it says.
final class SSHBoard: Board {
  let title: String
  let abilities: Set<BoardAbility> = []

  private let host: String
  private let link: AdapterLink
  /// Longest time from the order to start again to the first command.
  private static let startTime = 180.0

  /// A board.
  /// - Parameters:
  ///   - host: as `ssh` knows it; its user may use `sudo` without a password, or is root.
  ///   - adapter: where the wires' adapter is: a serial device, or HOST:PORT.
  init(host: String, adapter: String, shed: SimulatedShed) throws {
    (self.host, title) = (host, "\(host) over SSH, wires at \(adapter)")
    link = try AdapterLink(to: adapter, shed: shed)
    try align()
    try require(
      try run("systemctl is-active bombyxd bombyx-guardian").code != 0,
      "\(host) runs Bombyx as a service: stop and mask it first, or the tests would fight with it")
  }

  /// Finds out what the board's clock says now.
  private func align() throws {
    let output = try shell("cut -d' ' -f1 /proc/uptime")
    guard let uptime = Double(output.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw HILError("\(host) says of its uptime: \(output)")
    }
    link.align(uptime: uptime)
  }

  func run(_ command: String) throws -> Reply {
    let encoded = Data(command.utf8).base64EncodedString()
    let remote =
      "[ $(id -u) = 0 ] && be= || be=sudo; echo \(encoded) | base64 -d > ~/.bombyx-hil && $be sh ~/.bombyx-hil"
    let reply = try HostProgram.run("ssh", ["-o", "BatchMode=yes", host, remote])
    // 255 is ssh's own.
    try require(reply.code != 255, "ssh \(host): \(reply.output)")
    return reply
  }

  func restart() throws {
    _ = try? run("systemctl reboot")
    let deadline = MonotonicTime.now() + Int64(Self.startTime * 1e9)
    // The first look must not find the board on its way down.
    MonotonicTime.sleep(until: MonotonicTime.now() + 10_000_000_000)
    while MonotonicTime.now() < deadline {
      if (try? run("true").code) == 0 { return try align() }
      MonotonicTime.sleep(until: MonotonicTime.now() + 1_000_000_000)
    }
    throw HILError("\(host) did not come back within \(Int(Self.startTime)) s")
  }

  func stop() { link.stop() }
}

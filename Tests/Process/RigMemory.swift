// Taking memory away from a program.

import Foundation
import Platform

extension Rig {
  /// Sends a controller requests that do not end, which it has to keep, until it gets no memory for them.
  /// - Returns: when it had ended, ns of the monotonic clock.
  func endByHunger(_ controller: Child) throws -> Int64 {
    let socket = path("bombyxd.sock").path
    var connections: [Connection] = []
    let beginning = [UInt8](repeating: UInt8(ascii: " "), count: 65_000)
    return try poll("\(controller.name) has ended for want of memory") {
      if connections.count < 15, let connection = try? UnixSocket.connect(to: socket, kind: .stream) {
        connections.append(Connection(connection))
      }
      for connection in connections where !connection.isFed {
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        connection.isFed = send(connection.number, beginning, beginning.count, flags) == beginning.count
      }
      return controller.hasEnded
    }
  }
}

/// A connection that has sent its part, or not.
private final class Connection {
  private let descriptor: FileDescriptor
  var isFed = false
  var number: Int32 { descriptor.number }

  init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
}

/// A control group that limits memory; version 1 or 2 of the kernel's interface.
final class MemoryGroup {
  private static let parents = ["/sys/fs/cgroup/memory", "/sys/fs/cgroup"]
  private let path: String

  /// Where groups can be made, and what the limit's file is called there.
  private static let place: (parent: String, limit: String)? = {
    for parent in parents {
      let trial = "\(parent)/bombyx-\(getpid())"
      guard mkdir(trial, 0o755) == 0 else { continue }
      defer { rmdir(trial) }
      for limit in ["memory.limit_in_bytes", "memory.max"] where access("\(trial)/\(limit)", W_OK) == 0 {
        return (parent, limit)
      }
    }
    return nil
  }()

  static var isPossible: Bool { place != nil }

  /// Puts a program in a group that may take so much more memory than it has.
  init(of child: Child, kilobytes: Int) throws {
    guard let place = Self.place else { throw RigError(description: "no control groups") }
    path = "\(place.parent)/bombyx-\(UUID().uuidString.prefix(8))"
    try require(mkdir(path, 0o755) == 0, "make \(path)")
    try "\(kilobytes << 10)".write(toFile: "\(path)/\(place.limit)", atomically: false, encoding: .utf8)
    try "\(child.pid)".write(toFile: "\(path)/cgroup.procs", atomically: false, encoding: .utf8)
  }

  deinit { rmdir(path) }
}

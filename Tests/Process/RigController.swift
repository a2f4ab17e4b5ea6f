// A controller that a test plays itself, frame by frame.

import Foundation
import Guardian
import Platform

/// Speaks to a guardian as a controller does.
final class PlayedController {
  private let connection: FileDescriptor
  private let tableHash: UInt64
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: StatusFrame.size, alignment: 8)
  private let boot = UInt64.random(in: 1...UInt64.max)
  private var sequence: UInt64 = 0

  /// Connects to a guardian.
  /// - Parameter table: the text of its table.
  init(socket: String, table: String) throws {
    tableHash = try GuardianTable(text: table).hash
    connection = try UnixSocket.connect(to: socket, kind: .sequencedPackets)
    var timeout = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(connection.number, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { buffer.deallocate() }

  /// Asks for outputs, by a good frame with evidence that it is cold.
  func ask(for wanted: UInt32) throws {
    sequence += 1
    var frame = LeaseFrame(boot: boot, sequence: sequence, tableHash: tableHash, wanted: wanted)
    frame.evidence[0] = TemperatureEvidence(temperature: 18_000, age: 0)
    frame.encode(into: buffer)
    let count = send(connection.number, buffer.baseAddress, LeaseFrame.size, Int32(MSG_NOSIGNAL))
    try require(count == LeaseFrame.size, "send a frame: \(String(cString: strerror(errno)))")
  }

  /// What the guardian answers to the last frame.
  func answer() throws -> StatusFrame {
    while true {
      let count = recv(connection.number, buffer.baseAddress, buffer.count, 0)
      // A socket with a time limit is not read on by itself after a signal, signal(7).
      if count < 0, errno == EINTR { continue }
      try require(
        count > 0, "the guardian does not answer: \(count < 0 ? String(cString: strerror(errno)) : "hung up")")
      let frame = StatusFrame(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      if let frame, frame.sequence == sequence { return frame }
    }
  }
}

extension Rig {
  /// A controller that the test plays, connected to a guardian as soon as it listens.
  func playController(at socket: String? = nil) throws -> PlayedController {
    let table = try String(contentsOf: path("guardian.table"), encoding: .utf8)
    var controller: PlayedController?
    try eventually("the guardian listens") {
      controller = try? PlayedController(socket: socket ?? leaseSocket, table: table)
      return controller != nil
    }
    guard let controller else { throw RigError(description: "no connection") }
    return controller
  }

  /// Waits for cycles of the guardian whose lines have been read back.
  func awaitCycles(_ count: Int) throws {
    let first = eventCount
    try eventually("\(count) verified cycles") { try edges(Rig.alive, from: first).count >= count }
  }
}

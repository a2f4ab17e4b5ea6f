// The guardian's core beside a simulated controller, with real frames between them.

import Climate
import Guardian

/// The guardian's core without a process around it. What goes in and out is encoded and read again, as on the socket.
struct SimulatedGuardian {
  private(set) var core: GuardianCore
  private var frame = [UInt8](repeating: 0, count: max(LeaseFrame.size, StatusFrame.size))

  /// A guardian that has just been started.
  init(table: GuardianTable, at now: Instant) { core = GuardianCore(table: table, now: now.milliseconds) }

  /// One cycle, whose lines read back as they were set.
  /// - Parameter asked: the controller's frame, if it sent one.
  /// - Returns: what the controller is answered.
  mutating func cycle(_ asked: LeaseFrame?, at now: Instant) -> StatusFrame? {
    let lines = core.cycle(now: now.milliseconds, frame: asked.flatMap { heard($0) })
    _ = core.verify(readBack: lines)
    return answer()
  }

  /// A frame as it arrives on the other side.
  private mutating func heard(_ asked: LeaseFrame) -> LeaseFrame? {
    frame.withUnsafeMutableBytes { bytes in
      asked.encode(into: bytes)
      return LeaseFrame(UnsafeRawBufferPointer(rebasing: bytes[..<LeaseFrame.size]))
    }
  }

  private mutating func answer() -> StatusFrame? {
    let status = core.status()
    return frame.withUnsafeMutableBytes { bytes in
      status.encode(into: bytes)
      return StatusFrame(UnsafeRawBufferPointer(rebasing: bytes[..<StatusFrame.size]))
    }
  }
}

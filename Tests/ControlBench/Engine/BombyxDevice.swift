// The real controller and guardian, second by second, with real frames between them.

import Climate
import Configuration
import Controller
import Guardian
import Station

/// The controller and the guardian of one configuration.
struct BombyxDevice {
  private(set) var loop: ControlLoop
  private var guardian: GuardianCore
  private var frame = [UInt8](repeating: 0, count: max(LeaseFrame.size, StatusFrame.size))

  init(_ configuration: DeviceConfiguration) {
    loop = ControlLoop(
      plan: configuration.plan, memory: Memory(), tableHash: configuration.guardianTable.hash, boot: 1, at: .zero)
    guardian = GuardianCore(table: configuration.guardianTable, now: 0)
  }

  /// - Returns: the lines that are on, one bit an output.
  mutating func step(_ samples: [Sample], at second: Int, wall: WallTime) -> UInt32 {
    let now = Instant(nanoseconds: Int64(second) * 1_000_000_000)
    let asked = loop.step(now: now, wall: wall, inputs: Inputs(samples: samples), asks: true)
    let heard = frame.withUnsafeMutableBytes { bytes -> LeaseFrame? in
      asked?.encode(into: bytes)
      return asked == nil ? nil : LeaseFrame(UnsafeRawBufferPointer(rebasing: bytes[..<LeaseFrame.size]))
    }
    let lines = guardian.cycle(now: Int64(second) * 1_000, frame: heard)
    _ = guardian.verify(readBack: lines)
    loop.take(guardian.status())
    return lines
  }
}

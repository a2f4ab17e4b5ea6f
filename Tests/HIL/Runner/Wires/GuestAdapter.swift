// The guest's I2C adapter: every message of every transfer is carried out on the simulated shed's bus.

import Climate
import Drivers
import Foundation

/// The I2C adapter of a guest: virtio 1.2, §5.19.
final class GuestAdapter: VirtioDevice {
  let queues = 1
  /// Requests without bytes, by which a scan finds devices; the driver insists on it.
  let features: UInt64 = 1 << 0
  let configuration: [UInt8] = []
  private let shed: SimulatedShed

  init(_ shed: SimulatedShed) { self.shed = shed }

  func connect() { shed.connectAdapter() }

  func serve(_ request: VirtioRequest, queue: Int, of server: VhostServer) -> [UInt8]? {
    guard request.bytes.count >= 8, request.room >= 1 else { return [UInt8](repeating: 0xFF, count: request.room) }
    let number = { (at: Int, count: Int) in
      request.bytes[at..<at + count].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }
    let flags = number(4, 4)
    // The guest's time in microseconds stands in the bits that the specification leaves unused.
    let time = Instant(nanoseconds: Int64(number(2, 2) | (flags >> 2) << 16) * 1_000)
    let operation: I2COperation =
      flags & 2 != 0 ? .read(count: request.room - 1) : .write(Array(request.bytes.dropFirst(8)))
    let (bytes, status) = shed.transfer(operation, at: Int(number(0, 2) >> 1), time: time)
    let read = (bytes + [UInt8](repeating: 0, count: request.room)).prefix(request.room - 1)
    return Array(read) + [status]
  }
}

// Many devices in one thread.

import Glibc
import Platform

/// Many devices in one thread.
package final class Swarm {
  package let devices: [SwarmDevice]
  private var swept: Int64 = 0

  package init(_ devices: [SwarmDevice]) { self.devices = devices }

  /// Lets the devices work until something is so.
  /// - Returns: whether it is, within the time.
  @discardableResult
  package func run(within seconds: Double, until isSo: () throws -> Bool) rethrows -> Bool {
    let deadline = MonotonicTime.now() + Int64(seconds * 1e9)
    while try !isSo() {
      let now = MonotonicTime.now()
      guard now < deadline else { return false }
      turn(now)
    }
    return true
  }

  private func turn(_ now: Int64) {
    var descriptors = devices.map { device in
      pollfd(
        fd: device.descriptor, events: Int16(device.wantsToWrite ? POLLIN | POLLOUT : POLLIN), revents: 0)
    }
    _ = poll(&descriptors, UInt(descriptors.count), 20)
    // Those without news are looked after five times a second, a part at a time.
    let sweeps = now - swept > 200_000_000
    if sweeps { swept = now }
    for (device, descriptor) in zip(devices, descriptors) where sweeps || descriptor.revents != 0 {
      device.turn(MonotonicTime.now())
    }
  }
}

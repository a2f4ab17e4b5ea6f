// Rohm BH1750FVI: illuminance.

import Climate

/// Driver of the BH1750FVI, from its technical note of November 2011.
///
/// The chip has neither identity nor checksum. After a reset its data register is zero, which is also what it reads in the dark: a
/// zero counts only when a second measurement says the same.
final class BH1750: Sensor {
  let model = SensorModel.bh1750
  let address: I2CAddress

  private var isConfirmingZero = false

  init(at address: I2CAddress) { self.address = address }

  func trigger(on bus: any I2CBus, at now: Instant) throws(SensorError) -> Duration {
    isConfirmingZero = false
    return try measure(on: bus)
  }

  func collect(from bus: any I2CBus, at now: Instant) throws(SensorError) -> Collection {
    let bytes = try bus.fetch(2, from: address)
    let raw = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
    guard raw != 0xFFFF else { throw .status("bh1750 is saturated or not connected") }
    if raw == 0, !isConfirmingZero {
      isConfirmingZero = true
      return .more(after: try measure(on: bus))
    }
    // "Illuminance per count": 1/1.2 lx.
    return .finished([try model.checked(.illuminance, Double(raw) / 1.2)])
  }

  private func measure(on bus: any I2CBus) throws(SensorError) -> Duration {
    // Power on, then one measurement in high resolution; the chip powers itself down afterwards.
    try bus.send([0x01], to: address)
    try bus.send([0x20], to: address)
    // At most 180 ms.
    return .milliseconds(180)
  }
}

// Rohm BH1750FVI: illuminance.

import Climate

/// Driver of the BH1750FVI, from its technical note of November 2011.
///
/// The chip has neither identity nor checksum. After a reset its data register is zero, which is also what it reads in the dark: a
/// zero counts only when a second measurement says the same. Full sun is too bright for its usual sensitivity, up to 54.6 klx: it is
/// then measured again with the least, up to 121.6 klx.
final class BH1750: Sensor {
  let model = SensorModel.bh1750
  let address: I2CAddress

  /// Measurement-time register: 69 after a reset, 31 at least (note, page 11).
  private enum Sensitivity: UInt8 {
    case usual = 69
    case least = 31
  }

  private var sensitivity = Sensitivity.usual
  private var isConfirmingZero = false

  init(at address: I2CAddress) { self.address = address }

  func trigger(on bus: any I2CBus, at now: Instant) throws(SensorError) -> Duration {
    (sensitivity, isConfirmingZero) = (.usual, false)
    return try measure(on: bus)
  }

  func collect(from bus: any I2CBus, at now: Instant) throws(SensorError) -> Collection {
    let bytes = try bus.fetch(2, from: address)
    let raw = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
    if raw == 0, !isConfirmingZero {
      isConfirmingZero = true
      return .more(after: try measure(on: bus))
    }
    if raw == 0xFFFF, sensitivity == .usual {
      sensitivity = .least
      return .more(after: try measure(on: bus))
    }
    guard raw != 0xFFFF else { throw .status("bh1750 is saturated or not connected") }
    // 1/1.2 lx a count at the usual sensitivity.
    let share = Double(Sensitivity.usual.rawValue) / Double(sensitivity.rawValue)
    return .finished([try model.checked(.illuminance, Double(raw) / 1.2 * share)])
  }

  private func measure(on bus: any I2CBus) throws(SensorError) -> Duration {
    // Power on, sensitivity in two parts, then one measurement in high resolution; the chip powers itself down afterwards. The
    // sensitivity is set each time: a reset in between would otherwise scale the value wrongly.
    let register = sensitivity.rawValue
    for command in [0x01, 0b0100_0000 | register >> 5, 0b0110_0000 | register & 0b1_1111, 0x20] {
      try bus.send([command], to: address)
    }
    // At most 180 ms.
    return .milliseconds(180)
  }
}

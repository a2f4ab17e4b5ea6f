// Aosong AHT20: temperature and humidity.

import Climate

/// Driver of the AHT20, from its data sheet A1 of 2020 (§5.3, §5.4).
final class AHT20: Sensor {
  let model = SensorModel.aht20
  let address: I2CAddress

  /// Bit 7 of the status: a conversion is under way.
  private static let busy: UInt8 = 0x80
  /// Bit 3 of the status: the calibration coefficients are loaded.
  private static let calibrated: UInt8 = 0x08

  private enum Step {
    case setUp
    case measure
  }

  private var isSetUp = false
  private var step = Step.setUp

  init(at address: I2CAddress) { self.address = address }

  func trigger(on bus: any I2CBus, at now: Instant) throws(SensorError) -> Duration {
    guard isSetUp else {
      step = .setUp
      try bus.send([0xBE, 0x08, 0x00], to: address)
      return .milliseconds(10)
    }
    return try measure(on: bus)
  }

  func collect(from bus: any I2CBus, at now: Instant) throws(SensorError) -> Collection {
    do throws(SensorError) {
      if step == .setUp {
        guard try bus.fetch(1, from: address)[0] & Self.calibrated != 0 else {
          throw .notIdentified("it does not load its calibration")
        }
        isSetUp = true
        return .more(after: try measure(on: bus))
      }
      return .finished(try measurements(bus.fetch(7, from: address)))
    } catch {
      isSetUp = false
      throw error
    }
  }

  private func measure(on bus: any I2CBus) throws(SensorError) -> Duration {
    step = .measure
    do throws(SensorError) {
      try bus.send([0xAC, 0x33, 0x00], to: address)
    } catch {
      isSetUp = false
      throw error
    }
    return .milliseconds(80)
  }

  private func measurements(_ bytes: [UInt8]) throws(SensorError) -> [Measurement] {
    guard bytes[0] != 0xFF else { throw .status("aht20 gave an empty answer") }
    guard bytes[0] & Self.busy == 0 else { throw .notReady }
    guard bytes[0] & Self.calibrated != 0 else { throw .deviceReset }
    guard CRC8.of(bytes.prefix(6)) == bytes[6] else { throw .checksum(word: 0) }
    let humidity = UInt32(bytes[1]) << 12 | UInt32(bytes[2]) << 4 | UInt32(bytes[3]) >> 4
    let temperature = (UInt32(bytes[3]) & 0x0F) << 16 | UInt32(bytes[4]) << 8 | UInt32(bytes[5])
    // A sensor that was reset holds zeros in both, with a valid checksum.
    guard humidity != 0 || temperature != 0 else { throw .deviceReset }
    return [
      try model.checked(.temperature, Double(temperature) / 1_048_576 * 200 - 50),
      try model.checked(.humidity, Double(humidity) / 1_048_576 * 100),
    ]
  }
}

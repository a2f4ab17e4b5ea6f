// Sensirion SHT30, SHT31, SHT35: temperature and humidity.

import Climate

/// Driver of the SHT3x family, from the data sheet SHT3x-DIS of December 2022.
final class SHT3x: Sensor {
  let model: SensorModel
  let address: I2CAddress

  private var isSetUp = false
  private var measurementsUntilStatus = 0

  /// How often the status register is read: it costs as much of the bus as a measurement, and tells of a reset that has already
  /// shown itself otherwise.
  private static let statusInterval = 60

  init(_ model: SensorModel, at address: I2CAddress) {
    (self.model, self.address) = (model, address)
  }

  func trigger(on bus: any I2CBus, at now: Instant) throws(SensorError) -> Duration {
    do throws(SensorError) {
      if !isSetUp { try setUp(on: bus) }
      if measurementsUntilStatus <= 0 { try checkStatus(on: bus) }
      measurementsUntilStatus -= 1
      // Single shot, high repeatability, clock stretching disabled (table 9).
      try bus.send(SensirionWords.command(0x2400), to: address)
    } catch {
      isSetUp = false
      throw error
    }
    // Table 4: at most 15.5 ms at low supply voltage.
    return .microseconds(15_500)
  }

  func collect(from bus: any I2CBus, at now: Instant) throws(SensorError) -> Collection {
    do throws(SensorError) {
      let words = try SensirionWords.decode(bus.fetch(6, from: address))
      return .finished(try measurements(words))
    } catch {
      isSetUp = false
      throw error
    }
  }

  private func measurements(_ words: [UInt16]) throws(SensorError) -> [Measurement] {
    guard words.count == 2 else { throw .notReady }
    let (temperature, humidity) = (words[0], words[1])
    // A bus that is held low or open still carries a valid checksum for one of these words.
    guard temperature != 0xFFFF, temperature != 0 else { throw .status("\(model.rawValue) gave an empty temperature") }
    // §4.13.
    return [
      try model.checked(.temperature, -45 + 175 * Double(temperature) / 65_535),
      try model.checked(.humidity, 100 * Double(humidity) / 65_535),
    ]
  }

  private func setUp(on bus: any I2CBus) throws(SensorError) {
    // Clear the status register, so that a reset from now on shows (table 19).
    try bus.send(SensirionWords.command(0x3041), to: address)
    isSetUp = true
    measurementsUntilStatus = 0
  }

  /// Status register (table 18): a reset, a heater that was left on, a command or checksum that was refused.
  private func checkStatus(on bus: any I2CBus) throws(SensorError) {
    let bytes: [UInt8]
    do throws(I2CError) {
      bytes = try bus.writeRead(SensirionWords.command(0xF32D), 3, at: address)
    } catch {
      throw .bus(error)
    }
    guard let status = try SensirionWords.decode(bytes).first else { throw .notReady }
    guard status & 0x0010 == 0 else { throw .deviceReset }
    guard status & 0x2000 == 0 else { throw .status("\(model.rawValue): the built-in heater is on") }
    guard status & 0x0003 == 0 else { throw .status("\(model.rawValue) refused a command") }
    measurementsUntilStatus = Self.statusInterval
  }
}

// Sensirion SHT40, SHT41, SHT45: temperature and humidity.

import Climate

/// Driver of the SHT4x family, from the data sheet SHT4x of March 2024.
final class SHT4x: Sensor {
  let model: SensorModel
  let address: I2CAddress

  private enum Step {
    case identify
    case measure
  }

  private var isIdentified = false
  private var serialNumber: [UInt16] = []
  private var step = Step.identify

  init(_ model: SensorModel, at address: I2CAddress) {
    (self.model, self.address) = (model, address)
  }

  func trigger(on bus: any I2CBus, at now: Instant) throws(SensorError) -> Duration {
    guard isIdentified else {
      // Serial number, whose checksums show that a Sensirion device answers (§4.5).
      step = .identify
      try bus.send([0x89], to: address)
      return .milliseconds(1)
    }
    return try measure(on: bus)
  }

  func collect(from bus: any I2CBus, at now: Instant) throws(SensorError) -> Collection {
    do throws(SensorError) {
      let words = try SensirionWords.decode(bus.fetch(6, from: address))
      switch step {
      case .identify:
        (isIdentified, serialNumber) = (true, words)
        return .more(after: try measure(on: bus))
      case .measure:
        return .finished(try measurements(words))
      }
    } catch {
      isIdentified = false
      throw error
    }
  }

  private func measure(on bus: any I2CBus) throws(SensorError) -> Duration {
    step = .measure
    do throws(SensorError) {
      // High precision (table 8).
      try bus.send([0xFD], to: address)
    } catch {
      isIdentified = false
      throw error
    }
    // Table 4: at most 8.3 ms.
    return .microseconds(8_300)
  }

  private func measurements(_ words: [UInt16]) throws(SensorError) -> [Measurement] {
    guard words.count == 2 else { throw .notReady }
    // Another program that asks for the serial number between our command and our reading would be answered with it, and we too.
    guard words != serialNumber else {
      throw .status("\(model.rawValue) was asked by another program at the same time")
    }
    // §4.6: humidity can come out a little beyond 0 and 100 % and is to be cropped.
    let humidity = -6 + 125 * Double(words[1]) / 65_535
    return [
      try model.checked(.temperature, -45 + 175 * Double(words[0]) / 65_535),
      try model.checked(.humidity, min(max(humidity, 0), 100)),
    ]
  }
}

// Sensirion SHT30, SHT31, SHT35: temperature and humidity.

import Climate

/// Driver of the SHT3x family, from the data sheet SHT3x-DIS of December 2022.
final class SHT3x: BatchedSensor {
  let model: SensorModel
  let address: I2CAddress

  /// How often the status register is read: it costs as much of the bus as a measurement, and tells of a reset that has already
  /// shown itself otherwise.
  private static let statusInterval = 60
  /// Least time between two commands (§4).
  private static let commandTime = Duration.milliseconds(1)

  private enum Step {
    case checkStatus
    case startMeasurement
    case read
  }

  private var isSetUp = false
  private var measurementsUntilStatus = 0
  private var step = Step.checkStatus

  init(_ model: SensorModel, at address: I2CAddress) {
    (self.model, self.address) = (model, address)
  }

  func trigger(on bus: any I2CBus, at now: Instant) throws(SensorError) -> Duration {
    do throws(SensorError) {
      guard isSetUp else {
        // Clear the status register, so that a reset from now on shows (table 19).
        try bus.send(SensirionWords.command(0x3041), to: address)
        step = .checkStatus
        return Self.commandTime
      }
      return measurementsUntilStatus > 0 ? try startMeasurement(on: bus) : try checkStatus(on: bus)
    } catch {
      isSetUp = false
      throw error
    }
  }

  func collect(from bus: any I2CBus, at now: Instant) throws(SensorError) -> Collection {
    do throws(SensorError) {
      switch step {
      case .checkStatus:
        let wait = try checkStatus(on: bus)
        isSetUp = true
        return .more(after: wait)
      case .startMeasurement:
        return .more(after: try startMeasurement(on: bus))
      case .read:
        return .finished(try measurements(SensirionWords.decode(bus.fetch(Self.answerLength, from: address))))
      }
    } catch {
      isSetUp = false
      throw error
    }
  }

  private func startMeasurement(on bus: any I2CBus) throws(SensorError) -> Duration {
    try bus.send(Self.singleShot, to: address)
    return didStart()
  }

  // MARK: Together with others

  // §4.1: a transmission begins with a start condition; the stop condition is optional.

  /// Single shot, high repeatability, clock stretching disabled (table 9).
  private static let singleShot = SensirionWords.command(0x2400)
  private static let answerLength = 6

  var nextCommand: [UInt8]? { isSetUp && measurementsUntilStatus > 0 ? Self.singleShot : nil }

  func didStart() -> Duration {
    (step, measurementsUntilStatus) = (.read, measurementsUntilStatus - 1)
    // Table 4: at most 15.5 ms at low supply voltage.
    return .microseconds(15_500)
  }

  var nextAnswer: Int? { step == .read ? Self.answerLength : nil }

  func collect(_ answer: [UInt8]) throws(SensorError) -> Collection {
    do throws(SensorError) {
      guard answer.count == Self.answerLength else { throw .notReady }
      return .finished(try measurements(SensirionWords.decode(answer)))
    } catch {
      isSetUp = false
      throw error
    }
  }

  func didFail() { isSetUp = false }

  /// Status register (table 18): a reset, a heater that was left on, a command or checksum that was refused.
  private func checkStatus(on bus: any I2CBus) throws(SensorError) -> Duration {
    let words = try SensirionWords.decode(bus.fetch(3, command: SensirionWords.command(0xF32D), from: address))
    guard let status = words.first else { throw .notReady }
    guard status & 0x0010 == 0 else { throw .deviceReset }
    guard status & 0x2000 == 0 else { throw .status("\(model.rawValue): the built-in heater is on") }
    guard status & 0x0003 == 0 else { throw .status("\(model.rawValue) refused a command") }
    (step, measurementsUntilStatus) = (.startMeasurement, Self.statusInterval)
    return Self.commandTime
  }

  private func measurements(_ words: [UInt16]) throws(SensorError) -> [Measurement] {
    guard words.count == 2 else { throw .notReady }
    // §4.13.
    return [
      try model.checked(.temperature, -45 + 175 * Double(words[0]) / 65_535),
      try model.checked(.humidity, 100 * Double(words[1]) / 65_535),
    ]
  }
}

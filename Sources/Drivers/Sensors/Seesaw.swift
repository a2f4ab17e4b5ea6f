// Adafruit STEMMA Soil (seesaw): soil moisture by capacitance, and the soil's temperature.

import Climate

/// Driver of the STEMMA soil sensor, from Adafruit's description of the seesaw protocol ("I2C Transactions", "Reading and Writing Data")
/// and of the sensor (product 4026).
///
/// A question of two bytes, module and function, is followed after a wait by a read of its own. The chip has an identity and neither checksum nor
/// a sign that it was reset: what it answers while it has no answer is all ones, and ones are no value.
final class Seesaw: Sensor {
  let model = SensorModel.seesaw
  let address: I2CAddress

  /// What is asked, in this order.
  private enum Question: Int, CaseIterable {
    /// Status module, hardware identity.
    case identity
    /// Touch module, channel 0: capacitance.
    case moisture
    /// Status module, temperature of the chip, which is in the soil.
    case temperature

    var bytes: [UInt8] {
      switch self {
      case .identity: [0x00, 0x01]
      case .moisture: [0x0F, 0x10]
      case .temperature: [0x00, 0x04]
      }
    }

    /// Bytes of the answer.
    var count: Int {
      switch self {
      case .identity: 1
      case .moisture: 2
      case .temperature: 4
      }
    }

    /// Adafruit's driver waits 5 ms for the capacitance and 1 ms for what lies ready; three times as long here.
    var wait: Duration { self == .moisture ? .milliseconds(15) : .milliseconds(3) }
  }

  /// Identity of the chip that the soil sensor is made with (SAMD09).
  static let identity: UInt8 = 0x55
  /// Counts beyond this are none: the converter has 12 bits, and the sensor counts about 200 in dry air to 2000 in water.
  private static let mostCounts = 4_095

  private let calibration: SensorSettings.AnalogueInput?
  private var asked = Question.identity
  private var isIdentified = false
  private var measurements: [Measurement] = []

  init(at address: I2CAddress, inputs: [SensorSettings.AnalogueInput]) {
    self.address = address
    calibration = inputs.first { $0.quantity == .soilMoisture }
  }

  func trigger(on bus: any I2CBus, at now: Instant) throws(SensorError) -> Duration {
    guard calibration != nil else { throw .status("seesaw has no calibration configured") }
    measurements = []
    return try ask(isIdentified ? .moisture : .identity, on: bus)
  }

  func collect(from bus: any I2CBus, at now: Instant) throws(SensorError) -> Collection {
    let answer: [UInt8]
    do throws(SensorError) { answer = try bus.fetch(asked.count, from: address) } catch {
      isIdentified = false
      throw error
    }
    switch asked {
    case .identity:
      guard answer == [Self.identity] else {
        throw .notIdentified("a seesaw says \(Self.identity), this says \(answer.first ?? 0)")
      }
      isIdentified = true
      return .more(after: try ask(.moisture, on: bus))
    case .moisture:
      measurements.append(try moisture(answer))
      return .more(after: try ask(.temperature, on: bus))
    case .temperature:
      measurements.append(try temperature(answer))
      return .finished(measurements)
    }
  }

  private func ask(_ question: Question, on bus: any I2CBus) throws(SensorError) -> Duration {
    asked = question
    do throws(SensorError) { try bus.send(question.bytes, to: address) } catch {
      isIdentified = false
      throw error
    }
    return question.wait
  }

  private func moisture(_ answer: [UInt8]) throws(SensorError) -> Measurement {
    let counts = Int(answer[0]) << 8 | Int(answer[1])
    // All ones while it counts, and from a chip that was not asked.
    guard counts != 0xFFFF else { throw .notReady }
    guard counts <= Self.mostCounts, let value = calibration?.value(at: Double(counts)) else {
      throw .status("seesaw counted an impossible \(counts)")
    }
    return try model.checked(.soilMoisture, value)
  }

  private func temperature(_ answer: [UInt8]) throws(SensorError) -> Measurement {
    let raw = answer.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    // As a number it would be 0 °C.
    guard raw != .max else { throw .notReady }
    return try model.checked(.soilTemperature, Double(Int32(bitPattern: raw)) / 65_536)
  }
}

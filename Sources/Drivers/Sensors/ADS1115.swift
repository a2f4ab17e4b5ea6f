// Texas Instruments ADS1115: voltages, and with them what probes in soil, wind, rain and gas tell by them.

import Climate

/// Driver of the ADS1115, from its data sheet SBAS444E. One single-shot conversion an input, one after the other.
final class ADS1115: Sensor {
  let model = SensorModel.ads1115
  let address: I2CAddress

  private let inputs: [SensorSettings.AnalogueInput]
  private var current = 0
  private var measurements: [Measurement] = []

  init(at address: I2CAddress, inputs: [SensorSettings.AnalogueInput]) {
    self.address = address
    self.inputs = inputs.filter { (0...3).contains($0.input) }
  }

  func trigger(on bus: any I2CBus, at now: Instant) throws(SensorError) -> Duration {
    guard !inputs.isEmpty else { throw .status("ads1115 has no inputs configured") }
    (current, measurements) = (0, [])
    return try convert(on: bus)
  }

  func collect(from bus: any I2CBus, at now: Instant) throws(SensorError) -> Collection {
    guard inputs.indices.contains(current) else { throw .notReady }
    let input = inputs[current]
    let bytes = try bus.fetch(2, command: [0x01], from: address)
    let configuration = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
    guard configuration & 0x7FFF == Self.configuration(input.input) & 0x7FFF else { throw .deviceReset }
    // OS, bit 15: 1 while no conversion is under way (table 9-3).
    guard configuration & 0x8000 != 0 else { throw .notReady }
    measurements.append(try read(input, on: bus))
    current += 1
    guard current < inputs.count else { return .finished(measurements) }
    return .more(after: try convert(on: bus))
  }

  /// Start one conversion (OS), input against ground (MUX), ±4.096 V (PGA), single shot, 128 samples a second, comparator off.
  private static func configuration(_ input: Int) -> UInt16 {
    0x8000 | UInt16(0b100 + input) << 12 | 0b001 << 9 | 1 << 8 | 0b100 << 5 | 0b11
  }

  private func convert(on bus: any I2CBus) throws(SensorError) -> Duration {
    let configuration = Self.configuration(inputs[current].input)
    try bus.send([0x01, UInt8(configuration >> 8), UInt8(configuration & 0xFF)], to: address)
    // 1/128 s, 10 % slower at worst, and 25 µs to wake up (§7.5, §9.4.2.2).
    return .microseconds(8_625)
  }

  private func read(_ input: SensorSettings.AnalogueInput, on bus: any I2CBus) throws(SensorError) -> Measurement {
    let bytes = try bus.fetch(2, command: [0x00], from: address)
    let raw = Int16(bitPattern: UInt16(bytes[0]) << 8 | UInt16(bytes[1]))
    guard raw < .max, raw > .min else { throw .status("ads1115 input \(input.input) is over its range of 4.096 V") }
    let volts = Double(raw) * 4.096 / 32_768
    guard let value = input.value(at: volts) else {
      throw .status("ads1115 input \(input.input) has both calibration points at the same voltage")
    }
    let measurement = try model.checked(input.quantity, value, input: input.input)
    guard input.quantity == .windSpeed else { return measurement }
    return Measurement(.windSpeed, max(value, 0), input: input.input)
  }
}

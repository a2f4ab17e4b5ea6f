// Noise on the wires: checksums let through no more than their share. Answers of any form are what Tests/Fuzz gives.

import Climate
import Drivers
import Simulator
import Testing

/// A bus that answers random bytes.
private final class NoisyBus: I2CBus, @unchecked Sendable {
  let name = "noise"
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  func transaction(_ operations: [I2COperation], at address: I2CAddress) throws(I2CError) -> [[UInt8]] {
    var reads: [[UInt8]] = []
    for case .read(let count) in operations {
      reads.append((0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
    }
    return reads
  }
}

@Suite("Random answers")
struct FuzzTests {
  private static let attempts = 100_000

  /// How likely random bytes pass for a measurement: 2⁻⁸ for each checksum. An AHT20 has one, and two bits of its status besides.
  private func probability(_ model: SensorModel) -> Double {
    switch model {
    case .sht30, .sht31, .sht35, .sht40, .sht41, .sht45: 0x1p-16
    case .scd40, .scd41: 0x1p-24
    case .aht20: 0x1p-10
    case .bme280, .bh1750, .ads1115: 1
    // Four bits of its counts are never set.
    case .seesaw: 0x1p-4
    }
  }

  @Test(
    "random bytes of the right length give no number that the sensor cannot have measured",
    arguments: SensorModel.allCases)
  func rightLength(model: SensorModel) throws {
    let bus = NoisyBus(seed: 11)
    let clock = VirtualClock()
    let sensor = makeSensor(
      model, at: try model.firstAddress, settings: SensorSettings(inputs: DeviceRig.inputs(of: model)))
    var numbers = 0
    for _ in 0..<Self.attempts {
      guard let values = try? sensor.measure(on: bus, clock: clock) else { continue }
      numbers += 1
      for value in values { #expect(model.range(of: value.quantity)?.contains(value.value) == true) }
    }
    // The expected number and five standard deviations.
    let expected = Double(Self.attempts) * probability(model)
    #expect(Double(numbers) <= expected + 5 * expected.squareRoot())
  }
}

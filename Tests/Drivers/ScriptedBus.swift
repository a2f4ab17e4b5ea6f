// A bus that answers what a test tells it to, and keeps what was written.

import Climate
import Drivers
import Simulator
import Testing

/// A bus that answers reads from a script, in order.
final class ScriptedBus: I2CBus, @unchecked Sendable {
  let name = "test"
  /// Every write so far.
  private(set) var written: [[UInt8]] = []
  private var answers: [[UInt8]]

  init(answers: [[UInt8]]) { self.answers = answers }

  /// Whether all answers were asked for.
  var isUsedUp: Bool { answers.isEmpty }

  func transaction(_ operations: [I2COperation], at address: I2CAddress) throws(I2CError) -> [[UInt8]] {
    var reads: [[UInt8]] = []
    for operation in operations {
      switch operation {
      case .write(let bytes): written.append(bytes)
      case .read:
        guard !answers.isEmpty else { throw I2CError(.noAcknowledge, bus: name, address: address) }
        reads.append(answers.removeFirst())
      }
    }
    return reads
  }
}

extension Sensor {
  /// Measures once: waits as long as the driver asks, until the values are there.
  /// - Returns: the values; `nil` if there is nothing new and nothing wrong.
  func measure(on bus: any I2CBus, clock: any MonotonicClock) throws(SensorError) -> [Measurement]? {
    var wait = try trigger(on: bus, at: clock.now())
    for _ in 0..<32 {
      clock.sleep(until: clock.now().advanced(by: wait))
      switch try collect(from: bus, at: clock.now()) {
      case .finished(let measurements): return measurements
      case .more(let more): wait = more
      case .notYet: return nil
      }
    }
    throw .notReady
  }

  /// Measures once on a bus with a script.
  func measure(answers: [[UInt8]]) throws(SensorError) -> [Measurement]? {
    try measure(on: ScriptedBus(answers: answers), clock: VirtualClock())
  }
}

extension SensorModel {
  /// The first address of the model.
  var firstAddress: I2CAddress {
    get throws { try #require(addresses.first) }
  }
}

extension [Measurement] {
  /// The value of a quantity at an input.
  func value(_ quantity: Quantity, input: Int = 0) -> Double? {
    first { $0.quantity == quantity && $0.input == input }?.value
  }
}

/// Whether a value is there and close to another.
func isClose(_ value: Double?, _ expected: Double, within tolerance: Double = 1e-9) -> Bool {
  value.map { abs($0 - expected) <= tolerance } ?? false
}

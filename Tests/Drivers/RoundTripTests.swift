// The true value is what comes out, over the whole range of each sensor.

import Climate
import Drivers
import Simulator
import Testing

@Suite("Values")
struct RoundTripTests {
  @Test("the true value is read back within the chip's resolution over its range", arguments: SensorModel.allCases)
  func roundTrip(model: SensorModel) throws {
    let rig = try DeviceRig(model)
    #expect(rig.sweepsUntilValues(atMost: model.sweepsToRecover) != nil)
    for step in 0...200 {
      rig.setConditions(share: Double(step) / 200)
      let values = try #require(try rig.sensor.measure(on: rig.bus, clock: rig.clock))
      #expect(rig.isTrue(values), "\(values) in \(rig.probe.conditions)")
      rig.clock.sleep(until: rig.clock.now().advanced(by: rig.interval))
    }
  }
}

extension DeviceRig {
  /// Conditions at a share 0…1 of the way through the range of each quantity. Humidity and pressure go through theirs several times,
  /// so that they meet all temperatures.
  fileprivate func setConditions(share: Double) {
    func value(_ quantity: Quantity, rounds: Double) -> Double {
      let range = model.range(of: quantity) ?? 0...1
      // A value at the very end could be rounded to one outside.
      let part = min(max((share * rounds).truncatingRemainder(dividingBy: 1.0001), 0.001), 0.999)
      return range.lowerBound + part * (range.upperBound - range.lowerBound)
    }
    probe.conditions.temperature = value(.temperature, rounds: 1)
    probe.conditions.humidity = value(.humidity, rounds: 7)
    probe.conditions.pressure = value(.pressure, rounds: 3)
    probe.conditions.co2 = value(.co2, rounds: 1)
    probe.conditions.illuminance = value(.illuminance, rounds: 1)
    probe.conditions.soilTemperature = value(.soilTemperature, rounds: 1)
    probe.conditions.volts = zip(inputs, [1, 2, 3, 5]).map { $0.volts(at: value($0.quantity, rounds: $1)) }
  }
}

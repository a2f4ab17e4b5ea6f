// What a shed's equipment can reach, against the shed itself.

import Climate
import Controller
import Testing

@testable import Simulator

@Suite("Reach of a silkworm shed") struct ShedReachTests {
  private static func states(heater: Double = 0, fan: Double = 0, mister: Double = 0) -> ActuatorStates {
    var states = ActuatorStates()
    (states[.heater], states[.fan], states[.mister], states[.circulation]) = (heater, fan, mister, 1)
    return states
  }

  @Test(
    "the lowest humidity is where a running fan takes the shed", arguments: [SilkwormStage.fifth, .mounting, .first])
  func lowestHumidity(_ stage: SilkwormStage) {
    var shed = SilkwormShed(
      parameters: SilkwormShed.Parameters().randomised(by: 3), stage: stage,
      weather: SilkwormShedTests.steady(20, 75), start: SilkwormShedTests.start)
    SilkwormShedTests.run(&shed, hours: 3) { _, _ in Self.states(fan: 1) }
    let reached = shed.air.relativeHumidity.percent
    #expect(abs(shed.lowestHumidity(at: shed.airTemperature) - reached) < 1, "\(reached)")
  }

  @Test("the highest humidity is where a running mister takes the shed") func highestHumidity() {
    var parameters = SilkwormShed.Parameters()
    parameters.misterFlow = 4
    var shed = SilkwormShed(
      parameters: parameters, stage: .empty, weather: SilkwormShedTests.steady(10, 60), start: SilkwormShedTests.start)
    SilkwormShedTests.run(&shed, hours: 6) { second, shed in
      // A thermostat, so that the air has a temperature to speak of.
      Self.states(heater: shed.airTemperature < 24 ? 0.6 : 0.2, mister: second % 600 < 300 ? 1 : 0)
    }
    let reached = shed.air.relativeHumidity.percent
    let expected = shed.highestHumidity(at: shed.airTemperature, fan: 0, mister: 0.5)
    #expect(reached < 95, "or dew hides what the mister does")
    #expect(abs(expected - reached) < 5, "\(expected) \(reached)")
  }

  @Test("a cycle of the fewest starts fills the band", arguments: [0.2, 0.5, 0.7]) func fewestStarts(_ duty: Double) {
    var shed = SilkwormShed(
      stage: .empty, weather: SilkwormShedTests.steady(15, 60), start: SilkwormShedTests.start)
    let starts = shed.fewestStarts(duty: duty, band: 0.5)
    let cycle = Int((86_400 / starts).rounded())
    var (low, high) = (Double.infinity, -Double.infinity)
    SilkwormShedTests.run(&shed, hours: 2, step: 1) { second, shed in
      if second >= 7_200 - cycle { (low, high) = (min(low, shed.airTemperature), max(high, shed.airTemperature)) }
      return Self.states(heater: Double(second % cycle) < duty * Double(cycle) ? 1 : 0)
    }
    #expect(abs(high - low - 1) < 0.15, "\(starts) starts a day, swing \(high - low) K")
  }

  @Test("a wide band needs fewer starts, a heater without work none") func limits() {
    let shed = SilkwormShed(weather: SilkwormShedTests.steady(15, 60), start: SilkwormShedTests.start)
    #expect(shed.fewestStarts(duty: 0.5, band: 1) < shed.fewestStarts(duty: 0.5, band: 0.5))
    #expect(shed.fewestStarts(duty: 0, band: 0.5) == 0)
    #expect(shed.fewestStarts(duty: 0.5, band: 100) == 1)
  }
}

// The PID law against numbers worked out by hand, and against a plant.

import Climate
import Controller
import Testing

/// A law with a clock, called once a second.
private final class Loop {
  var law: PID
  var now = Instant.zero

  init(_ direction: Direction = .raise, gain: Double, integral: Double? = nil, derivative: Double = 0) {
    law = PID(
      direction: direction,
      parameters: PIDParameters(
        gain: gain, integralTime: integral.map { .seconds($0) }, derivativeTime: .seconds(derivative)))
  }

  @discardableResult
  func demand(_ value: Double, setpoint: Double = 25, shortfall: Double = 0, after seconds: Double = 1) -> Double {
    now = now.advanced(by: .seconds(seconds))
    return law.demand(value: value, setpoint: setpoint, achievedMinusDemand: shortfall, at: now)
  }
}

@Suite("PID")
struct PIDTests {
  @Test("proportional: gain times error, within 0…1")
  func proportional() {
    let heating = Loop(gain: 0.2)
    #expect(isClose(heating.demand(23), 0.4))
    #expect(isClose(heating.demand(24.5), 0.1))
    #expect(heating.demand(26) == 0)
    #expect(heating.demand(10) == 1)
    #expect(isClose(Loop(.lower, gain: 0.2).demand(27), 0.4))
  }

  @Test("integral: an error of 1 adds gain · time / Ti")
  func integral() {
    let loop = Loop(gain: 0.1, integral: 100)
    #expect(isClose(loop.demand(24), 0.1))
    for second in 0..<100 {
      #expect(isClose(loop.demand(24), 0.1 + 0.001 * Double(second)))
    }
  }

  @Test("integral: it holds the demand when the error is gone")
  func integralHolds() {
    let loop = Loop(gain: 0.1, integral: 100)
    for _ in 0...200 { loop.demand(24) }
    #expect(isClose(loop.demand(25), 0.2))
    #expect(isClose(loop.demand(25), 0.2))
  }

  @Test("derivative: filtered with Td/8, and gone when the value rests")
  func derivative() {
    let loop = Loop(gain: 0.1, derivative: 8)
    loop.demand(25, setpoint: 24)
    // A fall of 1 in 1 s: (1·0 + 0.1·8·1) / (1 + 1), then halved each second.
    #expect(isClose(loop.demand(24, setpoint: 24), 0.4))
    #expect(isClose(loop.demand(24, setpoint: 24), 0.2))
    #expect(isClose(loop.demand(24, setpoint: 24), 0.1))
  }

  @Test("derivative: it brakes a value that comes fast")
  func derivativeBrakes() {
    let loop = Loop(gain: 0.1, derivative: 8)
    loop.demand(20)
    #expect(isClose(loop.demand(21), max(0, 0.4 - 0.4)))
    let cooling = Loop(.lower, gain: 0.1, derivative: 8)
    cooling.demand(25, setpoint: 26)
    #expect(isClose(cooling.demand(26, setpoint: 26), 0.4))
  }

  @Test("a setpoint step does not kick")
  func setpointStep() {
    let loop = Loop(gain: 0.1, derivative: 60)
    loop.demand(24, setpoint: 24)
    loop.demand(24, setpoint: 24)
    #expect(isClose(loop.demand(24, setpoint: 28), 0.4))
  }

  @Test("anti-windup: a demand at its limit does not wind up")
  func saturation() {
    let loop = Loop(gain: 1, integral: 10)
    for _ in 0..<3_600 { loop.demand(20) }
    // The integral has stopped at full output: back at the setpoint it takes minutes, not an hour, to come down.
    var seconds = 0
    while loop.demand(25.5) > 0, seconds < 3_600 { seconds += 1 }
    #expect(seconds <= 15)
  }

  @Test("anti-windup: an output that does not follow winds nothing up")
  func achieved() {
    let loop = Loop(gain: 0.1, integral: 100)
    var last = loop.demand(24)
    for _ in 0..<3_600 { last = loop.demand(24, shortfall: -last) }
    #expect(isClose(last, 0.1, within: 1e-6))
  }

  @Test("anti-windup: an output that is driven from elsewhere is taken over where it is")
  func drivenFromElsewhere() {
    let loop = Loop(gain: 0.1, integral: 100)
    var last = loop.demand(25)
    for _ in 0..<3_600 { last = loop.demand(25, shortfall: 0.7 - last) }
    #expect(isClose(last, 0.7, within: 1e-6))
  }

  @Test("a change of gain, Ti and Td does not make the output jump")
  func bumpless() {
    let loop = Loop(gain: 0.1, integral: 100, derivative: 8)
    for _ in 0..<100 { loop.demand(24) }
    let before = loop.demand(24)
    loop.law.change(to: PIDParameters(gain: 0.3, integralTime: .seconds(1_000), derivativeTime: .seconds(20)))
    #expect(isClose(loop.demand(24), before, within: 0.002))
    loop.law.change(to: PIDParameters(gain: 0.05, integralTime: nil))
    #expect(isClose(loop.demand(24), before, within: 0.003))
  }

  @Test("a long gap counts as ten seconds of error")
  func gapIntegral() {
    let loop = Loop(gain: 0.1, integral: 100)
    loop.demand(24)
    loop.demand(24, after: 3_600)
    #expect(isClose(loop.demand(24), 0.11))
  }

  @Test("a slow change over a long gap is not taken for a fast one")
  func gapDerivative() {
    let loop = Loop(gain: 0.1, derivative: 80)
    loop.demand(25, setpoint: 24)
    // 1 K in 590 s with a filter of 10 s: 0.1·80·1 / 600.
    #expect(isClose(loop.demand(24, setpoint: 24, after: 590), 8.0 / 600))
  }

  @Test("a call at the same instant adds nothing")
  func sameInstant() {
    let loop = Loop(gain: 0.1, integral: 100)
    loop.demand(24)
    for _ in 0..<100 { loop.demand(24, after: 0) }
    #expect(isClose(loop.demand(24, after: 1), 0.1))
  }

  @Test("after its value was lost it goes on with the integral it had, without a kick")
  func reset() {
    let loop = Loop(gain: 0.1, integral: 100, derivative: 80)
    for _ in 0...200 { loop.demand(24) }
    loop.law.reset()
    #expect(isClose(loop.demand(22, after: 600), 0.3 + 0.2, within: 1e-6))
  }

  @Test("it holds a first-order room at its setpoint, with little overshoot", arguments: [0.0, 60])
  func closedLoop(derivative: Double) {
    // 1800 s, 30 K at full power, 10 °C outside.
    let loop = Loop(gain: 0.3, integral: 900, derivative: derivative)
    var temperature = 15.0
    var highest = 0.0
    for second in 0..<14_400 {
      let demand = loop.demand(temperature)
      temperature += (10 + 30 * demand - temperature) / 1_800
      highest = max(highest, temperature)
      if second > 9_000 { #expect(abs(temperature - 25) < 0.1) }
    }
    #expect(highest < 25.8)
  }
}

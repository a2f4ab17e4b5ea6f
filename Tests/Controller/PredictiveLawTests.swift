// The law that knows its zone, against a zone that is as it knows, and against one that is not.

import Climate
import Testing

@testable import Controller

/// A first-order zone with dead time, and the law that drives it once a second.
private struct Loop {
  var law: PredictiveLaw
  private(set) var value = 20.0
  private(set) var demand = 0.0
  private var line: [Double]
  private let (gain, time): (Double, Double)
  private var now = Instant.zero
  let ambient = 10.0

  init(
    _ direction: Direction = .raise, gain: Double = 20, time: Double = 1_800, dead: Int = 60, known: ProcessModel? = nil
  ) {
    (self.gain, self.time) = (gain, time)
    line = Array(repeating: 0.5, count: dead)
    law = PredictiveLaw(
      direction: direction,
      model: known ?? ProcessModel(gain: gain, timeConstant: .seconds(time), deadTime: .seconds(dead)))
    law.resume(holding: 0.5)
  }

  /// - Parameter blocked: whether something keeps the output off.
  mutating func run(_ seconds: Int, setpoint: Double, blocked: Bool = false, load: Double = 0) {
    for _ in 0..<seconds {
      let achieved = blocked ? 0 : demand
      now = now.advanced(by: .seconds(1))
      demand = law.demand(value: value, setpoint: setpoint, achieved: achieved, at: now)
      line.append(blocked ? 0 : demand)
      value += (ambient + gain * line.removeFirst() - load - value) / time
    }
  }
}

@Suite("Predictive law") struct PredictiveLawTests {
  @Test("a step of the setpoint is reached with full output and without overshoot") func step() {
    var loop = Loop()
    loop.run(600, setpoint: 20)
    #expect(abs(loop.value - 20) < 0.01)
    loop.run(60, setpoint: 22)
    #expect(loop.demand == 1)
    var highest = 0.0
    for _ in 0..<3_600 {
      loop.run(1, setpoint: 22)
      highest = max(highest, loop.value)
    }
    #expect(abs(loop.value - 22) < 0.01)
    #expect(highest < 22.02)
  }

  @Test("a load is found out and carried") func load() {
    var loop = Loop()
    loop.run(600, setpoint: 20)
    loop.run(3_600, setpoint: 20, load: 4)
    #expect(abs(loop.value - 20) < 0.01)
    #expect(abs(loop.law.holding - 0.7) < 0.01)
  }

  @Test("an output that is held back winds nothing up") func windup() {
    var loop = Loop()
    loop.run(600, setpoint: 20)
    loop.run(1_800, setpoint: 20, blocked: true)
    #expect(loop.demand == 1)
    var highest = 0.0
    for _ in 0..<7_200 {
      loop.run(1, setpoint: 20)
      highest = max(highest, loop.value)
    }
    #expect(abs(loop.value - 20) < 0.01)
    #expect(highest < 20.05)
  }

  @Test(
    "a zone that answers a fifth more, or later, than is known does not swing",
    arguments: [(1.2, 1.0), (0.8, 1.0), (1.0, 1.2), (1.0, 0.8), (1.2, 1.2), (0.8, 0.8)])
  func robust(gain: Double, dead: Double) {
    let known = ProcessModel(gain: 20 / gain, timeConstant: .seconds(600), deadTime: .seconds(300 / dead))
    var loop = Loop(time: 600, dead: 300, known: known)
    loop.run(4 * 3_600, setpoint: 22)
    #expect(abs(loop.value - 22) < 0.05)
    let before = loop.demand
    loop.run(600, setpoint: 22)
    #expect(abs(loop.demand - before) < 0.02)
  }

  @Test("after a loss of the reading it goes on with what held the setpoint") func reset() {
    var loop = Loop()
    loop.run(600, setpoint: 20)
    loop.law.reset()
    loop.run(1, setpoint: 20)
    #expect(abs(loop.demand - 0.5) < 0.05)
  }

  @Test("cooling is heating upside down") func cooling() {
    var law = PredictiveLaw(
      direction: .lower, model: ProcessModel(gain: 10, timeConstant: .seconds(600), deadTime: .seconds(30)))
    let warm = law.demand(value: 27, setpoint: 25, achieved: 0, at: .zero)
    #expect(warm == 1)
    law.reset()
    let cold = law.demand(value: 24, setpoint: 25, achieved: 0, at: Instant(seconds: 1))
    #expect(cold == 0)
  }

  @Test("what comes out of a delay went in a delay before") func delay() {
    var line = DelayLine(delay: 90, value: 0)
    var out: [Double] = []
    for second in 0..<200 { out.append(line.pass(second < 10 ? 1 : 0, for: 1)) }
    #expect(abs(out.reduce(0, +) - 10) < 1e-9)
    let centre = out.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element } / 10
    #expect(abs(centre - 4.5 - 90) < 1.5)
    var none = DelayLine(delay: 0, value: 0)
    #expect(none.pass(0.7, for: 1) == 0.7)
  }
}

// When a relay test gives up.

import Climate
import Controller
import Testing

/// A zone in which a relay test runs: it answers at once, so many K a minute with the output on, and falls as much without.
private struct Zone {
  var test = RelayTest(
    direction: .raise, limits: RelayTestLimits(setpoint: 24, swing: 0.5, range: 20...28))
  private var now = Instant.zero
  private var isOn = false

  mutating func run(
    minutes: Int, rise: Double = 0.1, fall: Double = 0.1, follows: Bool = true, from start: Double = 24,
    reading: Bool = true
  ) {
    var value = start
    for _ in 0..<(minutes * 60) where !test.isOver {
      isOn = test.step(value: reading ? value : nil, isOn: follows && isOn, at: now)
      value += (isOn && follows ? rise : -fall) / 60
      now = now.advanced(by: .seconds(1))
    }
  }
}

@Suite("Relay test") struct RelayTestTests {
  @Test("the quantity leaves its range") func outOfRange() {
    var zone = Zone()
    zone.run(minutes: 60, from: 29)
    #expect(zone.test.phase == .failed(.outOfRange))
    #expect(!zone.test.wanted)
  }

  @Test("the output is too weak") func cannotReach() {
    var zone = Zone()
    zone.run(minutes: 300, rise: 0.001)
    #expect(zone.test.phase == .failed(.cannotReach))
  }

  @Test("something else heats") func doesNotReturn() {
    var zone = Zone()
    zone.run(minutes: 300, fall: 0)
    #expect(zone.test.phase == .failed(.doesNotReturn))
  }

  @Test("the output does not follow") func notFollowed() {
    var zone = Zone()
    zone.run(minutes: 10, fall: 0, follows: false)
    #expect(zone.test.phase == .failed(.notFollowed))
  }

  @Test("the reading is lost for longer than three minutes") func readingLost() {
    var zone = Zone()
    zone.run(minutes: 2, reading: false)
    #expect(zone.test.phase == .approaching)
    zone.run(minutes: 3, reading: false)
    #expect(zone.test.phase == .failed(.readingLost))
  }

  @Test("it ends when its time is over, and wants nothing afterwards") func tooSlow() {
    var zone = Zone()
    zone.test = RelayTest(
      direction: .raise,
      limits: RelayTestLimits(setpoint: 24, swing: 0.5, range: 20...28, longest: .minutes(20)))
    zone.run(minutes: 30)
    #expect(zone.test.phase == .failed(.tooSlow))
    #expect(!zone.test.wanted)
  }

  @Test("a recording that no model can be fitted to ends with what the swing alone says, and not for want of time")
  func noFit() throws {
    var test = RelayTest(
      direction: .raise, limits: RelayTestLimits(setpoint: 24, swing: 0.5, range: 20...28, longest: .hours(2)))
    // Looked at every two minutes, in a zone that follows at once.
    var (now, isOn) = (Instant.zero, false)
    while !test.isOver {
      isOn = test.step(value: isOn ? 25 : 23, isOn: isOn, at: now)
      now = now.advanced(by: .minutes(2))
    }
    guard case .finished(let result) = test.phase else {
      Issue.record("it ends with \(test.phase)")
      return
    }
    try #require(result.firstOrder == nil && result.secondOrder == nil)
    #expect(result.verdict == .noModel)
    #expect(result.cycles >= 3)
    #expect(result.cycle(ripple: 0.3) == nil)
    guard case .pid(let parameters) = result.law else {
      Issue.record("a law without a model: \(result.law)")
      return
    }
    #expect(parameters.gain > 0 && parameters.gain < 2)
    #expect(parameters.integralTime ?? .zero > .zero)
  }

  @Test("a person stops it") func stopped() {
    var zone = Zone()
    zone.run(minutes: 10)
    zone.test.stop(because: .stopped)
    #expect(zone.test.phase == .failed(.stopped))
    let after = zone.test.step(value: 20.5, isOn: false, at: Instant(seconds: 1e6))
    #expect(!after)
  }
}

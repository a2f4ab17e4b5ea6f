// The plausibility tests: which samples become a good reading, and which never do.

import Climate
import Controller
import Testing

/// One probe with a clock.
private final class Probe {
  var filter: QualityFilter
  var now = Instant(seconds: 1_000)

  init(
    range: ClosedRange<Double> = -30...70, maximumRate: Double = 0.1, step: Double = 1, samplesToRecover: Int = 10,
    flatLine: Duration? = nil, passQuality: Quality = .good
  ) {
    filter = QualityFilter(
      limits: QualityLimits(
        range: range, maximumRate: maximumRate, step: step, samplesToRecover: samplesToRecover, flatLine: flatLine,
        staleAfter: .seconds(5), failedAfter: .seconds(60)),
      passQuality: passQuality)
  }

  /// A sample arrives, a second after the last one.
  @discardableResult
  func give(_ value: Double?, after seconds: Double = 1) -> Reading {
    now = now.advanced(by: .seconds(seconds))
    filter.accept(Sample(channel: ChannelID(0), value: value, at: now))
    return reading
  }

  func wait(_ seconds: Double) -> Reading {
    now = now.advanced(by: .seconds(seconds))
    return reading
  }

  var reading: Reading { filter.reading(at: now) }
}

@Suite("Quality of one probe")
struct QualityFilterTests {
  @Test("nothing heard is failed, not zero")
  func never() {
    let reading = Probe().reading
    #expect(reading == Reading(lastValue: nil, quality: .failed, fault: .never, at: nil))
    #expect(reading.trusted == nil)
  }

  @Test("a plausible value is good, with its time")
  func good() {
    let probe = Probe()
    let reading = probe.give(25)
    #expect(reading == Reading(lastValue: 25, quality: .good, at: probe.now))
    #expect(reading.trusted == 25)
    #expect(probe.wait(3).age(at: probe.now) == .seconds(3))
  }

  @Test("zero is a value like any other")
  func zero() {
    #expect(Probe().give(0).trusted == 0)
  }

  @Test("values of a simulation say so, and control may use them")
  func simulated() {
    let reading = Probe(passQuality: .simulated).give(25)
    #expect(reading.quality == .simulated)
    #expect(reading.trusted == 25)
  }

  @Test("a value outside the range never becomes the reading", arguments: [-30.1, 70.1, 1e300, -1e300])
  func range(value: Double) {
    let probe = Probe()
    #expect(probe.give(value) == Reading(lastValue: nil, quality: .failed, fault: .range, at: nil))
    probe.give(25)
    #expect(probe.give(value).lastValue == 25)
    #expect(probe.wait(5).fault == .range)
  }

  @Test("the ends of the range are inside", arguments: [-30.0, 70.0])
  func rangeEnds(value: Double) {
    #expect(Probe().give(value).trusted == value)
  }

  @Test("no number is no value", arguments: [nil, Double.nan, Double.infinity, -Double.infinity])
  func noNumber(value: Double?) {
    let probe = Probe()
    #expect(probe.give(value).trusted == nil)
    #expect(probe.reading.fault == .noAnswer)
    probe.give(25)
    probe.give(value)
    #expect(probe.wait(5).quality == .stale)
    #expect(probe.reading.fault == .noAnswer)
  }

  @Test("up to three spikes are rejected, and the value from before stands")
  func spikes() {
    let probe = Probe()
    probe.give(25)
    for _ in 0..<3 {
      #expect(probe.give(40).trusted == 25)
    }
    #expect(probe.give(25.1).trusted == 25.1)
    #expect(probe.reading.fault == nil)
  }

  @Test("a level that stays after three rejections is shown as suspect, and good after ten consistent samples")
  func newLevel() {
    let probe = Probe()
    probe.give(25)
    for _ in 0..<3 { probe.give(40) }
    let shown = probe.give(40)
    #expect(shown.lastValue == 40)
    #expect(shown.quality == .suspect)
    #expect(shown.fault == .spike)
    for _ in 0..<9 {
      #expect(probe.give(40.1).quality == .suspect)
    }
    #expect(probe.give(40.1).quality == .good)
  }

  @Test("spikes that do not agree with each other never become a level")
  func scatteredSpikes() {
    let probe = Probe()
    probe.give(25)
    for round in 0..<50 {
      #expect(probe.give(round % 2 == 0 ? 40 : 10).lastValue == 25)
    }
    #expect(probe.reading.quality == .stale)
    #expect(probe.reading.fault == .spike)
  }

  @Test("a change as fast as the quantity can is good, a faster one is not")
  func rateOfChange() {
    let slow = Probe()
    slow.give(20)
    // One unit of noise and 0.1 units a second for three seconds.
    #expect(slow.give(21.29, after: 3).trusted == 21.29)
    let fast = Probe()
    fast.give(20)
    #expect(fast.give(21.31, after: 3).trusted == 20)
  }

  @Test("an unchanged value is suspect after the time, failed after twice the time, and good once it moves")
  func flatLine() {
    let probe = Probe(flatLine: .seconds(100))
    for _ in 0...100 { probe.give(25) }
    #expect(probe.reading.quality == .good)
    #expect(probe.give(25).quality == .suspect)
    #expect(probe.reading.fault == .flatLine)
    for _ in 0..<99 { probe.give(25) }
    #expect(probe.reading.quality == .suspect)
    #expect(probe.give(25).quality == .failed)
    #expect(probe.give(25.01).quality == .good)
  }

  @Test("a constant is good where it is normal")
  func noFlatLine() {
    let probe = Probe(flatLine: nil)
    for _ in 0..<500 { probe.give(0) }
    #expect(probe.reading.quality == .good)
  }

  @Test("silence is not a flat line: the first value after it is good, even if it is the same")
  func flatLineAfterSilence() {
    let probe = Probe(flatLine: .seconds(100))
    probe.give(25)
    #expect(probe.give(25, after: 500).quality == .good)
  }

  @Test("a value grows stale, then failed, and keeps its number for people")
  func ages() {
    let probe = Probe()
    probe.give(25)
    #expect(probe.wait(5).quality == .good)
    #expect(probe.wait(0.1).quality == .stale)
    #expect(probe.reading.fault == .stale)
    #expect(probe.wait(54.9).quality == .stale)
    #expect(probe.wait(0.1).quality == .failed)
    #expect(probe.reading.lastValue == 25)
    #expect(probe.reading.trusted == nil)
  }

  @Test("a failed probe is good again with its first plausible value, however far from the last")
  func recovery() {
    let probe = Probe()
    probe.give(25)
    #expect(probe.give(40, after: 61).trusted == 40)
  }

  @Test("a stale probe must be near its last value to be good again")
  func recoveryFromStale() {
    let probe = Probe()
    probe.give(25)
    #expect(probe.give(40, after: 10).trusted == nil)
    #expect(probe.give(25.5).trusted == 25.5)
  }

  @Test("usual limits: stale after three missed intervals, failed after ten", arguments: Quantity.allCases)
  func usual(quantity: Quantity) {
    let fast = QualityLimits.usual(for: quantity, interval: .seconds(1))
    #expect((fast.staleAfter, fast.failedAfter) == (.seconds(5), .seconds(60)))
    let slow = QualityLimits.usual(for: quantity, interval: .seconds(30))
    #expect((slow.staleAfter, slow.failedAfter) == (.seconds(91), .seconds(300)))
    #expect(fast.spikesTolerated == 3)
  }
}

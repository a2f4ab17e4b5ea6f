// Time-proportional switching: the mean is the demand, whatever stands in the way.

import Climate
import Controller
import Testing

@Suite("Pulse modulator")
struct PulseModulatorTests {
  /// Runs an hour in seconds.
  /// - Parameter isBlocked: whether the output is kept off in a second.
  private func hour(
    demand: Double, cycle: Int = 120, isBlocked: (Int) -> Bool = { _ in false }
  ) -> (mean: Double, starts: Int) {
    var modulator = PulseModulator(cycle: .seconds(cycle))
    var (isOn, onTime, starts) = (false, 0, 0)
    for second in 0..<3_600 {
      let wanted = modulator.wanted(demand: demand, achieved: isOn, at: Instant(seconds: Double(second)))
      let next = wanted && !isBlocked(second)
      if next, !isOn { starts += 1 }
      isOn = next
      if isOn { onTime += 1 }
    }
    return (Double(onTime) / 3_600, starts)
  }

  private static let demands = (1...19).map { Double($0) / 20 }

  @Test("the mean over an hour is the demand within 1 %", arguments: demands)
  func mean(demand: Double) {
    #expect(isClose(hour(demand: demand).mean, demand, within: 0.01))
  }

  @Test("there are no more starts than one a cycle, and fewer at small and large demands", arguments: demands)
  func starts(demand: Double) {
    let most = 3_600.0 / 120 * 4 * demand * (1 - demand)
    let starts = hour(demand: demand).starts
    #expect(Double(starts) <= most + 1)
    #expect(starts >= 1)
  }

  @Test("a minute in ten during which the output is kept off is made good", arguments: [0.2, 0.5, 0.7])
  func blocked(demand: Double) {
    #expect(isClose(hour(demand: demand) { $0 % 600 >= 540 }.mean, demand, within: 0.015))
  }

  @Test("what is owed is limited: a long refusal is not made good by hours of running")
  func owedIsLimited() {
    var modulator = PulseModulator(cycle: .seconds(120))
    for second in 0..<3_600 { _ = modulator.wanted(demand: 0.5, achieved: false, at: Instant(seconds: Double(second))) }
    var isOn = true
    var second = 3_600
    while isOn, second < 7_200 {
      isOn = modulator.wanted(demand: 0.5, achieved: true, at: Instant(seconds: Double(second)))
      second += 1
    }
    #expect(second - 3_600 < 160)
  }

  @Test("demands beside 0 and 1 are off and fully on", arguments: [(0.0, 0.0), (0.01, 0), (0.99, 1), (1, 1)])
  func ends(demand: Double, mean: Double) {
    #expect(hour(demand: demand).mean == mean)
  }

  @Test(
    "of a long step no more than a minute counts, unless all of it is known", arguments: [(60.0, false), (300, true)])
  func longStep(longest: Double, isOn: Bool) {
    var modulator = PulseModulator(cycle: .seconds(600))
    _ = modulator.wanted(demand: 0.5, achieved: false, longestStep: longest, at: .zero)
    let wanted = modulator.wanted(demand: 0.5, achieved: false, longestStep: longest, at: Instant(seconds: 200))
    #expect(wanted == isOn)
  }

  @Test("a demand of zero switches off at once")
  func offAtOnce() {
    var modulator = PulseModulator(cycle: .seconds(600))
    let on = modulator.wanted(demand: 1, achieved: false, at: .zero)
    let off = modulator.wanted(demand: 0, achieved: true, at: Instant(seconds: 1))
    #expect((on, off) == (true, false))
  }
}

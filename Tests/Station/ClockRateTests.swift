// The monotonic clock beside the real-time clock chip.

import Climate
import Testing

@testable import Station

@Suite("Rate of the clocks")
struct ClockRateTests {
  /// A chip that runs at a rate of its own and tells whole seconds.
  private static func run(
    minutes: Int, rate: Double, steps: [Int: Int64] = [:], silent: Set<Int> = []
  ) -> (everWrong: Bool, last: ClockRate) {
    var clocks = ClockRate()
    var everWrong = false
    var offset: Int64 = 1_800_000_000
    for minute in 0...minutes {
      offset += steps[minute] ?? 0
      let now = Instant(nanoseconds: Int64(minute) * 60_000_000_000)
      let chip = offset + Int64((Double(minute) * 60 * rate + 0.4).rounded(.down))
      clocks.take(chip: silent.contains(minute) ? nil : chip, now: now)
      everWrong = everWrong || clocks.isWrong
    }
    return (everWrong, clocks)
  }

  @Test("A chip that runs 2.5 % faster or slower is noticed in ten minutes", arguments: [1.025, 0.975, 1.5, 0.0])
  func noticed(rate: Double) throws {
    #expect(Self.run(minutes: 9, rate: rate).everWrong == false)
    #expect(Self.run(minutes: 10, rate: rate).last.isWrong)
  }

  @Test("A chip that runs 1.5 % faster or slower is not", arguments: [1.015, 0.985, 1.0, 1.0001])
  func tolerated(rate: Double) {
    #expect(!Self.run(minutes: 600, rate: rate).everWrong)
  }

  @Test("A chip that is set, by seconds or by years, is no fault of its rate")
  func set() {
    #expect(!Self.run(minutes: 60, rate: 1, steps: [15: 86_400 * 365, 30: -7, 45: 3_600]).everWrong)
    #expect(!Self.run(minutes: 60, rate: 1, steps: [20: 9, 24: -9]).everWrong)
  }

  @Test("A fast chip that the time service sets back every eleven minutes is noticed all the same")
  func disciplined() {
    let steps = Dictionary(uniqueKeysWithValues: stride(from: 11, to: 120, by: 11).map { ($0, Int64(-20)) })
    #expect(Self.run(minutes: 110, rate: 1.03, steps: steps).last.isWrong)
  }

  @Test("With a chip that is away nothing is said, and it is judged anew when it is back")
  func away() {
    #expect(Self.run(minutes: 20, rate: 1.1).last.isWrong)
    #expect(!Self.run(minutes: 20, rate: 1.1, silent: [20]).last.isWrong)
    #expect(!Self.run(minutes: 30, rate: 1.1, silent: [20]).last.isWrong)
    #expect(Self.run(minutes: 31, rate: 1.1, silent: [20]).last.isWrong)
  }

  @Test("A clock that is right again is told so")
  func recovered() {
    var clocks = ClockRate()
    var chip = 0.0
    for minute in 0...60 {
      clocks.take(chip: Int64(chip), now: Instant(nanoseconds: Int64(minute) * 60_000_000_000))
      if minute == 20 { #expect(clocks.isWrong) }
      chip += minute < 20 ? 63 : 60
    }
    #expect(!clocks.isWrong)
  }
}

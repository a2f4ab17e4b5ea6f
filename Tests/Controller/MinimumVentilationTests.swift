// Air change by the clock: any window of one period holds the minimum.

import Climate
import Testing

@testable import Controller

@Suite("Minimum ventilation")
struct MinimumVentilationTests {
  private static let timer = VentilationTimer(on: .minutes(2), period: .minutes(15))

  /// Runs a fan in seconds.
  /// - Parameters:
  ///   - others: whether another law runs the fan in a second.
  ///   - rest: shortest time off of the fan, s.
  /// - Returns: whether the fan ran, second by second.
  private func run(seconds: Int, rest: Int = 0, others: (Int) -> Bool = { _ in false }) -> [Bool] {
    var law = MinimumVentilation()
    var isOn = false
    var offSince = -rest
    return (0..<seconds).map { second in
      let mustRun = law.mustRun(Self.timer, achieved: isOn, at: Instant(seconds: Double(second)))
      let next = (mustRun || others(second)) && (isOn || second - offSince >= rest)
      if isOn, !next { offSince = second }
      isOn = next
      return next
    }
  }

  private func leastInAnyWindow(_ trace: [Bool]) -> Int {
    var sum = trace.prefix(900).count { $0 }
    var least = sum
    for second in 900..<trace.count {
      sum += (trace[second] ? 1 : 0) - (trace[second - 900] ? 1 : 0)
      least = min(least, sum)
    }
    return least
  }

  @Test("alone, it runs its time in every period and no more")
  func alone() {
    let trace = run(seconds: 9_000)
    #expect(trace.count { $0 } == 1_200)
    #expect(leastInAnyWindow(trace) == 120)
  }

  @Test(
    "any window of one period holds the minimum while other laws run the fan as they like",
    arguments: 1...5 as ClosedRange<UInt64>)
  func withOthers(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var isWanted = false
    var until = 0
    let trace = run(seconds: 20_000) { second in
      if second >= until {
        isWanted.toggle()
        until = second + Int.random(in: 5...(isWanted ? 200 : 900), using: &random)
      }
      return isWanted
    }
    #expect(leastInAnyWindow(trace) >= 120)
  }

  @Test("air that another reason moves often enough is all that there need be")
  func enoughAnyway() {
    func others(_ second: Int) -> Bool { second % 700 < 130 }
    let trace = run(seconds: 20_000, others: others)
    #expect(trace == (0..<20_000).map(others))
  }

  @Test("a run for another reason puts the next one off for a whole period, and not longer")
  func putOff() {
    let trace = run(seconds: 2_400) { (600..<720).contains($0) }
    let starts = trace.indices.filter { trace[$0] && ($0 == 0 || !trace[$0 - 1]) }
    #expect(starts == [0, 600, 1_500])
    #expect(leastInAnyWindow(trace) == 120)
  }

  @Test("a run for another reason that is too short is no turn: the whole time follows when the window wants it")
  func tooShort() {
    let trace = run(seconds: 2_400) { (600..<660).contains($0) }
    let starts = trace.indices.filter { trace[$0] && ($0 == 0 || !trace[$0 - 1]) }
    // At 960 the window holds half of the first run and all of the second.
    #expect(starts == [0, 600, 960, 1_860])
    #expect(leastInAnyWindow(trace) == 120)
  }

  @Test("a fan that comes and goes every few seconds is remembered in so many runs, and runs rather more than less")
  func manyRuns() {
    let trace = run(seconds: 20_000) { $0 % 6 < 1 }
    #expect(leastInAnyWindow(trace) >= 120)
  }

  @Test("a start delayed by a minimum off-time is made up in full, and costs a window no more than the delay")
  func delayedStart() {
    // Another law runs the fan for a moment before it is due at 901; it must then rest for 60 s.
    let trace = run(seconds: 9_000, rest: 60) { $0 == 899 }
    #expect(!trace[900..<960].contains(true))
    #expect(trace[960..<1_080].allSatisfy { $0 })
    #expect(leastInAnyWindow(trace) == 120 - 59)
  }

  @Test("after a stall longer than a period it runs at once")
  func stall() {
    var law = MinimumVentilation()
    _ = law.mustRun(Self.timer, achieved: false, at: .zero)
    for second in 1...120 { _ = law.mustRun(Self.timer, achieved: true, at: Instant(seconds: Double(second))) }
    let afterRun = law.mustRun(Self.timer, achieved: false, at: Instant(seconds: 130))
    let afterStall = law.mustRun(Self.timer, achieved: false, at: Instant(seconds: 10_000))
    #expect((afterRun, afterStall) == (false, true))
  }

  @Test("a stall in which the fan was thought to run is no air")
  func stallWhileRunning() {
    var law = MinimumVentilation()
    _ = law.mustRun(Self.timer, achieved: false, at: .zero)
    for second in 1...110 { _ = law.mustRun(Self.timer, achieved: true, at: Instant(seconds: Double(second))) }
    let afterStall = law.mustRun(Self.timer, achieved: true, at: Instant(seconds: 640))
    for second in 641...649 { _ = law.mustRun(Self.timer, achieved: true, at: Instant(seconds: Double(second))) }
    let whenDone = law.mustRun(Self.timer, achieved: true, at: Instant(seconds: 650))
    let whenTheFirstHasGone = law.mustRun(Self.timer, achieved: false, at: Instant(seconds: 905))
    #expect((afterStall, whenDone, whenTheFirstHasGone) == (true, false, true))
  }

  @Test("a step of two minutes is air only if all of it is known", arguments: [(60.0, true), (300, false)])
  func longStep(longest: Double, isDueStill: Bool) {
    var law = MinimumVentilation()
    _ = law.mustRun(Self.timer, achieved: false, longestStep: longest, at: .zero)
    let isDue = law.mustRun(Self.timer, achieved: true, longestStep: longest, at: Instant(seconds: 120))
    #expect(isDue == isDueStill)
  }

  /// The shed with a second fan.
  private static func twoFans(alike: Bool) -> (rig: ControllerRig, second: OutputID) {
    let second = OutputID(6)
    let plan = Site.plan { plan in
      plan.outputs.append(
        OutputPlan(
          name: "fan-2", kind: .fan, constraints: OutputConstraints(), cycle: .seconds(120), onReadingLost: .off))
      plan.zones[0].ventilation = [Site.fan, second]
      plan.zones[0].rotation = alike ? .hours(6) : nil
      plan.zones[0].setpoints.ventilation = timer
    }
    return (ControllerRig(plan), second)
  }

  /// Whether each fan runs, second by second.
  private static func trace(_ rig: ControllerRig, _ fans: [OutputID], seconds: Int) -> [[Bool]] {
    (0..<seconds).map { _ in
      rig.step()
      return fans.map { rig.isOn($0) }
    }
  }

  @Test("fans that are alike take turns: shorter runs, as much air in any window, and no two of them at a time")
  func turns() {
    let (rig, second) = Self.twoFans(alike: true)
    let trace = Self.trace(rig, [Site.fan, second], seconds: 9_000)
    #expect(!trace.contains([true, true]))
    for fan in 0..<2 { #expect(trace.count { $0[fan] } == 600, "each has its half") }
    #expect(leastInAnyWindow(trace.map { $0.contains(true) }) == 120)
    let runs = trace.map { $0.contains(true) }.split(separator: false)
    #expect(runs.allSatisfy { $0.count == 60 })
  }

  @Test(
    "runs are shared out as far as fans may run that short, and none has its turn more often than every 15 min",
    arguments: [
      // Seconds of a period, fans, shortest run; parts.
      (120, 900, 2, 30, 2), (120, 900, 2, 0, 2), (30, 300, 4, 30, 1), (90, 300, 4, 30, 1), (120, 600, 4, 30, 2),
      (240, 2_400, 4, 30, 4), (90, 1_800, 4, 60, 1), (300, 3_600, 1, 30, 1), (0, 300, 4, 30, 1),
    ] as [(Int, Int, Int, Int, Int)])
  func shares(_ on: Int, _ period: Int, _ fans: Int, _ shortest: Int, _ parts: Int) {
    let timer = VentilationTimer(on: .seconds(on), period: .seconds(period))
    let shared = timer.shared(by: fans, shortest: .seconds(shortest))
    #expect(shared == VentilationTimer(on: .seconds(on) / parts, period: .seconds(period) / parts))
  }

  @Test("a short timer is kept as it is by fans that take turns: no more air, and each runs in its turn only")
  func shortRuns() {
    let second = OutputID(6)
    let constraints = OutputConstraints(minimumOn: .seconds(30))
    let plan = Site.plan { plan in
      plan.outputs[Site.fan.index].constraints = constraints
      plan.outputs.append(
        OutputPlan(name: "fan-2", kind: .fan, constraints: constraints, cycle: .seconds(120), onReadingLost: .off))
      plan.zones[0].ventilation = [Site.fan, second]
      plan.zones[0].rotation = .hours(6)
      plan.zones[0].setpoints.ventilation = VentilationTimer(on: .seconds(30), period: .minutes(5))
    }
    let trace = Self.trace(ControllerRig(plan), [Site.fan, second], seconds: 6_000)
    for fan in 0..<2 {
      #expect(trace.count { $0[fan] } == 300)
      #expect(trace.map { $0[fan] }.split(separator: false).count == 10, "every second period")
    }
  }

  @Test("a fan that runs for another reason has had its turn")
  func otherReasons() {
    let (rig, second) = Self.twoFans(alike: true)
    rig.step([.override(Site.fan, demand: 1, for: .minutes(30), by: "li")])
    let trace = Self.trace(rig, [Site.fan, second], seconds: 1_700)
    #expect(!trace.contains { $0[1] })
  }

  @Test("fans of which nobody has said that they are alike do not: the first does it all")
  func first() {
    let (rig, second) = Self.twoFans(alike: false)
    let trace = Self.trace(rig, [Site.fan, second], seconds: 3_600)
    #expect(trace.count { $0[0] } == 480)
    #expect(!trace.contains { $0[1] })
  }

  @Test("without a minimum it asks for nothing")
  func none() {
    var law = MinimumVentilation()
    let mustRun = law.mustRun(VentilationTimer(on: .zero, period: .minutes(15)), achieved: false, at: .zero)
    #expect(!mustRun)
  }

  @Test("a minimum longer than its period is all the time")
  func always() {
    #expect(VentilationTimer(on: .minutes(20), period: .minutes(15)).on == .minutes(15))
  }
}

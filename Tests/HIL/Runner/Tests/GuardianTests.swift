// The guardian's own limits: what it allows a controller that holds a good lease and asks for the forbidden.
//
// The product's controller keeps the same limits and would hide a guardian that does not. So none runs here: a program asks in its place.

import Climate
import Controller
import Foundation
import Simulator

enum GuardianTests {
  static let all = [
    HILTest(
      "guardian-ends-max-on", "B7: asked for ever, the guardian ends the heater's maximum time on, and lets it rest",
      needs: [.greedyController], maximumOn),
    HILTest(
      "guardian-keeps-interlock", "B7: asked for both outputs of an interlock, the guardian never has both on",
      needs: [.greedyController], interlock),
    HILTest(
      "guardian-keeps-rest", "B7: asked to switch every second, the guardian lets the heater rest",
      needs: [.greedyController], rest),
    HILTest(
      "guardian-wants-evidence", "B1: asked to heat without a temperature, or at a high one, the guardian does not",
      needs: [.greedyController], evidence),
    HILTest(
      "guardian-ends-a-silent-lease", "B2: a controller that says nothing and stays connected: heater off within 3.5 s",
      needs: [.greedyController], silence),
  ]

  /// Asks for outputs, one mask a second in turn, then is silent.
  /// - Parameter celsius: the temperature that all zones are said to have.
  private static func ask(
    _ masks: [Int], for duration: Duration, silence: Duration = .zero, celsius: Double? = 18, _ rig: Rig
  ) throws {
    let words = [
      "\(Int(duration.inSeconds))", "\(Int(silence.inSeconds))", celsius.map { "\($0)" } ?? "none",
    ]
    rig.shed.note("asked for \(masks) for \(words[0]) s at \(words[2]) °C")
    let said = try rig.board.shell("greedy \((words + masks.map { String($0, radix: 16) }).joined(separator: " "))")
    try require(said.contains("lease 2"), "it held no lease, so it was allowed nothing anyhow:\n\(said)")
  }

  private static func start(_ rig: Rig, _ plan: ShedPlan) throws {
    try rig.begin(plan)
    try rig.startGuardian()
    try rig.pass(until: "the guardian listens") {
      try rig.board.run("test -S /run/bombyx-guardian/lease.sock").code == 0
    }
    // Outputs count as just switched off when the guardian starts.
    try rig.pass(.seconds(2))
  }

  private static func plan(heater settings: String) -> ShedPlan {
    var plan = ShedPlan()
    plan.outputs[0].settings = "failsafe = \"off\"\nmin-on = \"1s\"\n\(settings)"
    return plan
  }

  /// The times for which an output was on, and those between them for which it was off.
  private static func times(of output: PlacedOutput, _ rig: Rig) -> (on: [Duration], off: [Duration]) {
    let changes = rig.shed.changes(of: output)
    var result: (on: [Duration], off: [Duration]) = ([], [])
    for (change, next) in zip(changes, changes.dropFirst()) {
      let time = change.time.duration(to: next.time)
      if change.isHigh { result.on.append(time) } else { result.off.append(time) }
    }
    return result
  }

  /// A cycle of the guardian, and what an emulated processor takes for it.
  private static let cycle = Duration.milliseconds(300)

  private static func maximumOn(_ rig: Rig) throws {
    try start(rig, plan(heater: "max-on = \"2m\"\nmin-off = \"30s\""))
    try ask([1], for: .minutes(9), rig)
    let (on, off) = times(of: ShedPlan.heater, rig)
    try require(on.count >= 3, "the heater was on \(on.count) times in nine minutes")
    for time in on { try require(time <= .minutes(2) + cycle, "the heater was on for \(time)") }
    for time in off { try require(time >= .seconds(30) - cycle, "the heater rested for \(time)") }
    rig.say("on \(on.count) times, at most \(on.max() ?? .zero)")
  }

  private static func interlock(_ rig: Rig) throws {
    let rest = "\nfailsafe = \"off\"\nmin-on = \"1s\"\nmin-off = \"1s\"\ninterlock = \"one\"\ndead-time = \"1s\""
    let first = PlacedOutput(name: "first", kind: .circulation, line: 23, settings: rest)
    let second = PlacedOutput(name: "second", kind: .circulation, line: 24, settings: rest)
    var plan = ShedPlan()
    plan.outputs += [first, second]
    try start(rig, plan)
    // Both; one and then the other; both again.
    try ask([0xC, 0xC, 0xC, 0x4, 0x4, 0x4, 0x8, 0x8, 0x8, 0x8], for: .minutes(1), rig)
    var (high, offAt): (Set<Int>, [Int: Instant]) = ([], [:])
    for case (let time, .line(let line, let isHigh)) in rig.shed.events where [first.line, second.line].contains(line) {
      if !isHigh {
        high.remove(line)
        offAt[line] = time
        continue
      }
      try require(high.isEmpty, "both were on")
      high.insert(line)
      let gap = offAt[first.line + second.line - line]?.duration(to: time) ?? .seconds(1)
      try require(gap >= .seconds(1) - cycle, "one went on \(gap) after the other")
    }
    for output in [first, second] {
      try require(times(of: output, rig).on.count >= 3, "\(output.name) was hardly on: this would prove nothing")
    }
  }

  private static func rest(_ rig: Rig) throws {
    try start(rig, plan(heater: "max-on = \"30m\"\nmin-off = \"20s\""))
    try ask([1, 1, 0], for: .minutes(3), rig)
    let (on, off) = times(of: ShedPlan.heater, rig)
    try require(on.count >= 3, "the heater was on \(on.count) times in three minutes")
    for time in off { try require(time >= .seconds(20) - cycle, "the heater rested for \(time)") }
  }

  private static func evidence(_ rig: Rig) throws {
    try start(rig, plan(heater: "max-on = \"30m\"\nmin-off = \"1s\"\nhigh-limit = \"32 °C\""))
    let forbidden: [Double?] = [nil, 32, 85]
    for celsius in forbidden {
      let begin = try rig.now()
      try ask([1], for: .seconds(20), celsius: celsius, rig)
      let on = rig.shed.changes(of: ShedPlan.heater, since: begin).filter(\.isHigh)
      try require(on.isEmpty, "it heats at \(celsius.map { "\($0) °C" } ?? "no temperature")")
      try rig.pass(.seconds(4))
    }
    let begin = try rig.now()
    try ask([1], for: .seconds(20), celsius: 31.9, rig)
    try require(
      rig.shed.changes(of: ShedPlan.heater, since: begin).contains(where: \.isHigh),
      "it does not heat at 31.9 °C: this would prove nothing")
  }

  private static func silence(_ rig: Rig) throws {
    try start(rig, ShedPlan())
    let silence = Duration.seconds(10)
    try ask([1], for: .seconds(20), silence: silence, rig)
    // The last frame comes a second before the silence.
    let last = try rig.now().advanced(by: .zero - silence - .seconds(1))
    try require(!rig.shed.isOn(ShedPlan.heater), "the heater is on")
    try require(!rig.shed.changes(of: ShedPlan.heater).isEmpty, "the heater was never on: this would prove nothing")
    let time = try rig.offTime(of: ShedPlan.heater, since: last)
    try require(time <= .milliseconds(3_500), "the heater stayed on for \(time)")
    rig.say("heater off \(time) after the last frame, with the connection kept")
  }
}

// Programs that crash, hang, or get no memory, with the heater on.

import Climate
import Foundation
import LocalService

enum ProcessTests {
  static let all = [
    HILTest(
      "controller-killed", "B2: SIGKILL of the controller: heater off within 3.5 s; a new one heats on",
      controllerKilled),
    HILTest("controller-stopped", "B2: SIGSTOP of the controller: heater off within 3.5 s", controllerStopped),
    HILTest(
      "controller-out-of-memory", "The kernel ends the controller for want of memory: as if killed", controllerOOM),
    HILTest(
      "controller-asked-to-stop", "SIGTERM of the controller: outputs in failsafe before it has gone", controllerAsked),
    HILTest(
      "guardian-killed-lines-fall", "B2: SIGKILL of the guardian where lines fall with their owner: heater off at once",
      needs: [.bothReleases]
    ) { try guardianEnds($0, "KILL", keepsLevel: false) },
    HILTest(
      "guardian-killed-lines-stay",
      "B2: SIGKILL of the guardian where lines keep their level: heater off by the post-stop command, and by the charge pump",
      needs: [.bothReleases]
    ) { try guardianEnds($0, "KILL", keepsLevel: true) },
    HILTest(
      "guardian-stopped", "SIGSTOP of the guardian: the charge pump has the coils without supply within 2 s",
      guardianStopped),
    HILTest(
      "guardian-out-of-memory", "The kernel ends the guardian for want of memory: as if killed", needs: [.bothReleases],
      guardianOOM),
    HILTest(
      "guardian-asked-to-stop", "SIGTERM of the guardian: outputs in failsafe, whatever becomes of the lines",
      needs: [.bothReleases], guardianAsked),
    HILTest(
      "guardian-back-again",
      "B11: a guardian that is started again moves no line before it is asked, and the heater rests",
      guardianAgain),
  ]

  /// What must not be exceeded: three seconds of lease and half a second to act on its end.
  private static let leaseTime = Duration.milliseconds(3_500)

  private static func heaterOff(_ rig: Rig, since begin: Instant, within limit: Duration) throws {
    try rig.pass(until: "the heater is off", within: limit + .seconds(5), step: .milliseconds(100)) {
      !rig.shed.isOn(ShedPlan.heater)
    }
    let time = try rig.offTime(of: ShedPlan.heater, since: begin)
    try require(time <= limit, "the heater stayed on for \(time)")
    rig.say("heater off after \(time)")
  }

  private static func controllerKilled(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    let begin = try rig.signal(Rig.controller, "KILL")
    try heaterOff(rig, since: begin, within: leaseTime)
    try require(try rig.isRunning(Rig.guardian), "the guardian is gone")
    try rig.startController()
    try rig.pass(until: "a new controller heats on") { rig.shed.isOn(ShedPlan.heater) }
  }

  private static func controllerStopped(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    let begin = try rig.signal(Rig.controller, "STOP")
    try heaterOff(rig, since: begin, within: leaseTime)
    try rig.pass(.seconds(20))
    try require(!rig.shed.isOn(ShedPlan.heater), "the heater went on without a controller")
    try rig.signal(Rig.controller, "CONT")
    try rig.pass(until: "it earns its lease anew and heats on") { rig.shed.isOn(ShedPlan.heater) }
  }

  /// Takes away the memory of a program, until the kernel ends it.
  private static func starve(_ name: String, _ rig: Rig) throws -> Instant {
    rig.shed.note("no memory for \(name)")
    let begin = try rig.now()
    try rig.board.shell("echo 4096 > /sys/fs/cgroup/\(name)/memory.max || true")
    try rig.pass(until: "\(name) has been ended", within: .seconds(30), step: .milliseconds(100)) {
      try !rig.isRunning(name)
    }
    let events = try rig.board.shell("cat /sys/fs/cgroup/\(name)/memory.events")
    try require(!events.contains("oom_kill 0\n"), "\(name) was not ended for want of memory:\n\(events)")
    return begin
  }

  private static func controllerOOM(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    try heaterOff(rig, since: try starve(Rig.controller, rig), within: leaseTime)
  }

  private static func controllerAsked(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    try require(!rig.shed.isOn(ShedPlan.exhaust), "the fan is on")
    let begin = try rig.signal(Rig.controller, "TERM")
    try rig.pass(until: "it has gone", step: .milliseconds(50)) { try !rig.isRunning(Rig.controller) }
    let gone = try rig.now()
    let off = begin.advanced(by: try rig.offTime(of: ShedPlan.heater, since: begin))
    try require(off <= gone, "the heater was on when the controller had gone")
    try rig.pass(until: "the fan has its failsafe state", within: .seconds(5)) { rig.shed.isOn(ShedPlan.exhaust) }
  }

  private static func guardianEnds(_ rig: Rig, _ signal: String, keepsLevel: Bool) throws {
    try rig.begin()
    try rig.setLinesKeepLevel(keepsLevel)
    defer { try? rig.setLinesKeepLevel(false) }
    try rig.startHeating()
    let begin = try rig.signal(Rig.guardian, signal)
    try rig.pass(.milliseconds(400))
    guard keepsLevel else {
      try heaterOff(rig, since: begin, within: .milliseconds(500))
      return
    }
    try require(rig.shed.isOn(ShedPlan.heater), "the line did not keep its level: this test would prove nothing")
    // Without the post-stop command, the charge pump alone.
    try rig.pass(.milliseconds(1_700))
    let now = try rig.now()
    try require(
      !rig.shed.hasCurrent(ShedPlan.heater, at: now), "the coils have their supply after \(begin.duration(to: now))")
    let command = try rig.now()
    try rig.runPostStop()
    try heaterOff(rig, since: command, within: .milliseconds(500))
    try require(rig.shed.isOn(ShedPlan.exhaust), "the fan has not its failsafe state")
  }

  private static func guardianStopped(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    let begin = try rig.signal(Rig.guardian, "STOP")
    try rig.pass(.milliseconds(2_050))
    let now = try rig.now()
    try require(
      !rig.shed.hasCurrent(ShedPlan.heater, at: now), "the coils have their supply after \(begin.duration(to: now))")
    // As systemd does when it has not heard from it for three seconds.
    try rig.signal(Rig.guardian, "KILL")
    try rig.runPostStop()
    try rig.pass(.milliseconds(200))
    try require(!rig.shed.isOn(ShedPlan.heater), "the heater is on after the guardian's end")
  }

  private static func guardianOOM(_ rig: Rig) throws {
    try rig.begin()
    try rig.setLinesKeepLevel(true)
    defer { try? rig.setLinesKeepLevel(false) }
    try rig.startHeating()
    // It allocates nothing while it runs, so only what is taken from outside can end it.
    let begin = try rig.now()
    _ = try? starve(Rig.guardian, rig)
    guard try !rig.isRunning(Rig.guardian) else {
      rig.say("the guardian needs no memory that could be refused: it ran on")
      try require(rig.shed.isOn(ShedPlan.heater), "it runs, and the heater is off")
      try rig.status("the lease is held") { $0.health.lease == "held" }
      return
    }
    try rig.runPostStop()
    try heaterOff(rig, since: begin, within: .seconds(35))
  }

  private static func guardianAsked(_ rig: Rig) throws {
    for keepsLevel in [false, true] {
      try rig.begin()
      try rig.setLinesKeepLevel(keepsLevel)
      try rig.startHeating()
      let begin = try rig.signal(Rig.guardian, "TERM")
      try rig.pass(until: "it has gone", step: .milliseconds(50)) { try !rig.isRunning(Rig.guardian) }
      let gone = try rig.now()
      let off = begin.advanced(by: try rig.offTime(of: ShedPlan.heater, since: begin))
      try require(off <= gone, "the heater was on when the guardian had gone")
      try require(rig.shed.isOn(ShedPlan.exhaust) == keepsLevel, "the fan keeps its failsafe state if its line does")
    }
    try rig.setLinesKeepLevel(false)
  }

  private static func guardianAgain(_ rig: Rig) throws {
    var plan = ShedPlan()
    plan.outputs[0].settings = plan.outputs[0].settings.replacing("min-off = \"1s\"", with: "min-off = \"20s\"")
    try rig.begin(plan)
    try rig.startHeating()
    try rig.signal(Rig.controller, "KILL")
    try rig.pass(.seconds(4))
    for _ in 0..<3 {
      let begin = try rig.signal(Rig.guardian, "KILL")
      try rig.startGuardian()
      try rig.pass(.seconds(3))
      let on = rig.shed.changes(of: ShedPlan.heater, since: begin).filter(\.isHigh)
      try require(on.isEmpty, "the heater twitched \(on.count) times at a start of the guardian")
    }
    let start = try rig.now()
    try rig.startController()
    try rig.pass(until: "it heats again", within: .minutes(2)) { rig.shed.isOn(ShedPlan.heater) }
    guard let on = rig.shed.changes(of: ShedPlan.heater, since: start).first(where: \.isHigh) else { return }
    let rest = start.duration(to: on.time)
    try require(rest >= .seconds(15), "the heater rested only \(rest) after a guardian that had begun 3 s before")
  }
}

// Real lines of a real controller: the PL061 of the arm64 machine, driven by the kernel's own driver.

import Climate
import Controller
import Foundation
import LocalService
import Simulator

enum PL061Tests {
  static let all = [
    HILTest(
      "pl061",
      "The lines of a PL061 are taken, set by what the sensors say, read back, and off after either program's death",
      needs: [.pl061], lines)
  ]

  private static let heater = 1
  private static let exhaust = 2
  private static let alive = 5

  private static func plan() -> ShedPlan {
    var plan = ShedPlan()
    plan.board = "qemu-virt"
    plan.alive = alive
    (plan.outputs[0].line, plan.outputs[1].line) = (heater, exhaust)
    return plan
  }

  /// Line 3 is the machine's power button.
  private static var boardFile: String {
    let pins = [0, 1, 2, 4, 5, 6, 7].map { line in
      "[[pin]]\nnames = [\"GPIO\(line)\"]\nchip = \"9030000.pl061\"\noffset = \(line)\nboot-pull = \"down\"\n"
    }
    return """
      schema = 1
      model = "qemu-virt"
      title = "QEMU's machine virt"

      [[chip]]
      label = "9030000.pl061"
      on-release = "keeps-level"

      [[bus]]
      name = "i2c1"
      device = "/dev/i2c-1"

      \(pins.joined(separator: "\n"))
      """
  }

  private static func lines(_ rig: Rig) throws {
    guard let chip = (rig.board as? VirtualMachine)?.pl061 else { throw HILError("no PL061") }
    func isHigh(_ line: Int) throws -> Bool {
      let look = try chip.look()
      try require(look.high == look.seen, "the register says \(look.high), the pins \(look.seen)")
      return look.high.contains(line)
    }
    func requireOff(since begin: Instant, within limit: Duration, _ what: String) throws {
      try rig.pass(until: "the heater is off", within: limit, step: .milliseconds(50)) { try !isHigh(heater) }
      rig.say("heater off at most \(begin.duration(to: try rig.now())) after \(what)")
    }
    try rig.board.put(boardFile, at: "/usr/share/bombyx/board/qemu-virt/board.toml")
    try rig.begin(plan())
    try require(try chip.look().outputs.isEmpty, "lines are outputs before anybody took them")
    try rig.startGuardian()
    try rig.pass(until: "the guardian has its lines") {
      try chip.look().outputs == [heater, exhaust, alive]
    }
    try require(try !isHigh(heater), "the heater is on without a controller")
    try rig.startController()
    try rig.pass(until: "the heater is on, because it is cold") { try isHigh(heater) }

    let before = try chip.look().changes
    try rig.pass(.seconds(10))
    let toggles = try chip.look().changes - before
    try require(toggles >= 10, "the alive line toggled \(toggles) times in 10 s")
    try rig.status("what is read back is what was set") { status in
      status.health.lease == "held" && status.outputs.contains { $0.name == "heater" && $0.on == true }
    }

    rig.shed.setAir { $0.temperature = 30 }
    try rig.pass(until: "the heater is off, because it is warm", within: .minutes(3)) { try !isHigh(heater) }
    try rig.pass(until: "the fan is on, because it is warm", within: .minutes(3)) { try isHigh(exhaust) }
    rig.shed.setAir { $0.temperature = 18 }
    try rig.pass(until: "the heater is on again", within: .minutes(3)) { try isHigh(heater) }

    try requireOff(
      since: try rig.signal(Rig.controller, "KILL"), within: .milliseconds(3_500), "SIGKILL of the controller")
    try rig.startController()
    try rig.pass(until: "a new controller heats on") { try isHigh(heater) }

    // The kernel's driver keeps the level of a line whose owner has died, as that of the Raspberry Pi does.
    try rig.signal(Rig.guardian, "KILL")
    try rig.pass(.milliseconds(400))
    try require(try isHigh(heater), "the line did not keep its level: what follows would prove nothing")
    let still = try chip.look().changes
    try rig.pass(.seconds(2))
    try require(try chip.look().changes == still, "the alive line moves without a guardian")
    let command = try rig.now()
    try rig.runPostStop()
    try requireOff(since: command, within: .milliseconds(500), "the post-stop command")
  }
}

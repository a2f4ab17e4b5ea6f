// From power on to a shed that is controlled.

import Climate
import LocalService
import Simulator

enum StartTests {
  static let all = [
    HILTest("cold-boot", "From power on to an armed guardian and a heater that closes the loop", coldBoot)
  ]

  private static func coldBoot(_ rig: Rig) throws {
    try rig.board.restart()
    var plan = ShedPlan()
    (plan.hasPlant, plan.startTemperature) = (true, 22.5)
    try rig.begin(plan)
    try rig.startGuardian()
    try rig.pass(until: "the guardian drives the alive line") { rig.shed.lastToggle != nil }
    try require(rig.shed.changes(of: ShedPlan.heater).isEmpty, "the heater moved before there was a controller")
    try rig.startController()
    let status = try rig.status("the guardian is armed") { $0.health.lease == "held" }
    try require(status.health.steps > 0, "no steps")
    let shown = try rig.statusOfCommandLine()
    try require(shown?.health.lease == "held", "bombyx status says of the lease: \(shown?.health.lease ?? "nothing")")
    // 22.5 °C is below the setpoint's band: it heats, the air follows, and the heater goes off by what the probes say.
    try rig.pass(until: "the heater is on") { rig.shed.isOn(ShedPlan.heater) }
    try rig.pass(until: "the heater has warmed the shed and is off", within: .hours(2), step: .seconds(20)) {
      !rig.shed.isOn(ShedPlan.heater)
    }
    guard let air = rig.shed.conditions?.temperature.celsius else { throw HILError("no plant") }
    try require((23...26).contains(air), "the heater went off at \(air) °C")
  }
}

// GPIO chips that are busy, renumbered or gone, and limits that hold at the line.

import Climate
import Controller
import Foundation
import LocalService

enum LineTests {
  static let all = [
    HILTest(
      "line-busy", "Another program holds the heater's line: the guardian says who, and nothing is switched", lineBusy),
    HILTest(
      "chip-renumbered", "The GPIO chips change their numbers at a boot: the guardian drives the right one",
      needs: [.replugging], renumbered),
    HILTest(
      "chip-gone", "The GPIO chip disappears with the heater on: no line stays on, and the guardian does not pretend",
      needs: [.replugging], chipGone),
    HILTest("max-on-at-the-line", "B7: a heater that is wanted for ever rests after its maximum time on", maxOn),
    HILTest(
      "interlock-at-the-line", "B7: two outputs with an interlock are never on together, however they are asked",
      interlock),
  ]

  private static func lineBusy(_ rig: Rig) throws {
    try rig.begin()
    try rig.board.shell("gpioset --mode=signal pinctrl-bcm2711 17=0 > /dev/null 2>&1 & sleep 0.2")
    defer { _ = try? rig.board.run("killall gpioset") }
    try rig.startGuardian()
    try rig.startController()
    try rig.pass(.seconds(15))
    let said = rig.log(of: Rig.guardian)
    try require(said.contains("gpioset") || said.contains("usy"), "the guardian does not say what is wrong:\n\(said)")
    try require(rig.shed.changes(of: ShedPlan.heater).isEmpty, "a line that another program has was switched")
    try rig.board.shell("killall gpioset")
    // As its unit does.
    if try !rig.isRunning(Rig.guardian) { try rig.startGuardian() }
    try rig.pass(until: "it heats when the line is free") { rig.shed.isOn(ShedPlan.heater) }
  }

  /// Virtio devices of the GPIO driver, in the order of their chips' numbers, and the one with the relays.
  private static func chips(_ rig: Rig) throws -> (all: [String], relays: String) {
    let output = try rig.board.shell(
      """
      for chip in /sys/bus/gpio/devices/gpiochip*; do
        echo $(basename $(readlink -f $chip/..)) $(gpioinfo $(basename $chip) | head -1 | cut -d' ' -f3)
      done
      """)
    let rows = output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }.filter { $0.count >= 2 }
    guard let relays = rows.first(where: { Int($0[1]) ?? 0 > 8 })?[0] else { throw HILError("no chip:\n\(output)") }
    return (rows.map { $0[0] }, relays)
  }

  private static func renumbered(_ rig: Rig) throws {
    try rig.begin()
    let (all, relays) = try chips(rig)
    let before = try rig.board.shell("gpiodetect")
    let others = all.filter { $0 != relays }
    // Bound in another order, they get each other's numbers.
    let order = all.first == relays ? others + [relays] : [relays] + others
    let unbind = all.map { "echo \($0) > /sys/bus/virtio/drivers/gpio_virtio/unbind" }
    let bind = order.map { "echo \($0) > /sys/bus/virtio/drivers/gpio_virtio/bind" }
    try rig.board.shell((unbind + bind).joined(separator: "\n"))
    try rig.board.shell("chgrp bombyx-guardian /dev/gpiochip* && chmod 660 /dev/gpiochip*")
    let after = try rig.board.shell("gpiodetect")
    try require(before != after, "the chips kept their numbers:\n\(after)")
    try rig.startHeating()
  }

  private static func chipGone(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    let relays = try chips(rig).relays
    rig.shed.note("GPIO driver unbound")
    try rig.board.shell("echo \(relays) > /sys/bus/virtio/drivers/gpio_virtio/unbind")
    try rig.pass(.seconds(3))
    let now = try rig.now()
    try require(!rig.shed.hasCurrent(ShedPlan.heater, at: now), "the heater has current without a chip")
    let status = try rig.status()
    try require(
      status?.outputs.first { $0.name == "heater" }?.on != true || status?.health.lease != "held",
      "the controller believes that the heater is on")
    try rig.board.shell("echo \(relays) > /sys/bus/virtio/drivers/gpio_virtio/bind")
    try rig.board.shell("chgrp bombyx-guardian /dev/gpiochip* && chmod 660 /dev/gpiochip*")
    // As its watchdog and its unit do.
    _ = try rig.board.run("killall -KILL \(Rig.guardian)")
    try rig.startGuardian()
    try rig.pass(until: "it heats again") { rig.shed.isOn(ShedPlan.heater) }
  }

  private static func maxOn(_ rig: Rig) throws {
    var plan = ShedPlan()
    plan.outputs[0].settings = "failsafe = \"off\"\nmax-on = \"2m\"\nmin-on = \"1s\"\nmin-off = \"30s\""
    try rig.begin(plan)
    try rig.startHeating()
    try rig.board.shell("bombyx set heater on --for 30m")
    let begin = try rig.now()
    try rig.pass(.minutes(6))
    let changes = rig.shed.changes(of: ShedPlan.heater)
    var on: Instant?
    for change in changes {
      if change.isHigh { on = change.time }
      guard !change.isHigh, let since = on else { continue }
      try require(since.duration(to: change.time) <= .seconds(121), "on for \(since.duration(to: change.time))")
      on = nil
    }
    let off = changes.count { !$0.isHigh && $0.time > begin }
    try require(off >= 2, "the heater went off only \(off) times in six minutes")
  }

  private static func interlock(_ rig: Rig) throws {
    let rest = "\nfailsafe = \"off\"\nmin-on = \"1s\"\nmin-off = \"1s\"\ninterlock = \"one\""
    let first = PlacedOutput(name: "first", kind: .circulation, line: 23, settings: rest)
    let second = PlacedOutput(name: "second", kind: .circulation, line: 24, settings: rest)
    var plan = ShedPlan()
    plan.outputs += [first, second]
    try rig.begin(plan)
    try rig.startHeating()
    for (one, other) in [("first", "second"), ("second", "first"), ("first", "second")] {
      try rig.board.shell("bombyx set \(one) on --for 5m; bombyx set \(other) on --for 5m")
      try rig.pass(.seconds(6))
      try rig.board.shell("bombyx set \(one) off --for 5m")
      try rig.pass(.seconds(6))
    }
    var high: Set<Int> = []
    for case (let time, .line(let line, let isHigh)) in rig.shed.events where [23, 24].contains(line) {
      if isHigh { high.insert(line) } else { high.remove(line) }
      try require(high.count < 2, "both were on at \(time.seconds) s")
    }
    try require(
      [first, second].allSatisfy { output in rig.shed.changes(of: output).contains(where: \.isHigh) },
      "one of the two was never on: this proves nothing")
  }
}

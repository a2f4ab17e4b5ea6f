// Clocks, disks and logs that fail, and what a shed does after an outage.

import Climate
import Controller
import Foundation
import LocalService
import Simulator

enum SystemTests {
  static let all = [
    HILTest(
      "clock-1970", "B10: a board that wakes up in 1970 controls, and says that it does not know the time", clock1970),
    HILTest("clock-jumps", "B10: a wall clock that is set by hours, either way, moves no output", clockJumps),
    HILTest(
      "read-only-disk", "B4: the disk becomes read-only with the heater on: control goes on, people are told",
      needs: [.loggedDisk], readOnly),
    HILTest("damaged-log", "B4: a log full of rubbish is put aside, and control starts without it", damagedLog),
    HILTest(
      "resumes-after-outage", "B12: after a power cut the shed goes on in its stage, and an override is over",
      needs: [.loggedDisk], resumes),
    HILTest("no-network", "B9: a board whose county is out of reach from the beginning controls", noNetwork),
  ]

  private static func clock1970(_ rig: Rig) throws {
    try rig.begin()
    // The kernel refuses a time before its own beginning.
    try rig.board.shell("date -s '1970-03-01 00:00:00' > /dev/null && [ $(date +%Y) = 1970 ]")
    defer { _ = try? rig.board.run("date -s '2026-04-01 12:00:00'") }
    try rig.startHeating()
    let status = try rig.status("it answers") { $0.health.lease == "held" }
    try require(status.clock == .unknown, "a clock in 1970 is \(status.clock)")
    let begin = try rig.now()
    // A technician sets it.
    try rig.board.shell("date -s '2026-04-01 12:00:00' > /dev/null")
    rig.shed.note("clock set")
    try rig.status("the clock is no longer unknown", within: .minutes(3)) { $0.clock != .unknown }
    try rig.pass(.seconds(20))
    try require(rig.shed.changes(of: ShedPlan.heater, since: begin).isEmpty, "setting the clock switched the heater")
  }

  private static func clockJumps(_ rig: Rig) throws {
    try rig.begin()
    try rig.board.shell("date -s '2026-04-01 12:00:00' > /dev/null")
    try rig.startHeating()
    let begin = try rig.now()
    for time in ["2026-04-01 17:00:00", "2026-04-01 07:00:00", "2026-03-30 12:00:00", "2026-04-01 12:00:00"] {
      try rig.board.shell("date -s '\(time)' > /dev/null")
      rig.shed.note("clock at \(time)")
      try rig.pass(.seconds(10))
    }
    try require(rig.shed.changes(of: ShedPlan.heater, since: begin).isEmpty, "a step of the clock switched the heater")
    try rig.status("the lease is held") { $0.health.lease == "held" }
  }

  /// The log on the guest's disk.
  /// - Parameter keeps: whether what an earlier test has left stays there.
  static func mountDisk(_ rig: Rig, options: String = "", keeps: Bool = false) throws {
    try rig.board.shell(
      """
      mount -t ext4 \(options) /dev/vda /var/lib/bombyx
      \(keeps ? "" : "rm -rf /var/lib/bombyx/*")
      chown bombyx:bombyx /var/lib/bombyx
      """)
  }

  private static func readOnly(_ rig: Rig) throws {
    try rig.begin()
    try mountDisk(rig, options: "-o errors=remount-ro")
    defer { _ = try? rig.board.run("killall -KILL bombyxd; sleep 1; umount /var/lib/bombyx") }
    try rig.startHeating()
    try rig.status("the log is written") { $0.health.journal == "ready" }
    // What ext4 does when the card gives it nonsense.
    try rig.board.shell(
      """
      echo 1 > /sys/fs/ext4/vda/trigger_fs_error; sleep 1
      if touch /var/lib/bombyx/trial; then dmesg | tail -5; cat /proc/mounts; exit 1; fi
      """)
    rig.shed.note("disk read-only")
    let begin = try rig.now()
    _ = try rig.board.run("bombyx set heater on --for 10m")
    try rig.status("people are told", within: .minutes(3)) { status in
      status.alarms.contains { $0.kind == .journalUnavailable && $0.isPresent }
    }
    try rig.pass(.seconds(30))
    try require(rig.shed.changes(of: ShedPlan.heater, since: begin).isEmpty, "the disk switched the heater")
    try rig.status("the lease is held") { $0.health.lease == "held" }
    try rig.signal(Rig.controller, "KILL")
    try rig.pass(.seconds(2))
    try rig.board.shell("umount /var/lib/bombyx && mount -t ext4 /dev/vda /var/lib/bombyx")
    rig.shed.note("disk repaired")
    try rig.startController()
    try rig.status("the log is written again", within: .minutes(3)) { $0.health.journal == "ready" }
  }

  private static func damagedLog(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    try rig.status("the log is written") { $0.health.journal == "ready" }
    try rig.signal(Rig.controller, "KILL")
    try rig.pass(.seconds(5))
    try rig.board.shell(
      """
      cd /var/lib/bombyx
      for file in *; do
        [ -f "$file" ] || continue
        size=$(stat -c %s "$file")
        yes rubbish | head -c "$size" > /tmp/rubbish && cat /tmp/rubbish > "$file"
      done
      """)
    rig.shed.note("log overwritten")
    try rig.startController()
    try rig.pass(until: "it heats with a damaged log") { rig.shed.isOn(ShedPlan.heater) }
    try rig.status("a new log is written, and people are told", within: .minutes(3)) { status in
      status.health.journal == "ready" && status.alarms.contains { $0.kind == .journalQuarantined }
    }
  }

  private static func resumes(_ rig: Rig) throws {
    var plan = ShedPlan()
    plan.zone = """
      recipe = "silkworm-bivoltine"
      temperature = { control = "hysteresis", heat = ["heater"], cool = ["exhaust"] }
      """
    try rig.begin(plan)
    try mountDisk(rig)
    try rig.startHeating()
    try rig.board.shell("bombyx recipe start shed instar-2 && bombyx set exhaust on --for 2h")
    try rig.pass(.minutes(3))
    let before = try rig.status("the stage is known") { $0.zones.first?.stage?.stage == "instar-2" }
    rig.shed.note("power cut")
    try rig.board.restart()
    try rig.begin(plan)
    try mountDisk(rig, keeps: true)
    defer { _ = try? rig.board.run("killall -KILL bombyxd; sleep 1; umount /var/lib/bombyx") }
    try require(!rig.shed.isOn(ShedPlan.heater), "the heater is on before anything runs")
    try rig.startHeating()
    let after = try rig.status("it answers") { $0.health.lease == "held" }
    try require(
      after.zones.first?.stage?.stage == "instar-2", "the stage is \(after.zones.first?.stage?.stage ?? "lost")")
    try require(
      after.zones.first?.stage?.elapsed ?? 0 >= (before.zones.first?.stage?.elapsed ?? 0) - 90,
      "the stage began again")
    try require(
      after.outputs.allSatisfy { $0.override == nil }, "an override outlived the power cut")
  }

  private static func noNetwork(_ rig: Rig) throws {
    var plan = ShedPlan()
    plan.uplink = "broker = \"mqtt://127.0.0.1:1883\"\ndevice = \"hil\""
    try rig.begin(plan)
    try rig.board.shell("ip link set lo down")
    defer { _ = try? rig.board.run("ip link set lo up") }
    try rig.startHeating()
    try rig.pass(.minutes(10))
    try require(rig.shed.changes(of: ShedPlan.heater).count == 1, "without a network the heater was switched")
    try rig.status("the lease is held, and the county is missed") { status in
      status.health.lease == "held" && status.sync?.isConnected == false && status.sync?.problem != nil
    }
  }
}

// Faults at the wire: what sensors, cables and adapters do when they fail.

import Climate
import Controller
import Drivers
import Foundation
import Glibc
import LocalService
import Simulator

enum BusTests {
  static let all = [
    HILTest(
      "probes-die-heater-does-not-stay",
      "B1: all probes unplugged with the heater on: heater off, alarm, and back again",
      probesDie),
    HILTest("one-probe-lost", "B7: one probe unplugged: the other carries on, an alarm names the lost one", oneLost),
    HILTest("wrong-checksum", "B3: a garbled answer is never a temperature", wrongChecksum),
    HILTest("spike", "B3: a spike to 85 °C and a zero move no output", spike),
    HILTest("frozen-probes", "B3: probes that repeat their value are not believed for ever", frozen),
    HILTest(
      "no-acknowledge-anywhere", "A missing acknowledge at any operation costs that reading and no more", refusals),
    HILTest(
      "adapter-dialects", "Errors are understood as ENXIO, as EREMOTEIO, and as a short count without an error",
      dialects),
    HILTest("slow-device", "A sensor that takes ten times its time delays nobody and is read or reported", slow),
    HILTest(
      "one-bad-probe-blocks-nobody", "B6: a probe whose transfers time out leaves the other at its pace", oneBlocks),
    HILTest("bus-stuck", "B6: SDA held low: heater off; free again: it heats again, without anybody's hand", stuck),
    HILTest("arbitration-lost", "B6: noise on the bus around switching is ridden out", noise),
    HILTest("swapped-probes", "Two sensors of different models change places: neither is misread", swapped),
    HILTest("unplug-and-plug", "A sensor that loses its supply is set up again when it comes back", replug),
    HILTest(
      "flapping-plug",
      "B13: a loose plug does not bury people in alarms, and who acknowledges them all switches no protection off",
      flapping),
    HILTest("drowned-probe", "B15: a probe that says 0 % after condensation does not start the mister", drowned),
    HILTest(
      "kernel-driver", "A kernel driver that has the sensor's address is named, and does no harm",
      needs: [.sensorDriver],
      kernelDriver),
    HILTest(
      "bus-gone", "The adapter disappears with the heater on: heater off; it comes back: measured again",
      needs: [.replugging], busGone),
  ]

  private static func heater(_ rig: Rig) -> Bool { rig.shed.isOn(ShedPlan.heater) }

  /// Both probes, one after the other.
  private static func setBoth(_ fault: WireFault?, _ rig: Rig) throws {
    for name in ["north", "south"] { try rig.shed.set(fault, of: name) }
  }

  private static func hasAlarm(_ kind: AlarmKind, _ status: StatusMessage, about subject: String = "") -> Bool {
    status.alarms.contains { $0.kind == kind && $0.isPresent && $0.subject.hasPrefix(subject) }
  }

  private static func probesDie(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    let begin = try rig.now()
    try setBoth(.unplugged, rig)
    try rig.pass(until: "the heater is off", within: .seconds(95)) { !heater(rig) }
    let off = try rig.offTime(of: ShedPlan.heater, since: begin)
    try require(off <= .seconds(90), "the heater went off after \(off)")
    rig.say("heater off \(off) after both probes were unplugged")
    try rig.status("the loss is alarmed", within: .seconds(120)) { hasAlarm(.readingLost, $0) }
    try require(!heater(rig), "it heats without a probe")
    try setBoth(nil, rig)
    try rig.pass(until: "it heats again", within: .minutes(3)) { heater(rig) }
  }

  private static func oneLost(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    try rig.shed.set(.unplugged, of: "north")
    try rig.status("an alarm names it", within: .minutes(3)) { hasAlarm(.probeFailed, $0, about: "north") }
    try require(heater(rig), "one lost probe of two stopped the heater")
  }

  private static func wrongChecksum(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    let begin = try rig.now()
    // The least significant byte of the temperature, which would be half a degree away; and the checksum itself, where all that the sensor
    // says would be right and nothing else shows that the wire is not.
    try rig.shed.set(.corrupt(byte: 1), of: "north")
    try rig.shed.set(.corrupt(byte: 2), of: "south")
    try rig.pass(until: "the heater is off", within: .seconds(95)) { !heater(rig) }
    let status = try rig.status("the readings are no longer good") { status in
      status.channels.filter { $0.name.hasSuffix("h.temperature") }.allSatisfy { $0.quality != "good" }
    }
    for channel in status.channels where channel.name == "shed.temperature" && channel.quality == "good" {
      throw HILError("garbled bytes are a good \(channel.value ?? .nan) °C")
    }
    let on = rig.shed.changes(of: ShedPlan.heater, since: begin).filter(\.isHigh)
    try require(on.isEmpty, "the heater went on with garbled readings")
  }

  private static func spike(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    try rig.pass(.seconds(10))
    let begin = try rig.now()
    for celsius in [85.0, 0, -40, 125] {
      rig.shed.setAir { $0.temperature = celsius }
      rig.shed.note("\(celsius) °C for a moment")
      try rig.pass(.milliseconds(1_500))
      rig.shed.setAir { $0.temperature = 18 }
      try rig.pass(.seconds(6))
    }
    let changes = rig.shed.changes(of: ShedPlan.heater, since: begin)
    try require(changes.isEmpty, "spikes of a second switched the heater \(changes.count) times")
  }

  private static func frozen(_ rig: Rig) throws {
    var plan = ShedPlan()
    for index in plan.sensors.indices {
      plan.sensors[index].settings = "quality = { temperature = { flat-line = \"5m\" } }"
    }
    try rig.begin(plan)
    try rig.startHeating()
    for name in ["north", "south"] { try rig.shed.probe(name).isStuck = true }
    rig.shed.note("both probes frozen")
    try rig.pass(.minutes(4))
    try require(heater(rig), "the heater went off before anybody could know")
    try rig.status("the frozen values are doubted", within: .minutes(5)) { status in
      status.channels.contains { $0.name == "north.temperature" && $0.quality != "good" }
    }
    try rig.pass(until: "nothing heats on frozen values", within: .minutes(10), step: .seconds(10)) { !heater(rig) }
  }

  private static func refusals(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    let begin = try rig.now()
    for operation in 0..<8 {
      try setBoth(.noAcknowledge(operation: operation), rig)
      try rig.pass(.seconds(4))
    }
    try require(rig.shed.changes(of: ShedPlan.heater, since: begin).isEmpty, "a refused byte switched the heater")
    let refused = rig.shed.events.count { time, event in
      if case .transfer(_, _, _, let status) = event, status != 0, time >= begin { true } else { false }
    }
    try require(refused >= 16, "only \(refused) refusals were on the wire")
    try rig.status("all is good") { $0.channels.filter { $0.name.contains("h.") }.allSatisfy { $0.quality == "good" } }
  }

  private static func dialects(_ rig: Rig) throws {
    // ENXIO, EREMOTEIO, and a driver that reports fewer messages than were asked for and no error.
    for status: UInt8 in [6, 121, 1] {
      try rig.begin()
      rig.shed.noAcknowledge = status
      try rig.startHeating()
      try rig.shed.set(.unplugged, of: "north")
      let answer = try rig.status("status \(status): the lost probe is not good", within: .seconds(40)) { answer in
        answer.channels.contains { $0.name == "north.temperature" && $0.quality != "good" }
      }
      try require(
        answer.health.buses.contains { $0.failures.contains { $0.contains("does not answer") } },
        "status \(status) is reported as \(answer.health.buses.flatMap(\.failures))")
      try require(heater(rig), "status \(status): one lost probe of two stopped the heater")
    }
  }

  private static func slow(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    guard let device = try rig.shed.device("north") as? SHT3xDevice else { throw HILError("north is no SHT3x") }
    device.conversionTime = .milliseconds(125)
    rig.shed.note("north takes 125 ms")
    let begin = try rig.now()
    try rig.pass(.seconds(20))
    let times = reads(of: 0x45, rig, since: begin)
    try require(times.count >= 19, "the other probe was read \(times.count) times in 20 s")
    try require(heater(rig), "a slow probe stopped the heater")
  }

  /// When an address was read with success.
  private static func reads(of address: Int, _ rig: Rig, since: Instant) -> [Instant] {
    rig.shed.events.compactMap { time, event in
      guard time >= since, case .transfer(address, _, true, 0) = event else { return nil }
      return time
    }
  }

  private static func oneBlocks(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    try rig.shed.set(.timeout, of: "north")
    let begin = try rig.now()
    try rig.pass(.seconds(30))
    let times = reads(of: 0x45, rig, since: begin)
    let gaps = zip(times, times.dropFirst()).map { $0.duration(to: $1) }
    try require((gaps.max() ?? .seconds(99)) < .milliseconds(2_500), "the good probe waited \(gaps.max() ?? .zero)")
    try require(heater(rig), "one bad probe of two stopped the heater")
  }

  private static func stuck(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    rig.shed.setStuck(true)
    try rig.pass(until: "the heater is off", within: .seconds(95)) { !heater(rig) }
    try rig.status("the guardian still has its lease") { $0.health.lease == "held" }
    rig.shed.setStuck(false)
    try rig.pass(until: "it heats again", within: .minutes(3)) { heater(rig) }
  }

  private static func noise(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    let begin = try rig.now()
    for _ in 0..<5 {
      try setBoth(.arbitrationLost, rig)
      try rig.pass(.seconds(2))
      try setBoth(nil, rig)
      try rig.pass(.seconds(5))
    }
    try require(rig.shed.changes(of: ShedPlan.heater, since: begin).isEmpty, "noise of two seconds switched the heater")
  }

  private static func swapped(_ rig: Rig) throws {
    var plan = ShedPlan()
    plan.sensors[1].model = .sht41
    try rig.begin(plan)
    try rig.startHeating()
    try rig.shed.plug("north", at: 0x45)
    try rig.shed.plug("south", at: 0x44)
    let begin = try rig.now()
    try rig.pass(.minutes(2))
    guard let status = try rig.status() else { throw HILError("no answer") }
    for channel in status.channels where channel.quality == "good" && channel.quantity == "temperature" {
      let value = channel.value ?? .nan
      try require(abs(value - 18) < 1, "\(channel.name) is read as a good \(value) °C at the wrong address")
    }
    try require(rig.shed.changes(of: ShedPlan.heater, since: begin).filter(\.isHigh).isEmpty, "it heats on nonsense")
    try rig.shed.plug("north", at: 0x44)
    try rig.shed.plug("south", at: 0x45)
    try rig.pass(until: "it heats again", within: .minutes(4)) { heater(rig) }
  }

  private static func replug(_ rig: Rig) throws {
    var plan = ShedPlan()
    plan.sensors.append(PlacedSensor(name: "air", model: .scd41, address: 0x62))
    try rig.begin(plan)
    rig.shed.setAir { $0.co2 = 900 }
    try rig.startHeating()
    try rig.status("CO2 is measured") { $0.channels.contains { $0.name == "air.co2" && $0.quality == "good" } }
    try rig.shed.set(.unplugged, of: "air")
    try rig.status("CO2 is no longer good", within: .minutes(3)) {
      $0.channels.contains { $0.name == "air.co2" && $0.quality != "good" }
    }
    // Its supply was away: it no longer measures until it is told to.
    try rig.shed.plug("air", at: 0x62)
    try rig.status("CO2 is measured again", within: .minutes(3)) {
      $0.channels.contains { $0.name == "air.co2" && $0.quality == "good" }
    }
  }

  private static func flapping(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    for _ in 0..<20 {
      try rig.shed.set(.unplugged, of: "north")
      try rig.pass(.seconds(20))
      try rig.shed.set(nil, of: "north")
      try rig.pass(.seconds(10))
    }
    let output = try rig.board.shell("bombyx log alarms --json")
    let raised = output.components(separatedBy: "raised").count - 1
    try require(raised <= 3, "ten minutes of a loose plug raised \(raised) alarms:\n\(output.suffix(1_500))")
    try require(heater(rig), "a loose plug stopped the heater")
    try setBoth(.unplugged, rig)
    try rig.status("the loss is alarmed", within: .minutes(4)) { hasAlarm(.readingLost, $0) }
    try rig.board.shell("bombyx alarm ack")
    rig.shed.note("all alarms acknowledged")
    try rig.pass(.seconds(30))
    try require(!heater(rig), "it heats without a probe because somebody has acknowledged the alarm")
    try rig.status("the alarm is still there") { hasAlarm(.readingLost, $0) }
  }

  private static func drowned(_ rig: Rig) throws {
    let mister = PlacedOutput(
      name: "mister", kind: .mister, line: 23, settings: "failsafe = \"off\"\nmax-on = \"5m\"\nmin-off = \"1s\"")
    var plan = ShedPlan()
    plan.outputs.append(mister)
    plan.zone += "\nhumidity = { raise = [\"mister\"], setpoint = \"70 %\", band = \"5 %\" }"
    try rig.begin(plan)
    rig.shed.setAir { $0.humidity = 85 }
    try rig.startHeating()
    try rig.pass(.seconds(10))
    let begin = try rig.now()
    // The converter's lowest word, without noise above it.
    rig.shed.setAir { $0.humidity = -5 }
    rig.shed.note("probes say 0 %")
    try rig.pass(.minutes(5))
    try require(
      rig.shed.changes(of: mister, since: begin).isEmpty, "0 % after condensation started the mister")
    rig.shed.setAir { $0.humidity = 100 }
    try rig.pass(.minutes(2))
    try require(rig.shed.changes(of: mister, since: begin).isEmpty, "a saturated probe started the mister")
    try require(heater(rig), "drowned humidity stopped the heater")
  }

  private static func kernelDriver(_ rig: Rig) throws {
    try rig.begin()
    // The kernel's own driver for addresses that another driver has reserved: it takes the device whatever it is.
    try rig.board.shell("echo dummy 0x44 > /sys/bus/i2c/devices/i2c-1/new_device")
    defer { _ = try? rig.board.run("echo 0x44 > /sys/bus/i2c/devices/i2c-1/delete_device") }
    try require(try rig.board.shell("ls -l /sys/bus/i2c/devices/1-0044/driver").contains("dummy"), "no driver")
    let scan = try rig.board.shell("bombyx scan /dev/i2c-1")
    try require(scan.contains("dummy"), "the scan does not name the driver:\n\(scan)")
    try rig.startHeating()
    let status = try rig.status("the channel has failed") { status in
      status.channels.contains { $0.name == "north.temperature" && $0.quality != "good" }
    }
    try require(
      status.health.buses.contains { $0.failures.contains { $0.contains("dummy") } },
      "the driver is not named: \(status.health.buses.flatMap(\.failures))")
    try require(heater(rig), "the other probe does not serve")
  }

  private static func busGone(_ rig: Rig) throws {
    try rig.begin()
    try rig.startHeating()
    let device = try rig.board.shell("basename $(readlink -f /sys/bus/i2c/devices/i2c-1/..)")
      .trimmingCharacters(in: .whitespacesAndNewlines)
    // As with a USB adapter that is pulled out: transfers fail, and the device is gone when nobody holds it open any more.
    rig.shed.note("bus driver unbound")
    rig.shed.noAcknowledge = UInt8(ENODEV)
    try setBoth(.unplugged, rig)
    try rig.board.shell(
      "(echo \(device) > /sys/bus/virtio/drivers/i2c_virtio/unbind) < /dev/null > /dev/null 2>&1 & sleep 1")
    try rig.pass(until: "the device is gone", within: .seconds(60)) {
      try rig.board.run("test -e /dev/i2c-1").code != 0
    }
    try rig.pass(until: "the heater is off", within: .seconds(95)) { !heater(rig) }
    try rig.board.shell(
      """
      for try in 1 2 3 4 5 6 7 8 9 10; do
        echo \(device) > /sys/bus/virtio/drivers/i2c_virtio/bind && break; sleep 1
      done
      chgrp i2c /dev/i2c-1 && chmod 660 /dev/i2c-1
      """)
    rig.shed.noAcknowledge = UInt8(ENXIO)
    try setBoth(nil, rig)
    rig.shed.note("bus driver bound")
    try rig.pass(until: "it heats again", within: .minutes(3)) { heater(rig) }
  }
}

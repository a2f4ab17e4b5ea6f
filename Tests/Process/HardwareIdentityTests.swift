// Hardware that is not where it was, or was not asked for.

import CFakeHardware
import Controller
import Foundation
import Guardian
import LocalService
import Platform
import Testing

@Suite("Identity of the hardware", .enabled(if: Built.isThere, "run by ./dev test, which builds what they start"))
struct HardwareIdentityTests {
  enum Change: CaseIterable {
    case lineHasMoved
    case lineHasNoName
    case chipIsAnother
  }

  @Test(
    "A guardian whose lines are not where its table has them takes none, says which, and goes on when they are back",
    arguments: Change.allCases)
  func moved(change: Change) async throws {
    try await Machine.shared {
      let rig = try Rig()
      try Self.nameLines(of: rig)
      try rig.startGuardian()
      try rig.eventually("the lines are taken") { try !rig.edges(Rig.heater).filter(\.isRequest).isEmpty }
      rig.guardian?.end()

      Self.set(change, of: rig)
      let first = rig.eventCount
      try rig.startGuardian()
      let complaint =
        change == .chipIsAnother ? "pinctrl-bcm2711" : "GPIO17 of chip pinctrl-bcm2711 at offset 17 for heater"
      try rig.eventually("the guardian says what is wrong") { rig.log(of: "bombyx-guardian").contains(complaint) }
      // All or none: the fan's line is where it was.
      for line in [Rig.heater, Rig.fan] {
        try require(try rig.edges(line, from: first).isEmpty, "line \(line) was taken all the same")
      }

      Self.set(nil, of: rig)
      try rig.eventually("the lines are taken again") {
        // One that ended is started again, as systemd does.
        if rig.guardian?.hasEnded ?? true { try rig.startGuardian() }
        return try [Rig.heater, Rig.fan].allSatisfy { try !rig.edges($0, from: first).filter(\.isRequest).isEmpty }
      }
    }
  }

  @Test("A sensor that is plugged in and in no configuration is not spoken to, and makes no channel")
  func pluggedIn() async throws {
    try await Machine.shared {
      let rig = try Rig()
      try rig.startHeating()
      let before = try rig.status("it is measured") { !$0.channels.isEmpty }.channels.map(\.name)
      let first = rig.eventCount
      let strangers: [(bus: UInt32, address: UInt32)] = [(1, 0x46), (0, 0x44)]
      for (bus, address) in strangers {
        let sensor = fakehw_sensor(&rig.hardware, bus, address)
        sensor?.pointee.temperature = 55
        sensor?.pointee.present = 1
      }
      for _ in 0..<5 { try rig.awaitSweep() }
      for index in first..<rig.eventCount {
        guard let event = fakehw_event(&rig.hardware, index)?.pointee else { continue }
        let isStranger = strangers.contains { event.bus == UInt16($0.bus) && event.number == UInt16($0.address) }
        try require(!isStranger, "bus \(event.bus), address \(event.number) was spoken to")
      }
      let status = try rig.status("it is measured") { !$0.channels.isEmpty }
      try require(status.channels.map(\.name) == before, "the channels are now \(status.channels.map(\.name))")
      try require(rig.isOn(Rig.heater), "the heater went off")
    }
  }

  @Test("While a relay expander on a bus does not answer, the alive line stands still; then every output rests")
  func expander() async throws {
    let rest = 15
    try await Machine.shared {
      let rig = try Rig(RigConfiguration(heaterRest: rest, hasAliveLine: true))
      try rig.startHeating()
      let first = rig.eventCount
      Self.setAbsent(true, of: rig)
      try rig.eventually("the guardian notices") {
        rig.log(of: "bombyx-guardian").contains("lines that do not read as set")
      }
      // From here on no cycle is verified, so that the charge pump runs down, whatever the relays do.
      let noticed = rig.eventCount
      let lost = try rig.status("the controller raises an alarm") { $0.alarms.contains { $0.kind == .readBack } }
      try require(lost.outputs.isEmpty == false, "the controller shows no outputs")
      try require(try rig.edges(Rig.alive, from: noticed).isEmpty, "the alive line was toggled without the relays")

      Self.setAbsent(false, of: rig)
      try rig.awaitCycles(2)
      let off = try rig.edge(Rig.heater, toHigh: false, from: first, within: 5)
      let on = try rig.edge(Rig.heater, toHigh: true, from: off.index)
      // The contacts fell with the supply of their coils, a second after the last toggle.
      guard let last = try rig.edges(Rig.alive).last(where: { $0.index < noticed }) else {
        throw RigError(description: "the alive line was never toggled")
      }
      let rested = elapsed(from: last.time, to: on.time)
      try require(rested >= Double(rest) + 1 - 0.002, "the heater rested only for \(rested) s after the last toggle")
    }
  }

  private static func setAbsent(_ isAbsent: Bool, of rig: Rig) {
    fakehw_control(&rig.hardware).pointee.absent_lines = isAbsent ? 1 << UInt64(Rig.heater) : 0
  }

  /// Has the table name its lines, as that of a board does whose device tree names them.
  private static func nameLines(of rig: Rig) throws {
    let path = rig.path("guardian.table")
    var table = try GuardianTable(text: String(contentsOf: path, encoding: .utf8))
    for index in table.outputs.indices { table.outputs[index].lineName = "GPIO\(table.outputs[index].line)" }
    try table.text.write(to: path, atomically: true, encoding: .utf8)
  }

  /// - Parameter change: what is wrong from now on; `nil`: nothing.
  private static func set(_ change: Change?, of rig: Rig) {
    name(of: rig, Rig.heater, change == .lineHasMoved ? "GPIO18" : change == .lineHasNoName ? "" : "GPIO17")
    name(of: rig, 18, change == .lineHasMoved ? "GPIO17" : "GPIO18")
    withUnsafeMutableBytes(of: &fakehw_control(&rig.hardware).pointee.label) { bytes in
      fill(bytes, change == .chipIsAnother ? "pinctrl-bcm2835" : "pinctrl-bcm2711")
    }
  }

  private static func name(of rig: Rig, _ line: UInt32, _ text: String) {
    guard let line = fakehw_line(&rig.hardware, line) else { return }
    withUnsafeMutableBytes(of: &line.pointee.name) { fill($0, text) }
  }

  private static func fill(_ bytes: UnsafeMutableRawBufferPointer, _ text: String) {
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    for (index, byte) in text.utf8.enumerated() { bytes[index] = byte }
  }
}

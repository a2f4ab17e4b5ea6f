// bombyx apply, broken off.

import Controller
import Foundation
import LocalService
import Platform
import Testing

@Suite("Broken-off changes", .enabled(if: Built.isThere, "run by ./dev test, which builds what they start"))
struct ApplyTests {
  private static let (old, new) = (RigConfiguration(heaterRest: 1), RigConfiguration(heaterRest: 2))

  @Test(
    "A change of the configuration that ends at any moment has left the old one or the new one, and no table before its configuration"
  )
  func killedAtAnyMoment() async throws {
    try await Machine.shared {
      let rig = try Rig(released: .fallBack, Self.old)
      try Self.new.text.write(to: rig.path("next.toml"), atomically: true, encoding: .utf8)
      let (oldTable, newTable) = (try Self.old.applied().table, try Self.new.applied().table)
      func put(_ text: String, _ name: String) throws {
        try text.write(to: rig.path(name), atomically: true, encoding: .utf8)
      }
      func read(_ name: String) throws -> String { try String(contentsOf: rig.path(name), encoding: .utf8) }
      // How long a whole one takes, by which the moments are laid.
      let began = MonotonicTime.now()
      try Self.apply(rig).waitForEnd()
      let length = MonotonicTime.now() - began
      let trials = Effort.controllerTrials
      for trial in 0..<trials {
        try put(Self.old.text, "bombyx.toml")
        try put(oldTable, "guardian.table")
        let child = try Self.apply(rig)
        MonotonicTime.sleep(until: MonotonicTime.now() + length * Int64(trial + 1) / Int64(trials))
        child.end()
        let (configuration, table) = (try read("bombyx.toml"), try read("guardian.table"))
        try require(
          [Self.old.text, Self.new.text].contains(configuration), "the configuration is neither:\n\(configuration)")
        try require([oldTable, newTable].contains(table), "the table is neither:\n\(table)")
        try require(table == oldTable || configuration == Self.new.text, "the table came before its configuration")
      }
    }
  }

  @Test(
    "What a power cut in a change of the configuration leaves arms if it fits together, and else stays in failsafe and says so"
  )
  func cutInBetween() async throws {
    try await Machine.shared {
      let rig = try Rig(released: .fallBack, Self.old)
      // The new configuration is installed, its table half written beside the old one.
      try Self.new.text.write(to: rig.path("bombyx.toml"), atomically: true, encoding: .utf8)
      let torn = try Self.new.applied().table.utf8.prefix(100)
      try (Data(torn) + Data(repeating: 0, count: 400)).write(to: rig.path("guardian.table.new"))
      try rig.startGuardian()
      try rig.startController()
      try rig.status("an alarm says that the tables differ") { status in
        status.health.lease == "table-mismatch" && status.alarms.contains { $0.kind == .tableMismatch }
      }
      try rig.awaitSweep()
      try require(try !rig.edges(Rig.heater).contains(where: \.isHigh), "the heater was on without a table of its own")
      // As the alarm says.
      rig.reapController()
      rig.guardian?.end()
      let again = try Self.apply(rig, rig.path("bombyx.toml").path)
      try require(try again.exitCode() == 0, "bombyx apply: \(rig.log(of: "apply"))")
      try rig.startHeating()
    }
  }

  private static func apply(_ rig: Rig, _ file: String? = nil) throws -> Child {
    try Child(
      Built.program("bombyx"),
      [
        "apply", file ?? rig.path("next.toml").path, "--share", Built.root, "--table", rig.path("guardian.table").path,
        "--installed", rig.path("bombyx.toml").path,
      ], environment: [:], log: rig.path("apply.log"))
  }
}

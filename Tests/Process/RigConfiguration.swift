// The shed of a rig: two sensors, a heater, a fan.

import Foundation
import Platform
import Synchronization

/// What differs between the sheds of the tests.
struct RigConfiguration: Hashable, Sendable {
  /// Shortest time the heater stays off, s.
  var heaterRest = 1
  /// Whether the guardian toggles a line that feeds a charge pump.
  var hasAliveLine = false
  /// Whether there is an alarm relay.
  var hasSiren = false

  /// What stands under `[uplink]`; empty for no uplink.
  var uplink = ""

  /// The configuration file.
  var text: String {
    Self.shed.replacing("HEATER_REST", with: "\(heaterRest)s") + (hasSiren ? Self.siren : "")
      + (hasAliveLine ? "\n\n[alive]\npin = \"GPIO22\"\n" : "")
      + (uplink.isEmpty ? "" : "\n\n[uplink]\n\(uplink)\n")
  }

  /// What `bombyx apply` makes of it; the same for every rig, so made once.
  func applied() throws -> Applied { try Self.cache.withLock { try $0.applied(self) } }

  /// The files that `bombyx apply` writes.
  struct Applied: Sendable {
    let table: String
    let installed: String
  }

  private struct Cache {
    private var known: [RigConfiguration: Applied] = [:]

    mutating func applied(_ configuration: RigConfiguration) throws -> Applied {
      if let applied = known[configuration] { return applied }
      let directory = try Rig.makeDirectory()
      defer { try? FileManager.default.removeItem(at: directory) }
      func path(_ name: String) -> String { directory.appendingPathComponent(name).path }
      func read(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }
      try configuration.text.write(toFile: path("bombyx.toml"), atomically: true, encoding: .utf8)
      try Child.runToEnd(Built.program("bombyx"), ["check", path("bombyx.toml"), "--share", Built.root])
      try Child.runToEnd(
        Built.program("bombyx"),
        [
          "apply", path("bombyx.toml"), "--share", Built.root, "--table", path("guardian.table"), "--installed",
          path("installed.toml"),
        ])
      let applied = Applied(table: try read("guardian.table"), installed: try read("installed.toml"))
      known[configuration] = applied
      return applied
    }
  }

  private static let cache = Mutex(Cache())

  private static let siren = """


    [[output]]
    name = "siren"
    pin = "GPIO24"
    kind = "alarm"
    failsafe = "off"
    """

  private static let shed = """
    schema = 1

    [site]
    name = "rig"
    latitude = 31.40
    longitude = 109.60
    altitude = 400
    timezone = "Asia/Shanghai"

    [board]
    model = "raspberry-pi-4"

    [[sensor]]
    name = "north"
    model = "sht31"
    bus = "i2c1"
    address = 0x44
    zone = "shed"

    [[sensor]]
    name = "south"
    model = "sht31"
    bus = "i2c1"
    address = 0x45
    zone = "shed"

    [[output]]
    name = "heater"
    pin = "GPIO17"
    kind = "heater"
    failsafe = "off"
    max-on = "30m"
    min-on = "1s"
    min-off = "HEATER_REST"

    [[output]]
    name = "exhaust"
    pin = "GPIO27"
    kind = "fan"
    failsafe = "duty 20% of 15m"
    min-on = "1s"
    min-off = "1s"

    [[zone]]
    name = "shed"
    temperature = { control = "hysteresis", heat = ["heater"], cool = ["exhaust"], setpoint = "24 °C", band = "1 K" }
    """
}

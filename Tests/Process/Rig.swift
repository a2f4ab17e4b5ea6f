// The real processes on fake hardware.

import CFakeHardware
import Foundation
import Platform
import Testing

/// Where the build has put what these tests start; set by `./dev test`.
enum Built {
  static let directory = ProcessInfo.processInfo.environment["BOMBYX_BIN_DIR"]
  static let fakeHardware = ProcessInfo.processInfo.environment["BOMBYX_FAKEHW"]
  static var isThere: Bool { directory != nil && fakeHardware != nil }

  /// The checkout, for boards and recipes.
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
}

/// Something in a rig did not come about.
struct RigError: Error, CustomStringConvertible {
  let description: String
}

/// One shed: fake hardware, a guardian, a controller, and their files in a directory of their own.
final class Rig {
  static let heater: UInt32 = 17
  static let fan: UInt32 = 27

  let directory: URL
  private var hardware = fakehw()
  private(set) var guardian: Process?
  private(set) var controller: Process?

  /// A shed that is cold, so that the heater is wanted.
  /// - Parameter keepsLevels: whether lines keep their level when their owner dies, as on Raspberry Pi OS.
  init(keepsLevels: Bool = false) throws {
    self.keepsLevels = keepsLevels
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("bombyx-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(at: path("state"), withIntermediateDirectories: true)
    try Self.configuration.write(to: path("bombyx.toml"), atomically: true, encoding: .utf8)
    try runToEnd("bombyx", ["check", path("bombyx.toml").path, "--share", Built.root])
    try runToEnd(
      "bombyx",
      [
        "apply", path("bombyx.toml").path, "--share", Built.root, "--table", path("guardian.table").path,
        "--installed", path("installed.toml").path,
      ])
  }

  private let keepsLevels: Bool

  deinit {
    for process in [controller, guardian] { if let process { Self.kill(process, SIGKILL) } }
    try? FileManager.default.removeItem(at: directory)
  }

  func path(_ name: String) -> URL { directory.appendingPathComponent(name) }

  // MARK: Processes

  func startGuardian() throws {
    guardian = try start(
      "bombyx-guardian",
      ["--table", path("guardian.table").path, "--socket", path("lease.sock").path, "--controller-user", "\(getuid())"])
    let file = path("hardware").path
    try eventually("the fake hardware exists") { fakehw_attach(&self.hardware, file) == 0 }
    setTemperature(18)
  }

  func startController() throws {
    controller = try start(
      "bombyxd",
      [
        "--config", path("bombyx.toml").path, "--state-directory", path("state").path, "--runtime-directory",
        directory.path, "--guardian-socket", path("lease.sock").path, "--share", Built.root,
      ])
  }

  func kill(_ process: Process?, _ signal: Int32) {
    if let process { Self.kill(process, signal) }
  }

  /// Ends a controller and waits until it is gone, so that another can be started.
  func reapController() {
    guard let controller else { return }
    Self.kill(controller, SIGKILL)
    controller.waitUntilExit()
    self.controller = nil
  }

  private static func kill(_ process: Process, _ signal: Int32) { Foundation.kill(process.processIdentifier, signal) }

  private func start(_ name: String, _ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try Self.executable(name))
    process.arguments = arguments
    var environment = ProcessInfo.processInfo.environment
    environment["LD_PRELOAD"] = Built.fakeHardware
    environment["FAKEHW_SHM"] = path("hardware").path
    environment["FAKEHW_LABEL"] = "pinctrl-bcm2711"
    environment["FAKEHW_SENSORS"] = "1:44,1:45"
    environment["FAKEHW_RELEASE"] = keepsLevels ? "keep" : "drop"
    process.environment = environment
    let log = path("\(name).log")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    process.standardError = try FileHandle(forWritingTo: log)
    process.standardOutput = process.standardError
    try process.run()
    return process
  }

  /// Runs a tool to its end, without fake hardware.
  @discardableResult
  func runToEnd(_ name: String, _ arguments: [String], expecting code: Int32 = 0) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: try Self.executable(name))
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == code else {
      throw RigError(
        description: "\(name) \(arguments.joined(separator: " ")) ended with \(process.terminationStatus): \(text)")
    }
    return text
  }

  private static func executable(_ name: String) throws -> String {
    guard let directory = Built.directory else {
      throw RigError(description: "BOMBYX_BIN_DIR is not set; run ./dev test")
    }
    return directory + "/" + name
  }

  /// What a process has said.
  func log(of name: String) -> String { (try? String(contentsOf: path("\(name).log"), encoding: .utf8)) ?? "" }

  /// What systemd runs after a guardian has ended.
  func runHelper() throws {
    let helper = try start("bombyx-guardian", ["--drive-failsafe", "--table", path("guardian.table").path])
    helper.waitUntilExit()
    guard helper.terminationStatus == 0 else { throw RigError(description: log(of: "bombyx-guardian")) }
  }

  // MARK: The world

  func setTemperature(_ celsius: Double) {
    for address: UInt32 in [0x44, 0x45] { fakehw_sensor(&hardware, 1, address).pointee.temperature = celsius }
  }

  func setFault(_ fault: fakehw_fault) {
    for address: UInt32 in [0x44, 0x45] { fakehw_sensor(&hardware, 1, address).pointee.fault = UInt32(fault.rawValue) }
  }

  func setFault(_ fault: fakehw_fault, at address: UInt32) {
    fakehw_sensor(&hardware, 1, address).pointee.fault = UInt32(fault.rawValue)
  }

  /// Waits until the controller has measured twice, so that what was set is known to it.
  func awaitSweep() throws {
    let begin = fakehw_sensor(&hardware, 1, 0x44).pointee.reads
    try eventually("two measurements") { fakehw_sensor(&self.hardware, 1, 0x44).pointee.reads >= begin + 2 }
  }

  /// Whether the relay of a line is on, whoever drives it.
  func isOn(_ line: UInt32) -> Bool { fakehw_level(&hardware, line) == 1 }

  /// Waits until something is so.
  /// - Returns: seconds it took.
  @discardableResult
  func eventually(_ what: String, within seconds: Double = 30, _ isSo: () -> Bool) throws -> Double {
    let began = MonotonicTime.now()
    while !isSo() {
      let elapsed = Double(MonotonicTime.now() - began) / 1e9
      guard elapsed < seconds else {
        throw RigError(
          description: "not within \(seconds) s: \(what)\n\(log(of: "bombyxd"))\n\(log(of: "bombyx-guardian"))")
      }
      MonotonicTime.sleep(until: MonotonicTime.now() + 2_000_000)
    }
    return Double(MonotonicTime.now() - began) / 1e9
  }

  private static let configuration = """
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
    min-off = "1s"

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

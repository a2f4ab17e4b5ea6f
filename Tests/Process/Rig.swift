// The real processes on fake hardware.

import CFakeHardware
import Foundation
import LocalService
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

  static func program(_ name: String) throws -> String {
    guard let directory else { throw RigError(description: "BOMBYX_BIN_DIR is not set; run ./dev test") }
    return directory + "/" + name
  }
}

/// What becomes of a line whose owner has died.
enum ReleasedLines: String, CaseIterable {
  /// It keeps its level, as on Raspberry Pi OS.
  case keepTheirLevel = "keep"
  /// It falls back to what its resistor says, as on most other boards.
  case fallBack = "drop"
}

/// One shed: fake hardware, a guardian, a controller, and their files in a directory of their own.
final class Rig {
  static let heater: UInt32 = 17
  static let fan: UInt32 = 27
  static let alive: UInt32 = 22
  static let siren: UInt32 = 24

  let directory: URL
  let guardianUnit: ServiceUnit
  private let controllerUnit: ServiceUnit
  private let released: ReleasedLines
  var hardware = fakehw()
  private(set) var guardian: Child?
  private(set) var controller: Child?
  private var second: Child?
  /// Whether a guardian runs with the priority of its unit, where this user may give it.
  var hasUnitPriority = true
  /// Beside the variables of the rig and of the unit.
  var guardianEnvironment: [String: String] = [:]

  /// A shed that is cold, so that the heater is wanted.
  init(released: ReleasedLines = .fallBack, _ configuration: RigConfiguration = RigConfiguration()) throws {
    self.released = released
    guardianUnit = try ServiceUnit("bombyx-guardian")
    controllerUnit = try ServiceUnit("bombyxd")
    directory = try Self.makeDirectory()
    try FileManager.default.createDirectory(at: path("state"), withIntermediateDirectories: true)
    let applied = try configuration.applied()
    for (name, text) in [
      ("bombyx.toml", configuration.text), ("guardian.table", applied.table), ("installed.toml", applied.installed),
    ] {
      try text.write(to: path(name), atomically: true, encoding: .utf8)
    }
    // As the units have it: a trap must end a process, not write it down.
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
  }

  deinit {
    for process in [controller, guardian, second] { process?.end() }
    if hardware.base != nil {
      munmap(hardware.base, Int(FAKEHW_SIZE))
      close(hardware.descriptor)
    }
    try? FileManager.default.removeItem(at: directory)
  }

  static func makeDirectory() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("bombyx-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  func path(_ name: String) -> URL { directory.appendingPathComponent(name) }

  // MARK: Processes

  /// Starts a guardian as its unit says.
  func startGuardian() throws {
    let variables = guardianUnit.environment.merging(guardianEnvironment) { $1 }
    let begin = { [self] in try start(guardianUnit.command("ExecStart"), variables) }
    guardian = try hasUnitPriority ? guardianUnit.withPriority(begin) : begin()
    guard hardware.base == nil else { return }
    let file = path("hardware").path
    try eventually("the fake hardware exists") { fakehw_attach(&self.hardware, file) == 0 }
    setTemperature(18)
  }

  /// Starts one more guardian on the same lines, for a controller of its own.
  func startSecondGuardian() throws {
    let command = try guardianUnit.command("ExecStart").map { $0.hasSuffix("lease.sock") ? secondLeaseSocket : $0 }
    second = try start(command, guardianUnit.environment)
  }

  /// Starts a controller as its unit says.
  /// - Parameter wrapper: a command that runs what follows it.
  func startController(within wrapper: [String] = []) throws {
    let command = try controllerUnit.command("ExecStart") + ["--share", Built.root]
    controller = try start(command, controllerUnit.environment, wrapper: wrapper)
  }

  /// A guardian and a controller that has switched the heater on and the fan off: each is the opposite of its failsafe state.
  func startHeating() throws {
    if guardian?.hasEnded ?? true { try startGuardian() }
    if controller?.hasEnded ?? true { try startController() }
    try eventually("the heater is on and the fan is off") { isOn(Rig.heater) && !isOn(Rig.fan) }
  }

  /// Ends a controller and waits until it is gone, so that another can be started.
  func reapController() {
    controller?.end()
    controller = nil
  }

  /// Runs what systemd runs after a guardian has ended, and waits for its end.
  func runPostStop() throws {
    let code = try guardianUnit.withPriority {
      try start(guardianUnit.command("ExecStopPost"), guardianUnit.environment).exitCode()
    }
    try require(code == 0, "the post-stop helper ended with \(code):\n\(log(of: "bombyx-guardian"))")
  }

  private func start(_ command: [String], _ unit: [String: String], wrapper: [String] = []) throws -> Child {
    let words = try wrapper + command.map(here)
    guard let program = words.first else { throw RigError(description: "no command") }
    var variables = [
      "LD_PRELOAD": Built.fakeHardware ?? "", "FAKEHW_SHM": path("hardware").path, "FAKEHW_LABEL": "pinctrl-bcm2711",
      "FAKEHW_SENSORS": "1:44,1:45", "FAKEHW_RELEASE": released.rawValue,
    ]
    variables.merge(unit) { $1 }
    let name = command.first.map { ($0 as NSString).lastPathComponent } ?? ""
    return try Child(program, Array(words.dropFirst()), environment: variables, log: path("\(name).log"))
  }

  /// A word of a unit's command as it is in this rig. A path that the rig does not know fails the test.
  private func here(_ word: String) throws -> String {
    let program = "/usr/libexec/bombyx/"
    if word.hasPrefix(program) { return try Built.program(String(word.dropFirst(program.count))) }
    switch word {
    case "/etc/bombyx/guardian.table": return path("guardian.table").path
    case "/etc/bombyx/bombyx.toml": return path("bombyx.toml").path
    case "/run/bombyx-guardian/lease.sock": return leaseSocket
    case "/var/lib/bombyx": return path("state").path
    case "/run/bombyx": return directory.path
    case "bombyx": return "\(getuid())"
    default:
      try require(
        !word.hasPrefix("/") || word == Built.root || word.hasPrefix(directory.path),
        "the unit has a path the rig does not know: \(word)")
      return word
    }
  }

  var leaseSocket: String { path("lease.sock").path }
  var secondLeaseSocket: String { path("second.sock").path }

  /// What a process has said.
  func log(of name: String) -> String { (try? String(contentsOf: path("\(name).log"), encoding: .utf8)) ?? "" }

  // MARK: The local service

  /// What the controller says of itself; `nil` if it does not answer.
  func status() -> StatusMessage? {
    guard let client = try? ServiceClient(socket: path("bombyxd.sock").path) else { return nil }
    return try? client.call(.status, returning: StatusMessage.self)
  }

  /// Waits until the controller says of itself what is wanted.
  @discardableResult
  func status(_ what: String, within seconds: Double = 60, _ isSo: (StatusMessage) -> Bool) throws -> StatusMessage {
    var last: StatusMessage?
    try eventually(what, within: seconds) {
      last = status()
      return last.map(isSo) ?? false
    }
    guard let last else { throw RigError(description: what) }
    return last
  }

  // MARK: The world

  func setTemperature(_ celsius: Double) {
    for address: UInt32 in [0x44, 0x45] { fakehw_sensor(&hardware, 1, address).pointee.temperature = celsius }
  }

  func setFault(_ fault: fakehw_fault) {
    for address: UInt32 in [0x44, 0x45] { setFault(fault, at: address) }
  }

  func setFault(_ fault: fakehw_fault, at address: UInt32) {
    fakehw_sensor(&hardware, 1, address).pointee.fault = UInt32(fault.rawValue)
  }

  /// Waits until the controller has measured twice, so that what was set is known to it.
  func awaitSweep() throws {
    let begin = fakehw_sensor(&hardware, 1, 0x44).pointee.reads
    try eventually("two measurements") { fakehw_sensor(&self.hardware, 1, 0x44).pointee.reads >= begin + 2 }
  }

  /// Warms the shed in steps that a probe can credibly make, until the heater is off.
  func warmUp() throws {
    for celsius in [19.0, 20, 21, 22, 23, 24, 25] {
      setTemperature(celsius)
      try awaitSweep()
    }
    try eventually("the heater is off, because it is warm") { !isOn(Rig.heater) }
  }

  /// Lets the shed cool down again, until the heater is on.
  func coolDown() throws {
    for celsius in [24.0, 23, 22] {
      setTemperature(celsius)
      try awaitSweep()
    }
    try eventually("the heater is on, because it is cold") { isOn(Rig.heater) }
  }

  /// Whether the relay of a line is on, whoever drives it.
  func isOn(_ line: UInt32) -> Bool { fakehw_level(&hardware, line) == 1 }

  /// Waits until something is so.
  /// - Returns: the monotonic time at which it was, ns.
  @discardableResult
  func eventually(_ what: String, within seconds: Double = 30, _ isSo: () throws -> Bool) throws -> Int64 {
    do {
      return try poll(what, within: seconds, isSo)
    } catch let error as RigError {
      throw RigError(description: "\(error)\n\(log(of: "bombyxd"))\n\(log(of: "bombyx-guardian"))")
    }
  }
}

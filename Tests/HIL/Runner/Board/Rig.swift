// A board, the shed at the end of its wires, and the programs under test.

import Climate
import Drivers
import Foundation
import LocalService
import Simulator

/// A board with its shed.
final class Rig {
  let board: any Board
  let shed: SimulatedShed
  /// The checkout.
  let root: URL
  private let guardianUnit: ServiceUnit
  private let controllerUnit: ServiceUnit
  /// What a test has measured, in words.
  var sayings: [String] = []

  static let guardian = "bombyx-guardian"
  static let controller = "bombyxd"

  init(board: any Board, shed: SimulatedShed, root: URL) throws {
    (self.board, self.shed, self.root) = (board, shed, root)
    guardianUnit = try ServiceUnit(Self.guardian, root: root)
    controllerUnit = try ServiceUnit(Self.controller, root: root)
  }

  /// Ends what an earlier test has left, and sets a new shed up: configuration applied, nothing started.
  func begin(_ plan: ShedPlan = ShedPlan()) throws {
    _ = try board.run(
      """
      for name in \(Self.controller) \(Self.guardian); do killall -KILL $name; done
      umount /var/lib/bombyx
      rm -rf /var/lib/bombyx /run/bombyx /run/bombyx-guardian /etc/bombyx /var/log/bombyx
      """)
    // Lines that keep their level would still be on.
    try shed.begin(plan)
    try board.shell(
      """
      mkdir -p /var/lib/bombyx /run/bombyx /run/bombyx-guardian /etc/bombyx /var/log/bombyx
      chown bombyx:bombyx /var/lib/bombyx /run/bombyx
      chown bombyx-guardian:bombyx /run/bombyx-guardian && chmod 750 /run/bombyx-guardian
      chgrp bombyx-guardian /dev/gpiochip* && chmod 660 /dev/gpiochip*
      chgrp i2c /dev/i2c-* && chmod 660 /dev/i2c-*
      """)
    try board.put(plan.text, at: "/etc/bombyx/new.toml")
    try board.shell("bombyx apply /etc/bombyx/new.toml --share /usr/share/bombyx")
  }

  // MARK: Programs

  private func start(_ name: String, _ unit: ServiceUnit, _ key: String = "ExecStart") throws {
    // A group of its own, whose memory a test can take away.
    let group = "/sys/fs/cgroup/\(name)"
    try board.shell(
      """
      mkdir -p \(group) && echo max > \(group)/memory.max
      sh -c 'echo $$ > \(group)/cgroup.procs; \(try unit.command(key))' >> /var/log/bombyx/\(name).log 2>&1 &
      """)
  }

  func startGuardian() throws { try start(Self.guardian, guardianUnit) }
  func startController() throws { try start(Self.controller, controllerUnit) }

  /// Runs what systemd runs after a guardian has ended.
  func runPostStop() throws {
    _ = try board.run("(\(try guardianUnit.command("ExecStopPost"))) >> /var/log/bombyx/\(Self.guardian).log 2>&1")
  }

  /// A guardian and a controller that has switched the heater on.
  func startHeating() throws {
    try startGuardian()
    try startController()
    try pass(until: "the heater is on, because it is cold") { self.shed.isOn(ShedPlan.heater) }
  }

  /// Sends a signal to a program.
  /// - Returns: when, on the wires' clock.
  @discardableResult
  func signal(_ name: String, _ signal: String) throws -> Instant {
    let output = try board.shell("cut -d' ' -f1 /proc/uptime && kill -\(signal) $(pidof \(name))")
    guard let seconds = Double(output.split(whereSeparator: \.isWhitespace).first ?? "") else {
      throw HILError("kill \(name): \(output)")
    }
    shed.note("\(signal) to \(name)")
    return shed.time(atUptime: seconds)
  }

  func isRunning(_ name: String) throws -> Bool { try board.run("pidof \(name)").code == 0 }

  /// What a program has said.
  func log(of name: String) -> String { (try? board.run("cat /var/log/bombyx/\(name).log").output) ?? "" }

  /// Whether a line keeps its level when its owner dies.
  func setLinesKeepLevel(_ keeps: Bool) throws {
    try board.shell("echo \(keeps ? "Y" : "N") > /sys/module/gpio_virtio/parameters/keep_level")
  }

  // MARK: Time

  /// How long an output stayed on after an instant.
  func offTime(of output: PlacedOutput, since begin: Instant) throws -> Duration {
    guard let off = shed.changes(of: output, since: begin).first(where: { !$0.isHigh }) else {
      throw HILError("\(output.name) did not go off")
    }
    return begin.duration(to: off.time)
  }

  /// Says something measured, for the report.
  func say(_ text: String) { sayings.append(text) }

  /// Lets time pass on the board.
  func pass(_ duration: Duration) throws { try board.shell("sleep \(duration.inSeconds)") }

  /// The board's time, on the clock of the wires.
  func now() throws -> Instant { try time(after: "") }

  /// The board's time after a command, in one call: each costs an emulated processor a good deal.
  private func time(after command: String) throws -> Instant {
    let output = try board.shell(command + "cut -d' ' -f1 /proc/uptime")
    guard let seconds = Double(output.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw HILError("no uptime: \(output)")
    }
    return shed.time(atUptime: seconds)
  }

  /// Lets time pass on the board until something is so.
  func pass(
    until what: String, within limit: Duration = .seconds(60), step: Duration = .milliseconds(500),
    _ isSo: () throws -> Bool
  ) throws {
    var now = try now()
    let end = now.advanced(by: limit)
    while try !isSo() {
      guard now < end else {
        let words = [Self.controller, Self.guardian].map { log(of: $0).suffix(1_500) }
        throw HILError("not within \(limit): \(what)\n\(words.joined(separator: "\n"))")
      }
      now = try time(after: "sleep \(step.inSeconds); ")
    }
  }

  // MARK: What the product says

  /// What the controller says of itself; `nil` if it does not answer.
  func status() throws -> StatusMessage? {
    guard board.abilities.contains(.quickQuestions) else { return try statusOfCommandLine() }
    let reply = try board.run(Self.question(.status))
    guard reply.code == 0 else { return nil }
    return try JSONDecoder().decode(ServiceResponse<StatusMessage>.self, from: Data(reply.output.utf8)).result
  }

  /// The same, as people ask.
  func statusOfCommandLine() throws -> StatusMessage? {
    let reply = try board.run("bombyx status --json")
    guard reply.code == 0 else { return nil }
    return try JSONDecoder().decode(StatusMessage.self, from: Data(reply.output.utf8))
  }

  /// The command that asks the controller's service, on a board with ``BoardAbility/quickQuestions``. It prints the answer.
  static func question(_ method: ServiceMethod, _ parameters: ServiceParameters? = nil) -> String {
    let request = ServiceRequest(id: 1, method: method, params: parameters)
    return "ask '\(String(decoding: ServiceCoding.encode(request) ?? Data(), as: UTF8.self))'"
  }

  /// Waits until the controller says of itself what is wanted.
  @discardableResult
  func status(
    _ what: String, within limit: Duration = .seconds(60), _ isSo: (StatusMessage) -> Bool
  ) throws -> StatusMessage {
    var last: StatusMessage?
    // Each question wakes an emulated processor.
    try pass(until: what, within: limit, step: limit > .seconds(60) ? .seconds(5) : .seconds(1)) {
      last = try status()
      return last.map(isSo) ?? false
    }
    guard let last else { throw HILError(what) }
    return last
  }
}

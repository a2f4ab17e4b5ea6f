// The alarm relay: on while guardian and controller are well and nobody is called, off otherwise.

import Controller
import Foundation
import Guardian
import LocalService
import Platform
import Testing

@Suite("Alarm relay of real processes", .enabled(if: Built.isThere, "run by ./dev test, which builds what they start"))
struct AlarmRelayTests {
  /// Lease of 3 s, one cycle of the guardian, and room for a busy machine.
  private static let limit = 3.5
  /// For what the guardian's unit runs after it.
  private static let helperLimit = 0.5

  enum Fault: String, CaseIterable { case killed, stopped }

  @Test(
    "The alarm relay falls with the controller, and is on again when one holds the lease", arguments: Fault.allCases)
  func controllerIsGone(fault: Fault) async throws {
    let times = try await Machine.trials(max(Effort.controllerTrials / 4, 2), inEach: 2) { range in
      let rig = try Self.rig()
      return try range.map { _ in
        try Self.startWell(rig)
        guard let controller = rig.controller else { throw RigError(description: "no controller") }
        let first = rig.eventCount
        let begin = fault == .killed ? controller.signal(SIGKILL) : try controller.stop()
        let edge = try rig.edge(Rig.siren, toHigh: false, from: first)
        try require(!rig.isOn(Rig.siren), "the alarm relay is off")
        rig.reapController()
        return elapsed(from: begin, to: edge.time)
      }
    }
    Measured.worst("alarm relay off after the controller was \(fault.rawValue)", times)
    Measured.expect(times, within: Self.limit)
  }

  @Test("The alarm relay falls with the guardian, by what its unit runs after it", arguments: ReleasedLines.allCases)
  func guardianIsGone(lines: ReleasedLines) async throws {
    let times = try await Machine.trials(max(Effort.guardianTrials / 4, 2), inEach: 2) { range in
      let rig = try Self.rig(lines)
      return try range.map { _ in
        try Self.startWell(rig)
        guard let guardian = rig.guardian else { throw RigError(description: "no guardian") }
        let begin = guardian.signal(SIGKILL)
        let end = try guardian.waitForEnd()
        try require(
          rig.isOn(Rig.siren) == (lines == .keepTheirLevel), "the lines do not behave as the test means them to")
        let first = rig.eventCount
        try rig.runPostStop()
        try require(!rig.isOn(Rig.siren), "the alarm relay is still on after the helper")
        let isLate = lines == .keepTheirLevel
        let off = isLate ? try rig.edge(Rig.siren, toHigh: false, from: first).time : end
        return elapsed(from: begin, to: max(end, off))
      }
    }
    Measured.worst("alarm relay off after SIGKILL of the guardian, lines \(lines.words)", times)
    Measured.expect(times, within: Self.helperLimit)
  }

  @Test("A critical alarm keeps the alarm relay off until somebody has seen it, whatever is well again")
  func criticalAlarm() async throws {
    try await Machine.shared {
      let rig = try Self.rig()
      try Self.startWell(rig)
      rig.guardian?.end()
      try rig.runPostStop()
      try rig.status("an alarm says that the guardian was lost") { status in
        status.alarms.contains { $0.kind == .guardianLost }
      }
      try rig.startGuardian()
      try rig.status("the lease is held, and the alarm relay still off") { status in
        status.health.lease == "held" && Self.relay(status)?.reason.rule == .alarm && Self.relay(status)?.on == false
      }
      // The heater has its rest behind it, so that it is the alarm and no limit that keeps the relay off.
      try rig.eventually("the heater is on") { rig.isOn(Rig.heater) }
      #expect(!rig.isOn(Rig.siren))
      _ = try rig.client().call(.acknowledge, returning: Acknowledgement.self)
      try rig.eventually("the alarm relay is on") { rig.isOn(Rig.siren) }
    }
  }

  @Test("bombyx alarm test lets the relay fall and pulls it in again, and the log says who asked for it")
  func test() async throws {
    try await Machine.shared {
      let rig = try Self.rig()
      try Self.startWell(rig)
      let first = rig.eventCount
      let said = try Child.runToEnd(
        Built.program("bombyx"), ["alarm", "test", "--for", "3s", "--lang", "en", "--socket", rig.serviceSocket])
      #expect(said.contains("siren has fallen") && said.contains("siren is on again"))
      #expect(try rig.edges(Rig.siren, from: first).map(\.isHigh) == [false, true])
      var kept: [String] = []
      try rig.eventually("the test is in the log") {
        let client = try rig.client()
        let events = try client.call(.events, returning: [EntryMessage].self).filter { $0.what == "alarm-test" }
        let alarms = try client.call(.alarmHistory, returning: [EntryMessage].self).filter {
          $0.subject == "alarm:test"
        }
        kept = events.map { "\($0.subject) \($0.detail)" } + alarms.map(\.what)
        return kept.count == 3
      }
      #expect(kept.first == "alarm 3 s" && Set(kept.dropFirst()) == ["raised", "cleared"])
    }
  }

  @Test("Nobody drives the alarm relay by hand")
  func override() async throws {
    try await Machine.shared {
      let rig = try Self.rig()
      try Self.startWell(rig)
      var parameters = ServiceParameters()
      (parameters.output, parameters.demand, parameters.duration) = ("siren", 0, 60)
      let client = try rig.client()
      #expect(throws: ServiceClientError.self) {
        try client.call(.override, parameters, returning: Acknowledgement.self)
      }
      try rig.awaitSweep()
      #expect(rig.isOn(Rig.siren))
    }
  }

  private static func rig(_ lines: ReleasedLines = .fallBack) throws -> Rig {
    try Rig(released: lines, RigConfiguration(hasSiren: true))
  }

  /// A guardian and a controller that calls nobody.
  private static func startWell(_ rig: Rig) throws {
    try rig.startHeating()
    // What an earlier trial has left is seen.
    _ = try? rig.client().call(.acknowledge, returning: Acknowledgement.self)
    try rig.eventually("the alarm relay is on") { rig.isOn(Rig.siren) }
  }

  private static func relay(_ status: StatusMessage) -> OutputMessage? {
    status.outputs.first { $0.kind == .alarm }
  }
}

extension Rig {
  var serviceSocket: String { path("bombyxd.sock").path }

  /// A connection to the controller's local service.
  func client() throws -> ServiceClient { try ServiceClient(socket: serviceSocket) }
}

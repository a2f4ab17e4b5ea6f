// What becomes of the outputs when the guardian itself is killed, hangs, or is restarted again and again.

import CFakeHardware
import Controller
import Foundation
import Guardian
import LocalService
import Platform
import Testing

@Suite("Loss of the guardian", .enabled(if: Built.isThere, "run by ./dev test, which builds what they start"))
struct GuardianLossTests {
  private static let limit = 0.5

  @Test(
    "A killed guardian's outputs are in failsafe within 0.5 s by what its unit runs after it",
    arguments: ReleasedLines.allCases)
  func helperSwitchesOffWhatAGuardianLeft(lines: ReleasedLines) async throws {
    let times = try await Machine.trials(Effort.guardianTrials) { range in
      let rig = try Rig(released: lines)
      return try range.map { trial in
        try rig.startHeating()
        MonotonicTime.sleep(until: MonotonicTime.now() + Int64(trial * 137 % 1_000) * 1_000_000)
        guard let guardian = rig.guardian else { throw RigError(description: "no guardian") }
        let first = rig.eventCount
        return try rig.guardianUnit.withPriority {
          let begin = guardian.signal(SIGKILL)
          let end = try guardian.waitForEnd()
          try require(
            rig.isOn(Rig.heater) == (lines == .keepTheirLevel), "the lines do not behave as the test means them to")
          return elapsed(from: begin, to: max(end, try Self.failsafeTime(rig, from: first)))
        }
      }
    }
    Measured.worst("outputs in failsafe after SIGKILL of the guardian, lines \(lines.words)", times)
    #expect(times.count == Effort.guardianTrials)
    Measured.expect(times, within: Self.limit)
  }

  @Test(
    "A guardian that hangs is killed by its watchdog, and the outputs are in failsafe",
    arguments: ReleasedLines.allCases)
  func watchdogEndsAHangingGuardian(lines: ReleasedLines) async throws {
    let unit = try ServiceUnit("bombyx-guardian")
    let watchdog = try unit.seconds("WatchdogSec")
    #expect(try unit.value("WatchdogSignal") == "SIGKILL")
    let count = max(Effort.guardianTrials / 4, 4)
    let times = try await Machine.trials(count, inEach: 2) { range in
      let rig = try Rig(released: lines, RigConfiguration(hasAliveLine: true))
      return try range.map { _ in
        let notify = try NotifySocket(path: rig.path("notify.sock").path)
        rig.guardianEnvironment = [
          "NOTIFY_SOCKET": notify.path, "WATCHDOG_USEC": "\(Int(watchdog * 1e6))",
        ]
        try rig.startHeating()
        guard let guardian = rig.guardian else { throw RigError(description: "no guardian") }
        // This test, which stands for systemd here, must not come late itself.
        return try rig.guardianUnit.withPriority {
          let begin = try guardian.stop()
          let first = rig.eventCount
          _ = notify.awaitSilence(of: watchdog)
          guardian.signal(SIGKILL)
          let time = elapsed(
            from: begin, to: max(try guardian.waitForEnd(), try Self.failsafeTime(rig, from: first)))
          try require(
            try rig.edges(Rig.alive, from: first).isEmpty, "the alive line was toggled after the guardian stood")
          return time
        }
      }
    }
    Measured.worst("outputs in failsafe after SIGSTOP of the guardian, lines \(lines.words)", times)
    #expect(times.count == count)
    Measured.expect(times, within: watchdog + Self.limit)
  }

  @Test("However often the guardian is restarted, the heater rests its time, and the controller raises an alarm")
  func restartStorm() async throws {
    let rest = 5
    // At the pace of its unit, in which no life lasts until the lease is held: longer than the alarm's delay of 5 s.
    let restarts = 40
    try await Machine.shared {
      let rig = try Rig(released: .keepTheirLevel, RigConfiguration(heaterRest: rest))
      let pause = try rig.guardianUnit.seconds("RestartSec")
      let notify = try NotifySocket(path: rig.path("notify.sock").path)
      rig.guardianEnvironment = ["NOTIFY_SOCKET": notify.path]
      try rig.startHeating()
      let first = rig.eventCount
      for _ in 0..<restarts {
        rig.guardian?.signal(SIGKILL)
        try rig.guardian?.waitForEnd()
        try rig.runPostStop()
        // As systemd waits, not for anything to happen.
        MonotonicTime.sleep(until: MonotonicTime.now() + Int64(pause * 1e9))
        try rig.startGuardian()
        try notify.await("READY=1")
      }
      try rig.eventually("the heater is on again") { rig.isOn(Rig.heater) }
      let wait = try Self.shortestRest(rig, from: first)
      Measured.note(
        "heater's rest over \(restarts) restarts of the guardian", String(format: "%.3f s of \(rest) s", wait))
      // The guardian counts in whole milliseconds.
      try require(wait >= Double(rest) - 0.002, "the heater rested only \(wait) s")
      try rig.status("an alarm says that the guardian was lost") { status in
        status.alarms.contains { $0.kind == .guardianLost }
      }
    }
  }

  @Test("A guardian in whatever life arms with the third good frame, never before")
  func armsWithTheThirdFrame() async throws {
    try await Machine.shared {
      let rig = try Rig(released: .keepTheirLevel, RigConfiguration(hasAliveLine: true))
      let notify = try NotifySocket(path: rig.path("notify.sock").path)
      rig.guardianEnvironment = ["NOTIFY_SOCKET": notify.path]
      for life in 0..<21 {
        try rig.startGuardian()
        try notify.await("READY=1")
        let controller = try rig.playController()
        for _ in 0..<life % 3 {
          try controller.ask(for: 1)
          try require(try controller.answer().lease == .arming, "armed after fewer than three frames")
        }
        // The last life waits until the heater has rested, so that only the third frame is missing.
        try rig.awaitCycles(life == 20 ? 8 : 2)
        try require(try !rig.edges(Rig.heater).contains(where: \.isHigh), "the heater went on in life \(life)")
        guard life < 20 else {
          try controller.ask(for: 1)
          try require(try controller.answer().lease == .held, "not armed after the third frame")
          try rig.eventually("the heater is on") { rig.isOn(Rig.heater) }
          return
        }
        rig.guardian?.signal(SIGKILL)
        try rig.guardian?.waitForEnd()
        try rig.runPostStop()
      }
    }
  }

  @Test("A heater that somebody else has just let go rests its time before the guardian switches it on")
  func restCountsFromTakingTheLines() async throws {
    let rest = 4
    try await Machine.shared {
      let rig = try Rig(released: .keepTheirLevel, RigConfiguration(heaterRest: rest))
      try rig.startHeating()
      guard let owner = rig.guardian else { throw RigError(description: "no guardian") }
      // A second guardian, which has to wait for the lines of the first, and whose requests take longer than one cycle.
      fakehw_control(&rig.hardware).pointee.request_ms = 300
      try rig.startSecondGuardian()
      defer { owner.end() }
      try rig.eventually("the second guardian waits") { rig.log(of: "bombyx-guardian").contains("not armed") }
      MonotonicTime.sleep(until: MonotonicTime.now() + Int64(rest + 1) * 1_000_000_000)
      try require(rig.isOn(Rig.heater), "the first guardian's heater is on")
      let first = rig.eventCount
      owner.end()
      let taken = try rig.edge(Rig.heater, toHigh: false, from: first)
      let controller = try rig.playController(at: rig.secondLeaseSocket)
      var edge: Edge?
      try rig.eventually("the heater is on again") {
        try controller.ask(for: 1)
        _ = try controller.answer()
        edge = try rig.edges(Rig.heater, from: taken.index + 1).first(where: \.isHigh)
        return edge != nil
      }
      let wait = edge.map { elapsed(from: taken.time, to: $0.time) } ?? 0
      // The guardian counts in whole milliseconds.
      try require(wait >= Double(rest) - 0.002, "the heater rested only \(wait) s")
    }
  }

  /// When all outputs were in failsafe, by the helper that the unit names.
  private static func failsafeTime(_ rig: Rig, from first: UInt64) throws -> Int64 {
    try rig.runPostStop()
    let heater = try rig.edge(Rig.heater, toHigh: false, from: first)
    let fan = try rig.edge(Rig.fan, toHigh: true, from: first)
    try require(!rig.isOn(Rig.heater), "the heater is still on after the helper")
    try require(heater.isRequest && fan.isRequest, "the helper took the lines at another level first")
    return max(heater.time, fan.time)
  }

  /// Shortest time from the heater's last being off to its going on.
  private static func shortestRest(_ rig: Rig, from first: UInt64) throws -> Double {
    var shortest = Double.infinity
    var off: Edge?
    for edge in try rig.edges(Rig.heater, from: first) {
      if edge.isHigh, let off { shortest = min(shortest, elapsed(from: off.time, to: edge.time)) }
      if !edge.isHigh { off = edge }
    }
    return shortest
  }
}

extension ReleasedLines {
  var words: String { self == .keepTheirLevel ? "that keep their level" : "that fall back" }
}

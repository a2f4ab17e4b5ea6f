// Being asked to stop, and not being able to start.

import CFakeHardware
import Foundation
import Platform
import Testing

@Suite("Stop and start", .enabled(if: Built.isThere, "run by ./dev test, which builds what they start"))
struct StopTests {
  @Test("A controller that is asked to stop has its outputs in failsafe before it has gone")
  func controllerStops() async throws {
    let times = try await Machine.trials(max(Effort.guardianTrials / 4, 4), inEach: 2) { range in
      let rig = try Rig()
      return try range.map { _ in
        try rig.startHeating()
        // The fan has rested, so that it may follow at once.
        let off = try rig.edges(Rig.fan).last?.time ?? 0
        try rig.eventually("the fan has rested") { elapsed(from: off, to: MonotonicTime.now()) > 1.1 }
        let first = rig.eventCount
        let begin = rig.controller?.signal(SIGTERM) ?? 0
        let code = try rig.controller?.exitCode()
        let end = MonotonicTime.now()
        try require(code == 0, "the controller ended with \(code ?? -1):\n\(rig.log(of: "bombyxd"))")
        let (heater, fan) = try (
          rig.edge(Rig.heater, toHigh: false, from: first), rig.edge(Rig.fan, toHigh: true, from: first)
        )
        try require(max(heater.time, fan.time) <= end, "the outputs were not in failsafe when the controller had gone")
        return elapsed(from: begin, to: max(heater.time, fan.time))
      }
    }
    Measured.worst("outputs in failsafe after SIGTERM of the controller", times)
  }

  @Test(
    "A guardian that is asked to stop has its outputs in failsafe before it has gone", arguments: ReleasedLines.allCases
  )
  func guardianStops(lines: ReleasedLines) async throws {
    let times = try await Machine.trials(max(Effort.guardianTrials / 4, 4), inEach: 2) { range in
      let rig = try Rig(released: lines)
      return try range.map { _ in
        try rig.startHeating()
        let first = rig.eventCount
        let begin = rig.guardian?.signal(SIGTERM) ?? 0
        let code = try rig.guardian?.exitCode()
        try require(code == 0, "the guardian ended with \(code ?? -1)")
        // By the guardian itself, while it still had the lines.
        let (heater, fan) = try (
          rig.edge(Rig.heater, toHigh: false, from: first), rig.edge(Rig.fan, toHigh: true, from: first)
        )
        try require(!heater.isRequest && !fan.isRequest, "the guardian left the outputs to somebody else")
        try require(!rig.isOn(Rig.heater), "the heater is on after the guardian's end")
        try require(
          rig.isOn(Rig.fan) == (lines == .keepTheirLevel), "the fan keeps its failsafe state if its line does")
        return elapsed(from: begin, to: max(heater.time, fan.time))
      }
    }
    Measured.worst("outputs in failsafe after SIGTERM of the guardian, lines \(lines.words)", times)
  }

  @Test("A controller that cannot start leaves the outputs in failsafe")
  func controllerCannotStart() async throws {
    try await Machine.shared {
      let rig = try Rig(released: .keepTheirLevel, RigConfiguration(hasAliveLine: true))
      try "schema = 1\n".write(to: rig.path("bombyx.toml"), atomically: true, encoding: .utf8)
      try rig.startGuardian()
      // As systemd would, until it gives up for a while.
      for _ in 0..<3 {
        try rig.startController()
        let code = try rig.controller?.exitCode()
        try require(code == 2, "a controller without a usable configuration ended with \(code ?? -1)")
        try rig.awaitCycles(5)
      }
      try require(try !rig.edges(Rig.heater).contains(where: \.isHigh), "the heater went on without a controller")
      try require(rig.isOn(Rig.fan), "the fan is in its failsafe state")
    }
  }
}

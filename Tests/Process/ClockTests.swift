// The wall clock steps, and the controller stands still for a while.

import CFakeHardware
import Controller
import Foundation
import Journal
import LocalService
import Platform
import Testing

@Suite("Clock", .enabled(if: Built.isThere, "run by ./dev test, which builds what they start"))
struct ClockTests {
  @Test("A wall clock that steps by hours or to 1970 moves no output, and what is recorded says how far to trust it")
  func wallClockSteps() async throws {
    try await Machine.shared {
      let rig = try Rig()
      try rig.startHeating()
      let (first, clock) = (rig.eventCount, rig.wallClock)
      let hour: Int64 = 3_600_000_000_000
      let steps: [Step] = [
        Step("set by a time server", offset: 0, FAKEHW_WALL_SYNCHRONISED, .trusted),
        Step("five hours forward", offset: 5 * hour, FAKEHW_WALL_SYNCHRONISED, .trusted),
        Step("five hours back", offset: 0, FAKEHW_WALL_SYNCHRONISED, .trusted),
        Step("two days back, and nobody sets it", offset: -48 * hour, FAKEHW_WALL_FREE, .freeRunning),
        Step("never set", offset: -clock + 1_000_000_000, FAKEHW_WALL_FREE, .unknown),
        Step("1970 by a time server", offset: -clock + 1_000_000_000, FAKEHW_WALL_SYNCHRONISED, .unknown),
        Step("right again", offset: 0, FAKEHW_WALL_SYNCHRONISED, .trusted),
      ]
      let client = try ServiceClient(socket: rig.path("bombyxd.sock").path)
      for step in steps {
        rig.setWallClock(step.offset, step.wall)
        try rig.status("the controller says of a clock that is \(step.name): \(step.trust)") { status in
          let now = clock + step.offset
          return status.clock == step.trust && abs(status.time - now / 1_000_000) < 300_000
        }
        // Something that is recorded and moves nothing.
        _ = try client.call(.override, rig.heaterOverride, returning: Acknowledgement.self)
        _ = try client.call(.automatic, rig.heaterOverride, returning: Acknowledgement.self)
        try rig.awaitSweep()
      }
      try require(try rig.edges(Rig.heater, from: first).isEmpty, "the heater was switched")
      try require(try rig.edges(Rig.fan, from: first).isEmpty, "the fan was switched")
      try rig.status("the lease is held") { $0.health.lease == "held" }
      try Self.checkRecords(rig, steps)
    }
  }

  @Test("A controller that stood still has lost its lease, and its heater rests its time before it is on again")
  func pause() async throws {
    let (rest, cycles) = (12, 51)
    let times = try await Machine.trials(4, inEach: 1) { _ in
      let rig = try Rig(RigConfiguration(heaterRest: rest, hasAliveLine: true))
      try rig.startHeating()
      guard let controller = rig.controller else { throw RigError(description: "no controller") }
      let first = rig.eventCount
      let begin = try controller.stop()
      // Over ten seconds by the guardian's clock.
      try rig.awaitCycles(cycles)
      let off = try rig.edge(Rig.heater, toHigh: false, from: first, within: 0)
      try require(try rig.edges(Rig.heater, from: off.index + 1).isEmpty, "the heater went on without a controller")
      controller.signal(SIGCONT)
      let on = try rig.edge(Rig.heater, toHigh: true, from: off.index)
      let wait = elapsed(from: off.time, to: on.time)
      try require(wait >= Double(rest) - 0.002, "the heater rested only \(wait) s")
      // On a busy machine it may be lost, and earned, once more.
      try require(
        rig.log(of: "bombyx-guardian").contains(
          "lease: none\nbombyx-guardian: lease: arming\nbombyx-guardian: lease: held\n"),
        "the lease was not earned anew:\n\(rig.log(of: "bombyx-guardian"))")
      return [elapsed(from: begin, to: off.time)]
    }
    Measured.worst("heater off after a pause of over 10 s of the controller", times)
    Measured.expect(times, within: 3.5)
  }

  private struct Step {
    let name: String
    let offset: Int64
    let wall: fakehw_wall
    let trust: ClockTrust

    init(_ name: String, offset: Int64, _ wall: fakehw_wall, _ trust: ClockTrust) {
      (self.name, self.offset, self.wall, self.trust) = (name, offset, wall, trust)
    }
  }

  /// The overrides are in the log, each with the wall clock of its time and how far it was to be trusted, in the order of the
  /// monotonic clock.
  private static func checkRecords(_ rig: Rig, _ steps: [Step]) throws {
    let reader = try JournalReader(directory: rig.path("state").path)
    var stamps: [Stamp] = []
    try rig.eventually("all overrides are in the log") {
      stamps = try reader.events().filter { $0.kind == EventKind.overrideSet.rawValue }.map(\.stamp)
      return stamps.count == steps.count
    }
    for (stamp, step) in zip(stamps, steps) {
      try require(stamp.wall.trust == step.trust, "recorded when the clock was \(step.name): \(stamp.wall.trust)")
      let offset = (stamp.wall.unixMilliseconds - rig.wallClock / 1_000_000) * 1_000_000 - step.offset
      try require(abs(offset) < 300_000_000_000, "recorded when the clock was \(step.name): \(offset) ns beside it")
    }
    try require(
      zip(stamps, stamps.dropFirst()).allSatisfy { $0.at < $1.at }, "the monotonic times of the records are in order")
    try checkAnchors(rig)
  }

  /// When the clock became right and when it was set forward there are anchors; a clock that goes back is not believed.
  private static func checkAnchors(_ rig: Rig) throws {
    let outbox = Outbox(directory: rig.path("state").path)
    guard case .records(.entries(let entries)) = try outbox.run(of: .alarm, from: 1) else {
      throw RigError(description: "no alarms, events or anchors")
    }
    let hours = entries.compactMap { entry -> Double? in
      guard case .anchor(let utc, _, "ntp") = entry.content else { return nil }
      return (Double(utc - rig.wallClock / 1_000_000) / 3_600_000).rounded()
    }
    try require(hours.suffix(2) == [0, 5], "anchors at \(hours) h from the real clock")
    let refused = entries.count { entry in
      if case .event("anchor-refused", _, _, _) = entry.content { true } else { false }
    }
    try require(refused == 2, "\(refused) anchors refused")
  }
}

extension Rig {
  /// The real wall clock, ns since 1970.
  var wallClock: Int64 { WallClock.unixMilliseconds() * 1_000_000 }

  /// Sets the wall clock that the programs see.
  /// - Parameters:
  ///   - offset: from the real one, ns.
  ///   - wall: what the kernel says of it.
  func setWallClock(_ offset: Int64, _ wall: fakehw_wall) {
    fakehw_control(&hardware).pointee.wall_offset_ns = offset
    fakehw_control(&hardware).pointee.wall = wall.rawValue
  }
}

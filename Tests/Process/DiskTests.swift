// The disk is full, or can only be read: control goes on, people are told, and nothing that was recorded meanwhile is lost.

import CFakeHardware
import Controller
import Foundation
import LocalService
import Platform
import Testing

@Suite("Disk", .enabled(if: Built.isThere, "run by ./dev test, which builds what they start"))
struct DiskTests {
  @Test(
    "A full disk raises an alarm and leaves control alone; what happened meanwhile is written when there is room",
    .enabled(if: SmallDisk.isPossible, "needs the right to mount a file system"))
  func full() async throws {
    try await Machine.shared {
      let rig = try Rig()
      let disk = SmallDisk(kind: .memory(2_048), directory: rig.path("state").path)
      try Self.spoil(
        rig, disk, by: disk.fill(of:), repair: disk.empty(of:), alarms: [.diskFull, .journalUnavailable])
    }
  }

  @Test(
    "A disk that went read-only raises an alarm and leaves control alone; it is written again when it can be",
    .enabled(if: SmallDisk.areImagesPossible, "needs the right to mount a loop device"))
  func readOnly() async throws {
    try await Machine.shared {
      let rig = try Rig()
      let disk = SmallDisk(
        kind: .image(try SmallDisk.makeImage(in: rig.directory)), directory: rig.path("state").path)
      try Self.spoil(
        rig, disk, by: disk.makeReadOnly(of:), repair: disk.mountAgain(of:), alarms: [.journalUnavailable])
    }
  }

  @Test("A disk that takes eight seconds for every commit delays no step")
  func slow() async throws {
    let late = try await Machine.shared {
      let rig = try Rig()
      try rig.startHeating()
      let first = rig.eventCount
      rig.spoilSync(milliseconds: 8_000)
      let client = try ServiceClient(socket: rig.path("bombyxd.sock").path)
      for _ in 0..<12 {
        // Recorded at once: a commit follows the other.
        _ = try client.call(.override, rig.heaterOverride, returning: Acknowledgement.self)
        try rig.awaitSweep()
      }
      try require(try rig.edges(Rig.heater, from: first).isEmpty, "the lease was lost")
      _ = try client.call(.automatic, rig.heaterOverride, returning: Acknowledgement.self)
      try rig.warmUp()
      let late = try rig.status("the lease is held") { $0.health.lease == "held" }.health.worstLateness
      rig.spoilSync()
      return late
    }
    Measured.note("latest control step on a disk that takes 8 s for a commit", String(format: "%.1f ms", late))
    Measured.expect([late], within: 200)
  }

  @Test("A controller that comes back has the heater on before the disk has taken anything of it")
  func slowRestart() async throws {
    try await Machine.shared {
      // Nothing that rests: what is looked at is the lease.
      let rig = try Rig(RigConfiguration(heaterRest: 0))
      try rig.startHeating()
      try rig.status("the log is written") { $0.health.journal == "ready" }
      // Longer than is waited for the relay.
      rig.spoilSync(milliseconds: 600_000)
      rig.reapController()
      try rig.eventually("the heater is off") { !rig.isOn(Rig.heater) }
      try rig.startController()
      try rig.eventually("the heater is on again") { rig.isOn(Rig.heater) }
    }
  }

  @Test("A controller that comes back knows what people have set, although its log is damaged, and begins another log")
  func damagedRestart() async throws {
    try await Machine.shared {
      let rig = try Rig(RigConfiguration(heaterRest: 0))
      try rig.startHeating()
      try rig.status("the log is written") { $0.health.journal == "ready" }
      var parameters = rig.heaterOverride
      (parameters.demand, parameters.duration) = (0, 3_600)
      let client = try ServiceClient(socket: rig.path("bombyxd.sock").path)
      _ = try client.call(.override, parameters, returning: Acknowledgement.self)
      let log = rig.path("state/bombyx.db")
      // Written with the memory that holds it, which goes to the file of the moment first.
      try rig.eventually("the override is in the log") {
        try client.call(.events, ServiceParameters(), returning: [EntryMessage].self)
          .contains { $0.what == EventKind.overrideSet.rawValue }
      }
      rig.reapController()
      for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: log.path + suffix) }
      try Data(repeating: 0x5A, count: 100_000).write(to: log)
      try rig.startController()
      let status = try rig.status("it has its lease") { $0.health.lease == "held" && $0.health.journal == "ready" }
      let heater = status.outputs.first { $0.name == "heater" }
      try require(heater?.override?.demand == 0, "the override is forgotten: \(String(describing: heater?.override))")
      try require(!rig.isOn(Rig.heater), "the heater is on")
      try rig.status("people are told") { $0.alarms.contains { $0.kind == .journalQuarantined } }
    }
  }

  @Test("A disk that fails to write raises an alarm and leaves control alone; it is written again when it can be")
  func failing() async throws {
    try await Machine.shared {
      let rig = try Rig()
      try Self.spoil(
        rig, nil, by: { _ in rig.spoilSync(error: EIO) }, repair: { _ in rig.spoilSync() },
        alarms: [.journalUnavailable])
    }
  }

  /// A controller's disk goes bad and is repaired.
  private static func spoil(
    _ rig: Rig, _ disk: SmallDisk?, by damage: (Child) throws -> Void, repair: (Child) throws -> Void,
    alarms: Set<AlarmKind>
  ) throws {
    try rig.startGuardian()
    try rig.startController(within: disk?.wrapper ?? [])
    try rig.startHeating()
    guard let controller = rig.controller else { throw RigError(description: "no controller") }
    try rig.status("the log is written") { $0.health.journal == "ready" }
    let first = rig.eventCount

    try damage(controller)
    let client = try ServiceClient(socket: rig.path("bombyxd.sock").path)
    var asked = 0
    try rig.status("the alarms \(alarms) are raised") { status in
      // Something that is recorded at once.
      asked += 1
      _ = try? client.call(.override, rig.heaterOverride, returning: Acknowledgement.self)
      return alarms.isSubset(of: status.alarms.map(\.kind))
    }
    let edges = try rig.edges(Rig.heater, from: first)
    try require(edges.isEmpty, "the lease was lost")
    // Control goes on.
    _ = try client.call(.automatic, rig.heaterOverride, returning: Acknowledgement.self)
    try rig.warmUp()
    try rig.coolDown()
    try rig.status("the lease is held") { $0.health.lease == "held" }

    try repair(controller)
    try rig.status("the log is written again", within: 90) { status in
      status.health.journal == "ready" && alarms.isDisjoint(with: status.alarms.map(\.kind))
    }
    var parameters = ServiceParameters()
    parameters.last = 1_000
    let events = try client.call(.events, parameters, returning: [EntryMessage].self)
    let overrides = events.count { $0.what == EventKind.overrideSet.rawValue }
    try require(overrides >= asked, "\(asked) overrides were given, and \(overrides) are in the log")
    try require(!controller.hasEnded, "the controller has ended")
  }
}

extension Rig {
  /// What becomes of a program that wants its data on disk.
  func spoilSync(milliseconds: UInt32 = 0, error: Int32 = 0) {
    fakehw_control(&hardware).pointee.sync_ms = milliseconds
    fakehw_control(&hardware).pointee.sync_errno = UInt32(error)
  }

  /// Lets the heater do by hand what it does anyway.
  var heaterOverride: ServiceParameters {
    var parameters = ServiceParameters()
    (parameters.output, parameters.demand, parameters.duration) = ("heater", 1, 5)
    return parameters
  }
}

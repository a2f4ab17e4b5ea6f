// The heater goes off when the controller no longer asks, whatever has become of it.

import CFakeHardware
import Foundation
import Platform
import Testing

@Suite("Real processes", .enabled(if: Built.isThere, "run by ./dev test, which builds what they start"))
struct HeaterOffTests {
  /// Lease of 3 s, one cycle of the guardian, and room for a busy machine.
  private static let limit = 3.5

  @Test("A killed controller's heater is off within 3.5 s, every time")
  func heaterGoesOffAfterKill() async throws { try await expectOff(after: "SIGKILL") { $0.signal(SIGKILL) } }

  @Test("A stopped controller's heater is off within 3.5 s, every time")
  func heaterGoesOffAfterStop() async throws { try await expectOff(after: "SIGSTOP") { $0.signal(SIGSTOP) } }

  @Test("The heater of a controller that trapped is off within 3.5 s, every time")
  func heaterGoesOffAfterAbort() async throws {
    try await expectOff(after: "SIGABRT") { controller in
      controller.signal(SIGABRT)
      return try controller.waitForEnd()
    }
  }

  @Test("The heater of a controller that gets no more memory is off within 3.5 s, every time")
  func heaterGoesOffWithoutMemory() async throws {
    let times = try await Machine.trials(Effort.controllerTrials) { range in
      try Self.times(range) { rig, controller in
        try Child.runToEnd("/usr/bin/prlimit", ["--pid", "\(controller.pid)", "--data=1:1"])
        return try rig.endByHunger(controller)
      }
    }
    Measured.worst("heater off after an allocation failed (RLIMIT_DATA)", times)
    #expect(times.count == Effort.controllerTrials)
    Measured.expect(times, within: Self.limit)
  }

  @Test(
    "The heater of a controller that the kernel ended for want of memory is off within 3.5 s, every time",
    .enabled(if: MemoryGroup.isPossible, "needs the right to make memory control groups"))
  func heaterGoesOffAfterOutOfMemory() async throws {
    let times = try await Machine.trials(Effort.controllerTrials) { range in
      try Self.times(range) { rig, controller in
        let group = try MemoryGroup(of: controller, kilobytes: 512)
        let end = try rig.endByHunger(controller)
        let code = try controller.exitCode()
        try require(code == 128 + SIGKILL, "the controller ended with \(code), not by the kernel")
        withExtendedLifetime(group) {}
        return end
      }
    }
    Measured.worst("heater off after the kernel's out-of-memory kill", times)
    #expect(times.count == Effort.controllerTrials)
    Measured.expect(times, within: Self.limit)
  }

  @Test("A heater whose sensors stop answering goes off")
  func heaterGoesOffWithoutReadings() async throws {
    try await Machine.shared {
      let rig = try Rig()
      try rig.startHeating()
      rig.setFault(FAKEHW_NAK)
      try rig.eventually("the heater is off") { !rig.isOn(Rig.heater) }
    }
  }

  @Test("A sensor that stops answering does not silence its neighbour in the same call to the kernel")
  func neighbourIsStillRead() async throws {
    try await Machine.shared {
      let rig = try Rig()
      try rig.startHeating()
      rig.setFault(FAKEHW_NAK, at: 0x45)
      try rig.warmUp()
      // On again, so it was not off for want of a reading.
      try rig.coolDown()
    }
  }

  @Test("A restarted controller takes its lease again and heats on")
  func restartedControllerTakesItsLeaseAgain() async throws {
    try await Machine.shared {
      let rig = try Rig()
      try rig.startHeating()
      rig.reapController()
      try rig.eventually("the heater is off") { !rig.isOn(Rig.heater) }
      try rig.startController()
      try rig.eventually("the heater is on again") { rig.isOn(Rig.heater) }
    }
  }

  @Test("A restarted controller that has read its sensors once has the heater on, and waits for no tick")
  func restartedControllerFollowsItsFirstReading() async throws {
    try await Machine.shared {
      // Nothing that rests: what is looked at is the lease.
      let rig = try Rig(RigConfiguration(heaterRest: 0))
      try rig.startHeating()
      rig.reapController()
      try rig.eventually("the heater is off") { !rig.isOn(Rig.heater) }
      let first = rig.eventCount
      try rig.startController()
      let edge = try rig.edge(Rig.heater, toHigh: true, from: first)
      let count = rig.measurements(at: 0x44, from: first, before: edge.index)
      // Three frames, one a second, would be three measurements. A second is possible where the machine is so busy that the tick comes first.
      try require((1...2).contains(count), "the heater came on after \(count) measurements")
    }
  }

  // MARK: Trials

  private func expectOff(after fault: String, _ inflict: @escaping @Sendable (Child) throws -> Int64) async throws {
    let times = try await Machine.trials(Effort.controllerTrials) { range in
      try Self.times(range) { _, controller in try inflict(controller) }
    }
    Measured.worst("heater off after \(fault)", times)
    #expect(times.count == Effort.controllerTrials)
    Measured.expect(times, within: Self.limit)
  }

  /// Inflicts a fault on heating controllers in one shed.
  /// - Parameter inflict: returns when the fault was there, ns of the monotonic clock.
  /// - Returns: seconds from the fault to the release of the relay, of each trial.
  private static func times(_ trials: Range<Int>, _ inflict: (Rig, Child) throws -> Int64) throws -> [Double] {
    let rig = try Rig()
    try rig.startGuardian()
    return try trials.map { trial in
      try rig.startHeating()
      guard let controller = rig.controller else { throw RigError(description: "no controller") }
      // The heater went on with a frame; so the faults come at every point of the second between two frames.
      MonotonicTime.sleep(until: MonotonicTime.now() + Int64(trial * 137 % 1_000) * 1_000_000)
      let first = rig.eventCount
      let begin = try inflict(rig, controller)
      let edge = try rig.edge(Rig.heater, toHigh: false, from: first)
      try require(!rig.isOn(Rig.heater), "the heater is off")
      rig.reapController()
      return elapsed(from: begin, to: edge.time)
    }
  }
}

// The heater goes off when the controller no longer asks, whatever has become of it.

import CFakeHardware
import Foundation
import Platform
import Synchronization
import Testing

@Suite("Real processes", .enabled(if: Built.isThere, "run by ./dev test, which builds what they start"))
struct HeaterOffTests {
  /// Sheds side by side, and trials in each: 50 in all.
  private static let sheds = 10
  private static let trials = 5
  /// Lease of 3 s, one cycle of the guardian, and room for a busy machine.
  private static let limit = 3.5

  @Test("A killed controller's heater is off within 3.5 s, 50 of 50 times")
  func heaterGoesOffAfterKill() throws {
    let worst = try worstOfAllTrials(signal: SIGKILL)
    #expect(worst <= Self.limit)
  }

  @Test("A stopped controller's heater is off within 3.5 s, 50 of 50 times")
  func heaterGoesOffAfterStop() throws {
    let worst = try worstOfAllTrials(signal: SIGSTOP)
    #expect(worst <= Self.limit)
  }

  @Test("A killed guardian's heater is off as soon as the post-stop helper has run, on lines that keep their level")
  func helperSwitchesOffWhatAGuardianLeft() throws {
    let rig = try Rig(keepsLevels: true)
    try rig.startGuardian()
    try rig.startController()
    try rig.eventually("the heater is on") { rig.isOn(Rig.heater) }
    rig.kill(rig.guardian, SIGKILL)
    rig.guardian?.waitUntilExit()
    #expect(rig.isOn(Rig.heater), "these lines keep their level, or the test shows nothing")
    try rig.runHelper()
    #expect(!rig.isOn(Rig.heater))
  }

  @Test("A heater whose sensors stop answering goes off")
  func heaterGoesOffWithoutReadings() throws {
    let rig = try Rig()
    try rig.startGuardian()
    try rig.startController()
    try rig.eventually("the heater is on") { rig.isOn(Rig.heater) }
    rig.setFault(FAKEHW_NAK)
    try rig.eventually("the heater is off") { !rig.isOn(Rig.heater) }
  }

  @Test("A sensor that stops answering does not silence its neighbour in the same call to the kernel")
  func neighbourIsStillRead() throws {
    let rig = try Rig()
    try rig.startGuardian()
    try rig.startController()
    try rig.eventually("the heater is on") { rig.isOn(Rig.heater) }
    rig.setFault(FAKEHW_NAK, at: 0x45)
    // In steps that a probe can credibly make.
    for celsius in [19.0, 20, 21, 22, 23, 24, 25] { rig.setTemperature(celsius); try rig.awaitSweep() }
    try rig.eventually("the heater is off") { !rig.isOn(Rig.heater) }
    rig.setTemperature(24)
    try rig.awaitSweep()
    rig.setTemperature(23)
    try rig.eventually("the heater is on again, so it was not off for want of a reading") { rig.isOn(Rig.heater) }
  }

  @Test("A restarted controller takes its lease again and heats on")
  func restartedControllerTakesItsLeaseAgain() throws {
    let rig = try Rig()
    try rig.startGuardian()
    try rig.startController()
    try rig.eventually("the heater is on") { rig.isOn(Rig.heater) }
    rig.reapController()
    try rig.eventually("the heater is off") { !rig.isOn(Rig.heater) }
    try rig.startController()
    try rig.eventually("the heater is on again") { rig.isOn(Rig.heater) }
  }

  /// Longest time from the signal to the relay's release.
  private func worstOfAllTrials(signal: Int32) throws -> Double {
    let results = Mutex<[Result<Double, any Error>]>([])
    let threads = try (0..<Self.sheds).map { _ in
      try Platform.Thread(name: "shed") {
        let result = Result { try Self.worstOfOneShed(signal: signal) }
        results.withLock { $0.append(result) }
      }
    }
    for thread in threads { thread.join() }
    let times = try results.withLock { try $0.map { try $0.get() } }
    #expect(times.count == Self.sheds)
    return times.max() ?? .infinity
  }

  private static func worstOfOneShed(signal: Int32) throws -> Double {
    let rig = try Rig()
    try rig.startGuardian()
    var worst = 0.0
    for _ in 0..<trials {
      try rig.startController()
      try rig.eventually("the heater is on") { rig.isOn(Rig.heater) }
      rig.kill(rig.controller, signal)
      worst = max(worst, try rig.eventually("the heater is off") { !rig.isOn(Rig.heater) })
      rig.reapController()
    }
    return worst
  }
}

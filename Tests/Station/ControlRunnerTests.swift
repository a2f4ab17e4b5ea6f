// The control step, run by several threads.

import Climate
import Configuration
import Controller
import Drivers
import Foundation
import Glibc
import Journal
import Platform
import Simulator
import Testing

@testable import Guardian
@testable import Station

@Suite("Control runner") struct ControlRunnerTests {
  @Test("steps of several threads never go back in time") func order() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    let files = ConfigurationFiles(configuration: root + "/deploy/examples/silkworm-shed.toml", share: root)
    var plan = try #require(files.load().configuration).plan
    // So short that every step records samples with its time.
    plan.sampleInterval = .nanoseconds(1)
    let clock = SystemClock()
    let began = clock.now()
    let inbox = Inbox(buses: ["i2c1"])
    let queue = BoundedQueue<JournalItem>(capacity: 1_000_000) { _ in false }
    let runner = ControlRunner(
      ControlLoop(plan: plan, memory: Memory(), tableHash: 1, boot: 1, at: began), guardianSocket: "/nowhere",
      inbox: inbox, queue: queue, memoryInterval: .minutes(1), clock: clock, began: began)
    let steps = 3_000
    let threads = try (0..<4).map { number in
      try Platform.Thread(name: "steps") {
        for step in 0..<steps { runner.step(tick: number == 0 && step % 10 == 0 ? clock.now() : nil) }
      }
    }
    for thread in threads { thread.join() }
    let times = queue.take(until: 0).elements.compactMap { item -> Instant? in
      guard case .record(.sample(let stamp, _, _, _)) = item else { return nil }
      return stamp.at
    }
    // A step that comes before another in time is not due to record anything.
    #expect(times.count == 4 * steps * plan.channels.count)
    #expect(times == times.sorted())
  }

  @Test("a controller has its lease as soon as it asks for it, with the third of three whole steps and not before")
  func lease() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    let files = ConfigurationFiles(configuration: root + "/deploy/examples/silkworm-shed.toml", share: root)
    let configuration = try #require(files.load().configuration)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lease-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let socket = folder.appendingPathComponent("lease.sock").path
    var end = try LeaseSocket(path: socket, allowedUser: getuid())
    let clock = VirtualClock(at: Instant(seconds: 1_000))
    let inbox = Inbox(buses: ["i2c1"])
    let table = configuration.guardianTable
    let runner = ControlRunner(
      ControlLoop(
        plan: configuration.plan, memory: Memory(), tableHash: table.hash, boot: 1, at: clock.now()),
      guardianSocket: socket, inbox: inbox, queue: BoundedQueue<JournalItem>(capacity: 10_000) { _ in false },
      memoryInterval: .minutes(1), clock: clock, began: clock.now())
    // Off in failsafe. Its limits are another matter: after an hour it may be on at once.
    let mister = try #require(configuration.plan.output(named: "mister"))
    let bit: UInt32 = 1 << UInt32(mister.index)
    clock.sleep(until: clock.now().advanced(by: .hours(1)))
    var guardian = GuardianCore(table: table, now: clock.now().milliseconds - 3_600_000)

    // Readings and wishes that come before the house has been looked at: decided on, and not asked for.
    runner.step(tick: nil)
    #expect(inbox.add(.override(mister, demand: 1, for: .minutes(10), by: "li")))
    runner.step(tick: nil)
    #expect(runner.look().map { $0.decision.wanted & bit } == bit)
    let early = Self.frames(at: &end)
    #expect(early.isEmpty)

    runner.earnLease()
    var on: [UInt32] = []
    var leases: [LeaseState] = []
    for frame in Self.frames(at: &end) {
      on.append(guardian.cycle(now: clock.now().milliseconds, frame: frame) & bit)
      leases.append(guardian.lease)
    }
    #expect(leases == [.arming, .arming, .held])
    #expect(on == [0, 0, bit])
    #expect(runner.look()?.steps == 5)

    // From there on a change is asked for at once, and nothing else before the tick.
    runner.step(tick: nil)
    let same = Self.frames(at: &end)
    #expect(same.isEmpty)
    #expect(inbox.add(.automatic(mister, by: "li")))
    clock.sleep(until: clock.now().advanced(by: .seconds(30)))
    runner.step(tick: nil)
    let changed = Self.frames(at: &end).map { $0.wanted & bit }
    #expect(changed == [0])
  }

  /// The frames that wait at the guardian's end.
  private static func frames(at end: inout LeaseSocket) -> [LeaseFrame] {
    _ = end.acceptController()
    var frames: [LeaseFrame] = []
    while case .frame(let frame) = end.receive() { frames.append(frame) }
    return frames
  }
}

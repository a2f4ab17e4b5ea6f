// The control step, run by several threads.

import Climate
import Configuration
import Controller
import Drivers
import Foundation
import Journal
import Platform
import Testing

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
}

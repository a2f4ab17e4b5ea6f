// What must survive a restart, on its way to the disk.

import Climate
import Configuration
import Controller
import Drivers
import Foundation
import Platform
import Simulator
import Testing

@testable import Journal
@testable import Station

@Suite("Memory on its way to the disk") struct MemoryTests {
  private let configuration: DeviceConfiguration
  private let directory = NSTemporaryDirectory() + "bombyx-memory-" + UUID().uuidString

  init() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    let files = ConfigurationFiles(configuration: root + "/deploy/examples/silkworm-shed.toml", share: root)
    configuration = try #require(files.load().configuration)
  }

  private func runner(
    _ inbox: Inbox, _ queue: BoundedQueue<JournalItem>, _ clock: any MonotonicClock, memoryInterval: Duration
  ) -> ControlRunner {
    let began = clock.now()
    return ControlRunner(
      ControlLoop(plan: configuration.plan, memory: Memory(), tableHash: 1, boot: 1, at: began),
      guardianSocket: "/nowhere", inbox: inbox, queue: queue, memoryInterval: memoryInterval, clock: clock,
      began: began)
  }

  private static let override = Command.override(OutputID(0), demand: 0, for: .minutes(5), by: "li")

  @Test("What happened and what is to be known of it afterwards reach the journal together") func together() throws {
    let inbox = Inbox(buses: ["i2c1"])
    let queue = BoundedQueue<JournalItem>(capacity: 100_000, mayDrop: \.mayBeLost)
    let clock = SystemClock()
    let runner = runner(inbox, queue, clock, memoryInterval: .hours(1))
    let steps = try Platform.Thread(name: "steps") {
      for _ in 0..<2_000 {
        _ = inbox.add(Self.override)
        runner.step(tick: nil)
      }
      queue.close()
    }
    var isClosed = false
    while !isClosed {
      let batch = queue.take(until: .max)
      isClosed = batch.isClosed
      guard let last = batch.elements.last(where: { !$0.mayBeLost }) else { continue }
      guard case .memory = last else {
        Issue.record("\(last) came without a memory")
        break
      }
    }
    steps.join()
  }

  /// The threads of a station in virtual time: steps twice a second, a journal that looks at its queue every five seconds and when it is
  /// woken, a little later.
  @Test("A power cut takes no more of it than the interval of commits", arguments: [0.0, 3.2, 17.9, 44.49])
  func age(command: Double) throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let clock = VirtualClock()
    let inbox = Inbox(buses: ["i2c1"])
    let queue = BoundedQueue<JournalItem>(capacity: 100_000, mayDrop: \.mayBeLost)
    let runner = runner(inbox, queue, clock, memoryInterval: configuration.memoryInterval)
    func wall() -> WallTime {
      WallTime(unixMilliseconds: 1_776_643_200_000 + clock.now().nanoseconds / 1_000_000, trust: .trusted)
    }
    let journal = Journal(
      directory: directory, names: JournalNames(configuration.plan), boot: "a",
      settings: configuration.journalSettings, now: clock.now(), wall: wall())
    var keeper = JournalKeeper(journal, at: clock.now())
    var (nextLook, waiting): (Instant, [JournalItem]) = (clock.now(), [])
    var oldest = Duration.zero
    let steps = (1...500).map { Double($0) / 2 } + [command]
    for second in steps.sorted() {
      let step = Instant(seconds: second)
      while nextLook < step { look(at: nextLook) }
      clock.sleep(until: step)
      if second == command { _ = inbox.add(Self.override) }
      runner.step(tick: second == second.rounded() ? step : nil)
      waiting += queue.take(until: 0).elements
      if !waiting.allSatisfy(\.mayBeLost) { look(at: step.advanced(by: .milliseconds(10))) }
      guard second == second.rounded(), Int(second).isMultiple(of: 3) else { continue }
      let memory = try #require(try afterPowerCut())
      oldest = max(oldest, try #require(memory.savedAt).duration(to: clock.now()))
    }
    #expect(oldest <= configuration.log.commitInterval)
    #expect(oldest > .seconds(50), "it is saved more often than the card likes")

    func look(at time: Instant) {
      clock.sleep(until: time)
      keeper.take(waiting, now: clock.now(), wall: wall())
      waiting = []
      nextLook = clock.now().advanced(by: .seconds(5))
    }
  }

  /// The memory in the log's files as they are now.
  private func afterPowerCut() throws -> Memory? {
    let copy = directory + "-cut"
    defer { try? FileManager.default.removeItem(atPath: copy) }
    try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
    for suffix in ["", "-wal"] {
      let name = Journal.fileName + suffix
      try FileManager.default.copyItem(atPath: "\(directory)/\(name)", toPath: "\(copy)/\(name)")
    }
    let now = WallTime(unixMilliseconds: 1_776_643_200_000, trust: .trusted)
    let journal = Journal(
      directory: copy, names: JournalNames(configuration.plan), boot: "b", now: Instant(seconds: 1_000), wall: now)
    defer { journal.close() }
    return try journal.loadMemory()
  }
}

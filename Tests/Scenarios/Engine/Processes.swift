// The two processes of a device as a run sees them: running, standing still, dead, and started again by the service manager.

import Climate
import Configuration
import Controller
import Guardian
import Simulator
import Station

/// Whether a process runs.
enum ProcessState: Equatable, Sendable {
  case running
  /// It stands still until a time, ms.
  case hung(until: Int64)
  /// It is dead, and started again at a time, ms.
  case dead(until: Int64)

  var isRunning: Bool { self == .running }
}

/// What a device keeps over a power cut.
struct ScenarioDisk: Sendable {
  private(set) var memory = Memory()
  /// Events that keep it from being written.
  var failing: Set<Int> = []
  /// Whether it is found damaged at the next start.
  var isDamaged = false

  /// Whether something could not be written since the last time that something could.
  private(set) var isStale = false

  mutating func save(_ new: Memory) {
    isStale = !failing.isEmpty
    if failing.isEmpty { memory = new }
  }

  /// What a controller that starts finds.
  /// - Returns: the memory, and whether what there was is lost.
  mutating func load() -> (memory: Memory, isLost: Bool) {
    guard isDamaged else { return (memory, false) }
    isDamaged = false
    memory = Memory()
    return (memory, true)
  }
}

/// The controller's process.
struct ControllerProcess: Sendable {
  var state = ProcessState.dead(until: 0)
  private(set) var loop: ControlLoop?
  private(set) var startedAt: Int64 = 0
  private var boots: UInt64 = 0
  private var nextSave: Int64 = 0
  /// Whether a step has said that the memory must be saved since it was.
  private var owesSave = false

  /// Starts the process.
  mutating func start(
    _ site: ScenarioSite, tableHash: UInt64, machineBoot: Int, disk: inout ScenarioDisk, seed: UInt64, at now: Int64
  )
    -> Bool
  {
    boots += 1
    let (memory, isLost) = disk.load()
    loop = ControlLoop(
      plan: site.configuration.plan, memory: memory, tableHash: tableHash,
      boot: SeededGenerator.number(seed, "boot \(boots)"), machineBoot: String(machineBoot),
      at: Instant(milliseconds: now))
    state = .running
    (startedAt, nextSave, owesSave) = (now, now, false)
    return isLost
  }

  mutating func die(until: Int64) {
    loop = nil
    state = .dead(until: until)
  }

  /// One step. The memory is saved when the step says so, and once a minute.
  /// - Parameter matters: whether anything may happen before the next step. If not, what is to be saved is saved before it may.
  mutating func step(
    _ inputs: Inputs, wall: WallTime, disk: inout ScenarioDisk, matters: Bool, at now: Int64
  ) -> LeaseFrame? {
    let instant = Instant(milliseconds: now)
    let frame = loop?.step(now: instant, wall: wall, inputs: inputs, asks: true)
    if loop?.decision.mustSave == true { owesSave = true }
    if matters, owesSave || now >= nextSave, let loop {
      (nextSave, owesSave) = (now + 60_000, false)
      disk.save(loop.controller.memory(at: instant))
    }
    return frame
  }

  mutating func take(_ status: StatusFrame?) { loop?.take(status) }
}

extension Instant {
  init(milliseconds: Int64) { self.init(nanoseconds: milliseconds * 1_000_000) }
}

extension SeededGenerator {
  /// A number for one purpose of a seed.
  static func number(_ seed: UInt64, _ purpose: String) -> UInt64 {
    var generator = SeededGenerator(seed: seed, purpose: purpose)
    return generator.next()
  }
}

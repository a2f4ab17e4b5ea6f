// One device put together: threads, queues, sockets.

import Climate
public import Configuration
import Controller
import Drivers
import Glibc
import Guardian
import Journal
public import Logging
public import Platform

/// Where a station keeps its files and finds its guardian.
public struct StationPaths: Sendable {
  /// Directory of the log and of what must survive a restart.
  public var state: String
  /// Directory of the local service's socket.
  public var runtime: String
  /// The guardian's socket.
  public var guardianSocket: String

  /// Paths from their parts.
  public init(state: String, runtime: String, guardianSocket: String) {
    self.state = state
    self.runtime = runtime
    self.guardianSocket = guardianSocket
  }

  /// The local service's socket.
  public var serviceSocket: String { runtime + "/bombyxd.sock" }
}

/// A running device: a thread for the control step, one for each bus, one for the journal, one for the local service.
///
/// The control step waits for nothing but its own deadline and new samples. Everything slow stands behind a queue that may
/// fill.
public final class Station: Sendable {
  /// The period of the control step and of the lease.
  static let period = Duration.seconds(1)
  /// After this long everything that only starting needs has been done.
  private static let startUpTime = Duration.seconds(20)
  /// How often the journal looks at its queue when nothing urgent wakes it: samples wait for a minute's commit anyway.
  private static let journalPeriod = Duration.seconds(5)

  private let configuration: DeviceConfiguration
  private let paths: StationPaths
  private let log: Logger
  private let inbox: Inbox
  private let state = Monitor<StationState?>(nil)
  private let queue = BoundedQueue<JournalItem>(capacity: 20_000, mayDrop: \.mayBeLost)
  private let clock = SystemClock()

  /// A device that is not running yet.
  public init(_ configuration: DeviceConfiguration, paths: StationPaths, log: Logger) {
    self.configuration = configuration
    self.paths = paths
    self.log = log
    inbox = Inbox(buses: configuration.buses.map(\.name))
  }

  /// Runs until `stop` becomes readable, which it is asked with every wait; returns when all threads have ended and the journal is closed.
  public func run(stop: borrowing FileDescriptor) throws {
    let began = clock.now()
    let boot = Self.bootNumber()
    let journal = openJournal(boot: boot, at: began)
    let memory = restoredMemory(journal)
    let loop = ControlLoop(
      plan: configuration.plan, memory: memory, tableHash: configuration.guardianTable.hash, boot: boot, at: began)
    let service = try ServiceServer(
      path: paths.serviceSocket,
      handler: RequestHandler(state: state, inbox: inbox, history: JournalHistory(directory: paths.state)))

    var threads = try startBuses()
    let keeper = UncheckedBox(JournalKeeper(journal, at: began))
    threads.append(try Thread(name: "journal") { self.keepJournal(keeper) })
    threads.append(try Thread(name: "control") { self.control(loop, began: began) })
    threads.append(try Thread(name: "service") { service.run() })
    log.info("running", metadata: ["site": "\(configuration.plan.site)", "socket": "\(paths.serviceSocket)"])

    var wait = pollfd(fd: stop.number, events: Int16(POLLIN), revents: 0)
    while poll(&wait, 1, -1) <= 0 {}
    log.info("stopping")
    inbox.stop()
    service.stop()
    for thread in threads { thread.join() }
  }

  // MARK: Control

  private func control(_ loop: ControlLoop, began: Instant) {
    var loop = loop
    var guardian = GuardianClient(path: paths.guardianSocket)
    let manager = ServiceManager()
    var tick = began.advanced(by: Self.period)
    var worst = Duration.zero
    var nextMemory = began
    var wall = WallTimeSource()
    manager.ready()
    while true {
      let content = inbox.take(until: tick)
      let now = clock.now()
      let isTick = now >= tick
      let lateness = isTick ? tick.duration(to: now) : .zero
      worst = max(worst, lateness)
      if isTick || loop.awaitsAnswer { take(guardian.look(), into: &loop) }
      let inputs = Inputs(
        samples: content.samples, commands: content.commands, conditions: conditions(content, lateness: lateness))
      let time = wall.now(mustLook: isTick)
      if let frame = loop.step(now: now, wall: time, inputs: inputs, isTick: isTick) { guardian.send(frame) }
      // The outputs have been asked for; what follows is for people and may take its time.
      queue.put(loop.decision.records.map { .record($0) })
      if loop.decision.mustSave || now >= nextMemory {
        nextMemory = now.advanced(by: .minutes(1))
        queue.put([.memory(loop.controller.memory(at: now))])
      }
      // What is published shares its storage with the controller, whose next step then has to copy it: not after every reading.
      if isTick || !content.commands.isEmpty {
        publish(loop, now: now, wall: time, began: began, lateness: (lateness, worst), content)
      }
      if isTick {
        manager.alive()
        tick = Self.nextTick(after: tick, now: now)
      }
      if content.isStopping { break }
    }
    manager.stopping()
    queue.close()
  }

  /// Absolute deadlines: a late step does not shift those after it. After a stall the missed ones are left out.
  static func nextTick(after tick: Instant, now: Instant) -> Instant {
    let next = tick.advanced(by: period)
    guard next <= now else { return next }
    let missed = next.duration(to: now).nanoseconds / period.nanoseconds
    return next.advanced(by: period * Int(missed + 1))
  }

  private func take(_ look: GuardianClient.Look, into loop: inout ControlLoop) {
    switch look {
    case .unchanged: break
    case .status(let status): loop.take(status)
    case .gone: loop.take(nil)
    }
  }

  private func conditions(_ content: InboxContent, lateness: Duration) -> Set<AlarmID> {
    var conditions = content.journal.conditions
    if lateness > .milliseconds(500) { conditions.insert(AlarmID(kind: .stepLate, subject: "control")) }
    return conditions
  }

  private func publish(
    _ loop: ControlLoop, now: Instant, wall: WallTime, began: Instant, lateness: (Duration, Duration),
    _ content: InboxContent
  ) {
    let new = StationState(
      controller: loop.controller, decision: loop.decision, guardian: loop.guardian, operations: loop.operations,
      steps: loop.steps, now: now, wall: wall, began: began, lateness: lateness, buses: content.buses,
      journal: content.journal)
    state.withLock { $0 = new }
  }

  // MARK: Buses

  private func startBuses() throws -> [Thread] {
    var threads: [Thread] = []
    for (index, bus) in configuration.buses.enumerated() where !bus.sensors.isEmpty {
      threads.append(try Thread(name: "bus \(bus.name)") { self.sweep(bus, index: index) })
    }
    return threads
  }

  private func sweep(_ bus: BusConfiguration, index: Int) {
    let sampler = BusSampler(
      name: bus.name, bus: LinuxI2CBus(name: bus.name, path: bus.device), sensors: bus.sensors, clock: clock)
    var next = clock.now()
    while !isStopping {
      sampler.run { self.inbox.add($0) }
      let state = sampler.state
      inbox.note { $0.buses[index] = state }
      next = Self.nextTick(after: next, now: clock.now())
      clock.sleep(until: next)
    }
  }

  private var isStopping: Bool {
    var answer = false
    inbox.note { answer = $0.isStopping }
    return answer
  }

  // MARK: Journal

  private func openJournal(boot: UInt64, at now: Instant) -> Journal {
    let journal = Journal(
      directory: paths.state, names: JournalNames(configuration.plan), boot: String(boot, radix: 16),
      settings: configuration.journalSettings, now: now, wall: WallTimeSource.look())
    switch journal.openOutcome {
    case .created: log.info("a new log has begun", metadata: ["path": "\(journal.path)"])
    case .opened: break
    case .quarantined(let path, let reason):
      log.error("the log was damaged and has been put aside", metadata: ["path": "\(path)", "reason": "\(reason)"])
    case .unavailable(let error): log.error("the log cannot be written", metadata: ["reason": "\(error)"])
    }
    return journal
  }

  private func restoredMemory(_ journal: Journal) -> Memory {
    do throws(JournalError) {
      return try journal.loadMemory() ?? Memory()
    } catch {
      log.error("what was known before the restart could not be read", metadata: ["reason": "\(error)"])
      return Memory()
    }
  }

  private func keepJournal(_ box: UncheckedBox<JournalKeeper>) {
    var keeper = box.value
    var startUpEnd: Instant? = clock.now().advanced(by: Self.startUpTime)
    while true {
      let deadline = clock.now().advanced(by: Self.journalPeriod)
      let (items, dropped, isClosed) = queue.take(until: deadline.nanoseconds)
      keeper.take(items, now: clock.now(), wall: WallTimeSource.look())
      let view = keeper.view(queueDropped: dropped)
      inbox.note { $0.journal = view }
      if isClosed { break }
      if let end = startUpEnd, clock.now() >= end {
        ProgramText.releaseUnused()
        startUpEnd = nil
      }
    }
    keeper.close()
  }

  // MARK: Identity

  /// A number that no earlier life of the controller has used.
  private static func bootNumber() -> UInt64 {
    var generator = SystemRandomNumberGenerator()
    return generator.next()
  }
}

/// Hands a value that is not shared to the one thread that will use it.
struct UncheckedBox<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }
}

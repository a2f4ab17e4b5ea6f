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
import Uplink

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
/// The control step is run by the control thread at every tick, and by a bus's thread for the readings it brings
/// (``ControlRunner``). It waits for nothing; everything slow stands behind a queue that may fill.
public final class Station: Sendable {
  /// The period of the control step and of the lease.
  static let period = Duration.seconds(1)
  /// How long before the tick a sweep begins. The tick falls into the conversion of the most usual sensors (15.5 ms, SHT3x), 2 ms before it
  /// ends: its step and its frame have then just put the code and data of the whole way from reading to relay, the guardian's part
  /// too, into the processors' caches. The reading's own step needs half the time after it.
  private static let sweepLead = Duration.milliseconds(14)
  /// How far apart the sweeps of the buses begin, so that their readings do not wait for each other's steps.
  private static let sweepSpacing = Duration.microseconds(500)
  /// After this long everything that only starting needs has been done.
  private static let startUpTime = Duration.seconds(20)
  /// How often what a restart needs of the program is read again where the system has given it up.
  private static let readingPeriod = Duration.minutes(1)
  /// How often the journal looks at its queue when nothing urgent wakes it: samples wait for a minute's commit anyway.
  private static let journalPeriod = Duration.seconds(5)

  /// How long the uplink may take to say farewell.
  private static let farewellTime = Duration.seconds(3)

  private let configuration: DeviceConfiguration
  private let paths: StationPaths
  private let log: Logger
  private let inbox: Inbox
  private let queue = BoundedQueue<JournalItem>(capacity: 20_000, mayDrop: \.mayBeLost)
  private let clock = SystemClock()

  /// A device that is not running yet.
  public init(_ configuration: DeviceConfiguration, paths: StationPaths, log: Logger) {
    self.configuration = configuration
    self.paths = paths
    self.log = log
    let buses = configuration.buses
    inbox = Inbox(buses: buses.map(\.name), swept: Set(buses.indices.filter { !buses[$0].sensors.isEmpty }))
  }

  /// Runs until `stop` becomes readable, which it is asked with every wait; returns when all threads have ended and the journal is closed.
  public func run(stop: borrowing FileDescriptor) throws {
    let began = clock.now()
    let boot = Self.bootNumber()
    let machineBoot = MachineBoot.name()
    let moment = MomentMemory(directory: paths.runtime)
    // Without a memory of this boot of the machine the log must be asked before anything is decided.
    let memoryOfMoment = moment.read(machineBoot: machineBoot)
    let openedFirst = memoryOfMoment == nil ? openJournal(boot: boot, machineBoot: machineBoot, at: began) : nil
    let memory = memoryOfMoment ?? openedFirst.map { restoredMemory($0) } ?? Memory()
    let loop = controlLoop(memory, boot: boot, machineBoot: machineBoot, at: began)
    let runner = ControlRunner(
      loop, guardianSocket: paths.guardianSocket, inbox: inbox, queue: queue,
      memoryInterval: configuration.memoryInterval, clock: clock, began: began)
    let handle = UplinkHandle()
    let handler = RequestHandler(
      inbox: inbox, history: JournalHistory(directory: paths.state), hurryUplink: { handle.hurry() },
      look: { runner.look() })
    let service = try ServiceServer(path: paths.serviceSocket, handler: handler)

    var threads = try startBuses(runner, began: began)
    threads.append(try Thread(name: "control") { self.control(runner, began: began) })
    threads.append(try Thread(name: "service") { service.run() })
    // On a board of one or two cores the log would be opened in the way of the first readings.
    if openedFirst == nil { inbox.waitUntilAsked(until: began.advanced(by: Self.period)) }
    let journal = openedFirst ?? openJournal(boot: boot, machineBoot: machineBoot, at: began)
    let keeper = UncheckedBox(
      JournalKeeper(
        journal, writeCap: configuration.log.writeCap, bytesWritten: WriteBudget.bytesOfThisProcess, moment: moment,
        at: began))
    threads.append(
      try Thread(name: "journal") {
        self.keepJournal(keeper, handle) { self.rehearseRestart(moment, boot: boot, machineBoot: machineBoot) }
      })
    startUplink(handler, handle)
    log.info("running", metadata: ["site": "\(configuration.plan.site)", "socket": "\(paths.serviceSocket)"])

    var wait = pollfd(fd: stop.number, events: Int16(POLLIN), revents: 0)
    while poll(&wait, 1, -1) <= 0 {}
    log.info("stopping")
    inbox.stop()
    service.stop()
    handle.stop(within: Self.farewellTime)
    for thread in threads { thread.join() }
  }

  // MARK: Control

  private func controlLoop(_ memory: Memory, boot: UInt64, machineBoot: String?, at now: Instant) -> ControlLoop {
    ControlLoop(
      plan: configuration.plan, memory: memory, tableHash: configuration.guardianTable.hash, boot: boot,
      machineBoot: machineBoot, at: now)
  }

  /// Takes the way of a restart once, for nothing: a controller that began without a memory has not, and one that is killed would have to
  /// read its own code from the disk before it could decide.
  private func rehearseRestart(_ moment: MomentMemory, boot: UInt64, machineBoot: String?) {
    guard let memory = moment.read(machineBoot: machineBoot) else { return }
    _ = controlLoop(memory, boot: boot, machineBoot: machineBoot, at: clock.now())
  }

  private func control(_ runner: ControlRunner, began: Instant) {
    let manager = ServiceManager()
    var tick = began.advanced(by: Self.period)
    manager.ready()
    // A bus that hangs is waited for no longer than to the first tick.
    if !inbox.waitForFirstSweeps(until: tick) { runner.earnLease() }
    inbox.noteAsked()
    while !inbox.wait(until: tick) {
      let now = clock.now()
      let isTick = now >= tick
      runner.step(tick: isTick ? tick : nil)
      guard isTick else { continue }
      manager.alive()
      tick = Self.nextTick(after: tick, now: now)
    }
    manager.stopping()
    runner.release()
    queue.close()
  }

  /// Absolute deadlines: a late step does not shift those after it. After a stall the missed ones are left out.
  static func nextTick(after tick: Instant, now: Instant) -> Instant {
    let next = tick.advanced(by: period)
    guard next <= now else { return next }
    let missed = next.duration(to: now).nanoseconds / period.nanoseconds
    return next.advanced(by: period * Int(missed + 1))
  }

  // MARK: Buses

  private func startBuses(_ runner: ControlRunner, began: Instant) throws -> [Thread] {
    var threads: [Thread] = []
    let firstTick = began.advanced(by: Self.period - Self.sweepLead)
    for (index, bus) in configuration.buses.enumerated() where !bus.sensors.isEmpty {
      threads.append(
        try Thread(name: "bus \(bus.name)") {
          self.sweep(bus, index: index, runner, from: firstTick.advanced(by: Self.sweepSpacing * index))
        })
    }
    return threads
  }

  private func sweep(_ bus: BusConfiguration, index: Int, _ runner: ControlRunner, from first: Instant) {
    let sampler = BusSampler(
      name: bus.name, bus: LinuxI2CBus(name: bus.name, adapter: bus.adapter), sensors: bus.sensors, clock: clock)
    var next = first.advanced(by: .zero - Self.period)
    while !isStopping {
      sampler.run {
        self.inbox.add($0)
        runner.step(tick: nil)
      }
      inbox.noteSweep(sampler.state, of: index)
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

  private func openJournal(boot: UInt64, machineBoot: String?, at now: Instant) -> Journal {
    let journal = Journal(
      directory: paths.state, names: JournalNames(configuration.plan), boot: String(boot, radix: 16),
      machineBoot: machineBoot, settings: configuration.journalSettings, now: now, wall: WallTimeSource.look())
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

  /// - Parameter rehearse: what is done once, after the start-up.
  private func keepJournal(
    _ box: UncheckedBox<JournalKeeper>, _ uplink: UplinkHandle, rehearse: () -> Void
  ) {
    var keeper = box.value
    var clockRate = ClockRateWatch(at: clock.now())
    var startUpEnd: Instant? = clock.now().advanced(by: Self.startUpTime)
    var nextReading = clock.now().advanced(by: Self.startUpTime + Self.readingPeriod)
    while true {
      let deadline = clock.now().advanced(by: Self.journalPeriod)
      let (items, dropped, isClosed) = queue.take(until: deadline.nanoseconds)
      keeper.take(items, now: clock.now(), wall: WallTimeSource.look())
      if items.contains(where: { !$0.mayBeLost }) { uplink.notice() }
      let view = keeper.view(queueDropped: dropped)
      // Looked at here, because this thread may wait.
      let conditions = clockRate.conditions(clock.now)
      inbox.note { ($0.journal, $0.conditions) = (view, conditions) }
      if isClosed { break }
      if let end = startUpEnd, clock.now() >= end {
        rehearse()
        ProgramText.noteUsed()
        ProgramText.releaseUnused()
        Heap.trim()
        startUpEnd = nil
      }
      if clock.now() >= nextReading {
        ProgramText.readAgain()
        nextReading = clock.now().advanced(by: Self.readingPeriod)
      }
    }
    keeper.close()
  }

  // MARK: Uplink

  /// Starts the uplink's thread, if there is an uplink. Nobody waits for it when the station ends but for its farewell: the search for the
  /// address of a host can take longer than a service may take to stop.
  private func startUplink(_ handler: RequestHandler, _ handle: UplinkHandle) {
    guard let configuration = configuration.uplink else { return }
    let clock = clock
    let host = StationUplinkHost(handler: handler, queue: queue, inbox: inbox) { clock.now() }
    guard let setup = UplinkSetup(configuration, utcOffset: self.configuration.plan.place.utcOffset) else {
      log.error("the uplink has no name for this device: write device = \"…\" under [uplink]")
      return
    }
    do throws(SystemError) {
      let uplink = try Uplink(setup, log: Outbox(directory: paths.state), host: host) { clock.now() }
      handle.set(uplink)
      // Months that are sent at once are much work, and no step is to wait for any of it.
      _ = try Thread(name: "uplink", niceness: 10) { uplink.run() }
      log.info("uplink", metadata: ["broker": "\(setup.broker)", "device": "\(setup.device)"])
    } catch {
      log.error("the uplink cannot be started", metadata: ["reason": "\(error)"])
    }
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

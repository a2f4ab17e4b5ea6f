// A device in a house that does not exist, on time of its own.

import Climate
import Configuration
import Controller
import Drivers
import Guardian
import Journal
public import LocalService
import Platform
import Simulator

/// Runs the whole device, control step, drivers, lease, guardian core, journal and local service, against a simulated house.
///
/// One thread, virtual time: the same options give the same log, to the byte.
public final class Simulation: Sendable {
  private let options: SimulationOptions
  private let inbox: Inbox
  private let state = Monitor<StationState?>(nil)
  private let isStopped = Monitor(false)

  /// A simulation that has not begun.
  public init(_ options: SimulationOptions) {
    self.options = options
    inbox = Inbox(buses: options.configuration.buses.map(\.name))
  }

  /// Asks ``run()`` to end after its present step.
  public func stop() { isStopped.update { $0 = true } }

  /// Whether it was asked to end.
  public var isStopping: Bool { isStopped.withLock { $0 } }

  /// The last state; `nil` before the first step.
  public func status() -> StatusMessage? { state.withLock { $0 }.map { StatusMessage($0) } }

  /// Runs to the end of the days asked for, or until stopped.
  /// - Returns: the report, without the log's digest.
  public func run() throws -> SimulationReport {
    let service = try startService()
    defer { service?.stop() }
    var run = SimulationRun(options, inbox: inbox)
    let last = options.days.map { Int(($0 * 86_400).rounded()) }
    let began = MonotonicTime.now()
    while !isStopped.withLock({ $0 }), last.map({ run.second < $0 }) ?? true {
      run.step()
      guard let speed = options.speed else { continue }
      publish(run)
      MonotonicTime.sleep(until: began + Int64(Double(run.second) / speed * 1e9))
    }
    return run.finish()
  }

  private func publish(_ run: SimulationRun) {
    if let new = run.state { state.withLock { $0 = new } }
  }

  private func startService() throws -> ServiceServer? {
    guard let directory = options.runtimeDirectory else { return nil }
    let handler = RequestHandler(inbox: inbox, history: JournalHistory(directory: options.stateDirectory)) { [state] in
      state.withLock { $0 }
    }
    let service = try ServiceServer(path: directory + "/bombyxd.sock", handler: handler)
    _ = try Thread(name: "service") { service.run() }
    return service
  }
}

/// The run itself: everything that changes from second to second.
struct SimulationRun {
  /// Seconds since the start.
  private(set) var second = 0
  private let options: SimulationOptions
  private let inbox: Inbox
  private let clock = VirtualClock()
  private(set) var house: SimulatedHouse
  private var samplers: [BusSampler]
  private var device: SimulatedDevice?
  private var checker: ConstraintChecker
  private var builder: ReportBuilder
  private var boots = 0
  private var words: [String] = []

  init(_ options: SimulationOptions, inbox: Inbox) {
    self.options = options
    self.inbox = inbox
    let clock = clock
    let house = SimulatedHouse(options, clock: clock)
    self.house = house
    samplers = zip(house.buses, options.configuration.buses).map { bus, plan in
      BusSampler(name: plan.name, bus: bus, sensors: plan.sensors, clock: clock)
    }
    checker = ConstraintChecker(options.configuration.plan.outputs)
    builder = ReportBuilder(options.configuration.plan, seed: options.seed)
  }

  /// The state after the last step; `nil` while the power is away.
  var state: StationState? { device?.state(buses: samplers.map(\.state), now: now) }

  private var now: Instant { Instant(nanoseconds: Int64(second) * 1_000_000_000) }

  private var plantTime: PlantTime { options.start.advanced(by: .seconds(second)) }

  /// One second.
  mutating func step() {
    let time = plantTime
    clock.sleep(until: now)
    words += house.happen(at: .seconds(second), time)
    if house.darkUntil != nil {
      // The mains go: what was not on disk is gone, and the lines fall.
      device = nil
    } else if device == nil {
      boot()
    }
    if device != nil { control() }
    house.advance(by: .seconds(1), at: time, lines: device?.lines ?? 0)
    second += 1
    look()
  }

  mutating func finish() -> SimulationReport {
    device?.close()
    let totals = house.plant.totals
    return builder.finish(
      days: Double(second) / 86_400, energy: totals.energy, water: totals.water, violations: checker.violations)
  }

  private mutating func boot() {
    boots += 1
    let seed = SeededGenerator.seed(options.seed, for: "boot \(boots)")
    device = SimulatedDevice(options, boot: seed, at: clock.now(), wall: wall)
  }

  private mutating func control() {
    var samples: [Sample] = []
    for sampler in samplers { sampler.run { samples += $0 } }
    let content = inbox.take()
    let (now, wall) = (clock.now(), wall)
    let records = device?.step(samples: samples, commands: content.commands, words: words, now: now, wall: wall)
    words = []
    builder.count(records ?? [])
    if let stage = device?.stageName { house.setStage(stage) }
  }

  private mutating func look() {
    checker.look(at: house.contactors, now: now)
    guard let controller = device?.controller else { return }
    let air = house.plant.air
    var values: QuantityMap<Double> = [:]
    for quantity in Quantity.allCases { values[quantity] = air.value(of: quantity) }
    builder.look(values, controller, dt: 1, at: now)
    for (index, output) in options.configuration.plan.outputs.enumerated() {
      let contactor = house.contactors[index]
      builder.countOutput(output.name, isClosed: contactor.isClosed, operations: contactor.operations, dt: 1)
    }
  }

  /// Local midnight of the start is a wall time; the simulated clock is never wrong.
  private var wall: WallTime {
    let local = plantTime.localSeconds - 8 * 3_600
    return WallTime(unixMilliseconds: Int64(local * 1_000), trust: .trusted)
  }
}

// The shed at the other end of the wires: sensors, relays and air, on the guest's time.

import Climate
import Controller
import Drivers
import Foundation
import Simulator

/// What happened on the wires, in order.
enum WireEvent {
  /// Bytes that a sensor took or gave. `status` is 0 or an error number.
  case transfer(address: Int, bytes: [UInt8], isRead: Bool, status: UInt8)
  /// A line changed its level.
  case line(Int, isHigh: Bool)
  /// Something that a test did, in words.
  case note(String)
  /// What the north probe felt, for pictures.
  case climate(temperature: Double, humidity: Double)
}

/// The shed of one test after the other.
final class SimulatedShed: @unchecked Sendable {
  /// Longest time without a toggle until the charge pump lets the coils' supply fall.
  static let railTime = Duration.seconds(2)

  private let lock = NSRecursiveLock()
  private let clock = VirtualClock()
  private(set) var bus: SimulatedBus
  private(set) var plan = ShedPlan()
  private var probes: [(sensor: PlacedSensor, probe: SimulatedProbe, device: any I2CDevice)] = []
  private var plant: (any Plant)?
  private var plantTime = Instant.zero
  private var plantStart = PlantTime(year: 2026, month: 4, day: 1)
  private var air = ProbeConditions()
  private var levels: Set<Int> = []
  private var contactors: [Contactor] = []
  private var toggledAt: Instant?
  private var sampledAt = Instant.zero
  /// Guest time of the boot's beginning: a later boot's clock begins at zero again.
  private var bootOffset = Duration.zero
  private var log: [(time: Instant, event: WireEvent)] = []
  /// What an adapter reports where nobody acknowledges: ENXIO, EREMOTEIO, or 1 for a short count without an error.
  var noAcknowledge: UInt8 = 6

  init() { bus = SimulatedBus(name: "i2c1", clock: clock) }

  // MARK: For tests

  /// Clears the table: new sensors and outputs, no faults, an empty log.
  func begin(_ plan: ShedPlan) throws {
    try lock.withLock {
      self.plan = plan
      bus = SimulatedBus(name: "i2c1", clock: clock)
      air = ProbeConditions()
      air.temperature = 18
      (levels, toggledAt, noAcknowledge, log) = ([], nil, 6, [])
      contactors = plan.outputs.map { _ in Contactor() }
      (plantTime, sampledAt) = (clock.now(), clock.now())
      plant = plan.hasPlant ? makePlant(plan.startTemperature) : nil
      probes = []
      for (index, sensor) in plan.sensors.enumerated() {
        guard let address = I2CAddress(sensor.address) else { throw HILError("no address: \(sensor.address)") }
        let probe = SimulatedProbe(seed: UInt64(index + 1))
        let device = makeDevice(sensor.model, probe: probe)
        bus.attach(device, at: address)
        probes.append((sensor, probe, device))
      }
      show()
    }
  }

  private func makePlant(_ celsius: Double) -> any Plant {
    let begin = plantStart.advanced(by: .nanoseconds(plantTime.nanoseconds))
    return SilkwormShed(weather: Weather(seed: 7), start: begin, temperature: Temperature(celsius: celsius))
  }

  /// The guest's time, as of the last that happened on a wire.
  var now: Instant { clock.now() }

  /// Time on the wires at an instant of the present boot.
  func time(atUptime seconds: Double) -> Instant {
    lock.withLock { Instant(seconds: seconds).advanced(by: bootOffset) }
  }

  /// All that happened since ``begin(_:)``.
  var events: [(time: Instant, event: WireEvent)] { lock.withLock { log } }

  /// Says in the log what a test does.
  func note(_ text: String) { lock.withLock { record(.note(text)) } }

  /// Changes the air, where no plant makes it.
  func setAir(_ change: (inout ProbeConditions) -> Void) {
    lock.withLock {
      change(&air)
      show()
    }
  }

  /// Breaks or repairs the wires of a sensor.
  func set(_ fault: WireFault?, of name: String) throws {
    try lock.withLock {
      bus.set(fault, at: try address(of: name))
      record(.note("\(name): \(fault.map { "\($0)" } ?? "well again")"))
    }
  }

  /// Plugs a sensor in, where another may be.
  func plug(_ name: String, at address: Int) throws {
    try lock.withLock {
      guard let place = probes.first(where: { $0.sensor.name == name }), let address = I2CAddress(address) else {
        throw HILError("no sensor \(name)")
      }
      place.device.reset()
      bus.attach(place.device, at: address)
      bus.set(nil, at: address)
      record(.note("\(name) at \(address)"))
    }
  }

  /// Holds a line of the bus low, or lets it go.
  func setStuck(_ isStuck: Bool) {
    lock.withLock {
      bus.isStuck = isStuck
      record(.note(isStuck ? "SDA held low" : "SDA free"))
    }
  }

  /// Whatever a test wants to change of a probe.
  func probe(_ name: String) throws -> SimulatedProbe {
    try lock.withLock {
      guard let place = probes.first(where: { $0.sensor.name == name }) else { throw HILError("no sensor \(name)") }
      return place.probe
    }
  }

  /// The device model of a sensor.
  func device(_ name: String) throws -> any I2CDevice {
    try lock.withLock {
      guard let place = probes.first(where: { $0.sensor.name == name }) else { throw HILError("no sensor \(name)") }
      return place.device
    }
  }

  private func address(of name: String) throws -> I2CAddress {
    guard let sensor = plan.sensors.first(where: { $0.name == name }), let address = I2CAddress(sensor.address) else {
      throw HILError("no sensor \(name)")
    }
    return address
  }

  // MARK: Outputs

  /// Whether a line is high.
  func isHigh(_ line: Int) -> Bool { lock.withLock { levels.contains(line) } }

  /// Whether the relay of an output is driven.
  func isOn(_ output: PlacedOutput) -> Bool { isHigh(output.line) }

  /// Whether the coil of an output would have current at an instant: its line is high, and the charge pump feeds the coils.
  func hasCurrent(_ output: PlacedOutput, at time: Instant) -> Bool {
    lock.withLock { levels.contains(output.line) && isRailUp(at: time) }
  }

  private func isRailUp(at time: Instant) -> Bool {
    plan.alive == nil || toggledAt.map { $0.duration(to: time) < Self.railTime } ?? false
  }

  /// When the charge pump was last fed.
  var lastToggle: Instant? { lock.withLock { toggledAt } }

  /// The changes of an output's line since an instant.
  func changes(of output: PlacedOutput, since: Instant = .zero) -> [(time: Instant, isHigh: Bool)] {
    events.compactMap { time, event in
      guard time >= since, case .line(output.line, let isHigh) = event else { return nil }
      return (time, isHigh)
    }
  }

  /// What the air is at the probes.
  var conditions: PlantConditions? { lock.withLock { plant?.conditions(at: .north) } }

  // MARK: The wires

  /// A new boot: the guest's clock begins again.
  func connectAdapter() { lock.withLock { bootOffset = .nanoseconds(clock.now().nanoseconds) } }

  /// All lines are as after power-up.
  func connectLines() { lock.withLock { for line in levels.sorted() { setLevel(line, false) } } }

  func transfer(_ operation: I2COperation, at number: Int, time: Instant) -> (bytes: [UInt8], status: UInt8) {
    lock.withLock {
      advance(to: time.advanced(by: bootOffset))
      guard let address = I2CAddress(number) else { return ([], noAcknowledge) }
      let result = Result { () throws(I2CError) in try bus.transaction([operation], at: address).first ?? [] }
      let (bytes, status) = outcome(result)
      switch operation {
      case .write(let written): record(.transfer(address: number, bytes: written, isRead: false, status: status))
      case .read: record(.transfer(address: number, bytes: bytes, isRead: true, status: status))
      }
      return (bytes, status)
    }
  }

  private func outcome(_ result: Result<[UInt8], I2CError>) -> ([UInt8], UInt8) {
    switch result {
    case .success(let bytes): (bytes, 0)
    case .failure(let error):
      switch error.fault {
      case .timeout, .busStuck: ([], UInt8(ETIMEDOUT))
      case .arbitrationLost: ([], UInt8(EAGAIN))
      default: ([], noAcknowledge)
      }
    }
  }

  func line(_ line: Int, isHigh: Bool, isDriven: Bool, stamp: UInt32) {
    lock.withLock {
      advance(to: unwrapped(stamp))
      if line == plan.alive, isDriven, levels.contains(line) != isHigh { toggledAt = clock.now() }
      setLevel(line, isHigh)
    }
  }

  private func setLevel(_ line: Int, _ isHigh: Bool) {
    guard levels.contains(line) != isHigh else { return }
    if isHigh { levels.insert(line) } else { levels.remove(line) }
    if line != plan.alive { record(.line(line, isHigh: isHigh)) }
  }

  /// A line's stamp has 30 bits of 16 µs and begins again after more than four hours.
  private func unwrapped(_ stamp: UInt32) -> Instant {
    let unit: Int64 = 16_000
    let range: Int64 = 1 << 30
    let known = (clock.now().nanoseconds - bootOffset.nanoseconds) / unit
    var ticks = known / range * range + Int64(stamp)
    if ticks < known - range / 2 { ticks += range }
    if ticks > known + range / 2 { ticks -= range }
    return Instant(nanoseconds: ticks * unit).advanced(by: bootOffset)
  }

  private func record(_ event: WireEvent) { log.append((clock.now(), event)) }

  // MARK: The air

  /// Lets the shed follow to an instant.
  private func advance(to time: Instant) {
    clock.sleep(until: time)
    if plant != nil {
      while plantTime.duration(to: clock.now()) >= .seconds(1) { stepPlant(by: .seconds(1)) }
    }
    guard sampledAt.duration(to: clock.now()) >= .seconds(10), let first = probes.first else { return }
    sampledAt = clock.now()
    let felt = first.probe.conditions
    record(.climate(temperature: felt.temperature, humidity: felt.humidity))
  }

  private func stepPlant(by dt: Duration) {
    var states = ActuatorStates()
    for index in contactors.indices {
      let energised = levels.contains(plan.outputs[index].line) && isRailUp(at: plantTime)
      let share = contactors[index].advance(by: dt, energised: energised)
      states[plan.outputs[index].kind] = max(states[plan.outputs[index].kind], share)
    }
    let begin = plantStart.advanced(by: .nanoseconds(plantTime.nanoseconds))
    plant?.advance(by: dt, at: begin, actuators: states)
    plantTime = plantTime.advanced(by: dt)
    show()
  }

  /// Tells every probe what is true at its place.
  private func show() {
    for (sensor, probe, _) in probes {
      probe.conditions = plant.map { ProbeConditions($0.conditions(at: sensor.position)) } ?? air
    }
  }
}

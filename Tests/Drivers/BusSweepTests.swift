// A sweep over many sensors: how long it takes, what waits for what, and who is due.

import Climate
import Drivers
import Simulator
import Testing

/// Sensors on one bus with a virtual clock.
private final class SweepRig {
  let clock = VirtualClock(at: Instant(seconds: 1))
  let bus: SimulatedBus
  let sensors: [any Sensor]
  let sweep: BusSweep

  /// One sensor of each model, at addresses of which each has its own.
  init(_ sensors: [(model: SensorModel, address: Int)], intervals: [Duration] = []) throws {
    bus = SimulatedBus(name: "test", clock: clock)
    let settings = SensorSettings(inputs: DeviceRig.usualInputs)
    var drivers: [any Sensor] = []
    for (index, sensor) in sensors.enumerated() {
      let address = try #require(I2CAddress(sensor.address))
      let probe = SimulatedProbe(seed: UInt64(index), noise: [:])
      probe.conditions.illuminance = 1_000
      probe.conditions.volts = [2, 2, 2, 2]
      bus.attach(makeDevice(sensor.model, probe: probe), at: address)
      drivers.append(makeSensor(sensor.model, at: address, settings: settings))
    }
    self.sensors = drivers
    sweep = BusSweep(bus: bus, sensors: drivers, intervals: intervals, clock: clock)
  }

  convenience init(sht31s count: Int) throws { try self.init((0..<count).map { (.sht31, 0x40 + $0) }) }

  /// One sweep; the next one can begin a second after its start.
  /// - Returns: who was reported, in order, and how long it took.
  func run() -> (order: [Int], failed: [Int], time: Duration) {
    let start = clock.now()
    var (order, failed): ([Int], [Int]) = ([], [])
    sweep.run { results, _ in
      for item in results {
        order.append(item.sensor)
        if case .failure = item.result { failed.append(item.sensor) }
      }
    }
    let time = start.duration(to: clock.now())
    clock.sleep(until: start.advanced(by: .seconds(1)))
    return (order, failed, time)
  }
}

/// A sensor that never comes to an end.
private final class EndlessSensor: Sensor {
  let model = SensorModel.sht31
  let address: I2CAddress

  init(at address: I2CAddress) { self.address = address }

  func trigger(on bus: any I2CBus, at now: Instant) throws(SensorError) -> Duration { .milliseconds(1) }

  func collect(from bus: any I2CBus, at now: Instant) throws(SensorError) -> Collection {
    .more(after: .milliseconds(1))
  }
}

@Suite("Bus sweep")
struct BusSweepTests {
  @Test("eight SHT3x at 100 kHz take at most 1.2 times the bound")
  func bound() throws {
    let rig = try SweepRig(sht31s: 8)
    _ = rig.run()
    let sweep = rig.run()
    // Nine bits a byte, two a transfer, 10 µs each: a command is 3 bytes with its address, an answer 7.
    let (write, read) = (Duration.microseconds(290), Duration.microseconds(650))
    let bound = max(write * 8, write + .microseconds(15_500)) + read * 8
    #expect(sweep.order == Array(0..<8) && sweep.failed.isEmpty)
    #expect(sweep.time >= bound)
    #expect(sweep.time <= bound * 1.2)
  }

  @Test("conversions of different lengths overlap, and each is collected when it is over")
  func overlap() throws {
    let rig = try SweepRig([(.bh1750, 0x23), (.aht20, 0x38), (.sht31, 0x44), (.ads1115, 0x48), (.bme280, 0x76)])
    _ = rig.run()
    _ = rig.run()
    let sweep = rig.run()
    // 9 ms, 16 ms, four times 9 ms, 80 ms, 180 ms.
    #expect(sweep.order == [4, 2, 3, 1, 0] && sweep.failed.isEmpty)
    #expect(sweep.time < .milliseconds(190))
  }

  @Test("a sensor that does not answer costs its one transfer and delays nobody")
  func deadSensor() throws {
    let rig = try SweepRig(sht31s: 8)
    _ = rig.run()
    let whole = rig.run().time
    rig.bus.set(.unplugged, at: rig.sensors[3].address)
    for _ in 0..<5 {
      let transfers = rig.bus.transfers
      let sweep = rig.run()
      #expect(sweep.failed == [3])
      #expect(sweep.order.count == 8)
      #expect(sweep.time <= whole)
      #expect(rig.bus.transfers - transfers == 7 * 2 + 1)
    }
  }

  @Test("on a bus that hangs every sensor is reported, each after one time limit")
  func stuckBus() throws {
    let rig = try SweepRig(sht31s: 8)
    rig.bus.isStuck = true
    let sweep = rig.run()
    #expect(sweep.failed == Array(0..<8))
    #expect(sweep.time == .milliseconds(1_600))
  }

  @Test("each sensor keeps its interval, and none is asked more often than its model allows")
  func intervals() throws {
    let models: [(SensorModel, Int)] = [
      (.sht31, 0x44), (.sht31, 0x45), (.aht20, 0x38), (.bh1750, 0x23), (.scd41, 0x62),
    ]
    let rig = try SweepRig(models, intervals: [.seconds(10), .milliseconds(1)])
    var counts = [0, 0, 0, 0, 0]
    for _ in 0..<60 {
      for index in rig.run().order { counts[index] += 1 }
    }
    #expect(counts[..<4] == [6, 60, 30, 60])
    // Every 5 s, but for the time until its first value.
    #expect((9...11).contains(counts[4]))
  }

  @Test("sweeps that come a little early or late lose no measurement, and the interval does not drift")
  func jitter() throws {
    let rig = try SweepRig([(.sht31, 0x44), (.aht20, 0x38)])
    var generator = SeededGenerator(seed: 5)
    var counts = [0, 0]
    for second in 0..<600 {
      rig.clock.sleep(until: Instant(seconds: 2 + Double(second) + 0.08 * generator.uniform()))
      rig.sweep.run { results, _ in for item in results { counts[item.sensor] += 1 } }
    }
    #expect(counts == [600, 300])
  }

  @Test("after a pause a sensor is measured once, not as often as was missed")
  func pause() throws {
    let rig = try SweepRig(sht31s: 1)
    _ = rig.run()
    rig.clock.sleep(until: rig.clock.now().advanced(by: .minutes(10)))
    #expect((0..<10).map { _ in rig.run().order.count } == Array(repeating: 1, count: 10))
    // Twice at once: not due the second time.
    rig.sweep.run { _, _ in }
    #expect((0..<3).count { _ in !rig.run().order.isEmpty } >= 2)
  }

  @Test("a sensor with several steps is reported once, with all its values")
  func severalSteps() throws {
    let rig = try SweepRig([(.ads1115, 0x48), (.sht31, 0x44)])
    var values: [Measurement] = []
    rig.sweep.run { results, _ in
      for item in results where item.sensor == 0 { values += (try? item.result.get()) ?? [] }
    }
    #expect(values.map(\.input) == [0, 1, 2, 3])
    // 2.0 V at every input: half way from dry to wet, and the top of the other two.
    let truth = zip(values, [50.0, 1_000, 40, 50])
    #expect(truth.allSatisfy { isClose($0.value, $1, within: 0.01) })
  }

  @Test("a driver that asks for more without end is cut off, and the others are measured")
  func endless() throws {
    let clock = VirtualClock()
    let bus = SimulatedBus(name: "test", clock: clock)
    let address = try SensorModel.sht31.firstAddress
    bus.attach(makeDevice(.sht31, probe: SimulatedProbe(seed: 1)), at: address)
    let sensors: [any Sensor] = [EndlessSensor(at: address), makeSensor(.sht31, at: address)]
    var results: [Int: Result<[Measurement], SensorError>] = [:]
    BusSweep(bus: bus, sensors: sensors, intervals: [], clock: clock).run { reported, _ in
      for item in reported { results[item.sensor] = item.result }
    }
    #expect(results[0] == .failure(.notReady))
    #expect((try results[1]?.get())?.count == 2)
  }

  @Test(
    "sensors whose stop condition is optional are triggered in one call and read in one, those that need it are not")
  func oneCallAPhase() throws {
    let rig = try BatchRig([(.sht31, 0x44), (.sht31, 0x45), (.sht41, 0x46)])
    _ = rig.run()
    rig.bus.calls = []
    #expect(rig.run() == [0: true, 1: true, 2: true])
    #expect(
      rig.bus.calls == [
        .batch([0x44, 0x45]), .single(0x46), .single(0x46), .batch([0x44, 0x45]),
      ])
  }

  @Test("of two sensors in one call, one that does not answer is reported and set up anew, the other is measured")
  func oneOfTwoSilent() throws {
    let rig = try BatchRig([(.sht31, 0x44), (.sht31, 0x45)])
    _ = rig.run()
    let silent = try #require(I2CAddress(0x45))
    rig.bus.inner.set(.unplugged, at: silent)
    #expect(rig.run() == [0: true, 1: false])
    rig.bus.inner.set(nil, at: silent)
    rig.bus.calls = []
    #expect(rig.run() == [0: true, 1: true])
    #expect(rig.bus.calls.first == .single(0x44), "alone, because the other one is being set up")
  }

  @Test("a wrong checksum in an answer read together with others is the fault of its sensor alone")
  func oneOfTwoGarbled() throws {
    let rig = try BatchRig([(.sht31, 0x44), (.sht31, 0x45)])
    _ = rig.run()
    rig.bus.inner.set(.corrupt(byte: 2), at: try #require(I2CAddress(0x44)))
    #expect(rig.run() == [0: false, 1: true])
  }
}

/// A bus that tells what was asked of it in which calls.
private final class CountedBus: I2CBus, @unchecked Sendable {
  enum Call: Equatable {
    case single(UInt8)
    case batch([UInt8])
  }

  let inner: SimulatedBus
  var calls: [Call] = []
  private var isInBatch = false

  init(_ inner: SimulatedBus) { self.inner = inner }

  var name: String { inner.name }

  func transaction(_ operations: [I2COperation], at address: I2CAddress) throws(I2CError) -> [[UInt8]] {
    calls.append(.single(address.value))
    return try inner.transaction(operations, at: address)
  }

  func transactions(_ batch: [I2CTransaction]) -> [Result<[[UInt8]], I2CError>] {
    calls.append(.batch(batch.map(\.address.value)))
    return inner.transactions(batch)
  }
}

/// Sensors on a counted bus.
private final class BatchRig {
  let clock = VirtualClock(at: Instant(seconds: 1))
  let bus: CountedBus
  private let sweep: BusSweep

  init(_ sensors: [(model: SensorModel, address: Int)]) throws {
    bus = CountedBus(SimulatedBus(name: "test", clock: clock))
    var drivers: [any Sensor] = []
    for (index, sensor) in sensors.enumerated() {
      let address = try #require(I2CAddress(sensor.address))
      bus.inner.attach(makeDevice(sensor.model, probe: SimulatedProbe(seed: UInt64(index))), at: address)
      drivers.append(makeSensor(sensor.model, at: address))
    }
    sweep = BusSweep(bus: bus, sensors: drivers, intervals: [], clock: clock)
  }

  /// One sweep.
  /// - Returns: by sensor, whether it gave values.
  func run() -> [Int: Bool] {
    let next = clock.now().advanced(by: .seconds(1))
    var answers: [Int: Bool] = [:]
    sweep.run { results, _ in
      for item in results { answers[item.sensor] = (try? item.result.get()) != nil }
    }
    clock.sleep(until: next)
    return answers
  }
}

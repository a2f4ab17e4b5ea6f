// A recipe run by the real controller in a simulated room of any kind.

import Climate
public import Configuration
public import Controller
public import Simulator
import Station

/// What a run has come to.
public struct RoomFigures: Sendable {
  /// What one quantity has come to.
  public struct Held: Sendable {
    /// Seconds with a setpoint, and of these within its band.
    public var seconds = 0.0
    /// See ``seconds``.
    public var inBand = 0.0
    /// Seconds outside the band in which no law could have held it with the equipment there is, above and below it.
    public var outOfReach = (above: 0.0, below: 0.0)
    /// Furthest above and below the band.
    public var (above, below) = (0.0, 0.0)

    /// Share of the time in which the band could be held that it was.
    public var share: Double { inBand / max(seconds - outOfReach.above - outOfReach.below, 1) }
  }

  /// Air temperature and humidity, by stage of the recipe.
  public var stages: [String: (temperature: Held, humidity: Held)] = [:]
  /// The highest CO2, ppm.
  public var co2 = 0.0
  /// Alarms that were raised, by their identity.
  public var alarms: [String: Int] = [:]
  /// What was violated at the contactors.
  public var violations: [String] = []
  /// Operations of each output a day.
  public var operations: [String: Double] = [:]
  /// Advice at the end, in whatever words Swift has for it.
  public var advice: [Advice] = []

}

/// A recipe run by the real controller in a simulated room.
public struct RoomRun<Room: ReachingPlant> {
  /// The room.
  public private(set) var room: Room
  /// What has come of it so far.
  public private(set) var figures = RoomFigures()
  private struct Probe {
    let channels: [(id: ChannelID, quantity: Quantity)]
    let position: ProbePosition
    let interval: Int
  }

  private let configuration: DeviceConfiguration
  private let probes: [Probe]
  private var device: BombyxDevice
  private var contactors: [Contactor]
  private var checker: ConstraintChecker
  private var noise: SeededGenerator
  private let start: PlantTime
  private var second = 0

  /// A run that begins.
  /// - Parameters:
  ///   - configuration: of the device, with the recipe that it follows.
  ///   - recipe: another recipe for its first zone; `nil` to keep that.
  ///   - seed: of the probes' noise.
  public init(_ configuration: DeviceConfiguration, recipe: Recipe? = nil, room: Room, start: PlantTime, seed: UInt64) {
    var configuration = configuration
    if let recipe { configuration.plan.zones[0].recipe = recipe }
    (self.configuration, self.room, self.start) = (configuration, room, start)
    noise = SeededGenerator(seed: seed, purpose: "probes")
    probes = configuration.buses.flatMap { bus in
      bus.sensors.enumerated().map { index, sensor in
        Probe(
          channels: sensor.channels.map { ($0.id, $0.quantity) },
          position: sensor.zone == "outside"
            ? .outside : ProbePosition(rawValue: sensor.name) ?? (index % 2 == 0 ? .north : .south),
          interval: max(1, Int(sensor.interval.inBenchSeconds)))
      }
    }
    device = BombyxDevice(configuration)
    contactors = configuration.plan.outputs.map { _ in Contactor() }
    checker = ConstraintChecker(configuration.plan.outputs)
  }

  /// Lets time pass.
  /// - Parameter look: called once a second with the room as it then is.
  public mutating func run(for time: Duration, look: (Room) -> Void = { _ in }) {
    for _ in 0..<Int(time.inBenchSeconds) {
      step()
      look(room)
    }
    figures.violations = checker.violations
    figures.advice = device.loop.controller.advice(in: ZoneID(0))
    for (output, contactor) in zip(configuration.plan.outputs, contactors) {
      figures.operations[output.name] = Double(contactor.operations) / (Double(second) / 86_400)
    }
  }

  private mutating func step() {
    let time = start.advanced(by: .seconds(second))
    let now = Instant(nanoseconds: Int64(second) * 1_000_000_000)
    let wall = WallTime(unixMilliseconds: Int64((time.localSeconds - 28_800) * 1_000), trust: .trusted)
    let lines = device.step(samples(at: now), at: second, wall: wall)
    for case .alarm(_, let id, _, .raised, _, _) in device.loop.decision.records {
      figures.alarms[id.text, default: 0] += 1
    }
    var states = ActuatorStates()
    let outputs = configuration.plan.outputs
    for index in contactors.indices {
      let share = contactors[index].advance(by: .seconds(1), energised: lines & (1 << UInt32(index)) != 0)
      states[outputs[index].kind] += share / Double(outputs.count { $0.kind == outputs[index].kind })
    }
    checker.look(at: contactors, now: now)
    room.advance(by: .seconds(1), at: time, actuators: states)
    note()
    second += 1
  }

  private mutating func samples(at now: Instant) -> [Sample] {
    probes.filter { second % $0.interval == 0 }.flatMap { probe in
      let conditions = room.conditions(at: probe.position)
      return probe.channels.compactMap { channel in
        conditions.value(of: channel.quantity).map { value in
          let noisy = value + (SimulatedProbe.usualNoise[channel.quantity] ?? 0) * noise.nextGaussian()
          let shown = channel.quantity == .humidity ? min(max(noisy, 0.1), 100) : noisy
          return Sample(channel: channel.id, value: (shown * 100).rounded() / 100, at: now)
        }
      }
    }
  }

  private mutating func note() {
    let zone = ZoneID(0)
    let setpoints = device.loop.controller.setpoints(of: zone)
    let stage = device.loop.controller.stage(of: zone)?.stage.name ?? ""
    // What good probes show: a puff of cold air that is gone within a minute is none to an animal or a nut.
    let (north, south) = (room.conditions(at: .north), room.conditions(at: .south))
    let celsius = (north.temperature.celsius + south.temperature.celsius) / 2
    let percent = (north.relativeHumidity.percent + south.relativeHumidity.percent) / 2
    var held = figures.stages[stage] ?? (RoomFigures.Held(), RoomFigures.Held())
    // One of the fans airs by the clock.
    let airing = (setpoints.ventilation.map { $0.on / $0.period } ?? 0) / fans
    if let band = setpoints.temperature {
      held.temperature.look(
        at: celsius, band,
        canFall: { room.lowestTemperature <= $0 }, canRise: { room.highestTemperature(fan: airing) >= $0 })
    }
    if let band = setpoints.humidity {
      // At the temperature that the recipe asks for, or at the lowest there is if that is warmer.
      let temperature = max(setpoints.temperature?.setpoint ?? celsius, room.lowestTemperature)
      held.humidity.look(
        at: percent, band,
        canFall: { room.lowestHumidity(at: temperature) <= $0 },
        canRise: { room.highestHumidity(at: temperature, fan: airing, mister: Self.mister) >= $0 })
    }
    figures.stages[stage] = held
    figures.co2 = max(figures.co2, north.co2)
  }

  private var fans: Double { Double(max(configuration.plan.outputs.count { $0.kind == .fan }, 1)) }

  /// Share of the time for which the examples' misters may run: five minutes on, one off.
  private static var mister: Double { 5.0 / 6 }
}

extension RoomFigures.Held {
  /// - Parameters:
  ///   - canFall: whether the equipment could bring the value down to an end of the band; asked only above it.
  ///   - canRise: whether it could bring it up to one; asked only below it.
  fileprivate mutating func look(
    at value: Double, _ band: BandSetpoint, canFall: (Double) -> Bool, canRise: (Double) -> Bool
  ) {
    seconds += 1
    let distance = value - band.setpoint
    if abs(distance) <= band.band {
      inBand += 1
    } else if distance > 0 {
      above = max(above, distance - band.band)
      if !canFall(band.setpoint + band.band) { outOfReach.above += 1 }
    } else {
      below = max(below, -distance - band.band)
      if !canRise(band.setpoint - band.band) { outOfReach.below += 1 }
    }
  }
}

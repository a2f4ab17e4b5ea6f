// The house around a simulated device: building, weather, contactors, sensors on their buses.

import Climate
import Configuration
import Controller
import Drivers
import Simulator

/// The house around a simulated device.
struct SimulatedHouse {
  private struct Device {
    var sensor: SensorConfiguration
    var position: ProbePosition
    var probe: SimulatedProbe
    var bus: SimulatedBus
  }

  private(set) var plant: any Plant
  private(set) var contactors: [Contactor]
  let buses: [SimulatedBus]
  private var devices: [Device] = []
  private let outputs: [OutputPlan]
  /// Where vents stand, 0 closed … 1 open, by their opening output.
  private(set) var openings: [Int: Double] = [:]
  private var events: [ScenarioEvent]
  private var endings: [(at: Duration, sensor: String)] = []
  private(set) var darkUntil: Duration?

  init(_ options: SimulationOptions, clock: VirtualClock) {
    let configuration = options.configuration
    outputs = configuration.plan.outputs
    contactors = outputs.map { _ in Contactor() }
    plant = Self.plant(options)
    let heater = outputs.first { $0.kind == .heater } ?? outputs.first
    events = options.scenario.events(
      sensor: configuration.buses.first?.sensors.first?.name ?? "", output: heater?.name ?? "")
    events = (events + options.events).sorted { $0.at < $1.at }
    buses = configuration.buses.map { SimulatedBus(name: $0.name, clock: clock) }
    for (bus, plan) in zip(buses, configuration.buses) {
      for (index, sensor) in plan.sensors.enumerated() {
        let seed = SeededGenerator.seed(options.seed, for: sensor.name)
        let probe = SimulatedProbe(seed: seed)
        bus.attach(makeDevice(sensor.model, probe: probe), at: sensor.address)
        devices.append(Device(sensor: sensor, position: Self.position(sensor, index), probe: probe, bus: bus))
      }
    }
    showConditions()
  }

  private static func plant(_ options: SimulationOptions) -> any Plant {
    let weather = Weather(
      at: options.configuration.site.position, seed: SeededGenerator.seed(options.seed, for: "weather"))
    let building = SeededGenerator.seed(options.seed, for: "building")
    switch options.site {
    case .silkwormShed:
      return SilkwormShed(
        parameters: SilkwormShed.Parameters().randomised(by: building), stage: options.stage, weather: weather,
        start: options.start)
    case .greenhouse:
      return Greenhouse(
        parameters: Greenhouse.Parameters().randomised(by: building), weather: weather, start: options.start)
    }
  }

  private static func position(_ sensor: SensorConfiguration, _ index: Int) -> ProbePosition {
    if sensor.zone == "outside" { return .outside }
    return ProbePosition(rawValue: sensor.name) ?? (index % 2 == 0 ? .north : .south)
  }

  // MARK: Time

  /// Lets time pass with the lines as they are.
  mutating func advance(by dt: Duration, at time: PlantTime, lines: UInt32) {
    let isDark = darkUntil != nil
    var closed: [OutputKind: (sum: Double, count: Double)] = [:]
    var shares = contactors.indices.map { index in
      contactors[index].advance(by: dt, energised: !isDark && lines & (1 << UInt32(index)) != 0)
    }
    moveVents(&shares, isDark: isDark, dt)
    for index in contactors.indices {
      let share = shares[index]
      let sum = closed[outputs[index].kind] ?? (0, 0)
      closed[outputs[index].kind] = (sum.sum + share, sum.count + 1)
    }
    var states = ActuatorStates()
    // In a power cut no load has current, whatever its contactor does.
    for (kind, sum) in closed where !isDark || kind.isPositioned { states[kind] = sum.sum / sum.count }
    plant.advance(by: dt, at: time, actuators: states)
    showConditions()
  }

  /// Moves every vent by how long its motor ran, and puts where it stands in the place of what its contactor did.
  private mutating func moveVents(_ shares: inout [Double], isDark: Bool, _ dt: Duration) {
    for (index, output) in outputs.enumerated() {
      guard let vent = output.vent else { continue }
      let run = isDark ? 0 : (shares[index] - shares[vent.closing.index]) * dt.inSeconds / max(vent.travel.inSeconds, 1)
      let opening = min(max((openings[index] ?? 0) + run, 0), 1)
      openings[index] = opening
      (shares[index], shares[vent.closing.index]) = (opening, 0)
    }
  }

  /// Tells every probe what is true at its place.
  private func showConditions() {
    for device in devices {
      let conditions = plant.conditions(at: device.position)
      let volts = ProbeConditions.volts(at: device.sensor.settings.inputs, of: conditions)
      device.probe.conditions = ProbeConditions(conditions, volts: volts)
    }
  }

  /// Lets the larvae grow with the recipe.
  mutating func setStage(_ name: String) {
    guard var shed = plant as? SilkwormShed, let stage = SilkwormStage(recipeStage: name), shed.stage != stage else {
      return
    }
    shed.stage = stage
    plant = shed
  }

  // MARK: Trouble

  /// Lets happen what is due.
  /// - Returns: what has happened, in words for the log.
  mutating func happen(at elapsed: Duration, _ now: PlantTime) -> [String] {
    var words: [String] = []
    while let event = events.first, event.at <= elapsed {
      events.removeFirst()
      words.append(begin(event, now))
    }
    for ending in endings where ending.at <= elapsed {
      heal(ending.sensor)
      words.append("sensor \(ending.sensor) is well again")
    }
    endings.removeAll { $0.at <= elapsed }
    if let until = darkUntil, until <= elapsed {
      darkUntil = nil
      words.append("mains are back")
    }
    return words
  }

  private mutating func begin(_ event: ScenarioEvent, _ now: PlantTime) -> String {
    switch event.kind {
    case .weather(let spell, let lasting):
      plant.weather.add(spell, from: now, lasting: lasting)
      return "weather changes by \(spell.temperatureShift) K"
    case .sensor(let name, let trouble, let lasting):
      if let lasting { endings.append((event.at + lasting, name)) }
      afflict(name, trouble)
      return "sensor \(name): \(trouble)"
    case .contactor(let name, let fault):
      if let index = outputs.firstIndex(where: { $0.name == name }) { contactors[index].fault = fault }
      return "contactor of \(name): \(fault.rawValue)"
    case .powerCut(let lasting):
      darkUntil = event.at + lasting
      return "mains are off"
    }
  }

  private func afflict(_ name: String, _ trouble: SensorTrouble) {
    for device in devices where device.sensor.name == name {
      switch trouble {
      case .unplugged: device.bus.set(.unplugged, at: device.sensor.address)
      case .garbled: device.bus.set(.corrupt(byte: 2), at: device.sensor.address)
      case .stuck: device.probe.isStuck = true
      case .drifting(let kelvins): device.probe.driftPerDay[.temperature] = kelvins
      }
    }
  }

  private func heal(_ name: String) {
    for device in devices where device.sensor.name == name {
      device.bus.set(nil, at: device.sensor.address)
      device.probe.isStuck = false
      device.probe.driftPerDay = [:]
    }
  }
}

extension SeededGenerator {
  /// A seed for one purpose.
  static func seed(_ seed: UInt64, for purpose: String) -> UInt64 {
    var generator = SeededGenerator(seed: seed, purpose: purpose)
    return generator.next()
  }
}

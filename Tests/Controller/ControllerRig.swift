// A controller for a small site, with probes that say what a test wants and a clock.

import Climate

@testable import Controller

/// The channels and outputs of the site that the tests of the step use.
enum Site {
  static let heater = OutputID(0)
  static let fan = OutputID(1)
  static let mister = OutputID(2)
  static let roomHeater = OutputID(3)
  static let valve = OutputID(4)
  static let pump = OutputID(5)

  static let shed = ZoneID(0)
  static let room = ZoneID(1)
  static let bed = ZoneID(2)

  static let shedTemperature = ChannelID(2)

  /// Adds a channel that a test needs besides those of the site, and says which it is.
  static func addProbe(_ name: String, _ quantity: Quantity, to plan: inout Plan) -> ChannelID {
    plan.channels.append(probe(name, quantity))
    return ChannelID(plan.channels.count - 1)
  }

  /// Gives the shed's temperature a backup, `backup.temperature`.
  static func addBackup(to plan: inout Plan) {
    // A group comes after the probes it is made of.
    let backup = addProbe("backup.temperature", .temperature, to: &plan)
    let group = ProbeGroup(probes: [ChannelID(0), ChannelID(1)], backups: [backup])
    plan.channels.append(ChannelPlan(name: "air.temperature", quantity: .temperature, source: .group(group)))
    plan.zones[0].channels[.temperature] = ChannelID(plan.channels.count - 1)
  }

  /// The values of all probes when all is well.
  static let wellBeing: [String: Double] = [
    "north.temperature": 25, "south.temperature": 25, "shed.humidity": 75, "shed.co2": 800, "out.temperature": 15,
    "out.humidity": 60, "room.temperature": 25, "bed.soil-moisture": 40,
  ]

  /// A shed, a room and a bed; a test changes what it is about.
  static func plan(_ change: (inout Plan) -> Void = { _ in }) -> Plan {
    var plan = Plan(
      site: "test", altitude: 100, channels: channels, outputs: outputs, zones: [shedPlan, roomPlan, bedPlan],
      startSpacing: .zero)
    change(&plan)
    return plan
  }

  private static func probe(_ name: String, _ quantity: Quantity) -> ChannelPlan {
    var limits = QualityLimits.usual(for: quantity, interval: .seconds(1))
    limits.flatLine = nil
    limits.step = 1_000_000
    return ChannelPlan(name: name, quantity: quantity, source: .probe(limits))
  }

  private static var channels: [ChannelPlan] {
    [
      probe("north.temperature", .temperature), probe("south.temperature", .temperature),
      ChannelPlan(
        name: "shed.temperature", quantity: .temperature,
        source: .group(ProbeGroup(probes: [ChannelID(0), ChannelID(1)]))),
      probe("shed.humidity", .humidity), probe("shed.co2", .co2), probe("out.temperature", .temperature),
      probe("out.humidity", .humidity), probe("room.temperature", .temperature),
      probe("bed.soil-moisture", .soilMoisture),
    ]
  }

  private static var outputs: [OutputPlan] {
    func output(
      _ name: String, _ kind: OutputKind, _ policy: LossPolicy = .off, highLimit: Double? = nil, zone: ZoneID? = nil
    ) -> OutputPlan {
      OutputPlan(
        name: name, kind: kind, constraints: OutputConstraints(), cycle: .seconds(120), onReadingLost: policy,
        highLimit: highLimit, evidenceZone: zone)
    }
    return [
      output("heater", .heater, .on, highLimit: 35, zone: shed),
      output("fan", .fan, .duty(share: 0.5, period: .seconds(100))), output("mister", .mister),
      output("room-heater", .heater, highLimit: 35, zone: room), output("valve", .valve), output("pump", .pump),
    ]
  }

  private static var shedPlan: ZonePlan {
    ZonePlan(
      name: "shed", channels: [.temperature: shedTemperature, .humidity: ChannelID(3), .co2: ChannelID(4)],
      outside: [.temperature: ChannelID(5), .humidity: ChannelID(6)],
      loops: [
        LoopPlan(quantity: .temperature, direction: .raise, law: .hysteresis(band: 0.5), outputs: [heater]),
        LoopPlan(quantity: .temperature, direction: .lower, law: .proportional(width: 2), outputs: [fan], offset: 1),
        LoopPlan(quantity: .humidity, direction: .raise, law: .hysteresis(band: 3), outputs: [mister]),
        LoopPlan(
          quantity: .humidity, direction: .lower, law: .hysteresis(band: 3), outputs: [fan], offset: 5,
          needsUsefulOutside: true),
      ],
      ventilation: [fan],
      setpoints: Setpoints(
        temperature: BandSetpoint(setpoint: 25, band: 1, lowAlarm: 20, highAlarm: 30),
        humidity: BandSetpoint(setpoint: 75, band: 5), co2: GasLimit(limit: 1_500, alarm: 3_000)))
  }

  private static var roomPlan: ZonePlan {
    ZonePlan(
      name: "room", channels: [.temperature: ChannelID(7)],
      loops: [LoopPlan(quantity: .temperature, direction: .raise, law: .hysteresis(band: 0.5), outputs: [roomHeater])],
      setpoints: Setpoints(temperature: BandSetpoint(setpoint: 25, band: 1)))
  }

  private static var bedPlan: ZonePlan {
    ZonePlan(
      name: "bed", channels: [.soilMoisture: ChannelID(8)],
      bed: BedPlan(
        valve: valve, pump: pump, irrigation: IrrigationPlan(flow: 6, dose: 3, soak: .minutes(10), dailyCap: 7)),
      setpoints: Setpoints(soilMoisture: BandSetpoint(setpoint: 35, band: 10)))
  }
}

/// A controller with probes and a clock. A class, so that a test may expect of a call what it returns.
final class ControllerRig {
  var controller: Controller
  var now: Instant
  /// What each probe says, by name of its channel; a probe that is not named here is silent.
  var values = Site.wellBeing
  /// The wall clock at the monotonic clock's origin, ms since 1970 UTC.
  var wallBase: Int64 = 1_800_000_000_000
  var trust = ClockTrust.trusted
  private(set) var last = Decision()
  private(set) var records: [Record] = []

  init(
    _ plan: Plan = Site.plan(), memory: Memory = Memory(), machineBoot: String? = nil,
    now: Instant = Instant(seconds: 1_000)
  ) {
    controller = Controller(plan: plan, memory: memory, machineBoot: machineBoot, at: now)
    self.now = now
  }

  /// One step, a second after the last one.
  @discardableResult
  func step(
    _ commands: [Command] = [], feedback: OutputFeedback? = nil, conditions: Set<AlarmID> = [],
    after seconds: Double = 1, longestStep: Double = Inputs.usualLongestStep
  ) -> Decision {
    now = now.advanced(by: .seconds(seconds))
    var samples: [Sample] = []
    for (index, channel) in controller.plan.channels.enumerated() {
      guard case .probe = channel.source, let value = values[channel.name] else { continue }
      samples.append(Sample(channel: ChannelID(index), value: value, at: now))
    }
    let wall = WallTime(unixMilliseconds: wallBase + now.nanoseconds / 1_000_000, trust: trust)
    var inputs = Inputs(samples: samples, commands: commands, feedback: feedback, conditions: conditions)
    inputs.longestStep = longestStep
    last = controller.step(now: now, wall: wall, inputs: inputs)
    records += last.records
    return last
  }

  /// Steps of a second each.
  func run(_ seconds: Int, conditions: Set<AlarmID> = []) {
    for _ in 0..<seconds { step(conditions: conditions) }
  }

  func isOn(_ output: OutputID) -> Bool { last.outputs[output.index].isOn }

  /// As ``isOn(_:)``, before the first step, too.
  func isRunning(_ output: OutputID) -> Bool { last.wanted & (1 << UInt32(output.index)) != 0 }

  func reason(_ output: OutputID) -> Reason { last.outputs[output.index].reason }

  func alarm(_ kind: AlarmKind, _ subject: String) -> Alarm? {
    controller.openAlarms.first { $0.id == AlarmID(kind: kind, subject: subject) }
  }

  /// What happened to an alarm, in order.
  func transitions(_ kind: AlarmKind, _ subject: String) -> [AlarmTransition] {
    records.compactMap { record in
      guard case .alarm(_, AlarmID(kind: kind, subject: subject), _, let transition, _, _) = record else { return nil }
      return transition
    }
  }

  /// Kinds, subjects and details of the events, in order.
  func events(_ kind: EventKind) -> [String] {
    records.compactMap { record in
      guard case .event(_, kind, let subject, let detail, let person) = record else { return nil }
      return [subject, detail, person ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
    }
  }
}

// Whether the outputs do what they are switched on for.

import Climate

/// The monitors of all outputs. They see readings, setpoints and what the outputs really did, and nothing of the laws.
struct EffectMonitors: Sendable {
  /// A monitor of an output that moves one quantity of one zone.
  struct Run: Sendable {
    let output: OutputID
    let zone: Int
    let quantity: Quantity
    let channel: ChannelID?
    var effect: RunEffect
  }

  /// A monitor of a heater.
  struct Heater: Sendable {
    let output: OutputID
    let zone: Int
    /// The zone's temperature, and that of the air outside.
    let channel: ChannelID?
    let outside: ChannelID?
    var effect = HeaterEffect()
  }

  /// A monitor of a zone with heaters.
  struct Zone: Sendable {
    let zone: Int
    let heaters: [OutputID]
    /// Fans that can carry the heat away.
    let fans: [OutputID]
    /// The zone's temperature, that of the air outside, and the light.
    let channel: ChannelID?
    let outside: ChannelID?
    let light: ChannelID?
    var stray = StrayHeat()
  }

  private(set) var heaters: [Heater]
  private(set) var runs: [Run]
  private(set) var heated: [Zone]
  private var lastAt: Instant?

  init(_ plan: Plan) {
    heaters = plan.outputs.indices.compactMap { index in
      guard plan.outputs[index].kind == .heater, let zone = plan.outputs[index].evidenceZone else { return nil }
      let own = plan.zones[zone.index]
      return Heater(
        output: OutputID(index), zone: zone.index, channel: own.channels[.temperature],
        outside: own.outside[.temperature]
      )
    }
    runs = []
    // An output that serves two zones is judged in the first.
    for run in plan.zones.indices.flatMap({ Self.runs(of: $0, plan) }) {
      if !runs.contains(where: { $0.output == run.output }) { runs.append(run) }
    }
    let heaters = self.heaters
    heated = plan.zones.indices.compactMap { zone in
      let own = heaters.filter { $0.zone == zone }.map(\.output)
      let (channels, outside) = (plan.zones[zone].channels, plan.zones[zone].outside)
      return own.isEmpty
        ? nil
        : Zone(
          zone: zone, heaters: own, fans: Self.fans(of: plan.zones[zone], plan), channel: channels[.temperature],
          outside: outside[.temperature], light: channels[.illuminance] ?? outside[.illuminance])
    }
  }

  private static func runs(of zone: Int, _ plan: Plan) -> [Run] {
    let misters = plan.zones[zone].loops.filter { $0.quantity == .humidity && $0.direction == .raise }
      .flatMap(\.outputs).filter { plan.outputs[$0.index].kind == .mister }
    let channels = plan.zones[zone].channels
    let fans = channels[.co2] == nil ? [] : plan.zones[zone].ventilation
    return misters.map {
      Run(output: $0, zone: zone, quantity: .humidity, channel: channels[.humidity], effect: RunEffect(.mister))
    } + fans.map { Run(output: $0, zone: zone, quantity: .co2, channel: channels[.co2], effect: RunEffect(.airing)) }
  }

  private static func fans(of zone: ZonePlan, _ plan: Plan) -> [OutputID] {
    let cooling = zone.loops.filter { $0.quantity == .temperature && $0.direction == .lower }.flatMap(\.outputs)
    let others = cooling.filter { plan.outputs[$0.index].kind == .fan && !zone.ventilation.contains($0) }
    return zone.ventilation + others
  }

  /// Until when a heater must be off, because it is without effect; `nil` if it may run.
  func offUntil(_ output: OutputID, at now: Instant) -> Instant? {
    for index in heaters.indices where heaters[index].output == output {
      return heaters[index].effect.offUntil(at: now)
    }
    return nil
  }

  /// A person has acknowledged that an output is without effect.
  mutating func acknowledge(_ output: OutputID) {
    for index in heaters.indices where heaters[index].output == output { heaters[index].effect.acknowledge() }
  }

  /// Takes up that a heater was without effect before a restart.
  mutating func resume(_ output: OutputID, at now: Instant) {
    for index in heaters.indices where heaters[index].output == output { heaters[index].effect.resume(at: now) }
  }

  /// Takes in what held since the last step.
  mutating func step(
    _ readings: [Reading], _ zones: [ZoneControl], _ outputs: OutputControl, at now: Instant
  ) {
    defer { lastAt = now }
    // In a stall nobody knows what the outputs did.
    guard let seconds = lastAt.map({ $0.seconds(to: now) }), seconds > 0, seconds <= outputs.longestStep else { return }
    for index in heaters.indices {
      let zone = heaters[index].zone
      guard let channel = heaters[index].channel else { continue }
      let setpoint = zones[zone].temperature?.setpoint
      let band = zones[zone].temperature?.band ?? 0
      heaters[index].effect.step(
        readings[channel.index], setpoint: setpoint, lowerEnd: (setpoint ?? 0) - band,
        outside: readings.trusted(heaters[index].outside),
        isOn: outputs.isOn(heaters[index].output), seconds: seconds, at: now)
    }
    for index in runs.indices {
      let (zone, quantity) = (runs[index].zone, runs[index].quantity)
      guard let channel = runs[index].channel else { continue }
      let goal = quantity == .co2 ? zones[zone].setpoints.co2?.limit : zones[zone].setpoints.humidity?.setpoint
      runs[index].effect.step(
        readings[channel.index].trusted, goal: goal, isOn: outputs.isOn(runs[index].output), seconds: seconds)
    }
    for index in heated.indices {
      heated[index].stray.step(view(of: index, readings, zones, outputs), seconds: seconds)
    }
  }

  private func view(
    of index: Int, _ readings: [Reading], _ zones: [ZoneControl], _ outputs: OutputControl
  ) -> StrayHeat.View? {
    guard let band = zones[heated[index].zone].temperature,
      let value = readings.trusted(heated[index].channel)
    else { return nil }
    return StrayHeat.View(
      temperature: value, upperEnd: band.setpoint + band.band,
      isHeating: heated[index].heaters.contains { outputs.isOn($0) },
      outside: readings.trusted(heated[index].outside),
      light: readings.trusted(heated[index].light))
  }

  // MARK: Claims and alarms

  /// Demands the fans of every zone that something heats.
  func addClaims(to claims: inout Claims, _ plan: Plan, _ readings: [Reading], _ zones: [ZoneControl]) {
    for index in heated.indices where heated[index].stray.isPresent {
      let zone = heated[index].zone
      let channel = plan.zones[zone].channels[.temperature]
      let reason = Reason(
        rule: .stuckOn, channel: channel, value: readings.trusted(channel),
        setpoint: zones[zone].temperature.map { $0.setpoint + $0.band })
      for fan in heated[index].fans { claims.add(1, for: fan, because: reason) }
    }
  }

  /// The zone has to make up for the rest first.
  private static let weakDelay = Duration.minutes(30)

  /// Takes in what is without effect.
  func updateAlarms(_ alarms: inout AlarmBook, _ plan: Plan, into changes: inout [AlarmChange], at now: Instant) {
    for index in heaters.indices {
      let output = heaters[index].output
      alarms.update(
        .heaterNoEffect, of: .output(output), named: plan.outputs[output.index].name,
        condition: heaters[index].effect.isWithoutEffect, delay: .zero, into: &changes, at: now)
      alarms.update(
        .heaterWeak, of: .output(output), named: plan.outputs[output.index].name,
        condition: heaters[index].effect.isWeak, delay: Self.weakDelay, into: &changes, at: now)
    }
    for index in runs.indices {
      let output = runs[index].output
      alarms.update(
        .noEffect, of: .output(output), named: plan.outputs[output.index].name,
        condition: runs[index].effect.isWithoutEffect, delay: .zero, into: &changes, at: now)
    }
    for index in heated.indices {
      let zone = heated[index].zone
      alarms.update(
        .stuckOn, of: .zone(ZoneID(zone)), named: plan.zones[zone].name, condition: heated[index].stray.isPresent,
        delay: .zero, into: &changes, at: now)
    }
  }

  /// Whether the monitors look at a heater.
  func watchesHeater(_ output: OutputID) -> Bool { heaters.contains { $0.output == output } }

  /// Whether the monitors look at an output that is no heater.
  func watchesRun(_ output: OutputID) -> Bool { runs.contains { $0.output == output } }

  /// Whether the monitors look for stray heat in a zone.
  func watchesZone(_ zone: ZoneID) -> Bool { heated.contains { $0.zone == zone.index } }
}

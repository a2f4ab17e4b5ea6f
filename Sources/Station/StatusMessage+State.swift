// From what the control step shows to what the local service says.

import Climate
import Controller
import Guardian
import LocalService

extension StatusMessage {
  /// The message of a state.
  init(_ state: StationState) {
    let plan = state.controller.plan
    let zoned = Set(plan.zones.flatMap { $0.channels.present.map(\.value) })
    self.init(
      site: plan.site, time: state.wall.unixMilliseconds, timeZone: plan.timeZone, clock: state.wall.trust,
      uptime: state.began.duration(to: state.now).inSeconds, isSimulated: plan.isSimulated,
      zones: plan.zones.indices.map { ZoneMessage(ZoneID($0), state) },
      channels: plan.channels.indices.map { ChannelID($0) }.filter { !zoned.contains($0) }
        .map { ChannelMessage($0, state) },
      outputs: plan.outputs.indices.map { OutputMessage(OutputID($0), state) },
      alarms: state.controller.openAlarms.map { AlarmMessage($0, at: state.now) }, health: HealthMessage(state))
    sync = state.uplink.map { SyncMessage($0, at: state.now) }
  }
}

extension ChannelMessage {
  init(_ channel: ChannelID, _ state: StationState) {
    let plan = state.controller.plan.channels[channel.index]
    let reading = state.controller.readings[channel.index]
    self.init(
      name: plan.name, quantity: plan.quantity.rawValue, unit: plan.quantity.unit, value: reading.lastValue,
      quality: reading.quality.name, fault: reading.fault?.rawValue, age: reading.age(at: state.now)?.inSeconds)
  }
}

extension ZoneMessage {
  init(_ zone: ZoneID, _ state: StationState) {
    let plan = state.controller.plan.zones[zone.index]
    let setpoints = state.controller.setpoints(of: zone)
    let quantities = Quantity.allCases.compactMap { quantity in
      plan.channels[quantity].map { ZoneQuantityMessage($0, quantity, setpoints, state) }
    }
    let water = WaterMessage(zone, state)
    self.init(
      name: plan.name, stage: StageMessage(zone, state), quantities: quantities,
      dryWetDifference: Self.air(plan, state).map { Self.dryWetDifference(of: $0, state) }, water: water)
    if let temperature = setpoints.temperature, let humidity = setpoints.humidity {
      let air = MoistAir(
        temperature: Temperature(celsius: temperature.setpoint),
        relativeHumidity: RelativeHumidity(percent: humidity.setpoint))
      dryWetSetpoint = Self.dryWetDifference(of: air, state)
    }
    humidityAim = state.controller.humidityAim(of: zone).map { HumidityAimMessage($0, Self.air(plan, state), state) }
    let risks = state.controller.risks(in: zone).map {
      RiskMessage(
        disease: $0.disease.rawValue, hours: $0.hours, limit: $0.limit, isMet: $0.isMet, isVerified: $0.isVerified)
    }
    self.risks = risks.isEmpty ? nil : risks
    let advice = state.controller.advice(in: zone).map { AdviceMessage($0, state.controller.plan) }
    self.advice = advice.isEmpty ? nil : advice
    offset = state.controller.offset(of: zone).map {
      OffsetMessage(
        temperature: $0.temperature, humidity: $0.humidity, remaining: state.now.duration(to: $0.until).inSeconds,
        by: $0.by)
    }
  }

  /// The air of a zone; `nil` unless temperature and humidity are known.
  private static func air(_ plan: ZonePlan, _ state: StationState) -> MoistAir? {
    func trusted(_ quantity: Quantity) -> Double? {
      plan.channels[quantity].flatMap { state.controller.readings[$0.index].trusted }
    }
    guard let temperature = trusted(.temperature), let humidity = trusted(.humidity) else { return nil }
    return MoistAir(
      temperature: Temperature(celsius: temperature), relativeHumidity: RelativeHumidity(percent: humidity))
  }

  fileprivate static func dryWetDifference(of air: MoistAir, _ state: StationState) -> Double {
    state.controller.plan.place.psychrometer.difference(
      dryBulb: air.temperature, relativeHumidity: air.relativeHumidity
    ).kelvins
  }
}

extension WaterMessage {
  /// `nil` for a zone without a bed.
  init?(_ zone: ZoneID, _ state: StationState) {
    guard let used = state.controller.waterUsed(in: zone, at: state.now),
      let bed = state.controller.plan.zones[zone.index].bed
    else { return nil }
    self.init(
      used: used, cap: bed.irrigation.dailyCap,
      drain: state.controller.drain(in: zone, at: state.now).map { DrainMessage(last: $0.last, day: $0.day) })
  }
}

extension AdviceMessage {
  /// Numbers to the tenth: advice is a rough thing, and must not change with every second.
  fileprivate init(_ advice: Advice, _ plan: Plan) {
    func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
    switch advice {
    case .ventilationShortfall(let shortfall):
      self.init(.ventilationShortfall)
      quantity = shortfall.quantity.rawValue
      // A distance from a temperature is one of kelvins.
      unit = shortfall.quantity == .temperature ? "K" : shortfall.quantity.unit
      outputs = shortfall.outputs.map { plan.outputs[$0.index].name }
      (hours, difference, airFactor) = (tenths(shortfall.hours), tenths(shortfall.excess), tenths(shortfall.factor))
      if let sufficient = shortfall.sufficesFor { (boxes, sufficesFor) = (shortfall.boxes, tenths(sufficient)) }
    case .fanTooSmall(let shortage):
      self.init(.fanTooSmall)
      outputs = shortage.outputs.map { plan.outputs[$0.index].name }
      (stage, expectedIn) = (shortage.stage, (shortage.expectedIn.inSeconds / 3_600).rounded())
      // To the hundred: no fan is bought by the cubic metre.
      (flow, neededFlow) = (shortage.flow, (shortage.needed / 100).rounded(.up) * 100)
      (boxes, sufficesFor) = (shortage.boxes, tenths(shortage.sufficesFor))
    case .outsideAir(let above, let length):
      self.init(.outsideAir)
      (quantity, hours) = (above.rawValue, tenths(length))
    case .probeInStream(let channel, let output):
      self.init(.probeInStream)
      (probe, outputs) = (plan.channels[channel.index].name, [plan.outputs[output.index].name])
    case .probeInHeat(let channel, let source, let kelvins):
      self.init(source == .sun ? .probeInSun : .probeAtHeater)
      (probe, difference, unit) = (plan.channels[channel.index].name, tenths(kelvins), "K")
    case .probeLags(let channel, let minutes):
      self.init(.probeLags)
      (probe, lag) = (plan.channels[channel.index].name, minutes.rounded())
    }
  }
}

extension HumidityAimMessage {
  fileprivate init(_ aim: HumidityAim, _ air: MoistAir?, _ state: StationState) {
    let value = air.map { air in
      switch aim.form {
      case .dryWetDifference: ZoneMessage.dryWetDifference(of: air, state)
      case .vapourPressureDeficit: air.vapourPressureDeficit.kilopascals
      case .absoluteHumidity: air.absoluteHumidity.gramsPerCubicMetre
      }
    }
    self.init(form: aim.form.rawValue, unit: aim.form.unit, setpoint: aim.value, band: aim.band, value: value)
  }
}

extension StageMessage {
  /// `nil` for a zone without a recipe, or with one that a person has ended.
  init?(_ zone: ZoneID, _ state: StationState) {
    guard let (stage, elapsed) = state.controller.stage(of: zone),
      let recipe = state.controller.plan.zones[zone.index].recipe,
      let progress = state.controller.progress(of: zone)
    else { return nil }
    self.init(
      recipe: recipe.name, stage: stage.name, title: stage.title, elapsed: elapsed.inSeconds,
      duration: stage.duration.inSeconds)
    version = recipe.digest.isEmpty ? recipe.version : "\(recipe.version) #\(recipe.digest)"
    isHeld = progress.isHeld
    let later = recipe.stages[(progress.stage + 1)...]
    if case .degreeHours(let sum, _) = stage.end { (degreeHours, degreeHoursEnd) = (progress.degreeHours, sum) }
    if stage.end == .event { waitsFor = later.first?.event }
    // A zone that is held in its stage by its configuration has nothing ahead.
    guard !state.controller.plan.zones[zone.index].holdsStage else { return }
    var time = max(0, (stage.duration - elapsed).inSeconds)
    ahead = later.map { next in
      defer { time += next.duration.inSeconds }
      return StageForecast(stage: next.name, title: next.title, event: next.event, expectedIn: time)
    }
  }
}

extension ZoneQuantityMessage {
  init(_ channel: ChannelID, _ quantity: Quantity, _ setpoints: Setpoints, _ state: StationState) {
    let reading = state.controller.readings[channel.index]
    let message = ChannelMessage(channel, state)
    if let band = setpoints.band(of: quantity) {
      self.init(
        channel: message, setpoint: band.setpoint, band: band.band, isInBand: reading.trusted.map { band.holds($0) },
        isVerified: band.isVerified)
    } else if let limit = setpoints.gasLimit(of: quantity) {
      self.init(
        channel: message, setpoint: limit.limit, band: nil, isInBand: reading.trusted.map { $0 <= limit.limit },
        isVerified: limit.isVerified)
    } else {
      self.init(channel: message, setpoint: nil, band: nil, isInBand: nil, isVerified: nil)
    }
  }
}

extension OutputMessage {
  init(_ output: OutputID, _ state: StationState) {
    let plan = state.controller.plan.outputs[output.index]
    let decision = state.decision.outputs[output.index]
    let bit: UInt32 = 1 << UInt32(output.index)
    let cause = state.guardian.map { $0.causes[output.index] } ?? .none
    let remaining = state.guardian.map { Double($0.remaining[output.index]) / 1_000 } ?? 0
    self.init(
      name: plan.name, kind: plan.kind, wanted: decision.isOn, on: state.guardian.map { $0.on & bit != 0 },
      demand: decision.demand, timeInState: state.controller.timeInState(output, at: state.now).inSeconds,
      operations: state.operations[output.index], mismatched: state.guardian.map { $0.mismatched & bit != 0 } ?? false,
      guardianHold: cause == .none ? nil : cause.name, guardianRemaining: remaining > 0 ? remaining : nil,
      reason: ReasonMessage(decision.reason, state),
      override: state.controller.override(of: output).map {
        OverrideMessage(demand: $0.demand, remaining: state.now.duration(to: $0.until).inSeconds, by: $0.by)
      })
    let watered = state.controller.plan.zones.firstIndex { $0.bed?.valve == output || $0.bed?.pump == output }
    water = watered.flatMap { WaterMessage(ZoneID($0), state) }
    weather = state.controller.weather(of: output).map { allowance in
      let channel = state.controller.plan.channels[allowance.channel.index]
      return WeatherMessage(
        channel: channel.name, unit: channel.quantity.unit, value: allowance.value, from: allowance.from,
        most: allowance.most)
    }
  }
}

extension ReasonMessage {
  init(_ reason: Reason, _ state: StationState) {
    let channel = reason.channel.map { state.controller.plan.channels[$0.index] }
    self.init(
      rule: reason.rule, channel: channel?.name, unit: channel?.quantity.unit, value: reason.value,
      setpoint: reason.setpoint, heldBy: reason.heldBy,
      remaining: reason.until.map { max(0, state.now.duration(to: $0).inSeconds) })
  }
}

extension AlarmMessage {
  init(_ alarm: Alarm, at now: Instant) {
    self.init(
      id: alarm.id.text, kind: alarm.id.kind, subject: alarm.id.subject, severity: alarm.settings.severity,
      age: alarm.raisedAt.map { $0.duration(to: now).inSeconds } ?? 0, isPresent: alarm.isPresent,
      acknowledgedBy: alarm.acknowledgedBy)
  }
}

extension HealthMessage {
  init(_ state: StationState) {
    self.init(
      lease: state.guardian.map(\.lease.name) ?? "no-guardian", steps: state.steps,
      lateness: state.lateness.last.inSeconds * 1_000, worstLateness: state.lateness.worst.inSeconds * 1_000,
      droppedRecords: state.journal.dropped, journal: state.journal.problem ?? "ready",
      journalBytes: state.journal.bytes, writtenBytes: state.journal.written,
      writtenPerDay: state.journal.writtenPerDay,
      buses: state.buses.map { bus in
        BusMessage(
          name: bus.name, sweeps: bus.sweeps, lastSweep: bus.lastSweep.inSeconds * 1_000,
          failures: bus.failures.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" })
      })
  }
}

extension LeaseState {
  /// The word used in JSON.
  var name: String {
    switch self {
    case .none: "none"
    case .arming: "arming"
    case .held: "held"
    case .tableMismatch: "table-mismatch"
    }
  }
}

extension HoldCause {
  /// The word used in JSON.
  var name: String {
    switch self {
    case .none: "none"
    case .failsafe: "failsafe"
    case .minimumOff: "min-off"
    case .maximumOn: "max-on"
    case .startsPerHour: "starts-per-hour"
    case .interlock: "interlock"
    case .noEvidence: "no-evidence"
    case .highLimit: "high-limit"
    case .railDown: "rail-down"
    }
  }
}

// The control core: readings in, decisions out.

public import Climate

/// The control core of one device, a pure function of time and inputs.
///
/// It has no clock, no I/O and no randomness: the same plan, memory and inputs give the same decisions, in a shed and in a
/// simulation alike. It may be called at any rate; durations are those between the calls.
public struct Controller: Sendable {
  /// What the device consists of.
  public let plan: Plan
  /// The reading of every channel, as of the last step.
  public private(set) var readings: [Reading]

  private var filters: [QualityFilter?]
  private var zones: [ZoneControl]
  private var outputs: OutputControl
  private var alarms = AlarmBook()
  private var limits: [ChannelLimits]
  private var claims: Claims
  private var lastOutputs: [OutputDecision] = []
  private var nextSampleAt: Instant?
  private var hasBegun = false

  /// The low and the high monitor of a zone's channel.
  private struct ChannelLimits: Sendable {
    var low: LimitMonitor
    var high: LimitMonitor
  }

  /// A controller that begins to work at `now`, all outputs off as if just switched off.
  /// - Parameter memory: what it knew before a restart; what no longer fits the plan is left out.
  public init(plan: Plan, memory: Memory = Memory(), at now: Instant) {
    self.plan = plan
    readings = plan.channels.map { _ in .none }
    let quality: Quality = plan.isSimulated ? .simulated : .good
    filters = plan.channels.map { channel in
      guard case .probe(let limits) = channel.source else { return nil }
      return QualityFilter(limits: limits, passQuality: quality)
    }
    limits = plan.channels.map { channel in
      let margin = channel.quantity.alarmMargin
      return ChannelLimits(
        low: LimitMonitor(kind: .low, margin: margin), high: LimitMonitor(kind: .high, margin: margin))
    }
    outputs = OutputControl(plans: plan.outputs, at: now)
    claims = Claims(outputs: plan.outputs.count)
    zones = plan.zones.map { zone in
      ZoneControl(plan: zone, progress: memory.progress(of: zone), water: memory.water(of: zone, at: now))
    }
    restore(memory, at: now)
  }

  // MARK: What screens may know

  /// Open alarms, most severe first.
  public var openAlarms: [Alarm] { alarms.open }

  /// What a zone aims at now.
  public func setpoints(of zone: ZoneID) -> Setpoints { zones[zone.index].setpoints }

  /// The stage a zone is in, and the time spent in it; `nil` without a recipe.
  public func stage(of zone: ZoneID) -> (stage: Stage, elapsed: Duration)? {
    let control = zones[zone.index]
    guard let stage = control.stage, let progress = control.progress else { return nil }
    return (stage, progress.elapsed)
  }

  /// The override of an output; `nil` without one.
  public func override(of output: OutputID) -> Override? { outputs.override(of: output) }

  /// How long an output has been in its wanted state.
  public func timeInState(_ output: OutputID, at now: Instant) -> Duration { outputs.timeInState(output, at: now) }

  /// Litres given to a zone's bed in the 24 hours that end at `now`; `nil` without a bed.
  public func waterUsed(in zone: ZoneID, at now: Instant) -> Double? {
    guard zones[zone.index].plan.bed != nil else { return nil }
    var budget = zones[zone.index].irrigation.budget
    return budget.used(at: now)
  }

  /// What the PID loops of a zone have learnt.
  func integrals(of zone: ZoneID) -> [Memory.SavedIntegral] { zones[zone.index].integrals }

  /// Water deliveries to a zone's bed that still count against its daily cap.
  func deliveries(in zone: ZoneID, at now: Instant) -> [WaterBudget.Delivery] {
    zones[zone.index].irrigation.budget.saved(at: now)
  }

  private mutating func restore(_ memory: Memory, at now: Instant) {
    for saved in memory.overrides {
      guard let output = plan.output(named: saved.output), saved.remaining > .zero else { continue }
      let remaining = min(saved.remaining, Override.longest)
      outputs.set(Override(output: output, demand: saved.demand, until: now.advanced(by: remaining), by: saved.by))
    }
    for index in zones.indices { zones[index].resume(memory.integrals) }
    for alarm in memory.alarms where isWatched(alarm.id) { alarms.restore(alarm, at: now) }
  }

  /// Whether the step looks at an alarm's condition; if it does not, the alarm could never be cleared.
  private func isWatched(_ alarm: AlarmID) -> Bool {
    switch alarm.kind {
    case .low, .high, .readingLost:
      plan.zones.contains { $0.channels.present.contains { plan.channels[$0.value.index].name == alarm.subject } }
    case .probeFailed: plan.channel(named: alarm.subject).map { filters[$0.index] != nil } ?? false
    case .waterCap: plan.zones.contains { $0.name == alarm.subject && $0.bed != nil }
    case .guardianLost, .readBack, .tableMismatch, .journalQuarantined, .journalUnavailable, .diskFull, .stepLate,
      .recordsDropped:
      true
    }
  }

  // MARK: A step

  /// Folds what was measured and asked for into what the outputs should do.
  /// - Parameters:
  ///   - now: the monotonic clock; never less than at the last step.
  ///   - wall: the wall clock, which only stamps records.
  ///   - inputs: what has come in since the last step.
  public mutating func step(now: Instant, wall: WallTime, inputs: Inputs) -> Decision {
    var decision = Decision()
    let stamp = Stamp(at: now, wall: wall)
    if !hasBegun {
      hasBegun = true
      record(.started, subject: plan.site, into: &decision, stamp)
    }
    if let feedback = inputs.feedback { outputs.reconcile(feedback, at: now) }
    takeSamples(inputs.samples, at: now)
    var changes: [AlarmChange] = []
    take(inputs.commands, changes: &changes, into: &decision, stamp)
    expireOverrides(into: &decision, stamp)
    advanceRecipes(into: &decision, stamp)
    decideOutputs(inputs.feedback, into: &decision, stamp)
    decision.evidence = plan.zones.indices.map { evidence(for: $0, at: now) }
    updateAlarms(inputs.conditions, changes: &changes, at: now)
    record(changes, into: &decision, stamp)
    recordSamples(into: &decision, stamp)
    outputs.finishStep(at: now)
    return decision
  }

  // MARK: Readings

  private mutating func takeSamples(_ samples: [Sample], at now: Instant) {
    for sample in samples where filters.indices.contains(sample.channel.index) {
      filters[sample.channel.index]?.accept(sample)
    }
    for index in plan.channels.indices {
      switch plan.channels[index].source {
      case .probe: readings[index] = filters[index]?.reading(at: now) ?? .none
      case .group(let group): readings[index] = group.reading(from: readings)
      }
    }
  }

  private func evidence(for zone: Int, at now: Instant) -> HeaterEvidence {
    guard let channel = plan.zones[zone].channels[.temperature] else { return .none }
    let reading = readings[channel.index]
    guard let value = reading.trusted, let age = reading.age(at: now) else { return .none }
    return HeaterEvidence(temperature: value, age: age)
  }

  // MARK: Commands, overrides, recipes

  private mutating func take(
    _ commands: [Command], changes: inout [AlarmChange], into decision: inout Decision, _ stamp: Stamp
  ) {
    for command in commands {
      switch command {
      case .override(let output, let demand, let duration, let person):
        let until = stamp.at.advanced(by: min(max(duration, .zero), Override.longest))
        let share = min(max(demand, 0), 1)
        outputs.set(Override(output: output, demand: share, until: until, by: person))
        let detail = "\(Int((share * 100).rounded())) %, \(stamp.at.duration(to: until).components.seconds) s"
        record(.overrideSet, subject: plan.outputs[output.index].name, detail, by: person, into: &decision, stamp)
      case .automatic(let output, let person):
        guard outputs.clearOverride(of: output) != nil else { continue }
        record(.overrideEnded, subject: plan.outputs[output.index].name, by: person, into: &decision, stamp)
      case .acknowledge(let id, let person):
        alarms.acknowledge(id, by: person, into: &changes)
      case .startStage(let zone, let stage, let person):
        guard let recipe = plan.zones[zone.index].recipe, recipe.stages.indices.contains(stage) else { continue }
        zones[zone.index].start(stage: stage)
        record(
          .stageBegan, subject: plan.zones[zone.index].name, recipe.stages[stage].name, by: person, into: &decision,
          stamp)
      }
    }
  }

  private mutating func expireOverrides(into decision: inout Decision, _ stamp: Stamp) {
    for override in outputs.expireOverrides(at: stamp.at) {
      record(.overrideEnded, subject: plan.outputs[override.output.index].name, into: &decision, stamp)
    }
  }

  private mutating func advanceRecipes(into decision: inout Decision, _ stamp: Stamp) {
    for index in zones.indices where zones[index].advanceRecipe(to: stamp.at) {
      record(
        .stageBegan, subject: plan.zones[index].name, zones[index].stage?.name ?? "", into: &decision, stamp)
    }
  }

  // MARK: Outputs

  private mutating func decideOutputs(_ feedback: OutputFeedback?, into decision: inout Decision, _ stamp: Stamp) {
    claims.removeAll()
    for index in zones.indices {
      let wasDosing = zones[index].irrigation.phase.isDosing
      zones[index].addClaims(
        to: &claims, readings: readings, outputs: outputs, plans: plan.outputs, at: stamp.at)
      // The water of a dose must count against the daily cap after a restart, too.
      if wasDosing, !zones[index].irrigation.phase.isDosing { decision.mustSave = true }
    }
    for index in plan.outputs.indices {
      let output = OutputID(index)
      let isHeld = feedback.map { $0.held & (1 << UInt32(index)) != 0 } ?? false
      let decided = outputs.decide(
        output, claim: claims[output], veto: veto(for: plan.outputs[index]), isHeldByGuardian: isHeld, at: stamp.at)
      decision.outputs.append(decided)
      let last = lastOutputs.indices.contains(index) ? lastOutputs[index] : nil
      if last?.isOn != decided.isOn || last?.reason.isSameCause(as: decided.reason) != true {
        decision.records.append(
          .decision(stamp, output: output, isOn: decided.isOn, demand: decided.demand, reason: decided.reason))
      }
    }
    lastOutputs = decision.outputs
  }

  /// What keeps a heater off whatever anyone asks: no trustworthy temperature, or its high limit.
  private func veto(for output: OutputPlan) -> Reason? {
    guard output.kind == .heater, let zone = output.evidenceZone,
      let channel = plan.zones[zone.index].channels[.temperature]
    else { return output.kind == .heater ? Reason(rule: .noEvidence) : nil }
    guard let value = readings[channel.index].trusted else { return Reason(rule: .noEvidence, channel: channel) }
    guard let limit = output.highLimit, value >= limit else { return nil }
    return Reason(rule: .highLimit, channel: channel, value: value, setpoint: limit)
  }

  // MARK: Alarms

  private mutating func updateAlarms(_ conditions: Set<AlarmID>, changes: inout [AlarmChange], at now: Instant) {
    for index in zones.indices {
      let delay = plan.zones[index].alarmDelay
      for quantity in Quantity.allCases {
        guard let channel = plan.zones[index].channels[quantity] else { continue }
        updateLimits(channel, quantity, zones[index].setpoints, delay: delay, changes: &changes, at: now)
        alarms.update(
          AlarmID(kind: .readingLost, subject: plan.channels[channel.index].name),
          condition: readings[channel.index].trusted == nil && zones[index].setpoints.controls(quantity),
          delay: Self.lossDelay, into: &changes, at: now)
      }
      if plan.zones[index].bed != nil {
        alarms.update(
          AlarmID(kind: .waterCap, subject: plan.zones[index].name),
          condition: zones[index].irrigation.phase == .capped, value: waterUsed(in: ZoneID(index), at: now),
          delay: delay, into: &changes, at: now)
      }
    }
    for index in plan.channels.indices where filters[index] != nil {
      alarms.update(
        AlarmID(kind: .probeFailed, subject: plan.channels[index].name), condition: readings[index].trusted == nil,
        delay: Self.lossDelay, into: &changes, at: now)
    }
    alarms.updateSystem(conditions, into: &changes, at: now)
  }

  /// A probe may miss a minute before it is an alarm: `safety.md` F44 wants one within 90 s of the loss.
  private static let lossDelay = Duration.seconds(60)

  private mutating func updateLimits(
    _ channel: ChannelID, _ quantity: Quantity, _ setpoints: Setpoints, delay: Duration, changes: inout [AlarmChange],
    at now: Instant
  ) {
    let value = readings[channel.index].trusted
    let (lowAlarm, highAlarm) = setpoints.alarmLimits(of: quantity)
    let isLow = limits[channel.index].low.isBeyond(value, limit: lowAlarm)
    let isHigh = limits[channel.index].high.isBeyond(value, limit: highAlarm)
    alarms.update(
      AlarmID(kind: .low, subject: plan.channels[channel.index].name), condition: isLow, value: value, delay: delay,
      into: &changes, at: now)
    alarms.update(
      AlarmID(kind: .high, subject: plan.channels[channel.index].name), condition: isHigh, value: value, delay: delay,
      into: &changes, at: now)
  }

  // MARK: Records

  private func record(
    _ kind: EventKind, subject: String, _ detail: String = "", by person: String? = nil, into decision: inout Decision,
    _ stamp: Stamp
  ) {
    decision.records.append(.event(stamp, kind: kind, subject: subject, detail: detail, by: person))
    decision.mustSave = true
  }

  private func record(_ changes: [AlarmChange], into decision: inout Decision, _ stamp: Stamp) {
    for change in changes {
      decision.records.append(
        .alarm(
          stamp, id: change.id, severity: change.severity, transition: change.transition, value: change.value,
          by: change.by))
      decision.mustSave = true
    }
  }

  private mutating func recordSamples(into decision: inout Decision, _ stamp: Stamp) {
    if let next = nextSampleAt, stamp.at < next { return }
    let due = nextSampleAt ?? stamp.at
    let next = due.advanced(by: plan.sampleInterval)
    nextSampleAt = next > stamp.at ? next : stamp.at.advanced(by: plan.sampleInterval)
    for (index, reading) in readings.enumerated() {
      decision.records.append(
        .sample(stamp, channel: ChannelID(index), value: reading.lastValue, quality: reading.quality))
    }
  }
}

extension Quantity {
  /// Distance back inside an alarm limit at which the alarm's condition ends.
  var alarmMargin: Double {
    switch self {
    case .temperature: 0.5
    case .humidity, .soilMoisture: 2
    case .co2: 200
    case .illuminance, .pressure, .voltage: 0
    }
  }
}

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

  private var probes: [Probe]
  private let groups: [(channel: ChannelID, probes: ProbeGroup)]
  /// By group: the channel of its only probe, whose reading is the group's while it can be trusted.
  private let onlyProbes: [ChannelID?]
  /// By group; `nil` where its probes are not compared.
  private var judges: [PeerJudge?]
  /// Place in ``probes`` of each channel; `nil` for a group's.
  private let probePlaces: [Int?]
  var zones: [ZoneControl]
  private var outputs: OutputControl
  var effects: EffectMonitors
  private(set) var advisers: Advisers
  private var alarms = AlarmBook()
  private var relay: AlarmRelay
  /// In the present step.
  private var alarmChanges: [AlarmChange] = []
  let boots: BootCounter
  /// The boot of the machine that this controller lives in.
  let machineBoot: String?
  private var limits: [ChannelLimits]
  /// By zone.
  private let zoneAlarms: [ZoneAlarms]
  /// Vents of which somebody must know when the weather keeps them closed.
  private let missedVents: [OutputID]
  var claims: Claims
  /// By zone; `nil` without a temperature.
  private let thermometers: [Thermometer?]
  /// By output, for heaters: the temperature of the zone that they heat.
  let heatedChannels: [ChannelID?]
  /// By output, for those that burn: the zone whose air they use.
  let fires: [ZoneID?]
  /// By output, for misters: the zone that a guard against dew keeps from them.
  let moistened: [ZoneID?]
  /// Whether a stage of any zone's recipe locks anything, as of the present step.
  var hasLocks = false
  /// By zone, as of the last step.
  var hottest: [Thermometer.Hottest?]
  /// What was last recorded of each output.
  private var recorded: [OutputDecision?]
  private var nextSampleAt: Instant?
  private var hasBegun = false
  /// Overrides of before the start that have ended with it.
  private var endedOverrides: [OutputID] = []

  /// A channel of one probe.
  private struct Probe: Sendable {
    let channel: ChannelID
    var filter: QualityFilter
  }

  /// The low and the high monitor of a zone's channel.
  private struct ChannelLimits: Sendable {
    var low: LimitMonitor
    var high: LimitMonitor
  }

  /// A controller that begins to work at `now`, all outputs off as if just switched off.
  /// - Parameters:
  ///   - memory: what it knew before a restart; what no longer fits the plan is left out.
  ///   - machineBoot: a name of the machine's present boot that no other boot has. If the memory has another, the machine has
  ///     been booted; `nil` if the boot cannot be told.
  public init(plan: Plan, memory: Memory = Memory(), machineBoot: String? = nil, at now: Instant) {
    self.plan = plan
    self.machineBoot = machineBoot ?? memory.machineBoot
    boots = BootCounter(
      memory.boots, isNewBoot: machineBoot != nil && machineBoot != memory.machineBoot, at: now)
    readings = plan.channels.map { _ in .none }
    let quality: Quality = plan.isSimulated ? .simulated : .good
    var (probes, places) = ([Probe](), [Int?](repeating: nil, count: plan.channels.count))
    var groups: [(channel: ChannelID, probes: ProbeGroup)] = []
    for (index, channel) in plan.channels.enumerated() {
      switch channel.source {
      case .probe(let limits):
        places[index] = probes.count
        probes.append(
          Probe(channel: ChannelID(index), filter: QualityFilter(limits: limits, passQuality: quality)))
      case .group(let group):
        groups.append((ChannelID(index), group))
      }
    }
    (self.probes, self.groups, probePlaces) = (probes, groups, places)
    onlyProbes = groups.map { $0.probes.probes.count == 1 ? $0.probes.probes.first : nil }
    judges = groups.map { PeerJudge($0.probes, quantity: plan.channels[$0.channel.index].quantity) }
    limits = plan.channels.map { channel in
      let margin = channel.quantity.alarmMargin
      return ChannelLimits(
        low: LimitMonitor(kind: .low, margin: margin), high: LimitMonitor(kind: .high, margin: margin))
    }
    zoneAlarms = plan.zones.map { ZoneAlarms($0) }
    missedVents = plan.outputs.indices.filter { plan.outputs[$0].isMissedInBadWeather }.map { OutputID($0) }
    let isBackAtOnce = memory.isOfMoment(machineBoot: machineBoot, at: now)
    let hasPowerBack = boots.timeSinceBoot(at: now).map { $0 < OutputBank.staggerTime } ?? true
    outputs = OutputControl(
      plans: plan.outputs, startSpacing: isBackAtOnce && !hasPowerBack ? .zero : plan.startSpacing,
      duties: memory.duties, at: now)
    effects = EffectMonitors(plan)
    relay = AlarmRelay(plan)
    advisers = Advisers(plan)
    claims = Claims(outputs: plan.outputs.count)
    recorded = plan.outputs.map { _ in nil }
    thermometers = plan.zones.map { Thermometer(of: $0, plan) }
    let zoneChannels = thermometers.map { $0?.channel }
    heatedChannels = plan.outputs.map { $0.evidenceZone.flatMap { zoneChannels[$0.index] } }
    fires = plan.outputs.indices.map { plan.zone(ofFire: OutputID($0)) }
    moistened = plan.outputs.indices.map { plan.zone(moistenedBy: OutputID($0)) }
    hottest = plan.zones.map { _ in nil }
    let age = memory.age(machineBoot: machineBoot, at: now)
    zones = plan.zones.map { zone in
      ZoneControl(
        plan: zone, progress: memory.progress(of: zone, age: age, at: now),
        irrigation: memory.irrigation(of: zone, age: age, at: now), diary: memory.diary(of: zone))
    }
    restore(memory, age: age, at: now)
  }

  // MARK: What screens may know

  /// Open alarms, most severe first.
  public var openAlarms: [Alarm] { alarms.open }

  /// The override of an output; `nil` without one.
  public func override(of output: OutputID) -> Override? { outputs.override(of: output) }

  /// How long an output has been in its wanted state.
  public func timeInState(_ output: OutputID, at now: Instant) -> Duration { outputs.timeInState(output, at: now) }

  /// What the weather allows a vent that it keeps from opening as far as asked; `nil` for every other output.
  public func weather(of output: OutputID) -> WeatherAllowance? { outputs.weather(of: output) }

  /// Ages of the last boots, the oldest first.
  func savedBoots(at now: Instant) -> [Duration] { boots.saved(at: now) }

  /// How hard the heaters had to work.
  var duties: [Memory.SavedDuty] { outputs.duties }

  private mutating func restore(_ memory: Memory, age: Duration, at now: Instant) {
    for saved in memory.overrides {
      guard let output = plan.output(named: saved.output), plan.outputs[output.index].kind.obeysPeople,
        saved.remaining > .zero, (0...1).contains(saved.demand)
      else { continue }
      let remaining = min(saved.remaining, Override.longest) - (ControllerCheck.overrideAge.isMade ? age : .zero)
      // Nobody knows how long the power was away, or whether the person is still there.
      guard remaining > .zero, memory.machineBoot == machineBoot || !ControllerCheck.overrideBoot.isMade else {
        endedOverrides.append(output)
        continue
      }
      outputs.set(Override(output: output, demand: saved.demand, until: now.advanced(by: remaining), by: saved.by))
    }
    for index in zones.indices { zones[index].resume(memory.integrals) }
    advisers.resume(memory.advice, age: age, plan)
    for alarm in memory.alarms {
      guard let subject = subject(of: alarm.id) else { continue }
      alarms.restore(alarm, of: subject, at: now)
      if alarm.id.kind == .heaterNoEffect, let heater = plan.output(named: alarm.id.subject) {
        effects.resume(heater, at: now)
      }
      if alarm.id.kind == .noEffect, let zone = bedZone(ofWaterFrom: alarm.id.subject) {
        zones[zone].pauseWatering(at: now)
      }
    }
  }

  /// The zone whose bed an output waters.
  private func bedZone(ofWaterFrom output: String) -> Int? {
    plan.zones.firstIndex { $0.bed?.source.map { plan.outputs[$0.index].name } == output }
  }

  /// What an alarm is about; `nil` if the step does not look at its condition, so that it could never be cleared.
  private func subject(of alarm: AlarmID) -> AlarmSubject? {
    let (channel, output) = (plan.channel(named: alarm.subject), plan.output(named: alarm.subject))
    let zone = plan.zone(named: alarm.subject)
    return switch alarm.kind {
    case .low, .high, .readingLost, .probesDisagree, .backupProbe, .carbonMonoxide:
      channel.flatMap { plan.isOfZone($0) ? .channel($0) : nil }
    case .probeFailed: channel.flatMap { probePlaces[$0.index] == nil ? nil : .channel($0) }
    case .ventLimited: output.flatMap { plan.outputs[$0.index].isMissedInBadWeather ? .output($0) : nil }
    case .heaterNoEffect, .heaterWeak: output.flatMap { effects.watchesHeater($0) ? .output($0) : nil }
    case .noEffect:
      output.flatMap { effects.watchesRun($0) || bedZone(ofWaterFrom: alarm.subject) != nil ? .output($0) : nil }
    case .stuckOn: zone.flatMap { effects.watchesZone($0) ? .zone($0) : nil }
    case .waterCap: zone.flatMap { plan.zones[$0.index].bed == nil ? nil : .zone($0) }
    case .brownOut, .test, .guardianLost, .readBack, .tableMismatch, .journalQuarantined, .journalDamaged,
      .journalUnavailable,
      .diskFull, .stepLate, .recordsDropped, .clockRate, .uplinkRefused, .uplinkSilent,
      .certificateEnds:
      .device
    }
  }

  // MARK: A step

  /// The first half of a step: folds what was measured and asked for into what the outputs should do. The second half, ``conclude(_:_:into:)``,
  /// must follow before the next step; between them the outputs can be asked for.
  /// - Parameters:
  ///   - now: the monotonic clock; never less than at the last step.
  ///   - wall: the wall clock, which only stamps records.
  ///   - inputs: what has come in since the last step.
  ///   - decision: what comes out; what it held before is replaced, and its storage used again.
  public mutating func decide(now: Instant, wall: WallTime, inputs: Inputs, into decision: inout Decision) {
    decision.removeAll()
    let stamp = Stamp(at: now, wall: wall)
    if !hasBegun {
      hasBegun = true
      record(.started, subject: plan.site, into: &decision, stamp)
      recordRecipes(into: &decision, stamp)
      for output in endedOverrides {
        record(.overrideEnded, subject: plan.outputs[output.index].name, into: &decision, stamp)
      }
    }
    outputs.beginStep(longestStep: inputs.longestStep)
    if let feedback = inputs.feedback { outputs.reconcile(feedback, at: now) }
    takeSamples(inputs.samples, at: now)
    take(inputs.commands, into: &decision, stamp)
    expireOverrides(into: &decision, stamp)
    advanceRecipes(into: &decision, stamp)
    effects.step(readings, zones, outputs, at: now)
    outputs.watchWeather(readings, at: now)
    decideOutputs(inputs.feedback, into: &decision, stamp)
    for hottest in hottest { decision.evidence.append(hottest?.evidence(at: now) ?? .none) }
    outputs.finishStep(at: now)
  }

  /// The second half of a step: advice, alarms, and what is to be recorded of it.
  /// - Parameter conditions: conditions of the system around the controller that hold now.
  public mutating func conclude(_ conditions: Set<AlarmID>, _ stamp: Stamp, into decision: inout Decision) {
    advisers.step(readings, zones, decision, longestStep: outputs.longestStep, at: stamp.at)
    updateAlarms(conditions, at: stamp.at)
    recordAlarms(into: &decision, stamp)
    recordSamples(into: &decision, stamp)
  }

  /// A whole step, with a decision of its own.
  public mutating func step(now: Instant, wall: WallTime, inputs: Inputs) -> Decision {
    var decision = Decision()
    decide(now: now, wall: wall, inputs: inputs, into: &decision)
    conclude(inputs.conditions, Stamp(at: now, wall: wall), into: &decision)
    return decision
  }

  // MARK: Readings

  private mutating func takeSamples(_ samples: [Sample], at now: Instant) {
    for sample in samples where probePlaces.indices.contains(sample.channel.index) {
      guard let place = probePlaces[sample.channel.index] else { continue }
      probes[place].filter.accept(sample)
    }
    for index in probes.indices { readings[probes[index].channel.index] = probes[index].filter.reading(at: now) }
    // Lists in hand: what they hold need not be kept from a change that never comes.
    let (groups, thermometers) = (groups, thermometers)
    for index in groups.indices {
      if let probe = onlyProbes[index], readings[probe.index].trusted != nil {
        readings[groups[index].channel.index] = readings[probe.index]
        continue
      }
      judges[index]?.judge(&readings, at: now)
      readings[groups[index].channel.index] = groups[index].probes.reading(from: readings)
    }
    for index in thermometers.indices { hottest[index] = thermometers[index]?.hottest(of: readings) }
  }

  // MARK: Commands, overrides, recipes

  private mutating func take(_ commands: [Command], into decision: inout Decision, _ stamp: Stamp) {
    for command in commands {
      switch command {
      case .override(let output, let demand, let duration, let person):
        guard plan.outputs[output.index].kind.obeysPeople else { continue }
        let longest = ControllerCheck.overrideLength.isMade ? Override.longest : .hours(24)
        let until = stamp.at.advanced(by: min(max(duration, .zero), longest))
        let share = min(max(demand, 0), 1)
        outputs.set(Override(output: output, demand: share, until: until, by: person))
        let detail = "\(Int((share * 100).rounded())) %, \(stamp.at.duration(to: until).components.seconds) s"
        record(.overrideSet, subject: plan.outputs[output.index].name, detail, by: person, into: &decision, stamp)
      case .automatic(let output, let person):
        guard outputs.clearOverride(of: output) != nil else { continue }
        record(.overrideEnded, subject: plan.outputs[output.index].name, by: person, into: &decision, stamp)
      case .acknowledge(let id, let person):
        let first = alarmChanges.count
        alarms.acknowledge(id, by: person, into: &alarmChanges)
        for change in alarmChanges[first...] { noteAcknowledged(change.id) }
      case .testAlarm(let duration, let person):
        relay.test(for: duration, at: stamp.at)
        let detail = "\(duration.components.seconds) s"
        record(.alarmTest, subject: AlarmRelay.subject, detail, by: person, into: &decision, stamp)
      case .startStage(let zone, let stage, let person):
        guard let recipe = plan.zones[zone.index].recipe, recipe.stages.indices.contains(stage) else { continue }
        zones[zone.index].start(stage: stage)
        record(
          .stageBegan, subject: plan.zones[zone.index].name, recipe.stages[stage].name, by: person, into: &decision,
          stamp)
      case .recipe(let zone, let action, let person):
        act(on: zone, action, by: person, into: &decision, stamp)
      }
    }
  }

  /// A person has looked at what was without effect: it may try again.
  private mutating func noteAcknowledged(_ alarm: AlarmID) {
    if alarm.kind == .heaterNoEffect, let heater = plan.output(named: alarm.subject) { effects.acknowledge(heater) }
    if alarm.kind == .noEffect, let zone = bedZone(ofWaterFrom: alarm.subject) { zones[zone].acknowledgeWatering() }
  }

  private mutating func expireOverrides(into decision: inout Decision, _ stamp: Stamp) {
    for override in outputs.expireOverrides(at: stamp.at) {
      record(.overrideEnded, subject: plan.outputs[override.output.index].name, into: &decision, stamp)
    }
  }

  private mutating func advanceRecipes(into decision: inout Decision, _ stamp: Stamp) {
    expireOffsets(into: &decision, stamp)
    hasLocks = false
    for index in zones.indices {
      if zones[index].advanceRecipe(to: stamp.at, wall: stamp.wall, place: plan.place) {
        record(
          .stageBegan, subject: plan.zones[index].name, zones[index].stage?.name ?? "", into: &decision, stamp)
      }
      if zones[index].isDark || zones[index].allowed != nil { hasLocks = true }
    }
  }

  // MARK: Outputs

  private mutating func decideOutputs(_ feedback: OutputFeedback?, into decision: inout Decision, _ stamp: Stamp) {
    claims.removeAll()
    // First, so that of two claims on the same it is the cause that a person reads.
    effects.addClaims(to: &claims, plan, readings, zones)
    for index in zones.indices {
      let wasDosing = zones[index].irrigation.phase.isDosing
      let judgedAt = zones[index].irrigation.drain.judgedAt
      zones[index].addClaims(
        to: &claims, readings: readings, outputs: outputs, plans: plan.outputs,
        mayWater: boots.brownOutUntil(at: stamp.at) == nil, at: stamp.at)
      // The water of a dose must count against the daily cap after a restart, too, from its first moment.
      if wasDosing != zones[index].irrigation.phase.isDosing { decision.mustSave = true }
      if judgedAt != zones[index].irrigation.drain.judgedAt { recordDrain(of: ZoneID(index), into: &decision, stamp) }
    }
    if let order = outputs.order(at: stamp.at) {
      let nothing = OutputDecision(demand: 0, isOn: false, reason: Reason(rule: .idle))
      for _ in order { decision.outputs.append(nothing) }
      for index in order { decision.outputs[index] = decide(OutputID(index), feedback, at: stamp.at) }
    } else {
      for index in plan.outputs.indices { decision.outputs.append(decide(OutputID(index), feedback, at: stamp.at)) }
    }
    for index in recorded.indices where recorded[index]?.isSame(as: decision.outputs[index]) != true {
      let decided = decision.outputs[index]
      recorded[index] = decided
      decision.records.append(
        .decision(stamp, output: OutputID(index), isOn: decided.isOn, demand: decided.demand, reason: decided.reason))
    }
  }

  private mutating func decide(_ output: OutputID, _ feedback: OutputFeedback?, at now: Instant) -> OutputDecision {
    let heated = heatedChannels[output.index].map { readings[$0.index] }
    let isBounded = heated?.quality == .substituted
    if !isBounded, heated?.trusted != nil { outputs.noteDuty(of: output, at: now) }
    return outputs.decide(
      output, claim: relay.claim(on: output, alarms) ?? brownOutClaim(on: output, at: now) ?? claims[output],
      veto: refusal(of: output, at: now),
      isBounded: isBounded,
      isHeldByGuardian: feedback.map { $0.held & (1 << UInt32(output.index)) != 0 } ?? false, at: now)
  }

  // MARK: Alarms

  private mutating func updateAlarms(_ conditions: Set<AlarmID>, at now: Instant) {
    for index in zones.indices {
      let delay = zoneAlarms[index].delay
      for (quantity, channel) in zones[index].channels {
        let (reading, isControlled) = (readings[channel.index], zones[index].setpoints.controls(quantity))
        let guardsFires = quantity == .carbonMonoxide && zoneAlarms[index].guardsFires
        if guardsFires {
          alarms.update(
            .carbonMonoxide, of: .channel(channel), named: plan.channels[channel.index].name,
            condition: zones[index].combustion.isTripped, value: reading.trusted, delay: .zero, into: &alarmChanges,
            at: now)
        }
        updateLimits(
          channel, reading.trusted, zones[index].setpoints.alarmLimits(of: quantity), delay, at: now)
        alarms.update(
          .readingLost, of: .channel(channel), named: plan.channels[channel.index].name,
          condition: reading.trusted == nil && (isControlled || guardsFires), delay: Self.lossDelay,
          into: &alarmChanges, at: now)
        alarms.update(
          .backupProbe, of: .channel(channel), named: plan.channels[channel.index].name,
          condition: reading.quality == .substituted && isControlled, value: reading.trusted, delay: Self.lossDelay,
          into: &alarmChanges, at: now)
      }
      if zoneAlarms[index].hasBed {
        if let source = zoneAlarms[index].source {
          alarms.update(
            .noEffect, of: .output(source), named: plan.outputs[source.index].name,
            condition: zones[index].irrigation.isWithoutEffect, delay: .zero, into: &alarmChanges, at: now)
        }
        alarms.update(
          .waterCap, of: .zone(ZoneID(index)), named: plan.zones[index].name,
          condition: zones[index].irrigation.phase == .capped, value: zones[index].irrigation.budget.used(at: now),
          delay: delay, into: &alarmChanges, at: now)
      }
    }
    for index in groups.indices {
      guard let isInDispute = judges[index]?.isInDispute else { continue }
      let channel = groups[index].channel
      alarms.update(
        .probesDisagree, of: .channel(channel), named: plan.channels[channel.index].name,
        condition: isInDispute, delay: .zero, into: &alarmChanges, at: now)
    }
    for index in probes.indices {
      let channel = probes[index].channel
      alarms.update(
        .probeFailed, of: .channel(channel), named: plan.channels[channel.index].name,
        condition: readings[channel.index].trusted == nil, delay: Self.lossDelay, into: &alarmChanges, at: now)
    }
    for vent in missedVents {
      alarms.update(
        .ventLimited, of: .output(vent), named: plan.outputs[vent.index].name,
        condition: outputs.withheld(from: vent) >= Self.seriouslyWithheld, delay: Self.ventDelay,
        into: &alarmChanges, at: now)
    }
    alarms.update(
      .brownOut, of: .device, named: "power", condition: boots.brownOutUntil(at: now) != nil, delay: .zero,
      into: &alarmChanges, at: now)
    alarms.update(
      .test, of: .device, named: AlarmRelay.subject, condition: relay.isTesting(at: now), delay: .zero,
      into: &alarmChanges, at: now)
    effects.updateAlarms(&alarms, plan, into: &alarmChanges, at: now)
    alarms.updateSystem(conditions, into: &alarmChanges, at: now)
  }

  /// A probe may miss a minute before it is an alarm: `safety.md` F44 wants one within 90 s of the loss.
  private static let lossDelay = Duration.seconds(60)
  /// Opening that the weather withholds from a vent, and for how long, until somebody should know: a shower on a warm day is no alarm.
  /// Engineering proposals.
  private static let (seriouslyWithheld, ventDelay) = (0.3, Duration.minutes(5))

  private mutating func updateLimits(
    _ channel: ChannelID, _ value: Double?, _ alarmLimits: (low: Double?, high: Double?), _ delay: Duration,
    at now: Instant
  ) {
    let isLow = limits[channel.index].low.isBeyond(value, limit: alarmLimits.low)
    let isHigh = limits[channel.index].high.isBeyond(value, limit: alarmLimits.high)
    alarms.update(
      .low, of: .channel(channel), named: plan.channels[channel.index].name, condition: isLow, value: value,
      delay: delay, into: &alarmChanges, at: now)
    alarms.update(
      .high, of: .channel(channel), named: plan.channels[channel.index].name, condition: isHigh, value: value,
      delay: delay, into: &alarmChanges, at: now)
  }

  // MARK: Records

  func record(
    _ kind: EventKind, subject: String, _ detail: String = "", by person: String? = nil, into decision: inout Decision,
    _ stamp: Stamp
  ) {
    decision.records.append(.event(stamp, kind: kind, subject: subject, detail: detail, by: person))
    decision.mustSave = true
  }

  private mutating func recordAlarms(into decision: inout Decision, _ stamp: Stamp) {
    for change in alarmChanges {
      decision.records.append(
        .alarm(
          stamp, id: change.id, severity: change.severity, transition: change.transition, value: change.value,
          by: change.by))
      decision.mustSave = true
    }
    alarmChanges.removeAll(keepingCapacity: true)
  }

  private mutating func recordSamples(into decision: inout Decision, _ stamp: Stamp) {
    if let next = nextSampleAt, stamp.at < next { return }
    let due = nextSampleAt ?? stamp.at
    let next = due.advanced(by: plan.sampleInterval)
    nextSampleAt = next > stamp.at ? next : stamp.at.advanced(by: plan.sampleInterval)
    decision.records.reserveCapacity(decision.records.count + readings.count)
    for (index, reading) in readings.enumerated() {
      decision.records.append(
        .sample(stamp, channel: ChannelID(index), value: reading.lastValue, quality: reading.quality))
    }
  }
}

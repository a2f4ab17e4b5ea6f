// From claims to wanted states: vetoes, overrides, modulation, constraints.

import Climate
import RealModule

/// Decides every output of a device, in one order that no law can change: veto, override, largest claim, modulation,
/// constraints.
struct OutputControl: Sendable {
  private struct Line: Sendable {
    var modulator: PulseModulator
    /// Seconds over which the means are taken.
    let cycle: Double
    var override: Override?
    var meanDemand = 0.0
    var meanAchieved = 0.0
    /// Share by which the means follow in a step of so many seconds: steps are of equal length, and an exponential is dear.
    var follows = (seconds: 0.0, share: 0.0)
    /// Heaters alone have one.
    var duty: DutyHistory?
    /// Vents alone have one.
    var positioner: VentPositioner?
    /// Vents that wind or rain limit.
    var weather: VentWeather?
    /// Opening that the weather withholds from what was asked for, 0…1, in this step.
    var withheld = 0.0
    /// Of a vent's closing output, what its opening output decided in this step.
    var closing: (isWanted: Bool, reason: Reason)?

    /// Asked for in every step; the plan of a vent is long, and would be copied to be looked at.
    var isVent: Bool { positioner != nil }
  }

  private let plans: [OutputPlan]
  private var bank: OutputBank
  private var lines: [Line]
  private var lastAt: Instant?
  /// ``Inputs/longestStep`` of this step, s.
  private(set) var longestStep = Inputs.usualLongestStep
  private let airFirst: [Int]
  private let weatherBound: [Int]

  init(plans: [OutputPlan], startSpacing: Duration, duties: [Memory.SavedDuty], at now: Instant) {
    self.plans = plans
    bank = OutputBank(constraints: plans.map(\.constraints), startSpacing: startSpacing, at: now)
    weatherBound = plans.indices.filter { plans[$0].isWeatherBound }
    airFirst = plans.indices.filter { plans[$0].kind.isAir } + plans.indices.filter { !plans[$0].kind.isAir }
    lines = plans.map { plan in
      var line = Line(modulator: PulseModulator(cycle: plan.cycle), cycle: max(plan.cycle.inSeconds, 1))
      line.positioner = plan.vent.map { VentPositioner(travel: $0.travel) }
      line.weather = plan.vent.flatMap { VentWeather($0) }
      guard plan.kind == .heater else { return line }
      line.duty = duties.first { $0.output == plan.name }.map { DutyHistory($0) } ?? DutyHistory()
      return line
    }
  }

  // MARK: What laws and screens may know

  func isOn(_ output: OutputID) -> Bool { bank.isOn(output) }

  /// The order in which outputs are decided, while their starts are spaced: those that move air go before those that heat.
  /// `nil` when the order of the plan serves.
  func order(at now: Instant) -> [Int]? { bank.isStaggering(at: now) ? airFirst : nil }

  func timeInState(_ output: OutputID, at now: Instant) -> Duration { bank.timeInState(output, at: now) }

  func override(of output: OutputID) -> Override? { lines[output.index].override }

  /// Mean achieved minus mean demanded output over about one cycle, for the anti-windup of a law that drives these outputs.
  func shortfall(of outputs: [OutputID]) -> Double {
    guard !outputs.isEmpty else { return 0 }
    let sum = outputs.reduce(0) { $0 + lines[$1.index].meanAchieved - lines[$1.index].meanDemand }
    return sum / Double(outputs.count)
  }

  /// Share of these outputs that is on, as they have been since the last step.
  func share(of outputs: [OutputID]) -> Double {
    guard !outputs.isEmpty else { return 0 }
    return Double(outputs.count { bank.isOn($0) }) / Double(outputs.count)
  }

  /// Where these vents or screens stand on average, 0…1; one of which nobody knows counts as closed.
  func position(of outputs: [OutputID]) -> Double {
    guard !outputs.isEmpty else { return 0 }
    return outputs.reduce(0) { $0 + (lines[$1.index].positioner?.position ?? 0) } / Double(outputs.count)
  }

  /// The longest of these outputs' shortest times on.
  func shortestRun(of outputs: [OutputID]) -> Duration {
    outputs.reduce(.zero) { max($0, plans[$1.index].constraints.minimumOn) }
  }

  /// How hard the heaters had to work.
  var duties: [Memory.SavedDuty] { zip(plans, lines).compactMap { $1.duty?.saved(output: $0.name) } }

  // MARK: Commands

  mutating func set(_ override: Override) { lines[override.output.index].override = override }

  /// Ends the override of an output.
  /// - Returns: the override, if there was one.
  mutating func clearOverride(of output: OutputID) -> Override? {
    defer { lines[output.index].override = nil }
    return lines[output.index].override
  }

  /// Ends every override whose time is over, and returns them.
  mutating func expireOverrides(at now: Instant) -> [Override] {
    var expired: [Override] = []
    for index in lines.indices {
      guard let override = lines[index].override, override.until <= now, ControllerCheck.overrideEnd.isMade else {
        continue
      }
      expired.append(override)
      lines[index].override = nil
    }
    return expired
  }

  // MARK: A step

  /// Begins a step.
  mutating func beginStep(longestStep: Double) { self.longestStep = longestStep }

  /// Takes in what a heater did since the last step, while its zone was held by probes of its own.
  mutating func noteDuty(of output: OutputID, at now: Instant) {
    let seconds = secondsSinceLastStep(at: now)
    lines[output.index].duty?.add(isOn: bank.isOn(output), seconds: seconds)
  }

  /// Takes over what the guardian did with the last frame.
  mutating func reconcile(_ feedback: OutputFeedback, at now: Instant) {
    for index in lines.indices {
      bank.reconcile(OutputID(index), actuallyOn: feedback.on & (1 << UInt32(index)) != 0, at: now)
    }
  }

  /// Takes in the weather for the vents that it limits.
  mutating func watchWeather(_ readings: [Reading], at now: Instant) {
    for index in weatherBound { lines[index].weather?.step(readings, at: now) }
  }

  /// What the weather allows a vent that it keeps from opening further; `nil` if it keeps none.
  func weather(of output: OutputID) -> WeatherAllowance? {
    let line = lines[output.index]
    return line.withheld > 0 ? line.weather?.allowance(isByHand: line.override != nil) : nil
  }

  /// Opening that the weather withholds from a vent, 0…1.
  func withheld(from output: OutputID) -> Double { lines[output.index].withheld }

  /// Decides one output.
  /// - Parameters:
  ///   - claim: the winning claim of the laws; `nil` if no law drives this output.
  ///   - veto: what keeps the output off, or a vent closed, whatever anyone asks.
  ///   - isBounded: whether a heater may do no more than its ``DutyHistory`` allows.
  ///   - isHeldByGuardian: whether the guardian did not follow the last frame.
  mutating func decide(
    _ output: OutputID, claim: Claim?, veto: Reason?, isBounded: Bool, isHeldByGuardian: Bool, at now: Instant
  ) -> OutputDecision {
    let achieved = bank.isOn(output)
    if let closing = lines[output.index].closing {
      let asked = Claim(demand: closing.isWanted ? 1 : 0, reason: closing.reason)
      return request(output, on: closing.isWanted, asked, isHeldByGuardian: isHeldByGuardian, at: now)
    }
    if let veto, !lines[output.index].isVent {
      bank.forceOff(output, at: now)
      track(output, demand: 0, achieved: achieved, at: now)
      _ = lines[output.index].modulator.wanted(demand: 0, achieved: achieved, longestStep: longestStep, at: now)
      return OutputDecision(demand: 0, isOn: false, reason: veto)
    }
    // A vent is not shut by a motor that stands still.
    var claim = veto.map { Claim(demand: 0, reason: $0) } ?? claim ?? unclaimed(output)
    // What the law asked for, not the override: the law must see that it was not followed, or it would wind up.
    track(output, demand: claim.demand, achieved: achieved, at: now)
    if let override = lines[output.index].override, veto == nil {
      claim = Claim(demand: override.demand, reason: Reason(rule: .override, until: override.until))
    }
    if isBounded, let bound = lines[output.index].duty?.bound, claim.demand > bound {
      claim.demand = bound
      claim.reason.heldBy = .boundedDuty
    }
    guard lines[output.index].isVent, let vent = plans[output.index].vent else {
      let wanted = lines[output.index].modulator.wanted(
        demand: claim.demand, achieved: achieved, longestStep: longestStep, at: now)
      return request(output, on: wanted, claim, isHeldByGuardian: isHeldByGuardian, at: now)
    }
    limitByWeather(output, &claim)
    let opens = moves(output, vent, claim, at: now)
    return request(output, on: opens, claim, isHeldByGuardian: isHeldByGuardian, at: now)
  }

  private mutating func request(
    _ output: OutputID, on wanted: Bool, _ claim: Claim, isHeldByGuardian: Bool, at now: Instant
  ) -> OutputDecision {
    let outcome = bank.request(output, on: wanted, at: now)
    var reason = claim.reason
    if let constraint = outcome.heldBy {
      reason.heldBy = constraint
      reason.until = outcome.untilAllowed.map { now.advanced(by: $0) }
    } else if isHeldByGuardian {
      reason.heldBy = .guardian
    }
    return OutputDecision(demand: claim.demand, isOn: outcome.isOn, reason: reason)
  }

  private mutating func limitByWeather(_ output: OutputID, _ claim: inout Claim) {
    lines[output.index].withheld = 0
    let isByHand = claim.reason.rule == .override
    guard let allowance = lines[output.index].weather?.allowance(isByHand: isByHand), claim.demand > allowance.most
    else { return }
    lines[output.index].withheld = claim.demand - allowance.most
    claim.demand = allowance.most
    (claim.reason.heldBy, claim.reason.until) = (allowance.constraint, allowance.until)
  }

  /// Whether a vent's motor must open; its closing output, which is decided after it, is told whether it must close.
  private mutating func moves(_ output: OutputID, _ vent: VentPlan, _ claim: Claim, at now: Instant) -> Bool {
    let motion =
      lines[output.index].positioner?.motion(
        wanted: claim.demand, isOpening: bank.isOn(output), isClosing: bank.isOn(vent.closing), at: now) ?? .resting
    lines[vent.closing.index].closing = (motion == .closing, claim.reason)
    return motion == .opening
  }

  /// What an output does that no law drives: circulation fans run all the time, everything else rests.
  private func unclaimed(_ output: OutputID) -> Claim {
    plans[output.index].kind == .circulation
      ? Claim(demand: 1, reason: Reason(rule: .circulation)) : Claim(demand: 0, reason: Reason(rule: .idle))
  }

  /// Ends a step: the means have been brought up to `now`.
  mutating func finishStep(at now: Instant) { lastAt = now }

  /// A stall counts as the longest step: nobody knows what happened in the rest of it.
  private func secondsSinceLastStep(at now: Instant) -> Double {
    lastAt.map { min(max($0.seconds(to: now), 0), longestStep) } ?? 0
  }

  private mutating func track(_ output: OutputID, demand: Double, achieved: Bool, at now: Instant) {
    let dt = secondsSinceLastStep(at: now)
    if dt != lines[output.index].follows.seconds {
      lines[output.index].follows = (dt, 1 - Double.exp(-dt / lines[output.index].cycle))
    }
    let share = lines[output.index].follows.share
    lines[output.index].meanDemand += (demand - lines[output.index].meanDemand) * share
    lines[output.index].meanAchieved += ((achieved ? 1 : 0) - lines[output.index].meanAchieved) * share
  }
}

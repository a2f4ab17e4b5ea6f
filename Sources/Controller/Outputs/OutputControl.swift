// From claims to wanted states: vetoes, overrides, modulation, constraints.

import Climate
import RealModule

/// Decides every output of a device, in one order that no law can change: veto, override, largest claim, modulation,
/// constraints.
struct OutputControl: Sendable {
  private struct Line: Sendable {
    var modulator: PulseModulator
    var override: Override?
    var meanDemand = 0.0
    var meanAchieved = 0.0
  }

  private let plans: [OutputPlan]
  private var bank: OutputBank
  private var lines: [Line]
  private var lastAt: Instant?

  init(plans: [OutputPlan], at now: Instant) {
    self.plans = plans
    bank = OutputBank(constraints: plans.map(\.constraints), at: now)
    lines = plans.map { Line(modulator: PulseModulator(cycle: $0.cycle)) }
  }

  // MARK: What laws and screens may know

  func isOn(_ output: OutputID) -> Bool { bank.isOn(output) }

  func timeInState(_ output: OutputID, at now: Instant) -> Duration { bank.timeInState(output, at: now) }

  func override(of output: OutputID) -> Override? { lines[output.index].override }

  /// Mean achieved minus mean demanded output over about one cycle, for the anti-windup of a law that drives these outputs.
  func shortfall(of outputs: [OutputID]) -> Double {
    guard !outputs.isEmpty else { return 0 }
    let sum = outputs.reduce(0) { $0 + lines[$1.index].meanAchieved - lines[$1.index].meanDemand }
    return sum / Double(outputs.count)
  }

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
      guard let override = lines[index].override, override.until <= now else { continue }
      expired.append(override)
      lines[index].override = nil
    }
    return expired
  }

  // MARK: A step

  /// Takes over what the guardian did with the last frame.
  mutating func reconcile(_ feedback: OutputFeedback, at now: Instant) {
    for index in lines.indices {
      bank.reconcile(OutputID(index), actuallyOn: feedback.on & (1 << UInt32(index)) != 0, at: now)
    }
  }

  /// Decides one output.
  /// - Parameters:
  ///   - claim: the winning claim of the laws; `nil` if no law drives this output.
  ///   - veto: what keeps a heater off whatever anyone asks.
  ///   - isHeldByGuardian: whether the guardian did not follow the last frame.
  mutating func decide(
    _ output: OutputID, claim: Claim?, veto: Reason?, isHeldByGuardian: Bool, at now: Instant
  ) -> OutputDecision {
    let achieved = bank.isOn(output)
    if let veto {
      bank.forceOff(output, at: now)
      track(output, demand: 0, achieved: achieved, at: now)
      _ = lines[output.index].modulator.wanted(demand: 0, achieved: achieved, at: now)
      return OutputDecision(demand: 0, isOn: false, reason: veto)
    }
    var claim = claim ?? unclaimed(output)
    // What the law asked for, not the override: the law must see that it was not followed, or it would wind up.
    track(output, demand: claim.demand, achieved: achieved, at: now)
    if let override = lines[output.index].override {
      claim = Claim(demand: override.demand, reason: Reason(rule: .override, until: override.until))
    }
    let wanted = lines[output.index].modulator.wanted(demand: claim.demand, achieved: achieved, at: now)
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

  /// What an output does that no law drives: circulation fans run all the time, everything else rests.
  private func unclaimed(_ output: OutputID) -> Claim {
    plans[output.index].kind == .circulation
      ? Claim(demand: 1, reason: Reason(rule: .circulation)) : Claim(demand: 0, reason: Reason(rule: .idle))
  }

  /// Ends a step: the means have been brought up to `now`.
  mutating func finishStep(at now: Instant) { lastAt = now }

  private mutating func track(_ output: OutputID, demand: Double, achieved: Bool, at now: Instant) {
    let dt = lastAt.map { min(max($0.duration(to: now).inSeconds, 0), 60) } ?? 0
    let share = 1 - Double.exp(-dt / max(plans[output.index].cycle.inSeconds, 1))
    lines[output.index].meanDemand += (demand - lines[output.index].meanDemand) * share
    lines[output.index].meanAchieved += ((achieved ? 1 : 0) - lines[output.index].meanAchieved) * share
  }
}

// What keeps an output off whatever anyone asks, and what the power forbids the laws.

import Climate

extension Controller {
  /// While the power comes and goes, no law switches on anything but air. A screen would not rest without a demand: it would be drawn
  /// back.
  @inline(__always) func brownOutClaim(on output: OutputID, at now: Instant) -> Claim? {
    guard let until = boots.brownOutUntil(at: now) else { return nil }
    let kind = plan.outputs[output.index].kind
    guard !kind.isAir, kind != .shade else { return nil }
    return Claim(demand: 0, reason: Reason(rule: .brownOut, until: until))
  }

  /// Why an output must be off whatever anyone asks; `nil` if it may run.
  @inline(__always) func refusal(of output: OutputID, at now: Instant) -> Reason? {
    let kind = plan.outputs[output.index].kind
    if hasLocks, let lock = recipeLock(on: output, kind) { return lock }
    let fumes = fires[output.index].flatMap { zones[$0.index].fumes(readings) }
    if let zone = moistened[output.index], let dew = zones[zone.index].dewRefusal { return dew }
    guard kind == .heater else { return fumes }
    let zone = plan.outputs[output.index].evidenceZone
    // Not as a closure: it would be given a copy of the zone.
    var setpoint: Double?
    if let zone { setpoint = zones[zone.index].temperature?.setpoint }
    let permissive = HeaterPermissive(
      highLimit: plan.outputs[output.index].highLimit, fumes: fumes, brownOutUntil: boots.brownOutUntil(at: now),
      noEffectUntil: effects.offUntil(output, at: now), setpoint: setpoint)
    return permissive.refusal(
      hottest: zone.flatMap { hottest[$0.index] }, zone: heatedChannels[output.index], readings)
  }

  /// What a recipe's stage locks off. Fans that carry the heat of a stuck heater away, or carbon monoxide, are never locked.
  @inline(__always) func recipeLock(on output: OutputID, _ kind: OutputKind) -> Reason? {
    if kind == .light, zones.contains(where: { $0.isDark && $0.plan.lights.contains(output) }) {
      return Reason(rule: .blackout)
    }
    for index in zones.indices where zones[index].locks(output, kind) {
      let rule = claims[output]?.reason.rule
      return rule == .stuckOn || rule == .carbonMonoxide ? nil : Reason(rule: .stageLock)
    }
    return nil
  }
}

// The fires of a zone: fans that clear its air, and why fires must be out.

import Climate

extension ZoneControl {
  /// All fans, while there is carbon monoxide.
  mutating func addClearing(of readings: [Reading], to claims: inout Claims, at now: Instant) {
    guard let limit = plan.carbonMonoxideLimit else { return }
    combustion.step(reading(of: .carbonMonoxide, in: readings)?.trusted, limit: limit, at: now)
    guard combustion.isTripped else { return }
    let reason = fumes(readings, limit)
    for fan in plan.ventilation { claims.add(1, for: fan, because: reason) }
  }

  /// Why the zone's fires must be out; `nil` if they may burn, or nobody has a limit for them.
  func fumes(_ readings: [Reading]) -> Reason? {
    guard let limit = plan.carbonMonoxideLimit else { return nil }
    let isKnown = reading(of: .carbonMonoxide, in: readings)?.trusted != nil
    let isOver = combustion.isTripped && ControllerCheck.carbonMonoxide.isMade
    let isUnknown = !isKnown && ControllerCheck.carbonMonoxideUnknown.isMade
    return isOver || isUnknown ? fumes(readings, limit) : nil
  }

  private func fumes(_ readings: [Reading], _ limit: Double) -> Reason {
    Reason(
      rule: .carbonMonoxide, channel: plan.channels[.carbonMonoxide],
      value: reading(of: .carbonMonoxide, in: readings)?.trusted, setpoint: limit)
  }
}

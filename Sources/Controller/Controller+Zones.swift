// What screens and memory may know of the zones.

public import Climate

extension Controller {
  /// What a zone aims at now.
  public func setpoints(of zone: ZoneID) -> Setpoints { zones[zone.index].setpoints }

  /// The stage a zone is in, and the time spent in it; `nil` without a recipe.
  public func stage(of zone: ZoneID) -> (stage: Stage, elapsed: Duration)? {
    guard let stage = zones[zone.index].stage, let progress = zones[zone.index].progress else { return nil }
    return (stage, progress.elapsed)
  }

  /// Where a zone stands in its recipe, even in one that a person has ended; `nil` without a recipe.
  public func progress(of zone: ZoneID) -> RecipeProgress? { zones[zone.index].progress }

  /// A zone's humidity setpoint in the form in which it was given; `nil` for relative humidity.
  public func humidityAim(of zone: ZoneID) -> HumidityAim? { zones[zone.index].humidityAim }

  /// The temporary offset on a zone's setpoints; `nil` without one.
  public func offset(of zone: ZoneID) -> SetpointOffset? { zones[zone.index].offset }

  /// Litres given to a zone's bed in the 24 hours that end at `now`; `nil` without a bed.
  public func waterUsed(in zone: ZoneID, at now: Instant) -> Double? {
    plan.zones[zone.index].bed == nil ? nil : zones[zone.index].irrigation.budget.used(at: now)
  }

  /// What drains off of a zone's bed, by estimate; `nil` where nothing is known of its substrate, or no dose of the last 24 hours was judged.
  public func drain(in zone: ZoneID, at now: Instant) -> DrainShares? {
    zones[zone.index].irrigation.drain.shares(at: now)
  }

  /// Notes what became of a dose that has sunk in.
  func recordDrain(of zone: ZoneID, into decision: inout Decision, _ stamp: Stamp) {
    guard let shares = drain(in: zone, at: stamp.at) else { return }
    func percent(_ share: Double) -> Int { Int((share * 100).rounded()) }
    let litres = (shares.given * 10).rounded() / 10
    record(
      .drainEstimated, subject: plan.zones[zone.index].name,
      "\(percent(shares.last)) % of \(litres) l, \(percent(shares.day)) % of 24 h", into: &decision, stamp)
  }

  /// What the PID loops of a zone have learnt.
  func integrals(of zone: ZoneID) -> [Memory.SavedIntegral] { zones[zone.index].integrals }

  /// Water deliveries to a zone's bed that still count against its daily cap.
  func deliveries(in zone: ZoneID, at now: Instant) -> [WaterBudget.Delivery] {
    let irrigation = zones[zone.index].irrigation
    return irrigation.budget.saved(at: now, planned: irrigation.phase.planned)
  }
}

// Saving what must survive a restart, and taking it up again.

public import Climate

extension Controller {
  /// What must survive a restart, as of `now`.
  public func memory(at now: Instant) -> Memory {
    var memory = Memory()
    for (index, output) in plan.outputs.enumerated() {
      guard let override = override(of: OutputID(index)) else { continue }
      memory.overrides.append(
        Memory.SavedOverride(
          output: output.name, demand: override.demand, remaining: now.duration(to: override.until), by: override.by))
    }
    memory.duties = duties
    memory.advice = advisers.saved(plan)
    memory.boots = savedBoots(at: now)
    (memory.machineBoot, memory.savedAt) = (machineBoot, now)
    memory.alarms = openAlarms.map { Memory.SavedAlarm(id: $0.id, acknowledgedBy: $0.acknowledgedBy) }
    for (index, zone) in plan.zones.enumerated() {
      if let saved = savedProgress(of: ZoneID(index), at: now) { memory.progress.append(saved) }
      if let diary = savedDiary(of: ZoneID(index)) { memory.diaries.append(diary) }
      memory.integrals += integrals(of: ZoneID(index))
      if zone.bed != nil {
        let used = zone.bed?.irrigation.use == nil ? nil : zones[index].irrigation.use.doses
        memory.water.append(
          Memory.SavedWater(zone: zone.name, deliveries: deliveries(in: ZoneID(index), at: now), used: used))
      }
    }
    return memory
  }
}

// What is taken up was read from a disk, which may have damaged it: impossible times and amounts must neither trap nor water a bed.
extension Memory {
  /// Longest time in a stage that is believed.
  private static let longestStage = Duration.hours(100 * 366 * 24)

  /// Time since this was saved; zero if the machine has been booted since, because nobody knows how long it was without power.
  func age(machineBoot: String?, at now: Instant) -> Duration {
    guard let savedAt, machineBoot != nil, machineBoot == self.machineBoot else { return .zero }
    return max(.zero, savedAt.duration(to: now))
  }

  /// Whether this was saved so lately, on a machine that has not been booted since, that the controller can only have been away for a
  /// moment. It is saved every minute, or with the samples where they are written more seldom.
  func isOfMoment(machineBoot: String?, at now: Instant) -> Bool {
    guard savedAt != nil, machineBoot != nil, machineBoot == self.machineBoot else { return false }
    return age(machineBoot: machineBoot, at: now) < .minutes(3)
  }

  /// Where a zone stood in its recipe, if it still has the same recipe and stage, and how its setpoints were moved.
  ///
  /// The time since this was saved counts: larvae grow while nobody controls their climate. How long the machine was without power
  /// nobody knows; a person who sees that the recipe is behind enters the next event.
  func progress(of zone: ZonePlan, age: Duration, at now: Instant) -> (place: RecipeProgress, offset: SetpointOffset?)?
  {
    guard let recipe = zone.recipe,
      let saved = progress.first(where: { $0.zone == zone.name && $0.recipe == recipe.name }),
      let stage = recipe.stage(named: saved.stage)
    else { return nil }
    var place = RecipeProgress(
      stage: stage, elapsed: min(max(saved.elapsed, .zero), Self.longestStage),
      degreeHours: saved.degreeHours.map { $0 >= 0 ? $0 : 0 } ?? 0, isHeld: saved.isHeld ?? false,
      isStopped: saved.isStopped ?? false)
    if !zone.holdsStage { _ = place.advance(by: min(age, Self.longestStage), in: recipe) }
    return (place, saved.offset.flatMap { Self.offset($0, age: age, at: now) })
  }

  /// The climate of a zone hour by hour. Values that cannot be are left out.
  func diary(of zone: ZonePlan) -> ClimateDiary {
    guard let saved = diaries.first(where: { $0.zone == zone.name }) else { return ClimateDiary() }
    let hours = zip(saved.temperatures, saved.humidities).filter {
      (-1_000...1_500).contains($0.0) && (0...1_000).contains($0.1)
    }
    return ClimateDiary(hours: hours.map { HourlyClimate(celsius: Double($0.0) / 10, percent: Double($0.1) / 10) })
  }

  private static func offset(_ saved: SavedOffset, age: Duration, at now: Instant) -> SetpointOffset? {
    let remaining = min(max(saved.remaining, .zero), SetpointOffset.longest) - age
    guard remaining > .zero, saved.temperature.isFinite, saved.humidity.isFinite else { return nil }
    return SetpointOffset(
      temperature: saved.temperature, humidity: saved.humidity, until: now.advanced(by: remaining), by: saved.by)
  }

  /// The water a zone has had, and what its plants have drunk since.
  func irrigation(of zone: ZonePlan, age: Duration, at now: Instant) -> Irrigation {
    let saved = ControllerCheck.waterMemory.isMade ? water.first { $0.zone == zone.name } : nil
    let budget = WaterBudget(
      deliveries: (saved?.deliveries ?? []).map { delivery in
        WaterBudget.Delivery(
          age: min(max(delivery.age, .zero), WaterBudget.window * 2) + age,
          // An amount that cannot be is taken for more than any cap, until it is a day old.
          litres: delivery.litres >= 0 ? delivery.litres : .infinity)
      }, at: now)
    return Irrigation(budget: budget, use: WaterUse(doses: saved?.used ?? 0))
  }
}

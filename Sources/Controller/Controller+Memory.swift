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
    memory.alarms = openAlarms.map { Memory.SavedAlarm(id: $0.id, acknowledgedBy: $0.acknowledgedBy) }
    for (index, zone) in plan.zones.enumerated() {
      if let (stage, elapsed) = stage(of: ZoneID(index)), let recipe = zone.recipe {
        memory.progress.append(
          Memory.SavedProgress(zone: zone.name, recipe: recipe.name, stage: stage.name, elapsed: elapsed))
      }
      memory.integrals += integrals(of: ZoneID(index))
      if zone.bed != nil {
        memory.water.append(Memory.SavedWater(zone: zone.name, deliveries: deliveries(in: ZoneID(index), at: now)))
      }
    }
    return memory
  }
}

extension Memory {
  /// Where a zone stood in its recipe, if it still has the same recipe and stage.
  func progress(of zone: ZonePlan) -> RecipeProgress? {
    guard let recipe = zone.recipe,
      let saved = progress.first(where: { $0.zone == zone.name && $0.recipe == recipe.name }),
      let stage = recipe.stage(named: saved.stage)
    else { return nil }
    return RecipeProgress(stage: stage, elapsed: saved.elapsed)
  }

  /// The water a zone has had.
  func water(of zone: ZonePlan, at now: Instant) -> WaterBudget {
    WaterBudget(deliveries: water.first { $0.zone == zone.name }?.deliveries ?? [], at: now)
  }
}

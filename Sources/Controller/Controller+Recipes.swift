// What people do to recipes, and what is kept of it.

import Climate

extension Controller {
  /// Diseases that a zone's recipe asks to watch, and how far the last hours have favoured them.
  public func risks(in zone: ZoneID) -> [DiseaseRisk] {
    let control = zones[zone.index]
    guard control.stage != nil else { return [] }
    return (plan.zones[zone.index].recipe?.watches ?? []).compactMap { $0.risk(in: control.diary) }
  }

  /// Carries out what a person asked for. What no longer fits the recipe is left out.
  mutating func act(
    on zone: ZoneID, _ action: RecipeAction, by person: String, into decision: inout Decision, _ stamp: Stamp
  ) {
    guard plan.zones.indices.contains(zone.index) else { return }
    let name = plan.zones[zone.index].name
    switch action {
    case .offset(let kelvins, let points, let duration):
      let until = stamp.at.advanced(by: min(max(duration, .zero), SetpointOffset.longest))
      guard kelvins.isFinite, points.isFinite else { return }
      let offset = SetpointOffset(temperature: kelvins, humidity: points, until: until, by: person)
      zones[zone.index].set(offset)
      let detail = "\(offset.temperature) K, \(offset.humidity) %, \(stamp.at.duration(to: until).components.seconds) s"
      record(.offsetSet, subject: name, detail, by: person, into: &decision, stamp)
    case .endOffset:
      guard zones[zone.index].offset != nil else { return }
      zones[zone.index].set(nil)
      record(.offsetEnded, subject: name, by: person, into: &decision, stamp)
    case .event(let event, let ago):
      guard let recipe = plan.zones[zone.index].recipe, let progress = progress(of: zone),
        let stage = recipe.stage(begunBy: event, at: progress)
      else { return }
      zones[zone.index].start(stage: stage, ago: min(max(ago, .zero), Self.longestAgo))
      record(.recipeEvent, subject: name, event, by: person, into: &decision, stamp)
      record(.stageBegan, subject: name, recipe.stages[stage].name, by: person, into: &decision, stamp)
    case .hold, .resume, .stop:
      guard plan.zones[zone.index].recipe != nil else { return }
      switch action {
      case .hold: zones[zone.index].hold(true)
      case .resume: zones[zone.index].hold(false)
      default: zones[zone.index].stopRecipe()
      }
      let kind: EventKind = action == .hold ? .recipeHeld : action == .resume ? .recipeResumed : .recipeStopped
      record(kind, subject: name, by: person, into: &decision, stamp)
    }
  }

  /// Longest time before it is entered at which an event is believed to have happened.
  public static let longestAgo = Duration.hours(48)

  /// Stamps the recipes in force on the log.
  func recordRecipes(into decision: inout Decision, _ stamp: Stamp) {
    for (index, zone) in plan.zones.enumerated() {
      guard let recipe = zone.recipe else { continue }
      let stage = zones[index].stage.map { ", \($0.name)" } ?? ""
      record(.recipeInForce, subject: zone.name, recipe.stamp + stage, into: &decision, stamp)
    }
  }

  mutating func expireOffsets(into decision: inout Decision, _ stamp: Stamp) {
    for index in zones.indices {
      guard let offset = zones[index].offset, offset.until <= stamp.at else { continue }
      zones[index].set(nil)
      record(.offsetEnded, subject: plan.zones[index].name, into: &decision, stamp)
    }
  }

  /// Where a zone stands in its recipe, by name.
  func savedProgress(of zone: ZoneID, at now: Instant) -> Memory.SavedProgress? {
    guard let recipe = plan.zones[zone.index].recipe, let progress = progress(of: zone) else { return nil }
    var saved = Memory.SavedProgress(
      zone: plan.zones[zone.index].name, recipe: recipe.name, stage: recipe.stages[progress.stage].name,
      elapsed: progress.elapsed)
    saved.degreeHours = progress.degreeHours > 0 ? progress.degreeHours : nil
    saved.isHeld = progress.isHeld ? true : nil
    saved.isStopped = progress.isStopped ? true : nil
    saved.offset = offset(of: zone).map {
      Memory.SavedOffset(
        temperature: $0.temperature, humidity: $0.humidity, remaining: now.duration(to: $0.until), by: $0.by)
    }
    return saved
  }

  /// The climate of a zone hour by hour, to the tenth; `nil` without a whole hour.
  func savedDiary(of zone: ZoneID) -> Memory.SavedDiary? {
    let hours = zones[zone.index].diary.hours
    guard !hours.isEmpty else { return nil }
    func tenths(_ value: Double) -> Int { Int((value * 10).rounded()) }
    return Memory.SavedDiary(
      zone: plan.zones[zone.index].name, temperatures: hours.map { tenths($0.temperature.celsius) },
      humidities: hours.map { tenths($0.humidity.percent) })
  }
}

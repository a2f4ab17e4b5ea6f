// What the local service is asked to do to a recipe.

import Climate
import Controller
import LocalService

/// Turns requests about recipes into commands, and says in words what cannot be done.
struct RecipeRequest {
  private let state: StationState
  private let peer: String
  private var plan: Plan { state.controller.plan }

  init(_ state: StationState, _ peer: String) { (self.state, self.peer) = (state, peer) }

  func startStage(_ parameters: ServiceParameters) throws(ServiceError) -> Command {
    let (zone, recipe) = try recipe(of: parameters.zone)
    guard let stage = parameters.stage.flatMap({ recipe.stage(named: $0) }) else {
      let names = recipe.stages.map(\.name).joined(separator: ", ")
      throw ServiceError(.notFound, "there is no such stage; stages: \(names)", zh: "没有这个阶段；现有：\(names)")
    }
    return .startStage(zone, stage: stage, by: peer)
  }

  /// The command of an event, and the stage that it begins.
  func event(_ parameters: ServiceParameters) throws(ServiceError) -> (command: Command, stage: StageBegun) {
    let (zone, recipe) = try recipe(of: parameters.zone)
    let name = plan.zones[zone.index].name
    let longest = Controller.longestAgo.inSeconds
    let ago = parameters.duration ?? 0
    guard (0...longest).contains(ago) else {
      throw ServiceError(
        .invalidParameters, "an event lies at most \(Int(longest / 3_600)) h back",
        zh: "事件最多在\(Int(longest / 3_600))小时之前")
    }
    var events: [String] = []
    for event in recipe.stages.compactMap(\.event) where !events.contains(event) { events.append(event) }
    let list = events.isEmpty ? "–" : events.joined(separator: ", ")
    guard let event = parameters.event, events.contains(event) else {
      throw ServiceError(
        .notFound, "recipe \(recipe.name) has no event \(parameters.event ?? "without a name"); events: \(list)",
        zh: "工艺 \(recipe.name) 没有事件 \(parameters.event ?? "（未给名称）")；现有：\(list)")
    }
    guard let progress = state.controller.progress(of: zone), let index = recipe.stage(begunBy: event, at: progress)
    else {
      let days = Int(Recipe.eventTolerance.inSeconds / 86_400)
      throw ServiceError(
        .invalidParameters,
        "\(event) is not expected within \(days) days of now; to begin a stage all the same: bombyx recipe start \(name) STAGE",
        zh: "前后\(days)天内没有预期的 \(event)；如确需开始某阶段：bombyx recipe start \(name) 阶段")
    }
    let stage = recipe.stages[index]
    return (
      .recipe(zone, .event(event, ago: .seconds(ago)), by: peer),
      StageBegun(zone: name, stage: stage.name, title: stage.title)
    )
  }

  func command(_ method: ServiceMethod, _ parameters: ServiceParameters) throws(ServiceError) -> Command {
    switch method {
    case .recipeOffset: return .recipe(try zone(parameters.zone), try offset(parameters), by: peer)
    case .recipeHold: return .recipe(try recipe(of: parameters.zone).zone, .hold, by: peer)
    case .recipeResume: return .recipe(try recipe(of: parameters.zone).zone, .resume, by: peer)
    default: return .recipe(try recipe(of: parameters.zone).zone, .stop, by: peer)
    }
  }

  private func offset(_ parameters: ServiceParameters) throws(ServiceError) -> RecipeAction {
    let (kelvins, points) = (parameters.temperatureOffset ?? 0, parameters.humidityOffset ?? 0)
    if kelvins == 0, points == 0 { return .endOffset }
    guard abs(kelvins) <= SetpointOffset.mostKelvins, abs(points) <= SetpointOffset.mostPoints else {
      let most = "\(Int(SetpointOffset.mostKelvins)) K, \(Int(SetpointOffset.mostPoints)) %"
      throw ServiceError(.invalidParameters, "an offset is at most \(most) to either side", zh: "偏移最多为正负 \(most)")
    }
    let longest = SetpointOffset.longest.inSeconds
    guard let seconds = parameters.duration, (60...longest).contains(seconds) else {
      throw ServiceError(
        .invalidParameters, "an offset lasts from 1 min to \(Int(longest / 3_600)) h; say how long",
        zh: "偏移时间须在1分钟到\(Int(longest / 3_600))小时之间，请给出时间")
    }
    return .offset(temperature: kelvins, humidity: points, for: .seconds(seconds))
  }

  // MARK: Zones

  /// A zone with its recipe; without a name the only one that has a recipe.
  private func recipe(of name: String?) throws(ServiceError) -> (zone: ZoneID, recipe: Recipe) {
    let zone: ZoneID
    if name == nil {
      let candidates = plan.zones.indices.filter { plan.zones[$0].recipe != nil }
      guard let first = candidates.first else {
        throw ServiceError(.notFound, "no zone has a recipe", zh: "没有区使用工艺")
      }
      guard candidates.count == 1 else {
        let names = candidates.map { plan.zones[$0].name }.joined(separator: ", ")
        throw ServiceError(.invalidParameters, "say which zone: \(names)", zh: "请指明区：\(names)")
      }
      zone = ZoneID(first)
    } else {
      zone = try self.zone(name)
    }
    guard let recipe = plan.zones[zone.index].recipe else {
      let zoneName = plan.zones[zone.index].name
      throw ServiceError(.notFound, "zone \(zoneName) has no recipe", zh: "区 \(zoneName) 没有工艺")
    }
    return (zone, recipe)
  }

  private func zone(_ name: String?) throws(ServiceError) -> ZoneID {
    if let name, let zone = plan.zone(named: name) { return zone }
    if name == nil, plan.zones.count == 1 { return ZoneID(0) }
    let names = plan.zones.map(\.name).joined(separator: ", ")
    throw ServiceError(.notFound, "there is no such zone; zones: \(names)", zh: "没有这个区；现有：\(names)")
  }
}

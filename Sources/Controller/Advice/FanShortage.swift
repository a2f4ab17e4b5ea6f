// Whether the fans will carry what a stage of the recipe gives off, before it does.

import Climate

/// Fans that move less air than a stage needs for the boxes of silkworms in a zone.
///
/// In a steady state the water that larvae, leaf and litter give off leaves with the air, `E = V (Cu - Co)`: the flow that holds the upper
/// end of the humidity band in air like that of the last day outside (`agronomy.md` §1.4, sizing).
public struct FanShortage: Equatable, Sendable {
  /// Title of the stage.
  public var stage: LocalizedText
  /// Time until it begins; zero for the stage that runs.
  public var expectedIn: Duration
  /// The fans.
  public var outputs: [OutputID]
  /// What they move together, m³/h.
  public var flow: Double
  /// What is needed, m³/h.
  public var needed: Double
  /// Boxes in the zone.
  public var boxes: Double
  /// Boxes for which the fans suffice.
  public var sufficesFor: Double
}

/// The water content of the air outside, as a mean that forgets.
struct OutsideWater: Sendable {
  /// Time constant of the mean, s: a day and a night weigh about the same. Engineering proposal.
  static let time = 86_400.0
  /// Time for which it must be known before anything is said, s. A morning's fog is no climate.
  static let known = 6 * 3_600.0
  private var value = 0.0
  private var seconds = 0.0

  /// Takes in a content, g/m³, that held for some seconds; `nil` if it is not known.
  mutating func add(_ content: Double?, seconds step: Double) {
    guard let content else { return }
    seconds = min(seconds + step, Self.time)
    value += (content - value) * min(step / seconds, 1)
  }

  /// g/m³; `nil` before it is known.
  var mean: Double? { seconds >= Self.known ? value : nil }

  /// Value and time, as they are kept over a restart.
  var saved: [Double] { [(value * 100).rounded() / 100, seconds.rounded()] }

  /// Takes up what was saved. A content that cannot be is left out.
  mutating func resume(_ saved: [Double]) {
    guard saved.count == 2, (0...100).contains(saved[0]), saved[1] >= 0 else { return }
    (value, seconds) = (saved[0], min(saved[1], Self.time))
  }
}

extension ZoneControl {
  /// The stages, from the present one on, for which the fans are too small.
  /// - Parameter outside: water content of the air outside, g/m³; `nil` if it is not known.
  func fanShortages(outside: Double?, _ outputs: [OutputPlan]) -> [FanShortage] {
    guard let outside, let boxes = plan.boxes, let recipe = plan.recipe, let progress, !progress.isStopped else {
      return []
    }
    guard let (fans, flow) = airing(outputs) else { return [] }
    var shortages: [FanShortage] = []
    var time = Duration.zero - progress.elapsed
    for index in progress.stage..<(plan.holdsStage ? progress.stage + 1 : recipe.stages.count) {
      let stage = recipe.stages[index]
      defer { time = max(time + stage.duration, .zero) }
      let aims = stage.setpoints.completed(by: plan.setpoints)
      guard let water = stage.waterPerBox, let celsius = aims.temperature?.setpoint, let humidity = aims.humidity else {
        continue
      }
      let difference = Self.water(celsius, min(humidity.setpoint + humidity.band, 100)) - outside
      // Air that is hardly drier than the band carries nothing, however much of it there is.
      guard difference > Self.usefulDifference else { continue }
      let (needed, sufficesFor) = (boxes * water * 1_000 / difference, flow * difference / (water * 1_000))
      guard needed > flow else { continue }
      shortages.append(
        FanShortage(
          stage: stage.title, expectedIn: max(time, .zero), outputs: fans, flow: flow, needed: needed, boxes: boxes,
          sufficesFor: sufficesFor))
    }
    return shortages
  }

  /// What carries the zone's moisture away, and how much air it moves; `nil` unless it is nothing but fans whose flow is written.
  private func airing(_ outputs: [OutputPlan]) -> (fans: [OutputID], flow: Double)? {
    let drying = plan.loops.filter { $0.quantity == .humidity && $0.direction == .lower }.flatMap(\.outputs)
    let fans = drying + plan.ventilation.filter { !drying.contains($0) }
    let flows = fans.compactMap { outputs[$0.index].flow }
    guard !fans.isEmpty, flows.count == fans.count else { return nil }
    return (fans, flows.reduce(0, +))
  }
}

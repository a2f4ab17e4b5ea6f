// A shed that follows a recipe, and what tests ask of it.

import Climate
import Testing

@testable import Controller

let title = LocalizedText(en: "Test", zh: "试验")

func recipeStage(
  _ name: String, hours: Int, _ celsius: Double = 25, event: String? = nil, end: StageEnd = .time,
  _ change: (inout Stage) -> Void = { _ in }
) -> Stage {
  var stage = Stage(
    name: name, title: title, duration: .hours(hours), end: end, event: event,
    setpoints: Setpoints(
      temperature: BandSetpoint(setpoint: celsius, band: 1, lowAlarm: celsius - 4, highAlarm: celsius + 4)))
  change(&stage)
  return stage
}

let moults = [
  recipeStage("instar-1", hours: 62, 27.5, event: "brushing"),
  recipeStage("moult-1", hours: 12, 27, event: "moult-begin"),
  recipeStage("moult-1-late", hours: 10, 27), recipeStage("instar-2", hours: 50, 27, event: "moult-end"),
  recipeStage("moult-2", hours: 22, 26.5, event: "moult-begin"),
  recipeStage("instar-3", hours: 66, 26, event: "moult-end"),
  recipeStage("mounting", hours: 144, 24, event: "mounting"),
]

func testRecipe(_ stages: [Stage]) throws -> Recipe {
  try #require(Recipe(name: "test", title: title, version: "1", digest: "0123456789abcdef", stages: stages))
}

/// The lamp of the shed.
let lamp = OutputID(6)

func house(
  _ stages: [Stage], memory: Memory = Memory(), machineBoot: String? = nil, _ change: (inout Plan) -> Void = { _ in }
) throws -> ControllerRig {
  let recipe = try testRecipe(stages)
  return ControllerRig(
    Site.plan { plan in
      plan.outputs.append(
        OutputPlan(
          name: "lamp", kind: .light, constraints: OutputConstraints(), cycle: .seconds(60), onReadingLost: .off))
      plan.zones[0].recipe = recipe
      plan.zones[0].lights = [lamp]
      plan.place = SitePlace(
        position: GeographicPosition(latitude: 31.4, longitude: 109.6, altitude: 400), utcOffset: .hours(8))
      change(&plan)
    }, memory: memory, machineBoot: machineBoot)
}

extension ControllerRig {
  var stageName: String? { controller.stage(of: Site.shed)?.stage.name }
  var celsius: Double? { controller.setpoints(of: Site.shed).temperature?.setpoint }

  func act(_ action: RecipeAction) { step([.recipe(Site.shed, action, by: "li")]) }

  /// Steps of ten minutes.
  func pass(hours: Double) {
    for _ in 0..<Int((hours * 6).rounded()) { step(after: 600) }
  }

  /// Sets the wall clock, in China Standard Time on 20 June 2026, as of now.
  func setClock(_ hours: Int, _ minutes: Int = 0) {
    let midnight: Int64 = 1_781_884_800_000
    wallBase = midnight + Int64(hours * 60 + minutes) * 60_000 - now.nanoseconds / 1_000_000
  }
}

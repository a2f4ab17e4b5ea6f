// A programme over days, and what it leaves open.

import Climate
import Controller
import Testing

@Suite("Recipe")
struct RecipeTests {
  private static func recipe() throws -> Recipe {
    let title = LocalizedText(en: "Test", zh: "试验")
    let stages = [("one", 10), ("two", 20), ("three", 30)].map {
      Stage(name: $0.0, title: title, duration: .hours($0.1), setpoints: Setpoints())
    }
    return try #require(Recipe(name: "test", title: title, version: "1", stages: stages))
  }

  @Test("is none without a stage, or with a stage that does not last")
  func invalid() {
    let title = LocalizedText(en: "Test", zh: "试验")
    #expect(Recipe(name: "test", title: title, version: "1", stages: []) == nil)
    let empty = Stage(name: "empty", title: title, duration: .zero, setpoints: Setpoints())
    #expect(Recipe(name: "test", title: title, version: "1", stages: [empty]) == nil)
  }

  @Test("finds its stages by name")
  func names() throws {
    let recipe = try Self.recipe()
    #expect(recipe.stage(named: "two") == 1)
    #expect(recipe.stage(named: "four") == nil)
  }

  @Test("goes on by elapsed time and keeps what is over")
  func progress() throws {
    let recipe = try Self.recipe()
    var progress = RecipeProgress(stage: 0)
    let early = progress.advance(by: .hours(9), in: recipe)
    #expect((early, progress.stage, progress.elapsed) == (false, 0, .hours(9)))
    let late = progress.advance(by: .hours(3), in: recipe)
    #expect((late, progress.stage, progress.elapsed) == (true, 1, .hours(2)))
  }

  @Test("passes over several stages at once after a long absence")
  func overshoot() throws {
    var progress = RecipeProgress(stage: 0)
    let changed = progress.advance(by: .hours(35), in: try Self.recipe())
    #expect((changed, progress.stage, progress.elapsed) == (true, 2, .hours(5)))
  }

  @Test("stays in its last stage for ever")
  func lastStage() throws {
    var progress = RecipeProgress(stage: 2)
    let changed = progress.advance(by: .hours(1_000), in: try Self.recipe())
    #expect((changed, progress.stage, progress.elapsed) == (false, 2, .hours(1_000)))
  }

  @Test("takes what a stage leaves open from the zone's own setpoints")
  func completed() {
    let temperature = BandSetpoint(setpoint: 25, band: 1)
    let humidity = BandSetpoint(setpoint: 75, band: 5)
    let stage = Setpoints(temperature: temperature)
    let zone = Setpoints(
      temperature: BandSetpoint(setpoint: 20, band: 2), humidity: humidity, co2: GasLimit(limit: 1_500))
    let completed = stage.completed(by: zone)
    #expect(completed == Setpoints(temperature: temperature, humidity: humidity, co2: GasLimit(limit: 1_500)))
    #expect(completed.band(of: .humidity) == humidity)
    #expect(completed.band(of: .co2) == nil)
  }

  @Test("a band holds its ends", arguments: [(24.0, true), (26, true), (23.9, false), (26.1, false)])
  func band(value: Double, isInside: Bool) {
    #expect(BandSetpoint(setpoint: 25, band: 1).holds(value) == isInside)
  }
}

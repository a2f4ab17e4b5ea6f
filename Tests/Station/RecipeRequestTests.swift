// What people ask of recipes over the local service.

import Climate
import Controller
import LocalService
import Testing

@testable import Station

@Suite("Requests about recipes") struct RecipeRequestTests {
  private static let title = LocalizedText(en: "Test", zh: "试验")

  private static func zone(_ name: String, hasRecipe: Bool) throws -> ZonePlan {
    let stages = [("instar-1", "brushing", 62), ("moult-1", "moult-begin", 62), ("mounting", "mounting", 144)].map {
      Stage(
        name: $0.0, title: title, duration: .hours($0.2), event: $0.1,
        setpoints: Setpoints(
          temperature: BandSetpoint(setpoint: 27, band: 1), humidity: BandSetpoint(setpoint: 80, band: 5)))
    }
    let recipe = try #require(
      Recipe(name: "test", title: title, version: "1", digest: "0123456789abcdef", stages: stages))
    return ZonePlan(name: name, channels: [:], recipe: hasRecipe ? recipe : nil)
  }

  /// A device with zones of these names; those in capitals have a recipe.
  private static func state(_ zones: String...) throws -> StationState {
    let plan = Plan(
      site: "site", altitude: 400, channels: [], outputs: [],
      zones: try zones.map { try zone($0, hasRecipe: $0 == $0.uppercased()) })
    var controller = Controller(plan: plan, at: .zero)
    let wall = WallTime(unixMilliseconds: 1_776_637_800_000, trust: .trusted)
    let decision = controller.step(now: Instant(seconds: 1), wall: wall, inputs: Inputs())
    return StationState(
      controller: controller, decision: decision, guardian: nil, operations: [], steps: 1, now: Instant(seconds: 1),
      wall: wall, began: .zero, lateness: (.zero, .zero), buses: [], journal: JournalView())
  }

  private func parameters(_ change: (inout ServiceParameters) -> Void = { _ in }) -> ServiceParameters {
    var parameters = ServiceParameters()
    change(&parameters)
    return parameters
  }

  @Test("an event needs no zone where only one has a recipe, and the answer names the stage that begins")
  func event() throws {
    let request = RecipeRequest(try Self.state("SHED", "store"), "li")
    let (command, stage) = try request.event(
      parameters {
        $0.event = "moult-begin"
        $0.duration = 7_200
      })
    #expect(command == .recipe(ZoneID(0), .event("moult-begin", ago: .hours(2)), by: "li"))
    #expect(stage == StageBegun(zone: "SHED", stage: "moult-1", title: Self.title))
  }

  @Test(
    "what cannot be done is said in words, in both languages",
    arguments: [
      (nil, "moult-begin", nil, "say which zone: A, B"), ("C", "moult-begin", nil, "there is no such zone"),
      ("a", "moult-begin", nil, "zone a has no recipe"),
      ("A", "hatching", nil, "has no event hatching; events: brushing"),
      ("A", nil, nil, "has no event without a name"), ("A", "moult-begin", 1e9, "at most 48 h back"),
      ("A", "mounting", nil, "begin a stage all the same: bombyx recipe start A STAGE"),
    ] as [(String?, String?, Double?, String)])
  func refused(zone: String?, event: String?, ago: Double?, words: String) throws {
    let state = try Self.state("A", "B", "a")
    let error = try #require(
      throws: ServiceError.self,
      performing: {
        try RecipeRequest(state, "li").event(
          parameters {
            ($0.zone, $0.event, $0.duration) = (zone, event, ago)
          })
      })
    #expect(error.message.contains(words), "\(error.message)")
    #expect(!error.chinese.isEmpty)
  }

  @Test("an offset has limits and an end; without values it ends the one there is")
  func offset() throws {
    let request = RecipeRequest(try Self.state("SHED"), "li")
    func command(_ kelvins: Double?, _ points: Double?, _ seconds: Double?) throws -> Command {
      try request.command(
        .recipeOffset,
        parameters {
          ($0.temperatureOffset, $0.humidityOffset, $0.duration) = (kelvins, points, seconds)
        })
    }
    #expect(
      try command(-1, 5, 3_600)
        == .recipe(ZoneID(0), .offset(temperature: -1, humidity: 5, for: .hours(1)), by: "li"))
    #expect(try command(nil, nil, nil) == .recipe(ZoneID(0), .endOffset, by: "li"))
    for (kelvins, points, seconds) in [(5.1, 0, 3_600), (0, -16, 3_600), (1, 0, nil), (1, 0, 59), (1, 0, 1e6)]
      as [(Double, Double, Double?)]
    {
      #expect(throws: ServiceError.self) { try command(kelvins, points, seconds) }
    }
    #expect(throws: ServiceError.self) { try command(.nan, 0, 3_600) }
  }

  @Test("hold, resume and stop become commands")
  func plain() throws {
    let request = RecipeRequest(try Self.state("SHED"), "li")
    for (method, action) in [
      (ServiceMethod.recipeHold, RecipeAction.hold), (.recipeResume, .resume), (.recipeStop, .stop),
    ] {
      #expect(try request.command(method, parameters()) == .recipe(ZoneID(0), action, by: "li"))
    }
    let none = RecipeRequest(try Self.state("shed"), "li")
    #expect(throws: ServiceError.self) { try none.command(.recipeHold, parameters()) }
  }

  @Test("the status shows stage, version, what is ahead, and both forms of the humidity setpoint")
  func status() throws {
    let zone = try #require(StatusMessage(try Self.state("SHED")).zones.first)
    let stage = try #require(zone.stage)
    #expect(stage.version == "1 #0123456789abcdef")
    #expect(stage.ahead?.map(\.stage) == ["moult-1", "mounting"])
    #expect(stage.ahead?.map { Int($0.expectedIn / 3_600) } == [62, 124])
    #expect(stage.isHeld == false && stage.waitsFor == nil)
    // 80 % at 27 °C and 400 m on an unaspirated thermometer.
    #expect(abs(try #require(zone.dryWetSetpoint) - 2.63) < 0.03)
  }
}

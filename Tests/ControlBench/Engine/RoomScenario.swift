// The recipes that are not silkworms' or plants', each in the room that it is for.

import Climate
import Configuration
import Controller
import Simulator

/// A recipe in the room that it is for.
public enum RoomScenario: String, CaseIterable, Sendable {
  /// Chicks from placing to six weeks, in spring.
  case chicks
  /// Seed potatoes from November on, at 1500 m.
  case potatoes
  /// Walnuts in September.
  case walnuts
  /// Roots in November.
  case roots
  /// Cocoons in June.
  case cocoons

  /// What a run has come to.
  public struct Outcome: Sendable {
    /// Climate, alarms, violations.
    public var figures: RoomFigures
    /// Highest ammonia, ppm; of chicks.
    public var ammonia = 0.0
    /// Water that condensed on tubers, g for each kilogram; of potatoes.
    public var wetted = 0.0
    /// Water that tubers lost, g for each kilogram; of potatoes.
    public var lost = 0.0
    /// Water on the dry mass at the end, and the moisture at which the product is done, kg/kg; of dryers.
    public var moisture = 0.0
    /// See ``moisture``.
    public var finalMoisture = 0.0
    /// Highest temperature of the product, °C; of dryers.
    public var hottest = 0.0
    /// Temperature of the air at the end, °C.
    public var celsius = 0.0
  }

  /// Days that the bench runs it for: the whole recipe, or until nothing new happens.
  public var days: Double {
    switch self {
    case .chicks: 42
    case .potatoes: 60
    case .walnuts: 34.0 / 24
    case .roots: 35.0 / 24
    case .cocoons: 9.0 / 24
    }
  }

  private var files: (configuration: String, recipe: String) {
    switch self {
    case .chicks: ("poultry-room", "chick-brooding")
    case .potatoes: ("potato-store", "seed-potato-store")
    case .walnuts: ("dryer", "walnut-drying")
    case .roots: ("dryer", "herb-drying")
    case .cocoons: ("dryer", "cocoon-drying")
    }
  }

  private var start: PlantTime {
    switch self {
    case .chicks: PlantTime(year: 2026, month: 3, day: 5)
    case .potatoes: PlantTime(year: 2026, month: 11, day: 1)
    case .walnuts: PlantTime(year: 2026, month: 9, day: 20, hour: 8)
    case .roots: PlantTime(year: 2026, month: 11, day: 10, hour: 8)
    case .cocoons: PlantTime(year: 2026, month: 6, day: 1, hour: 8)
    }
  }

  /// Runs it in the room of a seed.
  /// - Parameters:
  ///   - days: how long; `nil` for ``days``.
  ///   - stage: at which it begins, on the day on which it is due; `nil` for the first.
  ///   - share: directory of boards, recipes and examples: the checkout.
  /// - Returns: `nil` if the checkout's files are not in order.
  public func run(seed: UInt64, days: Double? = nil, from stage: String? = nil, share: String) -> Outcome? {
    let files = ConfigurationFiles(
      configuration: "\(share)/deploy/examples/\(files.configuration).toml", share: share)
    guard let configuration = files.load(isSimulated: true).configuration,
      var recipe = files.recipes().recipes.first(where: { $0.name == self.files.recipe }),
      let first = stage.map({ recipe.stage(named: $0) }) ?? 0
    else { return nil }
    let passed = recipe.stages[..<first].reduce(Duration.zero) { $0 + $1.duration }
    let start = start.advanced(by: passed)
    recipe.stages.removeFirst(first)
    let warmth = Temperature(celsius: recipe.stages[0].setpoints.temperature?.setpoint ?? 20)
    let length = Duration.seconds((days ?? self.days) * 86_400)
    let weather = Weather(at: configuration.site.position, climate: climate(configuration), seed: seed)
    switch self {
    case .chicks:
      let room = PoultryRoom(
        parameters: PoultryRoom.Parameters().randomised(by: seed), age: passed.inBenchSeconds / 86_400,
        weather: weather,
        start: start, temperature: warmth)
      var run = RoomRun(configuration, recipe: recipe, room: room, start: start, seed: seed)
      var ammonia = 0.0
      run.run(for: length) { ammonia = max(ammonia, $0.ammonia) }
      return Outcome(figures: run.figures, ammonia: ammonia, celsius: run.room.air.temperature.celsius)
    case .potatoes:
      let parameters = PotatoStore.Parameters().randomised(by: seed)
      let room = PotatoStore(parameters: parameters, weather: weather, start: start, temperature: warmth)
      var run = RoomRun(configuration, recipe: recipe, room: room, start: start, seed: seed)
      run.run(for: length)
      return Outcome(
        figures: run.figures, wetted: 1_000 * run.room.wetted / parameters.tubers,
        lost: 1_000 * run.room.lost / parameters.tubers, celsius: run.room.air.temperature.celsius)
    case .walnuts: return dry(.walnuts)
    case .roots: return dry(.roots)
    case .cocoons: return dry(.cocoons)
    }

    func dry(_ parameters: Dryer.Parameters) -> Outcome {
      // Warmed up before it is loaded.
      let room = Dryer(
        parameters: parameters.randomised(by: seed), weather: weather, start: start,
        temperature: warmth)
      var run = RoomRun(configuration, recipe: recipe, room: room, start: start, seed: seed)
      run.run(for: length)
      return Outcome(
        figures: run.figures, moisture: run.room.moisture, finalMoisture: parameters.product.finalMoisture,
        hottest: run.room.hottest.celsius, celsius: run.room.air.temperature.celsius)
    }
  }

  /// The county's climate at the site's altitude: 6.5 K colder for each kilometre above the valley (ICAO standard atmosphere).
  private func climate(_ configuration: DeviceConfiguration) -> [MonthlyClimate] {
    let colder = 6.5 * (configuration.site.position.altitude - Weather.wuxi.altitude) / 1_000
    return MonthlyClimate.wuxi.map { month in
      var month = month
      month.temperature -= colder
      return month
    }
  }
}

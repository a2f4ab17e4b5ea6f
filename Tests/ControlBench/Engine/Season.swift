// A rearing season in a randomised shed, run three ways side by side.

import Climate
public import Configuration
public import Controller
import Simulator
import Station

/// A season in one shed.
public struct Season: Sendable {
  /// The three ways, in the order of ``run()``.
  public static let ways = ["Bombyx", "hysteresis", "hobby PID"]

  private var configuration: DeviceConfiguration
  private let seed: UInt64
  private let start: PlantTime

  /// A season in the shed of a seed.
  /// - Parameters:
  ///   - configuration: of the device, with the recipe that it follows to its end.
  ///   - incubation: recipe of the eggs, which comes first.
  ///   - month: in which it begins, on the tenth.
  public init(_ configuration: DeviceConfiguration, incubation: Recipe?, seed: UInt64, month: Int) {
    self.configuration = configuration
    self.seed = seed
    start = PlantTime(year: 2026, month: month, day: 10)
    // Where a person would say that a stage is over, it is over after its usual time.
    let eggs = incubation?.stages.map { stage in
      var stage = stage
      stage.end = .time
      return stage
    }
    self.configuration.plan.zones[0].recipe?.stages.insert(contentsOf: eggs ?? [], at: 0)
  }

  /// Runs it.
  /// - Parameters:
  ///   - isTuned: whether the heater is tuned by a relay test beforehand, as a technician would.
  ///   - lead: how much earlier than the recipe says Bombyx goes over to the next stage; what it comes to is judged by the recipe.
  /// - Returns: figures of the three ways.
  public func run(isTuned: Bool = false, lead: Duration = .zero) -> [SeasonFigures] {
    let parameters = SilkwormShed.Parameters().randomised(by: seed)
    let weather = Weather(at: configuration.site.position, seed: seed)
    let stages = configuration.plan.zones.first?.recipe?.stages ?? []
    let first = stages.first?.setpoints
    let shed = SilkwormShed(
      parameters: parameters, stage: .empty, weather: weather, start: start,
      // Pre-heated before eggs or larvae come.
      temperature: Temperature(celsius: first?.temperature?.setpoint ?? 25),
      relativeHumidity: RelativeHumidity(percent: first?.humidity?.setpoint ?? 75))
    let relays = self.configuration.plan.outputs
    var lanes = Self.ways.enumerated().map { index, way in
      SeasonLane(
        shed: shed, noise: SeededGenerator(seed: seed, purpose: way), outputs: relays, isChecked: index == 0)
    }
    var configuration = configuration
    if isTuned, let band = first?.temperature { tune(&configuration, shed, band) }
    // What the recipe says, whatever the shed's own device anticipates.
    var judge = lead > .zero ? BombyxShed(configuration) : nil
    if !stages.isEmpty {
      configuration.plan.zones[0].recipe?.stages[0].duration -= lead
      configuration.plan.zones[0].recipe?.stages[stages.count - 1].duration += lead
    }
    var bombyx = BombyxShed(configuration)
    var hobby = [HobbyShed(hasPID: false), HobbyShed(hasPID: true)]
    let zone = ZoneID(0)
    let length = stages.reduce(Duration.zero) { $0 + $1.duration }
    for second in 0..<Int(length.inBenchSeconds) {
      let time = start.advanced(by: .seconds(second))
      let wall = WallTime(unixMilliseconds: Int64((time.localSeconds - 28_800) * 1_000), trust: .trusted)
      let readings = lanes[0].measure()
      let lines = bombyx.step(readings, at: second, wall: wall)
      _ = judge?.step(readings, at: second, wall: wall)
      let recipe = (judge ?? bombyx).loop.controller
      let setpoints = recipe.setpoints(of: zone)
      let switched = hobby.indices.map { hobby[$0].step(lanes[$0 + 1].measure(), setpoints, at: second) }
      let stage = recipe.stage(of: zone)?.stage.name ?? ""
      for index in lanes.indices {
        if let larvae = SilkwormStage(recipeStage: stage) { lanes[index].begin(larvae) }
        let isOn = { index == 0 ? lines & (1 << UInt32($0)) != 0 : switched[index - 1].isOn(relays[$0].kind) }
        lanes[index].advance(isOn, at: time, second: second)
        lanes[index].look(setpoints, stage: stage)
        if second % 86_400 == 86_399 { lanes[index].endDay() }
      }
    }
    for index in lanes.indices { lanes[index].endDay() }
    return lanes.indices.map { lanes[$0].finish() }
  }

  /// A relay test in a copy of the empty shed, and what it recommends.
  private func tune(_ configuration: inout DeviceConfiguration, _ shed: SilkwormShed, _ band: BandSetpoint) {
    let relays = configuration.plan.outputs
    var lane = SeasonLane(
      shed: shed, noise: SeededGenerator(seed: seed, purpose: "tune"), outputs: relays, isChecked: false)
    let limits = RelayTestLimits(
      setpoint: band.setpoint - band.band / 4, swing: 0.6 * band.band, range: band.setpoint - 5...band.setpoint + 5)
    var test = RelayTest(direction: .raise, limits: limits)
    var (second, outputs) = (0, ShedOutputs())
    while !test.isOver {
      let value = lane.measure().temperature
      outputs.heater = test.step(value: value, isOn: outputs.heater, at: Instant(seconds: Double(second)))
      lane.advance({ outputs.isOn(relays[$0].kind) }, at: start.advanced(by: .seconds(second)), second: second)
      second += 1
    }
    guard case .finished(let result) = test.phase else { return }
    for index in configuration.plan.zones[0].loops.indices
    where configuration.plan.zones[0].loops[index].quantity == .temperature
      && configuration.plan.zones[0].loops[index].direction == .raise
    {
      configuration.plan.zones[0].loops[index].law = result.law
    }
  }
}

// Where a zone stands in its recipe.

public import Climate

/// Where a zone stands in its recipe.
///
/// Time in a stage is counted in steps of the monotonic clock; the wall clock has no part in it.
public struct RecipeProgress: Equatable, Codable, Sendable {
  /// Index of the present stage.
  public var stage: Int
  /// Time spent in it.
  public var elapsed: Duration
  /// Warmth added up in it, K·h, where that ends it.
  public var degreeHours: Double
  /// Whether a person has stopped its clock: the setpoints stay as they are.
  public var isHeld: Bool
  /// Whether a person has ended the recipe: the zone keeps to its own setpoints.
  public var isStopped: Bool

  /// A place in a recipe.
  public init(
    stage: Int, elapsed: Duration = .zero, degreeHours: Double = 0, isHeld: Bool = false, isStopped: Bool = false
  ) {
    (self.stage, self.elapsed, self.degreeHours) = (stage, elapsed, degreeHours)
    (self.isHeld, self.isStopped) = (isHeld, isStopped)
  }

  /// Goes on by `duration`. The last stage lasts until a person ends it.
  /// - Parameter temperature: of the zone, for stages that end by warmth.
  /// - Returns: whether a new stage has begun.
  public mutating func advance(
    by duration: Duration, at temperature: Temperature? = nil, in recipe: Recipe
  ) -> Bool {
    guard !isHeld, !isStopped else { return false }
    elapsed += duration
    addWarmth(temperature, for: duration, in: recipe)
    var changed = false
    while stage < recipe.stages.count - 1, let rest = timeBeyondEnd(of: recipe.stages[stage]) {
      (elapsed, degreeHours) = (rest, 0)
      stage += 1
      changed = true
    }
    return changed
  }

  private mutating func addWarmth(_ temperature: Temperature?, for duration: Duration, in recipe: Recipe) {
    guard case .degreeHours(_, let base) = recipe.stages[stage].end else { return }
    // Without a reading the larvae or plants are taken to be as warm as they should be.
    guard
      let warmth = temperature ?? recipe.stages[stage].setpoints.temperature.map({ Temperature(celsius: $0.setpoint) })
    else { return }
    degreeHours += DegreeHours.of(warmth, for: duration, base: Temperature(celsius: base))
  }

  /// Time since the end of the present stage; `nil` if it is not over.
  private func timeBeyondEnd(of stage: Stage) -> Duration? {
    switch stage.end {
    case .time: elapsed >= stage.duration ? elapsed - stage.duration : nil
    case .degreeHours(let sum, _): degreeHours >= sum ? .zero : nil
    case .event: nil
    }
  }
}

/// A temporary offset on all setpoints of a recipe.
public struct SetpointOffset: Equatable, Sendable {
  /// Longest offset: three days.
  public static let longest = Duration.hours(72)
  /// Largest offset of the temperature, K, to either side.
  public static let mostKelvins = 5.0
  /// Largest offset of the humidity, points, to either side.
  public static let mostPoints = 15.0

  /// K.
  public var temperature: Double
  /// Points of relative humidity.
  public var humidity: Double
  /// When it ends.
  public var until: Instant
  /// Who gave it.
  public var by: String

  /// An offset from its parts, limited to what is allowed.
  public init(temperature: Double, humidity: Double, until: Instant, by: String) {
    self.temperature = min(max(temperature, -Self.mostKelvins), Self.mostKelvins)
    self.humidity = min(max(humidity, -Self.mostPoints), Self.mostPoints)
    (self.until, self.by) = (until, by)
  }
}

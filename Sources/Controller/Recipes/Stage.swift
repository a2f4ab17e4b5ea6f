// One phase of a recipe.

import Climate

/// What ends a stage by itself.
public enum StageEnd: Equatable, Sendable {
  /// Its duration.
  case time
  /// Warmth of the zone above `base` °C, added up to `sum` K·h.
  case degreeHours(sum: Double, base: Double)
  /// Nothing: a person must enter the event of the stage that follows.
  case event
}

/// A fall of the temperature below that of the night for a part of each day, which keeps seedlings short (DROP). "−3…−5 K for 2 h from 30 min
/// before sunrise" (`agronomy.md` §5.1, evidence M).
public struct Drop: Equatable, Sendable {
  /// How far it falls, K; positive.
  public var depth: Double
  /// When it begins.
  public var begin: TimeOfDay
  /// How long it lasts; shorter than a day.
  public var length: Duration

  /// A drop from its parts.
  public init(depth: Double, begin: TimeOfDay = .sunrise(.seconds(-1_800)), length: Duration = .seconds(7_200)) {
    (self.depth, self.begin, self.length) = (depth, begin, length)
  }
}

/// How a setpoint moves within a stage.
public struct Course: Equatable, Sendable {
  /// Setpoint at night, in the unit of the quantity; `nil` for the same as by day.
  public var night: Double?
  /// Fastest change, units an hour, between day and night and from the stage before; `nil` for a step.
  public var ramp: Double?
  /// A fall for a part of each day; of the temperature alone.
  public var drop: Drop?

  /// A course from its parts.
  public init(night: Double? = nil, ramp: Double? = nil, drop: Drop? = nil) {
    (self.night, self.ramp, self.drop) = (night, ramp, drop)
  }
}

/// One phase of a recipe.
public struct Stage: Equatable, Sendable {
  /// Short name as typed on a command line: `instar-5`.
  public var name: String
  /// Name as shown.
  public var title: LocalizedText
  /// How long it lasts; where something else ends it, how long it is expected to.
  public var duration: Duration
  /// What ends it.
  public var end: StageEnd
  /// The event that begins it when a person enters it: `moult-begin`; `nil` for a stage without one.
  public var event: String?
  /// What it aims at: by day, and when it has come to its setpoints.
  public var setpoints: Setpoints
  /// How the temperature moves, °C and K/h.
  public var temperature: Course
  /// How the humidity moves, in its own unit.
  public var humidity: Course
  /// The humidity, where it is not given as relative humidity.
  public var humidityAim: HumidityAim?
  /// When it is day.
  public var day: DayPeriod
  /// Its light; `nil` to leave the lamps alone.
  public var light: LightProgramme?
  /// Water that a box of silkworms (张) with its leaf and litter gives off, kg/h; `nil` where no source says it.
  public var waterPerBox: Double?
  /// Kinds of output that may run in it; all others of the zone are locked off. `nil` for all.
  public var allowed: Set<OutputKind>?

  /// A stage from its parts.
  public init(
    name: String, title: LocalizedText, duration: Duration, end: StageEnd = .time, event: String? = nil,
    setpoints: Setpoints, temperature: Course = Course(), humidity: Course = Course(), humidityAim: HumidityAim? = nil,
    day: DayPeriod = .sun, light: LightProgramme? = nil, allowed: Set<OutputKind>? = nil
  ) {
    (self.name, self.title, self.duration, self.end, self.event) = (name, title, duration, end, event)
    (self.setpoints, self.temperature, self.humidity) = (setpoints, temperature, humidity)
    (self.humidityAim, self.day, self.light, self.allowed) = (humidityAim, day, light, allowed)
  }

  /// Whether its setpoints or its light depend on the time within it.
  var isMoving: Bool {
    temperature != Course() || humidity != Course() || humidityAim != nil || (light.map { $0 != .blackout } ?? false)
  }
}

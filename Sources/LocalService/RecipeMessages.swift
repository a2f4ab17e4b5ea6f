// Where a zone stands in its recipe, as the local service tells it.

public import Controller

/// The stage a zone is in.
public struct StageMessage: Codable, Equatable, Sendable {
  /// Name of the recipe.
  public var recipe: String
  /// Version and hash of the recipe: `1 #3f2a9c0d1e4b5a67`.
  public var version: String?
  /// Name of the stage.
  public var stage: String
  /// Name as shown.
  public var title: LocalizedText
  /// Time spent in it, s.
  public var elapsed: Double
  /// How long it lasts, or is expected to, s.
  public var duration: Double
  /// The event that must be entered before the next stage begins; `nil` if it begins by itself.
  public var waitsFor: String?
  /// Warmth added up in it, K·h; `nil` where that does not end it.
  public var degreeHours: Double?
  /// Warmth that ends it, K·h.
  public var degreeHoursEnd: Double?
  /// Whether a person has stopped the recipe's clock.
  public var isHeld: Bool?
  /// The stages that follow, the next first.
  public var ahead: [StageForecast]?

  private enum CodingKeys: String, CodingKey {
    case recipe, version, stage, title, ahead
    case elapsed = "elapsed_s"
    case duration = "duration_s"
    case waitsFor = "waits_for"
    case degreeHours = "degree_hours_Kh"
    case degreeHoursEnd = "degree_hours_end_Kh"
    case isHeld = "held"
  }

  /// A stage from its parts.
  public init(recipe: String, stage: String, title: LocalizedText, elapsed: Double, duration: Double) {
    (self.recipe, self.stage, self.title, self.elapsed, self.duration) = (recipe, stage, title, elapsed, duration)
  }
}

/// When a later stage is expected.
public struct StageForecast: Codable, Equatable, Sendable {
  /// Name of the stage.
  public var stage: String
  /// Name as shown.
  public var title: LocalizedText
  /// The event that begins it, if it has one.
  public var event: String?
  /// Seconds until then, by the usual lengths of the stages before it; 0 for one that is due.
  public var expectedIn: Double

  private enum CodingKeys: String, CodingKey {
    case stage, title, event
    case expectedIn = "expected_in_s"
  }

  /// A forecast from its parts.
  public init(stage: String, title: LocalizedText, event: String?, expectedIn: Double) {
    (self.stage, self.title, self.event, self.expectedIn) = (stage, title, event, expectedIn)
  }
}

/// A temporary offset on a zone's setpoints.
public struct OffsetMessage: Codable, Equatable, Sendable {
  /// K.
  public var temperature: Double
  /// Points of relative humidity.
  public var humidity: Double
  /// Seconds left.
  public var remaining: Double
  /// Who gave it.
  public var by: String

  private enum CodingKeys: String, CodingKey {
    case by
    case temperature = "temperature_K"
    case humidity = "humidity_points"
    case remaining = "remaining_s"
  }

  /// An offset from its parts.
  public init(temperature: Double, humidity: Double, remaining: Double, by: String) {
    (self.temperature, self.humidity, self.remaining, self.by) = (temperature, humidity, remaining, by)
  }
}

/// A humidity setpoint in the form in which it was given.
public struct HumidityAimMessage: Codable, Equatable, Sendable {
  /// `dry-wet-difference`, `vpd` or `absolute-humidity`.
  public var form: String
  /// Unit of the values.
  public var unit: String
  /// Setpoint.
  public var setpoint: Double
  /// Permitted deviation to either side.
  public var band: Double
  /// What the air has now; `nil` unless temperature and humidity are known.
  public var value: Double?

  /// An aim from its parts.
  public init(form: String, unit: String, setpoint: Double, band: Double, value: Double?) {
    (self.form, self.unit, self.setpoint, self.band, self.value) = (form, unit, setpoint, band, value)
  }
}

/// How far the last hours have favoured a disease. Never a diagnosis.
public struct RiskMessage: Codable, Equatable, Sendable {
  /// Which: `muscardine`.
  public var disease: String
  /// Hours in which its conditions held.
  public var hours: Int
  /// Hours from which they count as met.
  public var limit: Int
  /// Whether the conditions are met.
  public var isMet: Bool
  /// Whether the rule was found in a source; the others are suggestions.
  public var isVerified: Bool

  private enum CodingKeys: String, CodingKey {
    case disease
    case hours = "hours_h"
    case limit = "limit_h"
    case isMet = "met"
    case isVerified = "verified"
  }

  /// A risk from its parts.
  public init(disease: String, hours: Int, limit: Int, isMet: Bool, isVerified: Bool) {
    (self.disease, self.hours, self.limit, self.isMet, self.isVerified) = (disease, hours, limit, isMet, isVerified)
  }
}

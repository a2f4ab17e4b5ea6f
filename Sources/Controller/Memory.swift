// What the controller must know again after a restart.

public import Climate

/// What the controller must know again after a restart. By name, so that it survives a changed configuration.
public struct Memory: Equatable, Codable, Sendable {
  /// An override with the time it has left.
  public struct SavedOverride: Equatable, Codable, Sendable {
    /// Name of the output.
    public var output: String
    /// Wanted mean, 0…1.
    public var demand: Double
    /// Time left when it was saved.
    public var remaining: Duration
    /// Who gave it.
    public var by: String
  }

  /// An alarm that was open.
  public struct SavedAlarm: Equatable, Codable, Sendable {
    /// Which.
    public var id: AlarmID
    /// Who has acknowledged it.
    public var acknowledgedBy: String?
  }

  /// Place in its recipe of each zone, by name of the zone; the stage by name.
  public struct SavedProgress: Equatable, Codable, Sendable {
    /// Name of the zone.
    public var zone: String
    /// Name of the recipe.
    public var recipe: String
    /// Name of the stage.
    public var stage: String
    /// Time spent in it.
    public var elapsed: Duration
  }

  /// Water given in the last 24 hours, by zone.
  public struct SavedWater: Equatable, Codable, Sendable {
    /// Name of the zone.
    public var zone: String
    /// What was given, and when.
    public var deliveries: [WaterBudget.Delivery]
  }

  /// What a PID loop had learnt that its house needs on average.
  public struct SavedIntegral: Equatable, Codable, Sendable {
    /// Name of the zone.
    public var zone: String
    /// The quantity held.
    public var quantity: Quantity
    /// Which way its outputs move it.
    public var direction: Direction
    /// Share of the full output, −1…1.
    public var integral: Double
  }

  /// Overrides in force.
  public var overrides: [SavedOverride] = []
  /// Open alarms.
  public var alarms: [SavedAlarm] = []
  /// Places in recipes.
  public var progress: [SavedProgress] = []
  /// Water.
  public var water: [SavedWater] = []
  /// Integrals of PID loops.
  public var integrals: [SavedIntegral] = []

  /// A memory of nothing.
  public init() {}
}

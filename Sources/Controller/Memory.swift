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
    /// Warmth added up in it, K·h; `nil` for none.
    public var degreeHours: Double?
    /// Whether its clock is stopped; `nil` for not.
    public var isHeld: Bool?
    /// Whether the recipe is ended; `nil` for not.
    public var isStopped: Bool?
    /// The offset on its setpoints; `nil` for none.
    public var offset: SavedOffset?
  }

  /// A temporary offset with the time it has left.
  public struct SavedOffset: Equatable, Codable, Sendable {
    /// K.
    public var temperature: Double
    /// Points of relative humidity.
    public var humidity: Double
    /// Time left when it was saved.
    public var remaining: Duration
    /// Who gave it.
    public var by: String
  }

  /// The climate of a zone hour by hour.
  public struct SavedDiary: Equatable, Codable, Sendable {
    /// Name of the zone.
    public var zone: String
    /// Temperatures in tenths of a degree Celsius, the oldest first.
    public var temperatures: [Int]
    /// Humidities of the same hours in tenths of a percent.
    public var humidities: [Int]
  }

  /// Water given in the last 24 hours, by zone.
  public struct SavedWater: Equatable, Codable, Sendable {
    /// Name of the zone.
    public var zone: String
    /// What was given, and when.
    public var deliveries: [WaterBudget.Delivery]
    /// What the plants have drunk since, doses; `nil` where nobody reckons it.
    public var used: Double?
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

  /// How hard a heater had to work.
  public struct SavedDuty: Equatable, Codable, Sendable {
    /// Name of the output.
    public var output: String
    /// Mean duty of each whole hour, 0…1, the oldest first.
    public var hours: [Double]
    /// Seconds of the hour that is not over.
    public var elapsed: Double
    /// Seconds of these in which it was on.
    public var onTime: Double
  }

  /// What advice has seen of a zone.
  public struct SavedAdvice: Equatable, Codable, Sendable {
    /// Name of the zone.
    public var zone: String
    /// Hours in which air was short, or could not help.
    public var ventilation: [SavedVentilation]
    /// How probes answered.
    public var placement: [SavedPlacement]
    /// Mean water content of the air outside, g/m³, and the seconds for which it is known; `nil` where nobody asks for it.
    public var outside: [Double]?
  }

  /// Hours of the last day in which a quantity stood above its band.
  public struct SavedVentilation: Equatable, Codable, Sendable {
    /// Sums over one hour.
    public struct Hour: Equatable, Codable, Sendable {
      /// Whole hours before the one that runs.
      public var ago: Int
      /// Seconds at full, and these times excess, drop and wanted drop; seconds in which the air outside could not help.
      public var sums: [Double]
    }

    /// Name of the quantity. One that a version does not know must not make the whole memory unreadable.
    public var quantity: String
    /// Seconds of the hour that runs.
    public var elapsed: Double
    /// Those in which there was anything.
    public var hours: [Hour]
  }

  /// How the probes of one quantity answered outputs, sun and heat, and how fast.
  public struct SavedPlacement: Equatable, Codable, Sendable {
    /// One probe. Means are pairs of value and count.
    public struct Probe: Equatable, Codable, Sendable {
      /// Name of its channel.
      public var name: String
      /// How often it answered outputs alone.
      public var answers: [Answers]
      /// The other means, in the order of the watch.
      public var means: [[Double]]
    }

    /// Share of an output's starts.
    public struct Answers: Equatable, Codable, Sendable {
      /// Name of the output.
      public var output: String
      /// Share and count.
      public var share: [Double]
    }

    /// Name of the quantity.
    public var quantity: String
    /// The probes.
    public var probes: [Probe]
  }

  /// Overrides in force.
  public var overrides: [SavedOverride] = []
  /// Open alarms.
  public var alarms: [SavedAlarm] = []
  /// Places in recipes.
  public var progress: [SavedProgress] = []
  /// Climate of the last hours.
  public var diaries: [SavedDiary] = []
  /// Water.
  public var water: [SavedWater] = []
  /// Integrals of PID loops.
  public var integrals: [SavedIntegral] = []
  /// Duties of heaters.
  public var duties: [SavedDuty] = []
  /// What advice rests on.
  public var advice: [SavedAdvice] = []

  /// Ages of the last boots of the machine, in time that it had power; the oldest first.
  public var boots: [Duration] = []
  /// The boot of the machine in which this was saved: a name that no other boot has.
  public var machineBoot: String?
  /// When this was saved, on the monotonic clock of that boot.
  public var savedAt: Instant?

  /// A memory of nothing.
  public init() {}

  /// A memory as it was saved. What an older version did not know of is as in a memory of nothing.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    overrides = try values.decodeIfPresent([SavedOverride].self, forKey: .overrides) ?? []
    alarms = try values.decodeIfPresent([SavedAlarm].self, forKey: .alarms) ?? []
    progress = try values.decodeIfPresent([SavedProgress].self, forKey: .progress) ?? []
    diaries = try values.decodeIfPresent([SavedDiary].self, forKey: .diaries) ?? []
    water = try values.decodeIfPresent([SavedWater].self, forKey: .water) ?? []
    integrals = try values.decodeIfPresent([SavedIntegral].self, forKey: .integrals) ?? []
    duties = try values.decodeIfPresent([SavedDuty].self, forKey: .duties) ?? []
    advice = try values.decodeIfPresent([SavedAdvice].self, forKey: .advice) ?? []
    boots = try values.decodeIfPresent([Duration].self, forKey: .boots) ?? []
    machineBoot = try values.decodeIfPresent(String.self, forKey: .machineBoot)
    savedAt = try values.decodeIfPresent(Instant.self, forKey: .savedAt)
  }
}

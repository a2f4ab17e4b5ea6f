// Second opinions on late blight of the potato.

/// Rules that look at two days in a row.
public enum LateBlightDays {
  /// What two days amount to.
  public enum Risk: String, Codable, Sendable {
    /// The conditions are not met.
    case none
    /// One hour is missing on one of the days.
    case near
    /// The conditions are met.
    case full
  }

  /// The Hutton criteria: on two consecutive days at least 10 °C and six hours of 90 % (AHDB, "Hutton Criteria", 2017).
  public static func hutton(_ first: DailyClimate, _ second: DailyClimate) -> Risk {
    risk(first, second, hours: (6, 6), nearHours: nil)
  }

  /// A Smith period: on two consecutive days at least 10 °C and eleven hours of 90 % (Smith, Plant Pathology 5 (1956), 83–87). Ten
  /// hours on the second day are near.
  public static func smith(_ first: DailyClimate, _ second: DailyClimate) -> Risk {
    risk(first, second, hours: (11, 11), nearHours: 10)
  }

  private static func risk(
    _ first: DailyClimate, _ second: DailyClimate, hours: (Int, Int), nearHours: Int?
  ) -> Risk {
    let coldest = Temperature(celsius: 10)
    guard first.minimum >= coldest, second.minimum >= coldest, first.wetHours >= hours.0 else { return .none }
    if second.wetHours >= hours.1 { return .full }
    if let nearHours, second.wetHours >= nearHours { return .near }
    return .none
  }
}

/// Disease severity values of late blight (Wallin 1962, as in BLITECAST: Krause, Massie and Hyre, Plant Disease Reporter 59 (1975)).
public enum Wallin {
  /// To which class a mean of exactly 11.6 or 15.0 °C belongs; implementations differ.
  public enum Boundary: Sendable {
    /// To the warmer (ag-weather of the University of Wisconsin).
    case warmer
    /// To the cooler (weather tool of the same university).
    case cooler
  }

  /// Severity value of a day, 0…4.
  /// - Parameters:
  ///   - mean: mean temperature of the wet hours.
  ///   - hours: hours at 90 % or more.
  public static func severity(mean: Temperature, wetHours hours: Int, boundary: Boundary = .warmer) -> Int {
    let t = mean.celsius
    func isAbove(_ limit: Double) -> Bool { boundary == .warmer ? t >= limit : t > limit }
    guard t >= 7.2, t <= 26.6 else { return 0 }
    let first = isAbove(15) ? 10 : isAbove(11.6) ? 13 : 16
    let most = first == 16 ? 3 : 4
    guard hours >= first else { return 0 }
    return min((hours - first) / 3 + 1, most)
  }

  /// How much a season's values amount to.
  public enum Risk: String, Comparable, CaseIterable, Codable, Sendable {
    /// Nothing yet.
    case none
    /// Some.
    case low
    /// Be ready.
    case moderate
    /// Spray.
    case high
    /// Spray now.
    case veryHigh = "very-high"

    /// Lower comes first.
    public static func < (left: Risk, right: Risk) -> Bool {
      (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
  }

  /// Sum from which the first spray is due (BLITECAST).
  public static let firstSpray = 18

  /// The risk by the sums of the last 14 days and of the season (weather tool of the University of Wisconsin).
  public static func risk(lastFortnight: Int, season: Int) -> Risk {
    switch (lastFortnight, season) {
    case (21..., 30...): .veryHigh
    case (14..., 30...): .high
    case (3..., _), (_, 30...): .moderate
    case (1..., _): .low
    default: .none
    }
  }
}

/// When the negative prognosis says that blight can no longer be ruled out.
///
/// It sums the daily risk of Ullrich and Schrödter (Nachrichtenblatt des Deutschen Pflanzenschutzdienstes 18 (1966), 33–40) from the
/// emergence of the crop. The table of daily risks could not be found in a source; it is for the caller to bring.
public struct NegativePrognosis: Hashable, Sendable {
  /// Sum and daily risk above which the first spray is due.
  public struct Thresholds: Hashable, Sendable {
    /// Sum since emergence.
    public var sum: Double
    /// Risk of a day.
    public var day: Double

    /// Thresholds from their parts.
    public init(sum: Double, day: Double) { (self.sum, self.day) = (sum, day) }

    /// NegFry (Hansen et al. 1995).
    public static let negFry = Thresholds(sum: 160, day: 8)
    /// VIPS, Norway (NIBIO).
    public static let vips = Thresholds(sum: 150, day: 7)
  }

  /// What to do.
  public enum Advice: String, Codable, Sendable {
    /// Blight can be ruled out.
    case none
    /// The sum is reached; wait for a day of risk.
    case watch
    /// Spray.
    case spray
  }

  /// Thresholds in use.
  public var thresholds: Thresholds
  /// Sum since emergence.
  public private(set) var sum = 0.0

  /// A prognosis from emergence on.
  public init(_ thresholds: Thresholds = .negFry) { self.thresholds = thresholds }

  /// Adds the risk of a day.
  public mutating func add(_ risk: Double) -> Advice {
    sum += max(risk, 0)
    guard sum > thresholds.sum else { return .none }
    return risk > thresholds.day ? .spray : .watch
  }
}

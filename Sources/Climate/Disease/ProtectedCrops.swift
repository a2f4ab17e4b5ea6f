// Diseases of crops under cover.

/// Grey mould (Botrytis cinerea) in an unheated greenhouse (Yunis et al., Crop Protection 13 (1994), 99–107).
public enum GreyMould {
  /// One day of a week, as the rule looks at it.
  public struct Day: Hashable, Sendable {
    /// Hours in which leaves were wet.
    public var wetHours: Double
    /// Hours between 18:00 and 08:00 at 9…21 °C.
    public var mildNightHours: Double

    /// A day from its parts.
    public init(wetHours: Double, mildNightHours: Double) {
      (self.wetHours, self.mildNightHours) = (wetHours, mildNightHours)
    }
  }

  /// Mean wet hours a day above which, with mild nights, an outbreak is to be expected.
  public static let wetHours = 7.0
  /// Mean mild hours a night above which, with wet leaves, an outbreak is to be expected.
  public static let mildNightHours = 9.5
  /// Night temperatures in which it grows, °C.
  public static let mildNight = 9.0...21.0

  /// Whether the means of the days, usually seven, foretell an outbreak. `false` without days.
  public static func isExpected(after days: [Day]) -> Bool {
    guard !days.isEmpty else { return false }
    let count = Double(days.count)
    let wet = days.reduce(0) { $0 + $1.wetHours } / count
    let mild = days.reduce(0) { $0 + $1.mildNightHours } / count
    return wet > wetHours && mild > mildNightHours
  }
}

/// Downy mildew of the cucumber in a greenhouse in autumn (Yang et al., New Zealand Journal of Agricultural Research 50 (2007)).
public enum CucumberDownyMildew {
  /// Whether a day lets it infect: temperature steady within 5 K, mean 15…25 °C, mean humidity 80 % or more.
  public static func canInfect(on day: DailyClimate) -> Bool {
    (day.maximum - day.minimum).kelvins <= 5 && day.meanHumidity.percent >= 80
      && (15.0...25.0).contains(day.mean.celsius)
  }
}

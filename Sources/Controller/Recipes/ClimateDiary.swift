// The climate of a zone hour by hour, for models that look at a day or two.

public import Climate

/// The climate of a zone in the last two days, mean of each hour. Hours of which less than half was measured are left out.
public struct ClimateDiary: Equatable, Sendable {
  /// Hours that are kept.
  static let length = 48

  /// Means of the last hours, the oldest first.
  public private(set) var hours: [HourlyClimate]
  private var begun: Instant?
  private var lastAt: Instant?
  private var seconds = 0.0
  private var temperature = 0.0
  private var humidity = 0.0

  /// A diary that goes on from earlier hours.
  init(hours: [HourlyClimate] = []) { self.hours = Array(hours.suffix(Self.length)) }

  /// Adds what has been measured since the last call; a stall counts as a minute.
  mutating func add(temperature: Double?, humidity: Double?, at now: Instant) {
    defer { lastAt = now }
    guard let begun, let lastAt else {
      begun = now
      return
    }
    if let temperature, let humidity {
      let time = min(max(lastAt.seconds(to: now), 0), 60)
      seconds += time
      self.temperature += temperature * time
      self.humidity += humidity * time
    }
    if begun.seconds(to: now) >= 3_600 { finishHour(at: now) }
  }

  private mutating func finishHour(at now: Instant) {
    if seconds >= 1_800 {
      hours.append(HourlyClimate(celsius: temperature / seconds, percent: humidity / seconds))
      if hours.count > Self.length { hours.removeFirst(hours.count - Self.length) }
    }
    (begun, seconds, temperature, humidity) = (now, 0, 0, 0)
  }
}

/// A disease whose conditions a recipe asks to watch. What is shown are conducive conditions, never a diagnosis.
public enum WatchedDisease: String, CaseIterable, Codable, Sendable {
  /// 白僵病, white muscardine of silkworms.
  case muscardine
  /// 脓病, grasserie of silkworms.
  case grasserie
  /// 细菌病, bacterial diseases of silkworms.
  case flacherie
  /// 曲霉病, aspergillus of young silkworms.
  case aspergillus
  /// 晚疫病, late blight of potato and tomato, by the Hutton criteria.
  case lateBlight = "late-blight"
  /// 霜霉病, downy mildew of the cucumber.
  case downyMildew = "downy-mildew"

  /// How far the last hours have favoured it; `nil` before a day, or two days for late blight, has been measured.
  public func risk(in diary: ClimateDiary) -> DiseaseRisk? {
    let day = Array(diary.hours.suffix(24))
    switch self {
    case .muscardine: return Self.risk(self, .muscardine, in: day)
    case .grasserie: return Self.risk(self, .grasserie, in: day)
    case .flacherie: return Self.risk(self, .flacherie, in: day)
    case .aspergillus: return Self.risk(self, .aspergillus, in: day)
    case .lateBlight:
      guard diary.hours.count >= 48, let first = DailyClimate(diary.hours.suffix(48).prefix(24)),
        let second = DailyClimate(day)
      else { return nil }
      let isMild = min(first.minimum, second.minimum).celsius >= 10
      return DiseaseRisk(
        disease: self, hours: isMild ? min(first.wetHours, second.wetHours) : 0, limit: 6, isVerified: true)
    case .downyMildew:
      guard day.count >= 24, let climate = DailyClimate(day) else { return nil }
      return DiseaseRisk(
        disease: self, hours: CucumberDownyMildew.canInfect(on: climate) ? 24 : 0, limit: 24, isVerified: true)
    }
  }

  private static func risk(_ watched: WatchedDisease, _ disease: SilkwormDisease, in day: [HourlyClimate])
    -> DiseaseRisk?
  {
    guard !day.isEmpty else { return nil }
    let conducive = disease.conduciveHours(in: day)
    return DiseaseRisk(
      disease: watched, hours: conducive.hours, limit: conducive.limit, isVerified: disease.isVerified)
  }
}

/// How far the last hours have favoured a disease.
public struct DiseaseRisk: Equatable, Sendable {
  /// Which.
  public var disease: WatchedDisease
  /// Hours in which its conditions held.
  public var hours: Int
  /// Hours from which they count as met.
  public var limit: Int
  /// Whether the rule was found in a source; the others are suggestions.
  public var isVerified: Bool

  /// Whether the conditions are met.
  public var isMet: Bool { hours >= limit }
}

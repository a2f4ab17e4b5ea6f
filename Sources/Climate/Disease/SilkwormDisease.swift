// Conditions in which silkworms fall ill. Never a diagnosis.

/// A disease of silkworms whose conditions the air of a room shows.
public enum SilkwormDisease: String, CaseIterable, Codable, Sendable {
  /// 白僵病, white muscardine.
  case muscardine
  /// 脓病, grasserie (BmNPV).
  case grasserie
  /// 细菌病, flacherie and other bacterial diseases.
  case flacherie
  /// 曲霉病, aspergillus of young larvae.
  case aspergillus

  /// Whether the rule was found in a source. The others are proposals or from memory, and shown as 未核实/建议值.
  public var isVerified: Bool { self == .muscardine }
}

/// Hours of the last day that were conducive to a disease of silkworms (诱发条件).
public struct ConduciveHours: Hashable, Sendable {
  /// Which.
  public var disease: SilkwormDisease
  /// Hours in which the condition held; for muscardine the longest run of them, for grasserie in a day of wide swings all hours.
  public var hours: Int
  /// Hours from which the condition counts as met.
  public var limit: Int

  /// Whether the condition is met.
  public var isMet: Bool { hours >= limit }
}

extension SilkwormDisease {
  /// Looks at the last hours, usually 24.
  ///
  /// - muscardine: ten hours in a row at 90 % or more and 20…30 °C: spores swell in about ten (360docs.net b89941950).
  /// - grasserie: four hours above 30 °C, or a swing of more than 6 K: stress that brings a latent infection out (proposal).
  /// - flacherie: twelve hours above 28 °C and 85 %, or with more than 3000 ppm of CO2 (proposal).
  /// - aspergillus: six hours above 28 °C and 95 % (from memory).
  /// - Parameter co2: ppm of each hour, where it is measured; otherwise empty.
  public func conduciveHours(in hours: [HourlyClimate], co2: [Double] = []) -> ConduciveHours {
    switch self {
    case .muscardine:
      let run = Self.longestRun(hours) {
        $0.humidity.percent >= 90 && (20.0...30.0).contains($0.temperature.celsius)
      }
      return ConduciveHours(disease: self, hours: run, limit: 10)
    case .grasserie:
      let hot = hours.count { $0.temperature.celsius > 30 }
      let day = DailyClimate(hours)
      let isSwinging = day.map { ($0.maximum - $0.minimum).kelvins > 6 } ?? false
      return ConduciveHours(disease: self, hours: isSwinging ? max(hours.count, 4) : hot, limit: 4)
    case .flacherie:
      let bad = hours.indices.count { index in
        let isStuffy = co2.indices.contains(index) && co2[index] > 3_000
        return hours[index].temperature.celsius > 28 && hours[index].humidity.percent > 85 || isStuffy
      }
      return ConduciveHours(disease: self, hours: bad, limit: 12)
    case .aspergillus:
      let bad = hours.count { $0.temperature.celsius > 28 && $0.humidity.percent > 95 }
      return ConduciveHours(disease: self, hours: bad, limit: 6)
    }
  }

  private static func longestRun(_ hours: [HourlyClimate], _ condition: (HourlyClimate) -> Bool) -> Int {
    var (longest, run) = (0, 0)
    for hour in hours {
      run = condition(hour) ? run + 1 : 0
      longest = max(longest, run)
    }
    return longest
  }
}

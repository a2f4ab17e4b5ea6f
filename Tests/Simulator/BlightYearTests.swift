// A year of generated weather like Wuxi county's, and what CARAH makes of it.

import Climate
import Testing

@testable import Simulator

/// The county's weather is an estimate (`docs/plants.md`): what is tested is that infections come in the seasons in which they come there, in the
/// order of magnitude that is published, and not in those in which they cannot.
@Suite("Late blight in a Wuxi year")
struct BlightYearTests {
  /// Rain begins on so many days of each month, January first; engineering estimate of what Chongqing's mountains have: rain on a third to half of the
  /// days, least in winter, most from April to June and in the autumn rains of September and October.
  private static let rains = [3, 3.5, 5, 6, 7, 6.5, 6, 5, 6, 7, 4.5, 3]

  /// The hours of a year that begins on 1 January: the generated weather with rain of 8 to 44 hours laid over it.
  private static func year(seed: UInt64, colder: Double = 0, isRainy: Bool = true) -> [HourlyClimate] {
    let table = MonthlyClimate.wuxi.map { month in
      var month = month
      month.temperature -= colder
      return month
    }
    var weather = Weather(climate: table, seed: seed)
    var chance = SeededGenerator(seed: seed, purpose: "rain")
    for day in 0..<365 where isRainy && chance.uniform() < rains[month(day)] / 30.4 {
      weather.add(
        .humidRain, from: PlantTime(year: 2025, month: 1, day: 1, hour: 24 * (Double(day) + chance.uniform())),
        lasting: .seconds(3_600 * (8 + 36 * chance.uniform())))
    }
    return (0..<(365 * 24)).map { hour in
      let outside = weather.conditions(at: PlantTime(year: 2025, month: 1, day: 1, hour: Double(hour) + 0.5))
      return HourlyClimate(temperature: outside.temperature, humidity: outside.relativeHumidity)
    }
  }

  private static let monthStarts = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365]

  private static func month(_ day: Int) -> Int { monthStarts.lastIndex { $0 <= day } ?? 0 }

  /// Infections by CARAH from a day of the year to another.
  private static func infections(_ hours: [HourlyClimate], from: Int, to: Int) -> [CARAH.Infection] {
    var model = CARAH()
    for hour in hours[(from * 24)..<(to * 24)] { model.add(hour) }
    return model.infections.map { infection in
      var infection = infection
      infection.day += from
      return infection
    }
  }

  /// First day of the year of a month.
  private static func day(_ month: Int, _ day: Int) -> Int { monthStarts[month - 1] + day - 1 }

  private static func mean(_ values: [Int]) -> Double { Double(values.reduce(0, +)) / Double(values.count) }

  /// An early crop in the valley comes up in late February, a late one at 1200 m in the middle of April.
  @Test("early and late crops have as many infections and generations as Chongqing's stations found (Luo et al. 2024)")
  func generations() {
    let crops = (1...6 as ClosedRange<UInt64>).map { seed in
      (
        early: Self.infections(Self.year(seed: seed), from: Self.day(2, 21), to: Self.day(6, 1)),
        late: Self.infections(Self.year(seed: seed, colder: 5.2), from: Self.day(4, 16), to: Self.day(9, 1))
      )
    }
    #expect((11...20).contains(Self.mean(crops.map(\.early.count))))
    #expect((4...8).contains(Self.mean(crops.map { $0.early.last?.generation ?? 0 })))
    #expect((21...40).contains(Self.mean(crops.map(\.late.count))))
    #expect((8...12).contains(Self.mean(crops.map { $0.late.last?.generation ?? 0 })))
  }

  @Test("the key infections come when they do there: 3代1次 in March or April, 5代1次 by the middle of May")
  func keyInfections() throws {
    for seed in 1...6 as ClosedRange<UInt64> {
      let crop = Self.infections(Self.year(seed: seed), from: Self.day(2, 21), to: Self.day(6, 1))
      let third = try #require(crop.first { $0.name == "3代1次" })
      let fifth = try #require(crop.first { $0.name == "5代1次" })
      #expect((Self.day(3, 1)...Self.day(4, 30)).contains(third.day), "seed \(seed)")
      #expect((Self.day(3, 21)...Self.day(5, 15)).contains(fifth.day), "seed \(seed)")
    }
  }

  @Test("nothing is infected in the mountains' winter, and next to nothing in the valley's spring without rain")
  func noInfections() {
    for seed in 1...6 as ClosedRange<UInt64> {
      let mountain = Self.infections(Self.year(seed: seed, colder: 5.2), from: 0, to: 365)
      #expect(!mountain.contains { [0, 1, 11].contains(Self.month($0.day)) }, "seed \(seed)")
      let dry = Self.infections(Self.year(seed: seed, isRainy: false), from: Self.day(2, 21), to: Self.day(6, 1))
      #expect(dry.count <= 1, "seed \(seed)")
    }
  }
}

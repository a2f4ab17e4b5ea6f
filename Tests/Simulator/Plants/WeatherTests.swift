// Weather: season, repeatability, smoothness, spells.

import Climate
import Simulator
import Testing

@Suite("Weather")
struct WeatherTests {
  /// Means of `days` days of one year: temperature, relative humidity, and MJ/m² of sun a day.
  static func means(_ seed: UInt64, from start: PlantTime, days: Int) -> (
    temperature: Double, humidity: Double, sun: Double
  ) {
    var weather = Weather(seed: seed)
    var sum = (0.0, 0.0, 0.0)
    let step = 900.0
    let count = Int(Double(days) * 86_400 / step)
    for index in 0..<count {
      let now = weather.conditions(at: start.advanced(by: .seconds(Double(index) * step)))
      sum.0 += now.temperature.celsius
      sum.1 += now.relativeHumidity.percent
      sum.2 += now.irradiance * step / 1e6
    }
    return (sum.0 / Double(count), sum.1 / Double(count), sum.2 / Double(days))
  }

  // 8…15 MJ/m² a day: by FAO-56 eq. 35, a quarter to a third of possible sunshine gives about 12.
  @Test("a year's mean lies within what is published for Chongqing", arguments: [1, 2, 3] as [UInt64])
  func year(seed: UInt64) {
    let mean = Self.means(seed, from: PlantTime(year: 2026, month: 1, day: 1), days: 365)
    #expect((15.5...18.5).contains(mean.temperature))
    #expect((68...82).contains(mean.humidity))
    #expect((8...15).contains(mean.sun))
  }

  @Test("winter is cold and summer hot")
  func seasons() {
    let january = Self.means(5, from: PlantTime(year: 2026, month: 1, day: 1), days: 31)
    let july = Self.means(5, from: PlantTime(year: 2026, month: 7, day: 1), days: 31)
    #expect((3...9).contains(january.temperature))
    #expect((25...30).contains(july.temperature))
    #expect(july.sun > 2 * january.sun)
  }

  @Test("the same seed gives the same weather to the bit, another seed another")
  func deterministic() {
    let start = PlantTime(year: 2026, month: 4, day: 1)
    let first = Self.means(7, from: start, days: 10)
    let second = Self.means(7, from: start, days: 10)
    #expect(first == second)
    #expect(Self.means(8, from: start, days: 10).temperature != first.temperature)
  }

  @Test("a storm brings wind and rain and takes both away again; rain falls from thick cloud alone")
  func storm() {
    let start = PlantTime(year: 2026, month: 7, day: 1)
    var weather = Weather(seed: 3)
    weather.add(.storm, from: start.advanced(by: .hours(38)), lasting: .hours(3))
    var (strongest, wettest, wetUnderSun) = (0.0, 0.0, 0)
    for minute in 0..<(5 * 1440) {
      let now = weather.conditions(at: start.advanced(by: .minutes(minute)))
      if (39 * 60..<40 * 60).contains(minute) {
        (strongest, wettest) = (max(strongest, now.wind), max(wettest, now.rain))
      } else if !(38 * 60...41 * 60).contains(minute) {
        #expect(now.wind < 8)
      }
      if now.rain > 0, now.cloudiness < 0.5 { wetUnderSun += 1 }
    }
    #expect(strongest > 15 && wettest > 8)
    #expect(wetUnderSun < 120)
  }

  @Test("nothing jumps: a minute changes little, across midnights and spells too")
  func smooth() {
    let start = PlantTime(year: 2026, month: 4, day: 1)
    var weather = Weather(seed: 3)
    weather.add(.coldNight, from: start.advanced(by: .hours(43)), lasting: .hours(13))
    weather.add(.humidRain, from: start.advanced(by: .hours(80)), lasting: .hours(24))
    var last = weather.conditions(at: start)
    for minute in 1..<(6 * 1440) {
      let now = weather.conditions(at: start.advanced(by: .minutes(minute)))
      #expect(abs(now.temperature.celsius - last.temperature.celsius) < 0.2)
      #expect(abs(now.relativeHumidity.percent - last.relativeHumidity.percent) < 2.5)
      #expect(abs(now.irradiance - last.irradiance) < 40)
      #expect((0...100).contains(now.relativeHumidity.percent) && (0...1).contains(now.cloudiness))
      last = now
    }
  }

  @Test("the sun shines by day only, and noon is warmer than dawn on most days")
  func day() {
    let start = PlantTime(year: 2026, month: 6, day: 1)
    var weather = Weather(seed: 4)
    var warmer = 0
    for day in 0..<30 {
      func at(_ hour: Int) -> OutsideConditions {
        weather.conditions(at: start.advanced(by: .hours(24 * day + hour)))
      }
      #expect(at(2).irradiance == 0)
      let dawn = at(6)
      #expect(at(13).irradiance > 50)
      if at(15).temperature > dawn.temperature { warmer += 1 }
    }
    #expect(warmer >= 25)
  }

  @Test("a spell changes its hours and leaves the others alone")
  func spells() {
    let start = PlantTime(year: 2026, month: 4, day: 1)
    var plain = Weather(seed: 9)
    var cold = plain
    cold.add(.coldNight, from: start.advanced(by: .hours(43)), lasting: .hours(13))
    for hour in 0..<72 {
      let time = start.advanced(by: .hours(hour))
      let (usual, changed) = (plain.conditions(at: time), cold.conditions(at: time))
      if (45...54).contains(hour) {
        #expect(abs(usual.temperature.celsius - changed.temperature.celsius - 9) < 1e-9)
      } else if hour <= 43 || hour >= 56 {
        #expect(usual == changed)
      }
    }
  }

  @Test("rain brings the air close to saturation and dims the sun")
  func rain() {
    let start = PlantTime(year: 2026, month: 9, day: 25)
    var plain = Weather(seed: 2)
    var wet = plain
    wet.add(.humidRain, from: start, lasting: .hours(48))
    let noon = start.advanced(by: .hours(36))
    #expect(abs(wet.conditions(at: noon).relativeHumidity.percent - 96) < 1e-9)
    #expect(wet.conditions(at: noon).irradiance <= plain.conditions(at: noon).irradiance)
  }
}

@Suite("Plant time")
struct PlantTimeTests {
  @Test(
    "days of the year follow the calendar",
    arguments: [
      (2026, 1, 1, 1), (2026, 3, 20, 79), (2026, 12, 31, 365), (2028, 2, 29, 60), (2028, 12, 31, 366),
      (1970, 1, 1, 1), (1969, 12, 31, 365), (2000, 3, 1, 61), (2100, 3, 1, 60),
    ])
  func dayOfYear(year: Int, month: Int, day: Int, expected: Int) {
    #expect(PlantTime(year: year, month: month, day: day).dayOfYear == expected)
  }

  @Test("every day of a century has the number after the day before, or one")
  func consecutive() {
    var time = PlantTime(year: 1999, month: 12, day: 30)
    for _ in 0..<36_600 {
      let next = time.advanced(by: .hours(24))
      #expect(next.dayOfYear == time.dayOfYear + 1 || (next.dayOfYear == 1 && time.dayOfYear >= 365))
      time = next
    }
  }

  @Test("wall time becomes local time")
  func wallTime() {
    let time = PlantTime(unixMilliseconds: 1_776_614_400_000, utcOffset: .hours(8))
    #expect(time == PlantTime(year: 2026, month: 4, day: 20))
    #expect(PlantTime(unixMilliseconds: 1_776_614_399_000, utcOffset: .hours(8)).dayOfYear == 109)
    #expect(abs(time.advanced(by: .minutes(90)).hour - 1.5) < 1e-9)
  }
}

// Models of disease against published and worked examples.

import Climate
import Testing

private func hours(_ count: Int, _ celsius: Double, _ percent: Double) -> [HourlyClimate] {
  Array(repeating: HourlyClimate(celsius: celsius, percent: percent), count: count)
}

private func day(_ celsius: Double, wet: Int) throws -> DailyClimate {
  try #require(DailyClimate(hours(wet, celsius, 95) + hours(24 - wet, celsius, 60)))
}

@Suite("CARAH")
struct CARAHTests {
  @Test("wet hours and temperature give the severity")
  func severity() {
    let table = CARAHTable.unverified
    #expect(table.severity(wetHours: 14, mean: Temperature(celsius: 15)) == .medium)
    #expect(table.severity(wetHours: 10.5, mean: Temperature(celsius: 15)) == nil)
    #expect(table.severity(wetHours: 15, mean: Temperature(celsius: 10)) == .light)
    #expect(table.severity(wetHours: 48, mean: Temperature(celsius: 6.9)) == nil)
    #expect(table.severity(wetHours: 48, mean: Temperature(celsius: 27.1)) == nil)
    #expect(table.severity(wetHours: 48, mean: Temperature(celsius: 26)) == .verySevere)
  }

  @Test("in every row longer wetness is worse, and warmth needs less of it")
  func table() {
    let rows = CARAHTable.unverified.rows
    #expect(rows.map(\.celsius) == Array(7...18))
    for row in rows {
      #expect(row.hours.count == 4 && row.hours == row.hours.sorted())
      #expect(!row.isVerified)
    }
    for (cooler, warmer) in zip(rows, rows.dropFirst()) {
      #expect(zip(cooler.hours, warmer.hours).allSatisfy { $0 >= $1 })
    }
  }

  @Test("the daily scores are those of Conce, and an infection is complete on the sixth day")
  func score() {
    let scores = [10.0, 13, 17, 18, 22, 17].map { CARAH.score(ofDayAt: Temperature(celsius: $0)) }
    #expect(scores.prefix(5).reduce(0, +) == 5.75)
    #expect(scores.reduce(0, +) == 7.25)
    #expect(CARAH.score(ofDayAt: Temperature(celsius: 8)) == 0)
    var model = CARAH()
    for hour in hours(12, 15, 95) + hours(12, 15, 60) { model.add(hour) }
    for mean in [10.0, 13, 17, 18, 22] { hours(24, mean, 60).forEach { model.add($0) } }
    #expect(model.infections.first?.score == 5.75)
    #expect(model.infections.first?.completedOn == nil)
    hours(24, 17, 60).forEach { model.add($0) }
    #expect(model.infections.first?.score == 7.25)
    #expect(model.infections.first?.completedOn == 6)
  }

  @Test("a break of three hours is bridged, and its hours do not count; one of four is an end")
  func gaps() {
    func infections(gap: Int) -> [CARAH.Infection] {
      var model = CARAH()
      for hour in hours(8, 15, 95) + hours(gap, 15, 60) + hours(8, 15, 95) { model.add(hour) }
      return model.infections
    }
    #expect(infections(gap: 3).map(\.severity) == [.medium])
    #expect(infections(gap: 4) == [])
  }

  @Test("infections before the first of a generation is complete belong to it; the next opens a new one")
  func generations() {
    var model = CARAH()
    // A day of infection every third day at 18 °C, score 1.5 a day: the first is complete on its fifth day.
    for index in 0..<10 {
      let wet = index % 3 == 0 ? 15 : 0
      for hour in hours(wet, 18, 95) + hours(24 - wet, 18, 60) { model.add(hour) }
    }
    #expect(model.infections.map(\.name) == ["1代1次", "1代2次", "2代1次", "2代2次"])
    #expect(model.infections.map(\.day) == [0, 3, 6, 9])
    #expect(model.infections.map(\.completedOn) == [5, 8, nil, nil])
  }

  @Test("one long period is one infection, which grows worse")
  func longPeriod() {
    var model = CARAH()
    hours(30, 15, 95).forEach { model.add($0) }
    #expect(model.infections.map(\.severity) == [.verySevere])
  }
}

@Suite("Late blight, second opinions")
struct LateBlightTests {
  @Test("the Hutton criteria ask for two days of six hours and 10 °C")
  func hutton() throws {
    #expect(LateBlightDays.hutton(try day(12, wet: 6), try day(12, wet: 6)) == .full)
    #expect(LateBlightDays.hutton(try day(12, wet: 6), try day(12, wet: 5)) == .none)
    #expect(LateBlightDays.hutton(try day(9.9, wet: 24), try day(12, wet: 24)) == .none)
  }

  @Test("a Smith period asks for eleven hours; ten on the second day are near")
  func smith() throws {
    #expect(LateBlightDays.smith(try day(10, wet: 11), try day(10, wet: 11)) == .full)
    #expect(LateBlightDays.smith(try day(10, wet: 11), try day(10, wet: 10)) == .near)
    #expect(LateBlightDays.smith(try day(10, wet: 10), try day(10, wet: 11)) == .none)
  }

  @Test(
    "severity values depend on the side of a boundary",
    arguments: [
      (15.0, 14, Wallin.Boundary.warmer, 2), (15, 14, .cooler, 1), (11.6, 13, .warmer, 1), (11.6, 13, .cooler, 0),
    ])
  func boundary(mean: Double, hours: Int, boundary: Wallin.Boundary, value: Int) {
    #expect(Wallin.severity(mean: Temperature(celsius: mean), wetHours: hours, boundary: boundary) == value)
  }

  @Test("the classes are those of the table")
  func classes() {
    func values(_ celsius: Double) -> [Int] {
      (0...24).map { Wallin.severity(mean: Temperature(celsius: celsius), wetHours: $0) }
    }
    func table(_ first: Int, most: Int) -> [Int] { (0...24).map { $0 < first ? 0 : min(($0 - first) / 3 + 1, most) } }
    #expect(values(9) == table(16, most: 3))
    #expect(values(13) == table(13, most: 4))
    #expect(values(20) == table(10, most: 4))
    #expect(values(7.1).allSatisfy { $0 == 0 } && values(26.7).allSatisfy { $0 == 0 })
  }

  @Test(
    "the season's sums give the risk",
    arguments: [
      (21, 30, Wallin.Risk.veryHigh), (14, 30, .high), (21, 29, .moderate), (3, 3, .moderate), (0, 30, .moderate),
      (1, 1, .low), (0, 0, .none),
    ])
  func risk(fortnight: Int, season: Int, risk: Wallin.Risk) {
    #expect(Wallin.risk(lastFortnight: fortnight, season: season) == risk)
  }

  @Test("the negative prognosis asks for a sum and for a day", arguments: [NegativePrognosis.Thresholds.negFry, .vips])
  func negativePrognosis(thresholds: NegativePrognosis.Thresholds) {
    var prognosis = NegativePrognosis(thresholds)
    #expect(prognosis.add(thresholds.sum) == .none)
    #expect(prognosis.add(thresholds.day) == .watch)
    #expect(prognosis.add(thresholds.day + 0.1) == .spray)
  }
}

@Suite("Diseases of protected crops and of silkworms")
struct ProtectedDiseaseTests {
  @Test("grey mould needs wet leaves and mild nights together")
  func greyMould() {
    func week(_ wet: Double, _ mild: Double) -> [GreyMould.Day] {
      Array(repeating: GreyMould.Day(wetHours: wet, mildNightHours: mild), count: 7)
    }
    #expect(GreyMould.isExpected(after: week(7.1, 9.6)))
    #expect(!GreyMould.isExpected(after: week(7, 9.6)))
    #expect(!GreyMould.isExpected(after: week(7.1, 9.5)))
    #expect(!GreyMould.isExpected(after: []))
  }

  @Test("downy mildew of the cucumber infects on steady, moist, mild days")
  func downyMildew() throws {
    func day(_ low: Double, _ high: Double, _ percent: Double) throws -> DailyClimate {
      try #require(DailyClimate(hours(12, low, percent) + hours(12, high, percent)))
    }
    #expect(CucumberDownyMildew.canInfect(on: try day(18, 23, 80)))
    #expect(!CucumberDownyMildew.canInfect(on: try day(18, 23.1, 80)))
    #expect(!CucumberDownyMildew.canInfect(on: try day(18, 23, 79)))
    #expect(!CucumberDownyMildew.canInfect(on: try day(12, 17, 90)))
    #expect(!CucumberDownyMildew.canInfect(on: try day(24, 29, 90)))
  }

  @Test("ten moist hours in a row are what muscardine needs; a dry hour between ends them")
  func muscardine() {
    let wet = hours(10, 25, 90)
    #expect(SilkwormDisease.muscardine.conduciveHours(in: wet).isMet)
    let broken = hours(9, 25, 92) + hours(1, 25, 75) + hours(9, 25, 92)
    #expect(SilkwormDisease.muscardine.conduciveHours(in: broken).hours == 9)
    #expect(!SilkwormDisease.muscardine.conduciveHours(in: hours(24, 31, 95)).isMet)
  }

  @Test("heat and swings are stress that brings grasserie out")
  func grasserie() {
    #expect(SilkwormDisease.grasserie.conduciveHours(in: hours(4, 31, 70) + hours(20, 28, 70)).isMet)
    #expect(!SilkwormDisease.grasserie.conduciveHours(in: hours(3, 31, 70) + hours(21, 28, 70)).isMet)
    #expect(SilkwormDisease.grasserie.conduciveHours(in: hours(12, 20, 70) + hours(12, 26.1, 70)).isMet)
  }

  @Test("warm, moist or stuffy half-days favour flacherie; wet trays favour aspergillus")
  func bacteria() {
    #expect(SilkwormDisease.flacherie.conduciveHours(in: hours(12, 29, 86)).isMet)
    #expect(!SilkwormDisease.flacherie.conduciveHours(in: hours(24, 25, 86)).isMet)
    let stuffy = Array(repeating: 3_100.0, count: 12)
    #expect(SilkwormDisease.flacherie.conduciveHours(in: hours(12, 25, 70), co2: stuffy).isMet)
    #expect(SilkwormDisease.aspergillus.conduciveHours(in: hours(6, 29, 96)).isMet)
    #expect(SilkwormDisease.allCases.filter(\.isVerified) == [.muscardine])
  }
}

@Suite("Leaf wetness")
struct LeafWetnessTests {
  @Test("in wind only moist air keeps leaves wet")
  func wind() {
    func isWet(_ percent: Double, _ wind: Double) -> Bool {
      let air = MoistAir(temperature: Temperature(celsius: 20), relativeHumidity: RelativeHumidity(percent: percent))
      return LeafWetness.isWet(air, wind: Speed(metresPerSecond: wind))
    }
    #expect(isWet(95, 1))
    #expect(!isWet(87, 3))
    #expect(!isWet(95, 3))
  }

  @Test("dew forms where a surface is colder than the dew point, within the margin")
  func dew() throws {
    let air = MoistAir(temperature: Temperature(celsius: 20), relativeHumidity: RelativeHumidity(percent: 80))
    let dewPoint = try #require(air.dewPoint)
    #expect(LeafWetness.isDewing(air, on: dewPoint + TemperatureDifference(kelvins: 0.2)))
    #expect(!LeafWetness.isDewing(air, on: dewPoint + TemperatureDifference(kelvins: 0.4)))
    let dry = MoistAir(temperature: Temperature(celsius: 20), relativeHumidity: RelativeHumidity(percent: 0))
    #expect(!LeafWetness.isDewing(dry, on: Temperature(celsius: -30)))
    #expect(!LeafWetness.isWet(dry, wind: Speed(metresPerSecond: 0)))
  }
}

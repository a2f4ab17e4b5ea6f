// Sun times and radiation against NOAA, astral and the examples of FAO-56.

import Climate
import Testing

@Suite("Sun")
struct SolarDayTests {
  static let wuxi = GeographicPosition(latitude: 31.40, longitude: 109.60, altitude: 400)

  /// Day of 2026, then seconds since local midnight: NOAA's sunrise, noon and sunset, and those of astral 3.
  static let dates: [(day: Int, rise: Double, noon: Double, set: Double, astralRise: Double, astralSet: Double)] = [
    (79, 24419, 46185, 67952, 24368, 67955),
    (172, 20224, 45775, 71326, 20263, 71339),
    (266, 23366, 45237, 67108, 23425, 67037),
    (356, 27410, 45593, 63777, 27427, 63775),
  ]

  @Test("sunrise, noon and sunset in Wuxi are those of NOAA and astral within two minutes", arguments: dates)
  func times(row: (day: Int, rise: Double, noon: Double, set: Double, astralRise: Double, astralSet: Double)) throws {
    let sun = SolarDay(at: Self.wuxi, dayOfYear: row.day, utcOffset: .hours(8))
    let rise = try #require(sun.sunrise).inSeconds
    let set = try #require(sun.sunset).inSeconds
    #expect(abs(rise - row.rise) < 120)
    #expect(abs(sun.noon.inSeconds - row.noon) < 120)
    #expect(abs(set - row.set) < 120)
    #expect(abs(rise - row.astralRise) < 120)
    #expect(abs(set - row.astralSet) < 120)
  }

  @Test("the sun stands highest at noon, and just under the horizon at sunrise")
  func elevation() throws {
    let sun = SolarDay(at: Self.wuxi, dayOfYear: 172, utcOffset: .hours(8))
    #expect(abs(sun.elevation(at: sun.noon) - (90 - 31.40 + sun.declination)) < 1e-6)
    #expect(abs(sun.declination - 23.45) < 0.05)
    #expect(abs(sun.elevation(at: try #require(sun.sunrise)) + 0.833) < 1e-6)
    #expect(sun.elevation(at: .zero) < -30)
  }

  @Test("beyond the polar circle the sun stays up in June and down in December", arguments: [70.0, 89.99, 90])
  func polar(latitude: Double) {
    let place = GeographicPosition(latitude: latitude, longitude: 20, altitude: 0)
    let (june, december) = (
      SolarDay(at: place, dayOfYear: 172, utcOffset: .hours(1)),
      SolarDay(at: place, dayOfYear: 356, utcOffset: .hours(1))
    )
    for day in [june, december] { #expect(day.sunrise == nil && day.sunset == nil) }
    #expect(june.daylightHours == 24 && december.daylightHours == 0)
    #expect(june.extraterrestrialRadiation > 30 && december.extraterrestrialRadiation == 0)
    #expect(december.extraterrestrialIrradiance(at: .hours(12)) == 0)
  }

  /// Latitude, day of the year, MJ/m² and possible sunshine in hours, with what the source rounded to.
  /// FAO-56 examples 8, 9, 10, 17, 18, 20, and values computed for Wuxi.
  static let sums: [(latitude: Double, day: Int, sum: Double, hours: Double?, tolerance: Double)] = [
    (-20, 246, 32.2, 11.7, 0.05), (-22.9, 135, 25.1, 10.9, 0.05), (13.7333, 105, 38.06, nil, 0.02),
    (50.8, 187, 41.09, 16.1, 0.05), (45.7167, 196, 40.55, nil, 0.02), (31.40, 15, 20.25, 10.17, 0.006),
    (31.40, 105, 36.60, 12.78, 0.006), (31.40, 172, 41.32, 14.05, 0.006), (31.40, 196, 40.63, 13.85, 0.006),
    (31.40, 288, 26.83, 11.20, 0.006), (31.40, 355, 18.83, 9.96, 0.006),
  ]

  @Test("daily radiation outside the atmosphere and daylight are those of FAO-56", arguments: sums)
  func radiation(row: (latitude: Double, day: Int, sum: Double, hours: Double?, tolerance: Double)) {
    let place = GeographicPosition(latitude: row.latitude, longitude: 0, altitude: 0)
    let sun = SolarDay(at: place, dayOfYear: row.day, utcOffset: .zero)
    #expect(abs(sun.extraterrestrialRadiation - row.sum) < row.tolerance)
    if let hours = row.hours { #expect(abs(sun.daylightHours - hours) < row.tolerance) }
  }

  // NOAA's declination, used for moments, and that of FAO-56, used for daily sums, are up to 0.8° apart in autumn.
  @Test("FAO-56 example 19: an afternoon hour at N'Diaye receives 3.543 MJ/m², within 2 %")
  func hourly() {
    let sun = SolarDay(
      at: GeographicPosition(latitude: 16.22, longitude: -16.25, altitude: 8), dayOfYear: 274,
      utcOffset: .hours(-1))
    let sum = stride(from: 14.0, to: 15, by: 1.0 / 60).reduce(0) {
      $0 + 60e-6 * sun.extraterrestrialIrradiance(at: .seconds($1 * 3600 + 30))
    }
    #expect(abs(sum / 3.543 - 1) < 0.02)
  }

  @Test("the irradiance of the moments adds up to the day's radiation within 4 %", arguments: [15, 105, 196, 288])
  func integral(day: Int) {
    let sun = SolarDay(at: Self.wuxi, dayOfYear: day, utcOffset: .hours(8))
    let (outside, clear) = stride(from: 0, to: 86_400, by: 60).reduce((0.0, 0.0)) { sum, second in
      (
        sum.0 + 60e-6 * sun.extraterrestrialIrradiance(at: .seconds(second)),
        sum.1 + 60e-6 * sun.clearSkyIrradiance(at: .seconds(second))
      )
    }
    #expect(abs(outside / sun.extraterrestrialRadiation - 1) < 0.04)
    #expect(abs(clear / sun.clearSkyRadiation - 1) < 0.04)
    #expect(abs(sun.clearSkyRadiation / sun.extraterrestrialRadiation - 0.758) < 1e-9)
  }
}

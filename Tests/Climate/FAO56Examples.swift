// The worked examples of FAO Irrigation and Drainage Paper 56.

import Climate
import Testing

/// The examples, each computed from its inputs and compared within what the paper rounded to.
struct FAO56Examples {
  private let rows: [String: Vectors.Row]

  init(_ rows: [Vectors.Row]) throws {
    self.rows = Dictionary(uniqueKeysWithValues: try rows.map { (try $0.text("ex"), $0) })
  }

  func check() throws {
    try pressureAndVapour()
    try sun()
    try bangkok()
    try uccle()
    try ndiaye()
    try lyon()
    #expect(rows.count == 12)
  }

  private func row(_ example: String) throws -> Vectors.Row { try #require(rows[example]) }

  private func near(
    _ value: Double, _ expected: Double, _ tolerance: Double, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(abs(value - expected) <= tolerance, "\(value) instead of \(expected)", sourceLocation: sourceLocation)
  }

  private func saturation(_ celsius: Double) -> Double {
    SaturationFormula.tetens.pressure(at: Temperature(celsius: celsius)).kilopascals
  }

  private func place(latitude: Double, altitude: Double = 0, longitude: Double = 0) -> GeographicPosition {
    GeographicPosition(latitude: latitude, longitude: longitude, altitude: altitude)
  }

  private func pressureAndVapour() throws {
    let two = try row("2")
    let pressure = Pressure.atAltitude(metres: try two.number("z"))
    near(pressure.kilopascals, try two.number("P"), 0.05)
    near(ReferenceEvapotranspiration.psychrometricConstant(at: pressure), try two.number("gamma"), 5e-4)

    let three = try row("3")
    let (high, low) = (Temperature(celsius: try three.number("tmax")), Temperature(celsius: try three.number("tmin")))
    near(saturation(high.celsius), try three.number("es_tmax"), 1e-3)
    near(saturation(low.celsius), try three.number("es_tmin"), 1e-3)
    near(
      ReferenceEvapotranspiration.meanSaturation(maximum: high, minimum: low).kilopascals,
      try three.number("es_mean"), 0.005)

    let four = try row("4")
    let dry = Temperature(celsius: try four.number("tdry"))
    let vapour = Psychrometer(coefficient: Psychrometer.aspirated, altitude: try four.number("z"))
      .vapourPressure(dryBulb: dry, difference: dry - Temperature(celsius: try four.number("twet")))
    near(try #require(vapour).kilopascals, try four.number("ea"), 0.005)

    let five = try row("5")
    near(try vapourFromHumidity(five), try five.number("ea"), 0.005)
  }

  private func vapourFromHumidity(_ row: Vectors.Row) throws -> Double {
    ReferenceEvapotranspiration.vapourPressure(
      maximum: Temperature(celsius: try row.number("tmax")), minimum: Temperature(celsius: try row.number("tmin")),
      highest: RelativeHumidity(percent: try row.number("rhmax")),
      lowest: RelativeHumidity(percent: try row.number("rhmin"))
    ).kilopascals
  }

  private func solarDay(_ row: Vectors.Row, altitude: Double = 0) throws -> SolarDay {
    SolarDay(
      at: place(latitude: try row.number("lat"), altitude: altitude), dayOfYear: Int(try row.number("J")),
      utcOffset: .zero)
  }

  private func sun() throws {
    let (eight, nine, ten) = (try row("8"), try row("9"), try row("10"))
    near(try solarDay(eight).extraterrestrialRadiation, try eight.number("Ra"), 0.05)
    near(try solarDay(nine).daylightHours, try nine.number("N"), 0.05)
    let sun = try solarDay(ten)
    near(sun.extraterrestrialRadiation, try ten.number("Ra"), 0.05)
    near(sun.daylightHours, try ten.number("N"), 0.05)
    let global = RadiationBalance.globalRadiation(sunshine: try ten.number("n"), on: sun)
    near(global.megajoulesPerSquareMetre, try ten.number("Rs"), 0.05)
  }

  private func clearSky(_ sun: SolarDay) -> RadiantExposure {
    RadiantExposure(megajoulesPerSquareMetre: sun.clearSkyRadiation)
  }

  /// Example 17: a month's mean in Bangkok.
  private func bangkok() throws {
    let row = try row("17")
    #expect(try row.text("site").hasPrefix("Bangkok"))
    let altitude = try row.number("z")
    let sun = try solarDay(row, altitude: altitude)
    near(sun.extraterrestrialRadiation, try row.number("Ra"), 0.02)
    let global = RadiationBalance.globalRadiation(sunshine: try row.number("n"), on: sun)
    near(global.megajoulesPerSquareMetre, try row.number("Rs"), 0.02)
    let (high, low) = (Temperature(celsius: try row.number("tmax")), Temperature(celsius: try row.number("tmin")))
    let vapour = Pressure(kilopascals: try row.number("ea"))
    let net = RadiationBalance.netRadiation(
      global: global, clearSky: clearSky(sun), maximum: high, minimum: low, vapourPressure: vapour)
    near(net.megajoulesPerSquareMetre, try row.number("Rn"), 0.02)
    let water = ReferenceEvapotranspiration.daily(
      maximum: high, minimum: low, vapourPressure: vapour, wind: Speed(metresPerSecond: try row.number("u2")),
      netRadiation: net, soilHeat: RadiantExposure(megajoulesPerSquareMetre: try row.number("G")),
      pressure: .atAltitude(metres: altitude))
    near(water.millimetres, try row.number("ETo"), 0.01)
  }

  /// Example 18: one day at Uccle.
  private func uccle() throws {
    let row = try row("18")
    #expect(try row.text("site").hasPrefix("Uccle"))
    let altitude = try row.number("z")
    let sun = try solarDay(row, altitude: altitude)
    near(sun.extraterrestrialRadiation, try row.number("Ra"), 0.05)
    near(sun.daylightHours, try row.number("N"), 0.05)
    let global = RadiationBalance.globalRadiation(sunshine: try row.number("n"), on: sun)
    near(global.megajoulesPerSquareMetre, try row.number("Rs"), 0.03)
    let wind = Speed(kilometresPerHour: try row.number("u10_kmh")).atTwoMetres(measuredAt: 10)
    near(wind.metresPerSecond, try row.number("u2"), 1e-3)
    let vapour = try vapourFromHumidity(row)
    near(vapour, try row.number("ea"), 1e-3)
    let (high, low) = (Temperature(celsius: try row.number("tmax")), Temperature(celsius: try row.number("tmin")))
    let net = RadiationBalance.netRadiation(
      global: global, clearSky: clearSky(sun), maximum: high, minimum: low,
      vapourPressure: Pressure(kilopascals: vapour))
    near(net.megajoulesPerSquareMetre, try row.number("Rn"), 0.02)
    let water = ReferenceEvapotranspiration.daily(
      maximum: high, minimum: low, vapourPressure: Pressure(kilopascals: vapour), wind: wind, netRadiation: net,
      pressure: .atAltitude(metres: altitude))
    near(water.millimetres, try row.number("ETo"), 0.01)
  }

  /// Example 19: an hour of the afternoon and one of the night at N'Diaye, 16°13′ N, 16°15′ W, 8 m, on 1 October.
  private func ndiaye() throws {
    let (day, night) = (try row("19 day"), try row("19 night"))
    for row in [day, night] { #expect(try row.text("site").hasPrefix("N'Diaye")) }
    let sun = SolarDay(
      at: place(latitude: 16 + 13.0 / 60, altitude: 8, longitude: -16.25), dayOfYear: 274, utcOffset: .hours(-1))
    let outside = sun.hourlyExtraterrestrialRadiation(around: .minutes(14 * 60 + 30))
    near(outside.megajoulesPerSquareMetre, try day.number("Ra"), 0.003)
    #expect(sun.hourlyExtraterrestrialRadiation(around: .minutes(150)).megajoulesPerSquareMetre == 0)
    let clear = 0.75016 * outside.megajoulesPerSquareMetre

    for (row, isDay) in [(day, true), (night, false)] {
      let global = RadiantExposure(megajoulesPerSquareMetre: try row.number("Rs"))
      let temperature = Temperature(celsius: try row.number("T"))
      let vapour = Pressure(kilopascals: saturation(temperature.celsius) * (try row.number("RH")) / 100)
      let ratio = try isDay ? global.megajoulesPerSquareMetre / clear : row.number("RsRso")
      let net = RadiationBalance.netHourlyRadiation(
        global: global, relativeRadiation: ratio, temperature: temperature, vapourPressure: vapour)
      near(net.megajoulesPerSquareMetre, try row.number("Rn"), 0.005)
      near((isDay ? 0.1 : 0.5) * net.megajoulesPerSquareMetre, try row.number("G"), 0.005)
      let water = ReferenceEvapotranspiration.hourly(
        temperature: temperature, vapourPressure: vapour, wind: Speed(metresPerSecond: try row.number("u2")),
        netRadiation: net, isDay: isDay, pressure: .atAltitude(metres: 8))
      near(water.millimetres, try row.number("ETo_h"), 0.005)
    }
  }

  /// Example 20: Lyon in July, radiation and vapour pressure estimated from the temperature extremes alone.
  private func lyon() throws {
    let row = try row("20")
    #expect(try row.text("site").hasPrefix("Lyon"))
    let altitude = try row.number("z")
    let sun = try solarDay(row, altitude: altitude)
    near(sun.extraterrestrialRadiation, try row.number("Ra"), 0.02)
    let (high, low) = (Temperature(celsius: try row.number("tmax")), Temperature(celsius: try row.number("tmin")))
    let outside = RadiantExposure(megajoulesPerSquareMetre: sun.extraterrestrialRadiation)
    // FAO-56 eq. 50 with 0.16 for an inland place, and eq. 48: dew forms at the lowest temperature.
    let global = RadiantExposure(
      megajoulesPerSquareMetre: 0.16 * (high - low).kelvins.squareRoot() * outside.megajoulesPerSquareMetre)
    near(global.megajoulesPerSquareMetre, try row.number("Rs"), 0.02)
    let vapour = SaturationFormula.tetens.pressure(at: low)
    let net = RadiationBalance.netRadiation(
      global: global, clearSky: clearSky(sun), maximum: high, minimum: low, vapourPressure: vapour)
    near(net.megajoulesPerSquareMetre, try row.number("Rn"), 0.02)
    let water = ReferenceEvapotranspiration.daily(
      maximum: high, minimum: low, vapourPressure: vapour, wind: Speed(metresPerSecond: try row.number("u2")),
      netRadiation: net, pressure: .atAltitude(metres: altitude))
    near(water.millimetres, try row.number("ETo_PM"), 0.01)
    let simple = ReferenceEvapotranspiration.hargreaves(maximum: high, minimum: low, extraterrestrial: outside)
    near(simple.millimetres, try row.number("ETo_Hargreaves"), 0.01)
  }
}

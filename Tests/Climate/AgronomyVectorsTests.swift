// Every number of the project's table of agronomic test values.

import Climate
import Testing

@Suite("Agronomic test values")
struct AgronomyVectorsTests {
  @Test("every number of the table holds, and none is left out")
  func all() throws {
    let vectors = try Vectors(resource: "agronomy_vectors")
    try saturation(vectors)
    try psychrometer(vectors)
    try moistAir(vectors)
    try FAO56Examples(vectors.rows("fao56")).check()
    try wallin(vectors)
    try sun(vectors)
    try heatIndices(vectors)
    try degreeDays(vectors)
    try leafWetness(vectors)
    let (all, unused) = vectors.paths()
    #expect(unused == [])
    #expect(all == 709)
  }

  private func near(_ value: Double, _ expected: Double, _ tolerance: Double, _ place: String) {
    #expect(abs(value - expected) <= tolerance, "\(place): \(value) instead of \(expected)")
  }

  private func saturation(_ vectors: Vectors) throws {
    let formulas: [(String, SaturationFormula)] = [
      ("tetens_fao56", .tetens), ("magnus_alduchov_eskridge", .magnus), ("magnus_sonntag", .sonntag),
      ("buck1996", .buck), ("ashrae", .hylandWexler),
    ]
    for row in try vectors.rows("svp") {
      let temperature = Temperature(celsius: try row.number("t"))
      for (key, formula) in formulas {
        near(
          formula.pressure(at: temperature).kilopascals, try row.number(key), key == "ashrae" ? 2e-6 : 1e-6,
          "\(row.path) \(key)")
      }
    }
  }

  private func psychrometer(_ vectors: Vectors) throws {
    for row in try vectors.rows("psychrometer_to_rh") {
      let dry = Temperature(celsius: try row.number("td"))
      let difference = TemperatureDifference(kelvins: try row.number("depression"))
      let pressure = Pressure.atAltitude(metres: try row.number("z_m"))
      near(pressure.kilopascals, try row.number("p_kpa"), 5e-5, row.path)
      for (key, coefficient) in [
        ("rh_aspirated", Psychrometer.aspirated), ("rh_natural_1mps", Psychrometer.naturallyVentilated),
        ("rh_still", Psychrometer.still),
      ] {
        let humidity = Psychrometer(coefficient: coefficient, pressure: pressure)
          .relativeHumidity(dryBulb: dry, difference: difference)
        near(try #require(humidity).percent, try row.number(key), 1e-3, "\(row.path) \(key)")
      }
      let air = MoistAir(dryBulb: dry, wetBulb: dry - difference, pressure: pressure, formula: .hylandWexler)
      near(try #require(air).relativeHumidity.percent, try row.number("rh_ashrae"), 1e-3, row.path)
    }
  }

  private func moistAir(_ vectors: Vectors) throws {
    for row in try vectors.rows("moist_air") {
      let temperature = Temperature(celsius: try row.number("t"))
      let humidity = RelativeHumidity(percent: try row.number("rh"))
      let pressure = Pressure(kilopascals: try row.number("p_pa") / 1_000)
      func air(_ formula: SaturationFormula) -> MoistAir {
        MoistAir(temperature: temperature, relativeHumidity: humidity, pressure: pressure, formula: formula)
      }
      let (ashrae, tetens) = (air(.hylandWexler), air(.tetens))
      let wetBulb = try #require(ashrae.wetBulb)
      near(wetBulb.celsius, try row.number("wetbulb_ashrae"), 1.5e-3, "\(row.path) wet bulb")
      near(try #require(ashrae.dewPoint).celsius, try row.number("dew_ashrae"), 1e-3, "\(row.path) dew point")
      near(try #require(tetens.dewPoint).celsius, try row.number("dew_tetens"), 1e-3, "\(row.path) dew point")
      near(try #require(ashrae.mixingRatio), try row.number("humratio_g_per_kg"), 1e-4, row.path)
      near(try #require(ashrae.enthalpy), try row.number("enthalpy_kj_per_kg"), 1e-3, row.path)
      near(tetens.vapourPressureDeficit.kilopascals, try row.number("vpd_kpa_tetens"), 5e-5, row.path)
      near(tetens.absoluteHumidity.gramsPerCubicMetre, try row.number("abs_hum_g_m3"), 1e-3, row.path)
      near(tetens.humidityDeficit.gramsPerCubicMetre, try row.number("humidity_deficit_g_m3"), 1e-3, row.path)
      let back = try #require(
        MoistAir(dryBulb: temperature, wetBulb: wetBulb, pressure: pressure, formula: .hylandWexler))
      near(back.relativeHumidity.percent, humidity.percent, 1e-6, "\(row.path) back")
    }
  }

  private func wallin(_ vectors: Vectors) throws {
    for row in try vectors.rows("wallin_dsv_uwent_spec") {
      let severity = Wallin.severity(
        mean: Temperature(celsius: try row.number(0)), wetHours: Int(try row.number(1)))
      #expect(Double(severity) == (try row.number(2)), "\(row.path)")
    }
  }

  private func sun(_ vectors: Vectors) throws {
    func seconds(_ clock: String) throws -> Double {
      let parts = clock.split(separator: ":").compactMap { Double($0) }
      try #require(parts.count == 3)
      return parts[0] * 3_600 + parts[1] * 60 + parts[2]
    }
    let daysBefore = ["03": 59, "06": 151, "09": 243, "12": 334]
    for row in try vectors.rows("sun_31.40N_109.60E_utc8") {
      let date = try row.text("date").split(separator: "-").map(String.init)
      try #require(date.count == 3)
      let day = try #require(daysBefore[date[1]]) + (try #require(Int(date[2])))
      let sun = SolarDay(
        at: GeographicPosition(latitude: 31.4, longitude: 109.6, altitude: 400), dayOfYear: day, utcOffset: .hours(8))
      let (rise, set) = (try #require(sun.sunrise).inSeconds, try #require(sun.sunset).inSeconds)
      for (value, key) in [
        (rise, "noaa_rise"), (sun.noon.inSeconds, "noaa_noon"), (set, "noaa_set"), (rise, "astral_rise"),
        (set, "astral_set"),
      ] {
        near(value, try seconds(row.text(key)), 120, "\(row.path) \(key)")
      }
    }
  }

  private func heatIndices(_ vectors: Vectors) throws {
    for row in try vectors.rows("thvi") {
      let index = HeatIndex.broilers(
        dryBulb: Temperature(celsius: try row.number(0)), wetBulb: Temperature(celsius: try row.number(1)),
        airSpeed: Speed(metresPerSecond: try row.number(2)))
      near(index.celsius, try row.number(3), 1e-3, row.path)
    }
    for row in try vectors.rows("thi_nrc1971") {
      let index = HeatIndex.temperatureHumidity(
        Temperature(celsius: try row.number(0)), RelativeHumidity(percent: try row.number(1)))
      near(index, try row.number(2), 0.0051, row.path)
    }
  }

  private func degreeDays(_ vectors: Vectors) throws {
    for row in try vectors.rows("degree_day_single_sine_base10") {
      let sum = DegreeDays.singleSine(
        maximum: Temperature(celsius: try row.number(1)), minimum: Temperature(celsius: try row.number(0)),
        base: Temperature(celsius: 10))
      near(sum, try row.number(2), 5e-4, row.path)
    }
  }

  private func leafWetness(_ vectors: Vectors) throws {
    for row in try vectors.rows("cart_leaf_wetness") {
      let air = MoistAir(
        temperature: Temperature(celsius: try row.number(0)),
        relativeHumidity: RelativeHumidity(percent: try row.number(1)), formula: .tetens)
      let isWet = LeafWetness.isWet(air, wind: Speed(metresPerSecond: try row.number(2)))
      #expect((isWet ? "W" : "D") == (try row.text(3)), "\(row.path)")
    }
  }
}

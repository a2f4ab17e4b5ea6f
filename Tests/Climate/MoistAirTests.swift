// Moist air against computed values and those of an ASHRAE implementation.

import Climate
import Testing

@Suite("Moist air")
struct MoistAirTests {
  struct Row: Sendable {
    var celsius: Double
    var percent: Double
    var pascals: Double
    /// °C, by Tetens and by ASHRAE.
    var dewPoint: (tetens: Double, ashrae: Double)
    /// g/kg and kJ/kg, by ASHRAE.
    var mixingRatio: Double
    var enthalpy: Double
    /// kPa, g/m³, g/m³; by Tetens.
    var vpd: Double
    var absoluteHumidity: Double
    var deficit: Double

    init(
      _ celsius: Double, _ percent: Double, _ pascals: Double, dew dewPoint: (tetens: Double, ashrae: Double),
      w mixingRatio: Double, h enthalpy: Double, vpd: Double, ah absoluteHumidity: Double, hd deficit: Double
    ) {
      (self.celsius, self.percent, self.pascals) = (celsius, percent, pascals)
      (self.dewPoint, self.mixingRatio, self.enthalpy) = (dewPoint, mixingRatio, enthalpy)
      (self.vpd, self.absoluteHumidity, self.deficit) = (vpd, absoluteHumidity, deficit)
    }

    func air(_ formula: SaturationFormula) -> MoistAir {
      MoistAir(
        temperature: Temperature(celsius: celsius), relativeHumidity: RelativeHumidity(percent: percent),
        pressure: Pressure(kilopascals: pascals / 1000), formula: formula)
    }
  }

  static let values: [Row] = [
    Row(
      25, 60, 101325, dew: (16.696, 16.701), w: 11.895, h: 55.453,
      vpd: 1.2671, ah: 13.813, hd: 9.209),
    Row(
      27, 88, 101325, dew: (24.839, 24.841), w: 19.8851, h: 77.893,
      vpd: 0.4278, ah: 22.65, hd: 3.089),
    Row(
      24, 70, 101325, dew: (18.19, 18.194), w: 13.0962, h: 57.482,
      vpd: 0.8952, ah: 15.231, hd: 6.528),
    Row(
      24, 65, 96660, dew: (17.015, 17.019), w: 12.7405, h: 56.577,
      vpd: 1.0444, ah: 14.143, hd: 7.615),
    Row(
      10, 95, 101325, dew: (9.237, 9.237), w: 7.2441, h: 28.312,
      vpd: 0.0614, ah: 8.927, hd: 0.47),
    Row(
      30, 50, 101325, dew: (18.438, 18.447), w: 13.3102, h: 64.212,
      vpd: 2.1215, ah: 15.164, hd: 15.164),
    Row(
      20, 90, 90000, dew: (18.309, 18.31), w: 14.8944, h: 57.925,
      vpd: 0.2338, ah: 15.555, hd: 1.728),
    Row(
      5, 80, 92190, dew: (1.845, 1.841), w: 4.7448, h: 16.941,
      vpd: 0.1745, ah: 5.436, hd: 1.359),
  ]

  @Test("with Tetens, the values of the table come out to its last digit", arguments: values)
  func tetens(row: Row) throws {
    let air = row.air(.tetens)
    #expect(abs(try #require(air.dewPoint).celsius - row.dewPoint.tetens) < 1e-3)
    #expect(abs(air.vapourPressureDeficit.kilopascals - row.vpd) < 1e-4)
    #expect(abs(air.absoluteHumidity.gramsPerCubicMetre - row.absoluteHumidity) < 1e-3)
    #expect(abs(air.humidityDeficit.gramsPerCubicMetre - row.deficit) < 1e-3)
  }

  @Test("with Buck, they agree with ASHRAE within 0.3 %", arguments: values)
  func ashrae(row: Row) throws {
    let air = row.air(.buck)
    #expect(abs(try #require(air.dewPoint).celsius - row.dewPoint.ashrae) < 0.02)
    #expect(abs(try #require(air.mixingRatio) / row.mixingRatio - 1) < 0.003)
    #expect(abs(try #require(air.enthalpy) / row.enthalpy - 1) < 0.003)
    #expect(abs(air.absoluteHumidity.gramsPerCubicMetre / row.absoluteHumidity - 1) < 0.003)
  }

  @Test("absolute humidity and back to relative humidity changes nothing", arguments: values)
  func roundTrip(row: Row) {
    let air = row.air(.buck)
    let back = MoistAir(
      temperature: air.temperature, absoluteHumidity: air.absoluteHumidity, pressure: air.pressure)
    #expect(abs(back.relativeHumidity.percent - row.percent) < 1e-9)
  }

  @Test("FAO-56 example 5: vapour pressure from the day's extremes is 1.70 kPa")
  func example5() {
    let night = MoistAir(
      temperature: Temperature(celsius: 18), relativeHumidity: RelativeHumidity(percent: 82), formula: .tetens)
    let noon = MoistAir(
      temperature: Temperature(celsius: 25), relativeHumidity: RelativeHumidity(percent: 54), formula: .tetens)
    let mean = (night.vapourPressure.kilopascals + noon.vapourPressure.kilopascals) / 2
    #expect(abs(mean - 1.70) < 0.005)
  }

  @Test("a leaf two kelvins below air of 25 °C and 70 % has a deficit of 0.592 kPa")
  func leaf() {
    let air = MoistAir(
      temperature: Temperature(celsius: 25), relativeHumidity: RelativeHumidity(percent: 70), formula: .tetens)
    let deficit = air.vapourPressureDeficit(fromSurfaceAt: Temperature(celsius: 23))
    #expect(abs(deficit.kilopascals - 0.592) < 0.001)
    #expect(air.vapourPressureDeficit(fromSurfaceAt: Temperature(celsius: 15)).kilopascals < 0)
  }

  @Test("dry air has no dew point, no vapour and the enthalpy of its temperature", arguments: [0.0, -3])
  func dry(percent: Double) throws {
    let air = MoistAir(temperature: Temperature(celsius: 20), relativeHumidity: RelativeHumidity(percent: percent))
    #expect(air.dewPoint == nil)
    #expect(air.mixingRatio == 0)
    #expect(abs(try #require(air.enthalpy) - 20.12) < 1e-9)
  }

  @Test("where water boils there is no mixing ratio")
  func boiling() {
    let steam = MoistAir(temperature: Temperature(celsius: 110), relativeHumidity: RelativeHumidity(percent: 100))
    #expect(steam.mixingRatio == nil)
    #expect(steam.enthalpy == nil)
  }

  @Test("FAO-56 example 2: 1800 m means 81.8 kPa; absurd altitudes stay finite")
  func altitude() {
    #expect(abs(Pressure.atAltitude(metres: 1800).kilopascals - 81.8) < 0.05)
    #expect(abs(Pressure.atAltitude(metres: 400).hectopascals - 966.603) < 0.001)
    #expect(Pressure.atAltitude(metres: 1e9).kilopascals.isFinite)
  }

  @Test("units convert")
  func units() {
    #expect(Temperature(kelvin: 300).celsius == 300 - 273.15)
    #expect(Temperature(celsius: 20) - TemperatureDifference(kelvins: 3) == Temperature(celsius: 17))
    #expect(Temperature(celsius: 20) + TemperatureDifference(kelvins: 3) > Temperature(celsius: 22))
    #expect(Pressure(hectopascals: 1013).kilopascals == 101.3)
  }
}

// Psychrometrics against computed and published values.

import Climate
import Testing

@Suite("Saturation vapour pressure")
struct SaturationFormulaTests {
  /// °C, then kPa by Tetens and by Buck over water, computed with the published coefficients.
  static let values: [(celsius: Double, tetens: Double, buck: Double)] = [
    (0, 0.6108, 0.61121),
    (5, 0.872311, 0.87244),
    (10, 1.227963, 1.22786),
    (15, 1.705346, 1.705173),
    (20, 2.338281, 2.33834),
    (24, 2.983917, 2.984488),
    (25, 3.167778, 3.168531),
    (26, 3.36144, 3.362402),
    (27, 3.56534, 3.566536),
    (27.5, 3.67127, 3.672593),
    (30, 4.243065, 4.245126),
    (35, 5.622681, 5.626752),
    (40, 7.375614, 7.38236),
  ]

  @Test("Tetens and Buck agree with the tables to six decimals", arguments: values)
  func table(row: (celsius: Double, tetens: Double, buck: Double)) {
    let temperature = Temperature(celsius: row.celsius)
    #expect(abs(SaturationFormula.tetens.pressure(at: temperature).kilopascals - row.tetens) < 1e-6)
    #expect(abs(SaturationFormula.buck.pressure(at: temperature).kilopascals - row.buck) < 1e-6)
  }

  @Test("below zero, ice holds less vapour than water")
  func ice() {
    let frost = Temperature(celsius: -10)
    #expect(abs(SaturationFormula.buck.pressure(at: frost).kilopascals - 0.2866) < 5e-5)
    #expect(abs(SaturationFormula.buckIce.pressure(at: frost).kilopascals - 0.2599) < 1e-4)
  }

  @Test("FAO-56 example 3: the mean of two saturation pressures")
  func example3() {
    let high = SaturationFormula.tetens.pressure(at: Temperature(celsius: 24.5)).kilopascals
    let low = SaturationFormula.tetens.pressure(at: Temperature(celsius: 15)).kilopascals
    #expect(abs(high - 3.075) < 1e-3)
    #expect(abs(low - 1.705) < 1e-3)
    #expect(abs((high + low) / 2 - 2.39) < 0.005)
  }

  @Test("the poles of the formulas are out of reach", arguments: SaturationFormula.allCases)
  func poles(formula: SaturationFormula) {
    for celsius in [-1e9, -279.82, -273.15, -257.14, -237.3, 1e9, .infinity, -.infinity] {
      let pressure = formula.pressure(at: Temperature(celsius: celsius)).kilopascals
      #expect(pressure.isFinite && pressure > 0)
    }
  }

  @Test("the dew point inverts the saturation pressure", arguments: SaturationFormula.allCases)
  func inverse(formula: SaturationFormula) throws {
    for celsius in stride(from: -60.0, through: 90, by: 7.5) {
      let pressure = formula.pressure(at: Temperature(celsius: celsius))
      let back = try #require(formula.dewPoint(of: pressure))
      #expect(abs(back.celsius - celsius) < 1e-6)
    }
  }

  @Test("dry air has no dew point", arguments: SaturationFormula.allCases)
  func dry(formula: SaturationFormula) {
    #expect(formula.dewPoint(of: Pressure(kilopascals: 0)) == nil)
    #expect(formula.dewPoint(of: Pressure(kilopascals: -1)) == nil)
    #expect(formula.dewPoint(of: Pressure(kilopascals: .leastNonzeroMagnitude))?.celsius.isFinite == true)
    #expect(formula.dewPoint(of: Pressure(kilopascals: 1e12))?.celsius.isFinite == true)
  }
}

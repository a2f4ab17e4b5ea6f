// Warmth, light and water against published and worked examples.

import Climate
import Testing

@Suite("Degree-days")
struct DegreeDayTests {
  private func celsius(_ value: Double) -> Temperature { Temperature(celsius: value) }

  @Test(
    "the average and the sine agree where the threshold lies outside the extremes",
    arguments: [(5.0, 25.0, 5.0, 6.090), (12, 30, 11, 11), (2, 9, 0, 0), (8, 16, 2, 2.436)])
  func days(low: Double, high: Double, average: Double, sine: Double) {
    let base = celsius(10)
    #expect(DegreeDays.average(maximum: celsius(high), minimum: celsius(low), base: base) == average)
    #expect(abs(DegreeDays.singleSine(maximum: celsius(high), minimum: celsius(low), base: base) - sine) < 5e-4)
  }

  @Test("the incubation of eggs at the usual temperatures comes to 148 degree-days above 10.5 °C")
  func incubation() {
    var sum = DegreeHours(base: celsius(10.5))
    sum.add(celsius(22), for: .hours(5 * 24))
    sum.add(celsius(25.6), for: .hours(6 * 24))
    #expect(abs(sum.sum / 24 - 148.1) < 0.01)
    sum.add(celsius(5), for: .hours(24))
    #expect(abs(sum.sum / 24 - 148.1) < 0.01)
  }

  @Test(
    "potato days are those of the original, not of the copy with a wrong last term",
    arguments: [(10.0, 15.0, 6.00), (25, 30, 4.80)])
  func potatoDays(low: Double, high: Double, days: Double) {
    #expect(abs(PotatoDays.of(maximum: celsius(high), minimum: celsius(low)) - days) < 0.005)
  }

  @Test("potatoes do not grow below 7 and above 30 °C")
  func potatoLimits() {
    #expect(PotatoDays.of(maximum: celsius(6.9), minimum: celsius(0)) == 0)
    #expect(PotatoDays.of(maximum: celsius(40), minimum: celsius(31)) == 0)
    #expect(PotatoDays.of(maximum: celsius(21), minimum: celsius(21)) == 10)
  }
}

@Suite("Light for plants")
struct PlantLightTests {
  @Test("a steady light adds up to its daily integral")
  func integral() {
    func moles(_ flux: Double, hours: Int) -> Double {
      PhotonFlux(micromolesPerSquareMetreSecond: flux).integral(over: .hours(hours)).molesPerSquareMetre
    }
    #expect(abs(moles(200, hours: 16) - 11.52) < 1e-9)
    #expect(abs(moles(400, hours: 12) - 17.28) < 1e-9)
  }

  @Test("50 klx of sun are 925 µmol; lamps give less for a lux")
  func lux() {
    let sun = PhotonFlux(Illuminance(lux: 50_000), from: .sun)
    #expect(abs(sun.micromolesPerSquareMetreSecond - 925) < 1e-9)
    for source in LightSource.allCases where source != .sun {
      #expect(PhotonFlux(Illuminance(lux: 50_000), from: source) < sun)
    }
  }

  @Test("a megajoule of sun is 100 J/cm² and 2.05 to 2.06 mol")
  func energy() {
    let megajoule = RadiantExposure(megajoulesPerSquareMetre: 1)
    #expect(megajoule.joulesPerSquareCentimetre == 100)
    #expect((2.05...2.06).contains(LightIntegral(ofSunlight: megajoule).molesPerSquareMetre))
    let hour = Irradiance(wattsPerSquareMetre: 500).exposure(over: .hours(1))
    #expect(abs(hour.joulesPerSquareCentimetre - 180) < 1e-9)
  }
}

@Suite("Water for plants")
struct WaterTests {
  @Test("soil of 16 % available water and half a metre of roots holds 80 mm, of which 28 are easily had")
  func soil() {
    let soil = SoilWater(fieldCapacity: 0.28, wiltingPoint: 0.12, rootDepth: 0.5, depletionFraction: 0.35)
    #expect(abs(soil.available.millimetres - 80) < 1e-9)
    #expect(abs(soil.readilyAvailable.millimetres - 28) < 1e-9)
    let slow = soil.readilyAvailable(evapotranspiration: WaterDepth(millimetres: 3))
    #expect(abs(slow.millimetres - 34.4) < 1e-9)
    let hasty = soil.readilyAvailable(evapotranspiration: WaterDepth(millimetres: 20))
    #expect(abs(hasty.millimetres - 8) < 1e-9)
  }

  @Test("1500 J/cm² make tomatoes take up 2.55 l/m²; with a quarter draining off 3.40 must be given")
  func substrate() {
    let light = RadiantExposure(joulesPerSquareCentimetre: 1_500)
    let uptake = SubstrateWater.uptake(of: light)
    #expect(abs(uptake.litresPerSquareMetre - 2.55) < 1e-9)
    #expect(abs(SubstrateWater.dose(uptake: uptake, drain: 0.25).litresPerSquareMetre - 3.4) < 1e-9)
    #expect(SubstrateWater.drainShare(on: light) == 0.3...0.4)
    #expect(SubstrateWater.drainShare(on: RadiantExposure(joulesPerSquareCentimetre: 499)) == 0...0.1)
  }

  @Test("in dark, saturated, still air nothing evaporates, and never less than nothing")
  func nothing() {
    let temperature = Temperature(celsius: 15)
    let water = ReferenceEvapotranspiration.hourly(
      temperature: temperature, vapourPressure: SaturationFormula.tetens.pressure(at: temperature),
      wind: Speed(metresPerSecond: 0), netRadiation: RadiantExposure(megajoulesPerSquareMetre: -0.2), isDay: false,
      pressure: .atAltitude(metres: 400))
    #expect(water.millimetres == 0)
  }

  @Test("FAO-56 example 14: 3.2 m/s at 10 m are 2.4 m/s at 2 m")
  func wind() {
    #expect(abs(Speed(metresPerSecond: 3.2).atTwoMetres(measuredAt: 10).metresPerSecond - 2.4) < 0.01)
  }
}

// What plants drink between two doses, and when that makes one due.

import Climate
import Testing

@testable import Controller

/// Lux of sunlight with so many W/m².
private func lux(_ watts: Double) -> Illuminance {
  Illuminance(lux: watts / Irradiance(ofSunlight: Illuminance(lux: 1)).wattsPerSquareMetre)
}

extension WaterUse {
  /// So many seconds of the same weather, a step each.
  fileprivate mutating func run(
    _ seconds: Int, _ weather: BedWeather, _ plan: WaterUsePlan, dose: Double, from now: Int
  ) {
    for second in now..<(now + seconds) { step(weather, plan, dose: dose, at: Instant(seconds: Double(second))) }
  }
}

@Suite("Water use") struct WaterUseTests {
  @Test("sunlight has 111 lx for each W/m²")
  func luminousEfficacy() {
    #expect(isClose(1 / Irradiance(ofSunlight: Illuminance(lux: 1)).wattsPerSquareMetre, 111, within: 0.5))
  }

  @Test("a dose is due for every light sum, and none in the dark or while nobody knows the light")
  func light() {
    let plan = WaterUsePlan.light(RadiantExposure(joulesPerSquareCentimetre: 90))
    var use = WaterUse()
    // 500 W/m² give 90 J/cm² in half an hour.
    use.run(1_741, BedWeather(light: lux(500)), plan, dose: 3, from: 0)
    #expect(!use.isDue && isClose(use.doses, 29.0 / 30, within: 0.001))
    use.run(3_600, BedWeather(light: lux(0)), plan, dose: 3, from: 1_741)
    use.run(3_600, BedWeather(), plan, dose: 3, from: 5_341)
    #expect(isClose(use.doses, 29.0 / 30, within: 0.001))
    use.run(120, BedWeather(light: lux(500)), plan, dose: 3, from: 8_941)
    #expect(use.isDue)
    use.give(1)
    #expect(isClose(use.doses, 1.0 / 30, within: 0.001))
  }

  @Test("the example of FAO-56 for an hour (19: N'Diaye, 2 October, 14–15 h): 0.63 mm")
  func evaporation() {
    let plan = WaterUsePlan.evapotranspiration(area: 10, coefficient: 0.9)
    let weather = BedWeather(
      light: lux(2.450e6 / 3_600),
      air: MoistAir(
        temperature: Temperature(celsius: 38), relativeHumidity: RelativeHumidity(percent: 52),
        pressure: .atAltitude(metres: 8)),
      wind: Speed(metresPerSecond: 3.3), clearSky: 2.450e6 / 3_600 / 0.92)
    var use = WaterUse()
    use.run(3_601, weather, plan, dose: 10, from: 0)
    #expect(isClose(use.doses * 10 / 0.9 / 10, 0.63, within: 0.01))
  }

  @Test(
    "under a cover there is little wind and no cold sky: by night plants drink little, by day more in dry air than in moist"
  )
  func cover() {
    func drunk(_ watts: Double, percent: Double, isUnderCover: Bool = true) -> Double {
      var use = WaterUse()
      let air = MoistAir(
        temperature: Temperature(celsius: 25), relativeHumidity: RelativeHumidity(percent: percent))
      use.run(
        3_601, BedWeather(light: lux(watts), air: air, isUnderCover: isUnderCover),
        .evapotranspiration(area: 1, coefficient: 1), dose: 1, from: 0)
      return use.doses
    }
    // 0.77 of 1.8 MJ/m², less a tenth for the soil, evaporates at most 0.408 mm each.
    #expect((0.3..<0.51).contains(drunk(500, percent: 60)))
    #expect(drunk(500, percent: 40) > drunk(500, percent: 90))
    #expect(drunk(0, percent: 60) < 0.05)
    #expect(drunk(500, percent: 60, isUnderCover: false) != drunk(500, percent: 60))
  }

  @Test("no more than a dose and a half is remembered, and nothing that cannot be")
  func bounds() {
    var use = WaterUse()
    use.run(
      36_000, BedWeather(light: lux(900)), .light(RadiantExposure(joulesPerSquareCentimetre: 50)), dose: 3, from: 0)
    #expect(use.doses == WaterUse.most)
    #expect(WaterUse(doses: .nan).doses == 0 && WaterUse(doses: -3).doses == 0 && WaterUse(doses: 1e9).doses == 1.5)
  }

  @Test("a stall counts as a minute at most")
  func stall() {
    var use = WaterUse()
    let plan = WaterUsePlan.light(RadiantExposure(joulesPerSquareCentimetre: 90))
    use.step(BedWeather(light: lux(500)), plan, dose: 3, at: .zero)
    use.step(BedWeather(light: lux(500)), plan, dose: 3, at: Instant(seconds: 7_200))
    #expect(isClose(use.doses, 1.0 / 30, within: 0.001))
  }
}

@Suite("Step: watering by use") struct WateringByUseTests {
  /// A bed of 3 l doses for every 90 J/cm², under 500 W/m², as moist as the plan wants it.
  private static func site(moisture: Double? = 35, memory: Memory = Memory(), _ change: (inout Plan) -> Void = { _ in })
    -> ControllerRig
  {
    let rig = ControllerRig(
      Site.plan { plan in
        plan.zones[2].channels[.illuminance] = Site.addProbe("bed.illuminance", .illuminance, to: &plan)
        plan.zones[2].bed?.irrigation.use = .light(RadiantExposure(joulesPerSquareCentimetre: 90))
        plan.zones[2].bed?.irrigation.dailyCap = 30
        change(&plan)
      }, memory: memory)
    (rig.values["bed.illuminance"], rig.values["bed.soil-moisture"]) = (lux(500).lux, moisture)
    return rig
  }

  /// Seconds in which water flowed in the next so many.
  private static func watered(_ rig: ControllerRig, _ seconds: Int) -> Int {
    (0..<seconds).count { _ in
      rig.step()
      return rig.isOn(Site.pump) && rig.isOn(Site.valve)
    }
  }

  @Test("moist soil is watered for what the plants drink, and says why")
  func byLight() {
    let rig = Self.site()
    #expect(Self.watered(rig, 1_790) == 0)
    var rules: Set<Rule> = []
    for _ in 0..<120 {
      rig.step()
      if rig.isOn(Site.pump) { rules.insert(rig.reason(Site.pump).rule) }
    }
    #expect(rules == [.waterUse])
    // A dose of 30 s in every half an hour of light.
    #expect((60...64).contains(Self.watered(rig, 3_600)))
  }

  @Test("wet soil is left alone whatever the light; dry soil is watered in the dark")
  func soil() {
    let wet = Self.site(moisture: 40)
    #expect(Self.watered(wet, 7_200) == 0)
    let dry = Self.site(moisture: 29)
    dry.values["bed.illuminance"] = 0
    #expect(Self.watered(dry, 60) > 25 && dry.records.count > 0)
  }

  @Test("without the soil's probe the plants get seven tenths; without a probe in the plan the whole")
  func blind() {
    let lost = Self.site(moisture: nil)
    #expect((20...23).contains(Self.watered(lost, 2_000)))
    let none = Self.site(moisture: nil) { plan in plan.zones[2].setpoints.soilMoisture = nil }
    #expect((30...32).contains(Self.watered(none, 2_000)))
  }

  @Test("the daily cap holds for what plants drink as well")
  func cap() {
    let rig = Self.site { $0.zones[2].bed?.irrigation.dailyCap = 7 }
    #expect(Self.watered(rig, 6 * 3_600) <= 70)
    #expect(rig.reason(Site.pump).rule == .waterCap)
  }

  @Test("what was drunk is remembered over a restart")
  func restart() throws {
    let rig = Self.site()
    #expect(Self.watered(rig, 1_600) == 0)
    let memory = rig.controller.memory(at: rig.now)
    #expect(try #require(memory.water.first { $0.zone == "bed" }?.used) > 0.8)
    let again = Self.site(memory: memory)
    #expect(Self.watered(again, 420) > 25)
  }
}

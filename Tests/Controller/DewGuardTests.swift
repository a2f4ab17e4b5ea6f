// Dew on what stands in a zone: what must not moisten its air, what runs against it, and which air is not let in.

import Climate
import Testing

@testable import Controller

/// Relative humidity, %, of air of a temperature whose dew point is given, °C.
private func percent(dewPoint: Double, at celsius: Double) -> Double {
  func saturation(_ celsius: Double) -> Double {
    MoistAir(temperature: Temperature(celsius: celsius), relativeHumidity: RelativeHumidity(percent: 100))
      .vapourPressure.kilopascals
  }
  return 100 * saturation(dewPoint) / saturation(celsius)
}

@Suite("Dew guard")
struct DewGuardTests {
  /// The shed of the other tests at 25 °C and 60 %, whose dew point is 16.7 °C, with a probe on what stands in it; a guard of 1 K lets heater and fan run.
  private static func site(surface: Double? = 20, _ change: (inout Plan) -> Void = { _ in }) -> ControllerRig {
    let rig = ControllerRig(
      Site.plan { plan in
        plan.zones[0].channels[.surfaceTemperature] = Site.addProbe(
          "shed.surface-temperature", .surfaceTemperature, to: &plan)
        plan.zones[0].dew = DewPlan(outputs: [Site.heater, Site.fan], margin: 1)
        change(&plan)
      })
    rig.values["shed.surface-temperature"] = surface
    rig.values["shed.humidity"] = 60
    return rig
  }

  @Test("the helper of these tests agrees with the table: 60 % at 25 °C have a dew point of 16.7 °C")
  func helper() { #expect(isClose(percent(dewPoint: 16.7, at: 25), 60, within: 0.2)) }

  @Test(
    "nothing moistens air near the dew point of what stands in it, not even a hand, until it is half a kelvin away again"
  )
  func misters() {
    let rig = Self.site()
    rig.run(10)
    #expect(rig.isOn(Site.mister))
    rig.values["shed.surface-temperature"] = 17.6
    rig.run(2)
    #expect(!rig.isOn(Site.mister))
    let reason = rig.reason(Site.mister)
    #expect(reason.rule == .dewPoint && reason.value == 17.6)
    #expect(isClose(reason.setpoint ?? 0, 18.2, within: 0.05))
    rig.step([.override(Site.mister, demand: 1, for: .minutes(30), by: "grower")])
    #expect(!rig.isOn(Site.mister))
    rig.step([.automatic(Site.mister, by: "grower")])
    rig.values["shed.surface-temperature"] = 18.1
    rig.run(5)
    #expect(!rig.isOn(Site.mister))
    rig.values["shed.surface-temperature"] = 18.3
    rig.run(5)
    #expect(rig.isOn(Site.mister))
  }

  @Test("while nobody knows the surface or the dew point nothing moistens, and nothing runs against dew")
  func unknown() {
    for lost in ["shed.surface-temperature", "shed.humidity"] {
      let rig = Self.site()
      rig.run(10)
      rig.values[lost] = nil
      rig.run(30)
      #expect(!rig.isOn(Site.mister) && rig.reason(Site.mister).rule == .dewPoint)
      #expect(rig.reason(Site.mister).value == nil)
      #expect(rig.reason(Site.heater).rule != .dewPoint && rig.reason(Site.fan).rule != .dewPoint)
    }
  }

  @Test("heat is given against dew, and none beyond the zone's band; fans run if the air outside is drier")
  func against() {
    let rig = Self.site(surface: 16.9)
    rig.run(5)
    #expect(rig.reason(Site.heater).rule == .dewPoint && rig.reason(Site.fan).rule == .dewPoint)
    let demand = rig.last.outputs[Site.heater.index].demand
    #expect(isClose(demand, 0.8, within: 0.05))
    rig.values["shed.surface-temperature"] = 16
    rig.run(5)
    #expect(rig.isOn(Site.heater) && rig.isOn(Site.fan))
    // The band of the shed ends at 26 °C.
    for name in ["north.temperature", "south.temperature"] { rig.values[name] = 26 }
    rig.values["shed.humidity"] = percent(dewPoint: 16.7, at: 26)
    rig.run(5)
    #expect(rig.last.outputs[Site.heater.index].demand == 0)
    for name in ["north.temperature", "south.temperature"] { rig.values[name] = 25 }
    (rig.values["out.temperature"], rig.values["out.humidity"]) = (24, 95)
    rig.run(60)
    #expect(!rig.isOn(Site.fan) && rig.reason(Site.heater).rule == .dewPoint)
  }

  @Test("air whose dew point is above the surface is not let in to cool, and air that is dry is")
  func airing() {
    for (outside, isAired) in [(15.0, true), (17.0, false)] {
      let rig = Self.site(surface: 17.5) { plan in
        plan.zones[0].loops[1].needsUsefulOutside = true
        plan.zones[0].dew?.outputs = []
      }
      // Inside drier than outside, so that nothing but warmth asks for air.
      rig.values["shed.humidity"] = percent(dewPoint: 12, at: 28)
      for name in ["north.temperature", "south.temperature"] { rig.values[name] = 28 }
      (rig.values["out.temperature"], rig.values["out.humidity"]) = (22, percent(dewPoint: outside, at: 22))
      rig.run(60)
      #expect(rig.isOn(Site.fan) == isAired)
    }
  }

  @Test(
    "without a probe the surface follows the air with a lag: dew threatens in a morning that warms fast, and not in an evening"
  )
  func lag() {
    func near(_ course: (Int) -> Double) -> Bool {
      var dew = DewGuard(lag: .hours(1))
      var isNear = false
      for second in 0..<7_200 {
        let air = course(second)
        dew.step(
          temperature: air, humidity: percent(dewPoint: course(second) - 3, at: air), measured: (false, nil),
          margin: 1, at: Instant(seconds: Double(second)))
        if second > 60, dew.isNear { isNear = true }
      }
      return isNear
    }
    #expect(near { 12 + 8 * Double($0) / 7_200 })
    #expect(!near { 20 - 8 * Double($0) / 7_200 })
    #expect(!near { _ in 15 })
  }

  @Test("a stage that locks CO2 off locks what doses it, and one that locks fans those that run against dew")
  func locked() {
    let rig = Self.site(surface: 15) { plan in
      let shut = recipeStage("shut", hours: 24) { $0.allowed = [.heater] }
      plan.zones[0].recipe = Recipe(name: "test", title: LocalizedText(en: "", zh: ""), version: "1", stages: [shut])
      plan.outputs.append(
        OutputPlan(
          name: "bottle", kind: .co2, constraints: OutputConstraints(), cycle: .seconds(120), onReadingLost: .off))
      plan.zones[0].dosing = DosingPlan(outputs: [OutputID(6)], setpoint: 1_500, width: 100, lightAbove: 0)
    }
    rig.run(10)
    #expect(rig.reason(Site.fan).rule == .stageLock && rig.reason(OutputID(6)).rule == .stageLock)
    #expect(!rig.isOn(Site.fan) && !rig.isOn(OutputID(6)))
  }
}

// Fires and the carbon monoxide that they can make.

import Climate
import Controller
import Testing

@Suite("Step: carbon monoxide")
struct CarbonMonoxideTests {
  /// The site in the cold with a fire in the shed, a transmitter over it, and a limit of 24 ppm; the room is heated by electricity.
  private static func site(_ ppm: Double? = 3, _ change: (inout Plan) -> Void = { _ in }) -> ControllerRig {
    let rig = ControllerRig(
      Site.plan { plan in
        plan.zones[0].channels[.carbonMonoxide] = Site.addProbe("shed.carbon-monoxide", .carbonMonoxide, to: &plan)
        plan.zones[0].carbonMonoxideLimit = 24
        plan.outputs[Site.heater.index].burns = true
        change(&plan)
      })
    rig.values["shed.carbon-monoxide"] = ppm
    for name in ["north.temperature", "south.temperature", "room.temperature"] { rig.values[name] = 23 }
    return rig
  }

  @Test("at the limit the fire is out and all fans run at once, a critical alarm calls, and electric heat goes on")
  func limit() {
    let rig = Self.site()
    rig.run(5)
    #expect(rig.isOn(Site.heater) && !rig.isOn(Site.fan))
    rig.values["shed.carbon-monoxide"] = 24
    rig.step()
    #expect(!rig.isOn(Site.heater) && rig.isOn(Site.fan) && rig.isOn(Site.roomHeater))
    for output in [Site.heater, Site.fan] {
      let reason = rig.reason(output)
      #expect(reason.rule == .carbonMonoxide && reason.value == 24 && reason.setpoint == 24)
    }
    let alarm = rig.alarm(.carbonMonoxide, "shed.carbon-monoxide")
    #expect(alarm?.isOpen == true && alarm?.settings.severity == .critical)
    rig.step([.override(Site.heater, demand: 1, for: .minutes(30), by: "technician")])
    #expect(!rig.isOn(Site.heater), "no hand lights it")
  }

  @Test("it burns again only after ten minutes below half of the limit, and what comes up between begins them anew")
  func rest() {
    let rig = Self.site(30)
    rig.run(5)
    rig.values["shed.carbon-monoxide"] = 12
    rig.run(1_200)
    #expect(!rig.isOn(Site.heater), "half of the limit is not below it")
    rig.values["shed.carbon-monoxide"] = 11
    rig.run(590)
    rig.values["shed.carbon-monoxide"] = 13
    rig.run(10)
    rig.values["shed.carbon-monoxide"] = 11
    rig.run(600)
    #expect(!rig.isOn(Site.heater) && rig.isOn(Site.fan))
    rig.run(2)
    #expect(rig.isOn(Site.heater) && rig.reason(Site.fan).rule != .carbonMonoxide)
  }

  @Test("a fire whose carbon monoxide nobody knows is out, and an alarm says what is lost")
  func unknown() {
    let rig = Self.site(nil)
    rig.run(5)
    #expect(!rig.isOn(Site.heater) && rig.reason(Site.heater).rule == .carbonMonoxide)
    #expect(rig.reason(Site.heater).value == nil && !rig.isOn(Site.fan))
    rig.run(70)
    #expect(rig.alarm(.readingLost, "shed.carbon-monoxide")?.isOpen == true)
    rig.values["shed.carbon-monoxide"] = 3
    rig.run(5)
    #expect(rig.isOn(Site.heater))
    rig.values["shed.carbon-monoxide"] = nil
    rig.run(20)
    #expect(!rig.isOn(Site.heater))
  }

  @Test("a burner of CO2 is out as well, against law and hand")
  func burner() {
    let rig = Self.site(30) { plan in
      plan.outputs.append(
        OutputPlan(
          name: "burner", kind: .co2, constraints: OutputConstraints(), cycle: .seconds(120), onReadingLost: .off))
      plan.outputs[6].burns = true
      plan.zones[0].dosing = DosingPlan(outputs: [OutputID(6)], setpoint: 1_000, width: 100, lightAbove: 0)
    }
    rig.run(2)
    rig.step([.override(OutputID(6), demand: 1, for: .minutes(30), by: "technician")])
    #expect(!rig.isOn(OutputID(6)) && rig.reason(OutputID(6)).rule == .carbonMonoxide)
    rig.values["shed.carbon-monoxide"] = 3
    rig.run(605)
    #expect(rig.isOn(OutputID(6)))
  }

  @Test("a heater that does not burn, and a fire in a zone without a limit, are left alone")
  func others() {
    for change: (inout Plan) -> Void in [
      { $0.outputs[Site.heater.index].burns = false }, { $0.zones[0].carbonMonoxideLimit = nil },
    ] {
      let rig = Self.site(100, change)
      rig.run(5)
      #expect(rig.isOn(Site.heater))
    }
  }

  @Test("fans clear the air in a stage that locks them, too")
  func locked() {
    let rig = Self.site(30) { plan in
      let shut = recipeStage("shut", hours: 24) { $0.allowed = [.heater] }
      plan.zones[0].recipe = Recipe(name: "test", title: LocalizedText(en: "", zh: ""), version: "1", stages: [shut])
    }
    rig.run(2)
    #expect(rig.isOn(Site.fan) && rig.reason(Site.fan).rule == .carbonMonoxide)
  }
}

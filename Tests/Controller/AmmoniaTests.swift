// Airing against ammonia, beside all else that asks for air.

import Climate
import Controller
import Testing

@Suite("Step: ammonia")
struct AmmoniaTests {
  /// The site with a transmitter for ammonia in the shed, and a limit of so many ppm.
  private static func fouled(_ ammonia: Double, limit: Double = 10) -> ControllerRig {
    let rig = ControllerRig(
      Site.plan { plan in
        plan.zones[0].channels[.ammonia] = Site.addProbe("shed.ammonia", .ammonia, to: &plan)
        plan.zones[0].setpoints.ammonia = GasLimit(limit: limit, alarm: 20)
        plan.zones[0].setpoints.ventilation = VentilationTimer(on: .seconds(30), period: .minutes(5))
      })
    rig.values["shed.ammonia"] = ammonia
    return rig
  }

  @Test(
    "ammonia: airing grows from the limit to full in 5 ppm, and raises its alarm",
    arguments: [(9.0, 0.0), (12, 0.4), (16, 1)])
  func ammonia(value: Double, demand: Double) {
    let rig = Self.fouled(value)
    // The minute of minimum ventilation at the start is over.
    rig.run(60)
    #expect(isClose(rig.last.outputs[Site.fan.index].demand, demand))
    #expect((rig.reason(Site.fan).rule == .ammonia) == (demand > 0))
    #expect(demand == 0 || rig.reason(Site.fan).setpoint == 10 && rig.reason(Site.fan).value == value)
    rig.values["shed.ammonia"] = 21
    rig.run(301)
    #expect(rig.alarm(.high, "shed.ammonia")?.isOpen == true)
  }

  @Test("of temperature, humidity, CO2, ammonia and minimum need the largest wins")
  func largestOfAll() {
    let rig = Self.fouled(11)
    rig.run(60)
    func expect(_ rule: Rule, _ demand: Double) {
      rig.step()
      #expect(rig.reason(Site.fan).rule == rule)
      #expect(isClose(rig.last.outputs[Site.fan.index].demand, demand))
    }
    expect(.ammonia, 0.2)
    rig.values["shed.co2"] = 1_900
    expect(.co2, 0.4)
    rig.values["shed.ammonia"] = 13
    expect(.ammonia, 0.6)
    // Warmer air of the same humidity would hold more water.
    rig.values["shed.humidity"] = 60
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (27.6, 27.6)
    expect(.cooling, 0.8)
    rig.values["shed.ammonia"] = 14.5
    expect(.ammonia, 0.9)
    rig.values["shed.humidity"] = 90
    expect(.drying, 1)
  }

  @Test("without a reading of ammonia minimum ventilation goes on, and an alarm says what is lost")
  func ammoniaLost() {
    let rig = Self.fouled(16)
    rig.run(60)
    rig.values["shed.ammonia"] = nil
    rig.run(700)
    #expect(rig.alarm(.readingLost, "shed.ammonia")?.isOpen == true)
    var airing = 0
    for _ in 0..<600 {
      rig.step()
      if rig.isOn(Site.fan) { airing += 1 }
    }
    #expect(airing == 60 && rig.reason(Site.fan).rule != .ammonia)
  }
}

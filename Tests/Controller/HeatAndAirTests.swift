// What a heater's cycle must not set off: fans and misters that work against it.

import Climate
import Testing

@testable import Controller

@Suite("Step: heat and air together") struct HeatAndAirTests {
  /// The shed with a PID heater and a fan that cools from 0.3 K above the setpoint.
  private static func plan(_ change: (inout Plan) -> Void = { _ in }) -> Plan {
    Site.plan {
      $0.zones[0].loops[0].law = .pid(PIDParameters(gain: 0.3, integralTime: .minutes(5)))
      $0.zones[0].loops[1].offset = 0.3
      change(&$0)
    }
  }

  @Test("the fan does not cool the crest of a heater's cycle, but cools from the edge of the band on")
  func crestOfHeating() {
    let rig = ControllerRig(Self.plan())
    rig.values["shed.humidity"] = 50
    rig.setTemperature(24.2)
    rig.run(300)
    rig.setTemperature(25.7)
    rig.step()
    #expect(rig.last.outputs[Site.heater.index].demand > 0, "still heating, or the test shows nothing")
    #expect(rig.last.outputs[Site.fan.index].demand == 0)
    rig.setTemperature(26.5)
    rig.step()
    #expect(rig.last.outputs[Site.fan.index].demand > 0)
    #expect(rig.reason(Site.fan).rule == .cooling)
  }

  @Test("a zone that is cooled with air from outside takes none that is warmer, unless nobody knows")
  func warmOutside() {
    let rig = ControllerRig(Self.plan { $0.zones[0].loops[1].needsUsefulOutside = true })
    rig.values["shed.humidity"] = 50
    rig.setTemperature(27)
    rig.values["out.temperature"] = 28
    rig.step()
    #expect(!rig.isOn(Site.fan) && rig.last.outputs[Site.fan.index].demand == 0)
    rig.values["out.temperature"] = 20
    rig.step()
    #expect(rig.last.outputs[Site.fan.index].demand > 0 && rig.reason(Site.fan).rule == .cooling)
    let blind = ControllerRig(Self.plan { $0.zones[0].loops[1].needsUsefulOutside = true })
    (blind.values["shed.humidity"], blind.values["out.temperature"]) = (50, nil)
    blind.setTemperature(27)
    blind.step()
    #expect(blind.last.outputs[Site.fan.index].demand > 0)
  }

  /// Relative humidity of air of 24 °C that holds so much less water, g/m³, than air of 25 °C and 90 %.
  private static func outside(drierBy difference: Double) -> Double {
    let inside = MoistAir(temperature: Temperature(celsius: 25), relativeHumidity: RelativeHumidity(percent: 90))
    let water = inside.absoluteHumidity.gramsPerCubicMetre - difference
    return MoistAir(
      temperature: Temperature(celsius: 24), absoluteHumidity: AbsoluteHumidity(gramsPerCubicMetre: water)
    ).relativeHumidity.percent
  }

  @Test(
    "air that is only just drier is let in in proportion: all that dries by 1 g/m³, nothing at half of that",
    arguments: [(1.2, 1.0), (0.75, 0.5), (0.4, 0)])
  func justDrier(difference: Double, share: Double) {
    let rig = ControllerRig()
    rig.values["shed.humidity"] = 90
    (rig.values["out.temperature"], rig.values["out.humidity"]) = (24, Self.outside(drierBy: difference))
    rig.step()
    #expect(abs(rig.last.outputs[Site.fan.index].demand - share) < 0.01)
  }

  @Test("air that is only just cooler is let in in proportion", arguments: [(0.6, 1.0), (0.4, 0.6), (0.2, 0)])
  func justCooler(difference: Double, share: Double) {
    let rig = ControllerRig(Self.plan { $0.zones[0].loops[1].needsUsefulOutside = true })
    rig.values["shed.humidity"] = 50
    rig.setTemperature(28)
    rig.values["out.temperature"] = 28 - difference
    rig.step()
    #expect(abs(rig.last.outputs[Site.fan.index].demand - share) < 0.01)
  }

  @Test("a fan that takes away the difference that it dries by does not start again and again within its cycle")
  func noChatter() {
    let rig = ControllerRig()
    (rig.values["out.temperature"], rig.values["out.humidity"]) = (24, Self.outside(drierBy: 1.5))
    var (excess, starts, wasRunning) = (1.5, 0, false)
    for _ in 0..<3_600 {
      // The shed gives off water; with the fan at full the difference would end at 0.6 g/m³.
      excess += 0.005 - (rig.isRunning(Site.fan) ? excess / 120 : 0)
      let air = MoistAir(temperature: Temperature(celsius: 25), relativeHumidity: RelativeHumidity(percent: 90))
      let water = air.absoluteHumidity.gramsPerCubicMetre - 1.5 + excess
      rig.values["shed.humidity"] =
        MoistAir(
          temperature: Temperature(celsius: 25), absoluteHumidity: AbsoluteHumidity(gramsPerCubicMetre: water)
        ).relativeHumidity.percent
      rig.step()
      if rig.isRunning(Site.fan), !wasRunning { starts += 1 }
      wasRunning = rig.isRunning(Site.fan)
    }
    #expect(starts > 5, "it must have had a reason to stop, or this shows nothing")
    // An hour has 30 cycles of 120 s, and the first are shorter.
    #expect(starts <= 36)
  }

  @Test("where no heat is needed the fan cools from its own start on") func coolingWithoutHeating() {
    let rig = ControllerRig(Self.plan())
    rig.setTemperature(25.7)
    rig.step()
    #expect(rig.last.outputs[Site.heater.index].demand == 0)
    #expect(rig.reason(Site.fan).rule == .cooling)
  }

  @Test("the fan does not blow out the crest of a mister's cycle, but dries from the edge of the band on")
  func crestOfMisting() {
    let rig = ControllerRig(
      Self.plan {
        $0.zones[0].loops[2].law = .pid(PIDParameters(gain: 0.1, integralTime: .minutes(5)))
        $0.zones[0].loops[3].law = .proportional(width: 5)
        $0.zones[0].loops[3].offset = 1.5
      })
    rig.values["shed.humidity"] = 72
    rig.run(600)
    rig.values["shed.humidity"] = 77
    rig.step()
    #expect(rig.last.outputs[Site.mister.index].demand > 0, "still misting, or the test shows nothing")
    #expect(rig.last.outputs[Site.fan.index].demand == 0)
    rig.values["shed.humidity"] = 81
    rig.step()
    #expect(rig.reason(Site.fan).rule == .drying)
    // Where no mist is needed it dries from its own start on.
    rig.run(1_200)
    rig.values["shed.humidity"] = 77
    rig.step()
    #expect(rig.last.outputs[Site.mister.index].demand == 0)
    #expect(rig.reason(Site.fan).rule == .drying)
  }

  @Test("relative humidity that rises only because the heater pauses starts no fan; water that comes does")
  func humidityOfAHeatersCycle() {
    let rig = ControllerRig(Self.plan())
    rig.values["shed.humidity"] = 79
    rig.run(60)
    // The same vapour, 1.2 K cooler.
    rig.setTemperature(23.8)
    rig.values["shed.humidity"] = 84.5
    rig.run(30)
    #expect(rig.last.outputs[Site.fan.index].demand == 0)
    rig.setTemperature(25)
    rig.run(30)
    #expect(rig.reason(Site.fan).rule == .drying)
  }

  @Test("a shed that stays cool is dried by the humidity it has") func lastingCold() {
    let rig = ControllerRig(Self.plan())
    rig.values["shed.humidity"] = 79
    rig.run(60)
    rig.setTemperature(23.8)
    rig.values["shed.humidity"] = 84.5
    rig.run(3_600)
    #expect(rig.reason(Site.fan).rule == .drying)
  }
}

@Suite("Step: PID loops over a restart") struct ResumedLoopTests {
  private static var plan: Plan {
    Site.plan { $0.zones[0].loops[0].law = .pid(PIDParameters(gain: 0.3, integralTime: .minutes(5))) }
  }

  /// A controller that has learnt in ten minutes that its shed needs heat, and what it remembers.
  private static func learnt() -> (demand: Double, memory: Memory) {
    let rig = ControllerRig(plan)
    rig.setTemperature(24.5)
    rig.run(600)
    return (rig.last.outputs[Site.heater.index].demand, rig.controller.memory(at: rig.now))
  }

  @Test("after a restart in the cold the heater goes on where it was, instead of learning anew")
  func cold() {
    let (demand, memory) = Self.learnt()
    let rig = ControllerRig(Self.plan, memory: memory)
    rig.setTemperature(24.5)
    rig.step()
    #expect(demand > 0.3)
    #expect(abs(rig.last.outputs[Site.heater.index].demand - demand) < 0.05)
  }

  @Test("where no heat is needed any more, what was learnt is forgotten")
  func warm() {
    let rig = ControllerRig(Self.plan, memory: Self.learnt().memory)
    rig.setTemperature(25.2)
    rig.step()
    #expect(rig.last.outputs[Site.heater.index].demand == 0)
  }

  @Test("an integral that is no share of an output is limited, one that is no number ignored")
  func nonsense() {
    for (saved, most) in [(1e9, 1.0), (-Double.infinity, 0.2), (.nan, 0.2)] {
      var memory = Self.learnt().memory
      memory.integrals[0].integral = saved
      let rig = ControllerRig(Self.plan, memory: memory)
      rig.setTemperature(24.5)
      rig.step()
      #expect(rig.last.outputs[Site.heater.index].demand <= most)
    }
  }
}

@Suite("Exponential mean") struct ExponentialMeanTests {
  @Test("a step is followed to 63 % in one time constant, however it is cut up") func step() {
    for calls in [1, 7, 600] {
      var mean = ExponentialMean(time: .minutes(10))
      mean.add(0, at: Instant(seconds: 0))
      for call in 1...calls { mean.add(1, at: Instant(seconds: 600 * Double(call) / Double(calls))) }
      #expect(abs((mean.value ?? 0) - 0.632_120_558_8) < 1e-9)
    }
  }

  @Test("without a value the mean stands still, and the time without one does not count") func gap() {
    var mean = ExponentialMean(time: .seconds(10))
    #expect(mean.value == nil)
    mean.add(5, at: Instant(seconds: 0))
    mean.add(nil, at: Instant(seconds: 1_000))
    #expect(mean.value == 5)
    mean.add(6, at: Instant(seconds: 1_001))
    #expect((mean.value ?? 0) < 5.1)
  }
}

extension ControllerRig {
  fileprivate func setTemperature(_ celsius: Double) {
    values["north.temperature"] = celsius
    values["south.temperature"] = celsius
  }
}

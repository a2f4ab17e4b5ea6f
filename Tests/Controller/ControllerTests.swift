// The step end to end: readings in, outputs and reasons out.

import Climate
import Controller
import Testing

@Suite("Step: climate")
struct ControllerClimateTests {
  @Test("when all is well, nothing runs, and every output says what its law looked at")
  func idle() {
    let rig = ControllerRig()
    rig.run(10)
    #expect(rig.last.wanted == 0)
    #expect(rig.last.outputs.allSatisfy { $0.reason.rule == .idle })
    #expect(rig.reason(Site.heater).channel == Site.shedTemperature)
    #expect(rig.reason(Site.heater).value == 25)
  }

  @Test("cold: the heater runs until the setpoint is reached")
  func cold() {
    let rig = ControllerRig()
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (24, 24.4)
    rig.step()
    #expect(rig.isOn(Site.heater))
    let reason = rig.reason(Site.heater)
    #expect((reason.rule, reason.channel, reason.value, reason.setpoint) == (.heating, Site.shedTemperature, 24.2, 25))
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (24.9, 24.9)
    rig.step()
    #expect(rig.isOn(Site.heater))
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (25, 25)
    rig.step()
    #expect(!rig.isOn(Site.heater))
    #expect(rig.last.wanted == 0)
  }

  @Test("hot: the fan runs in proportion, from its offset on")
  func hot() {
    let rig = ControllerRig()
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (26, 26)
    rig.step()
    #expect(rig.last.outputs[Site.fan.index].demand == 0)
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (27, 27)
    rig.step()
    #expect(rig.last.outputs[Site.fan.index].demand == 0.5)
    #expect(rig.reason(Site.fan).rule == .cooling)
    #expect(rig.reason(Site.fan).setpoint == 26)
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (29, 29)
    rig.step()
    #expect(rig.isOn(Site.fan))
    #expect(!rig.isOn(Site.heater))
  }

  @Test("dry: the mister runs")
  func dry() {
    let rig = ControllerRig()
    rig.values["shed.humidity"] = 71
    rig.step()
    #expect(rig.isOn(Site.mister))
    #expect(rig.reason(Site.mister).rule == .humidifying)
  }

  @Test(
    "moist: the fan dries only while the air outside holds less water",
    arguments: [(15.0, 60.0, true), (25, 95, false), (30, 70, false)])
  func moist(temperature: Double, humidity: Double, dries: Bool) {
    let rig = ControllerRig()
    rig.values["shed.humidity"] = 90
    (rig.values["out.temperature"], rig.values["out.humidity"]) = (temperature, humidity)
    rig.step()
    #expect(rig.isOn(Site.fan) == dries)
    #expect(rig.reason(Site.fan).rule == (dries ? .drying : .idle))
  }

  @Test("moist, with the outside unknown: the fan does not dry")
  func moistOutsideUnknown() {
    let rig = ControllerRig()
    rig.values["shed.humidity"] = 90
    rig.values["out.humidity"] = nil
    rig.step()
    #expect(!rig.isOn(Site.fan))
  }

  @Test("CO2: airing grows with the excess, and raises its alarm")
  func co2() {
    let rig = ControllerRig()
    rig.values["shed.co2"] = 2_000
    rig.step()
    #expect(rig.last.outputs[Site.fan.index].demand == 0.5)
    #expect(rig.reason(Site.fan).rule == .co2)
    rig.values["shed.co2"] = 3_100
    rig.run(301)
    #expect(rig.isOn(Site.fan))
    #expect(rig.alarm(.high, "shed.co2")?.isOpen == true)
  }

  @Test("the largest of several claims on an output wins")
  func largestClaim() {
    let rig = ControllerRig()
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (26.5, 26.5)
    rig.values["shed.co2"] = 2_250
    rig.step()
    #expect(rig.last.outputs[Site.fan.index].demand == 0.75)
    #expect(rig.reason(Site.fan).rule == .co2)
  }

  @Test("staged outputs come in one after the other")
  func staged() {
    let rig = ControllerRig(
      Site.plan {
        $0.zones[0].loops = [
          LoopPlan(
            quantity: .temperature, direction: .lower, law: .proportional(width: 2), outputs: [Site.mister, Site.fan])
        ]
      })
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (26.5, 26.5)
    rig.step()
    #expect(rig.last.outputs[Site.mister.index].demand == 1)
    #expect(rig.last.outputs[Site.fan.index].demand == 0.5)
  }

  @Test("a constraint that holds an output stands in its reason, with its end")
  func heldByConstraint() {
    let rig = ControllerRig(Site.plan { $0.outputs[0].constraints.minimumOff = .seconds(60) })
    rig.values["north.temperature"] = 20
    rig.values["south.temperature"] = 20
    rig.step()
    #expect(!rig.isOn(Site.heater))
    #expect(rig.reason(Site.heater).rule == .heating)
    #expect(rig.reason(Site.heater).heldBy == .minimumOff)
    #expect(rig.reason(Site.heater).until == Instant(seconds: 1_060))
    rig.run(59)
    #expect(rig.isOn(Site.heater))
  }

  @Test("an output that the guardian holds says so and is off for the laws, too")
  func heldByGuardian() {
    let rig = ControllerRig()
    rig.values["north.temperature"] = 20
    rig.values["south.temperature"] = 20
    rig.step()
    rig.step(feedback: OutputFeedback(on: 0, held: 1))
    #expect(rig.reason(Site.heater).heldBy == .guardian)
    rig.step(feedback: OutputFeedback(on: 1, held: 0))
    #expect(rig.reason(Site.heater).heldBy == nil)
    #expect(rig.isOn(Site.heater))
  }

  @Test("a PID heater keeps a simulated room at its setpoint through its relay")
  func pidThroughRelay() {
    let rig = ControllerRig(
      Site.plan {
        $0.zones[0].loops = [
          LoopPlan(
            quantity: .temperature, direction: .raise,
            law: .pid(PIDParameters(gain: 0.3, integralTime: .minutes(15))), outputs: [Site.heater])
        ]
        $0.outputs[0].cycle = .seconds(300)
        $0.outputs[0].constraints = OutputConstraints(minimumOn: .seconds(20), minimumOff: .seconds(20))
      })
    var temperature = 18.0
    var sum = 0.0
    for second in 0..<14_400 {
      (rig.values["north.temperature"], rig.values["south.temperature"]) = (temperature, temperature)
      rig.step()
      temperature += (10 + (rig.isOn(Site.heater) ? 30 : 0) - temperature) / 1_800
      if second >= 10_800 {
        sum += temperature
        #expect(abs(temperature - 25) < 1)
      }
    }
    #expect(abs(sum / 3_600 - 25) < 0.15)
  }

  @Test("a loop whose output an operator holds off does not wind up meanwhile")
  func overrideDoesNotWindUp() {
    let plan = Site.plan {
      $0.zones[0].loops = [
        LoopPlan(
          quantity: .temperature, direction: .raise, law: .pid(PIDParameters(gain: 0.1, integralTime: .minutes(5))),
          outputs: [Site.heater])
      ]
    }
    let rig = ControllerRig(plan)
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (23, 23)
    rig.step([.override(Site.heater, demand: 0, for: .hours(2), by: "li")])
    rig.run(7_200)
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (25, 25)
    rig.run(10)
    #expect(rig.controller.override(of: Site.heater) == nil)
    #expect(rig.last.outputs[Site.heater.index].demand < 0.2)
  }
}

@Suite("Step: lost readings")
struct ControllerLossTests {
  @Test("one of two probes lost: control goes on with the other, and the probe has a warning")
  func oneProbe() {
    let rig = ControllerRig()
    rig.step()
    rig.values["north.temperature"] = nil
    rig.values["south.temperature"] = 24
    rig.run(90)
    #expect(rig.isOn(Site.heater))
    #expect(rig.alarm(.probeFailed, "north.temperature")?.settings.severity == .warning)
    #expect(rig.alarm(.readingLost, "shed.temperature") == nil)
  }

  @Test("all temperatures lost: heater off at once, though its loss policy says on; critical alarm within 90 s")
  func temperatureLost() {
    let rig = ControllerRig()
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (20, 20)
    rig.run(10)
    #expect(rig.isOn(Site.heater))
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (nil, nil)
    rig.run(6)
    #expect(!rig.isOn(Site.heater))
    #expect(rig.reason(Site.heater).rule == .noEvidence)
    #expect(rig.last.evidence[0] == .none)
    rig.run(84)
    #expect(rig.alarm(.readingLost, "shed.temperature")?.settings.severity == .critical)
  }

  @Test("all temperatures lost: other outputs follow their loss policies")
  func policies() {
    let rig = ControllerRig()
    rig.run(5)
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (nil, nil)
    rig.run(6)
    var onTime = 0
    for _ in 0..<1_000 {
      rig.step()
      if rig.isOn(Site.fan) { onTime += 1 }
    }
    #expect(abs(onTime - 500) <= 1)
    #expect(rig.reason(Site.fan).rule == .readingLost)
  }

  @Test("hold then off keeps what ran when the reading was lost, for its time")
  func holdThenOff() {
    let rig = ControllerRig(Site.plan { $0.outputs[2].onReadingLost = .holdThenOff(.seconds(30)) })
    rig.values["shed.humidity"] = 60
    rig.run(5)
    rig.values["shed.humidity"] = nil
    rig.run(6)
    #expect(rig.isOn(Site.mister))
    #expect(rig.reason(Site.mister).rule == .readingLost)
    rig.run(29)
    #expect(rig.isOn(Site.mister))
    rig.step()
    #expect(!rig.isOn(Site.mister))
  }

  @Test("a reading that comes back is controlled by again, and its alarm waits to be seen")
  func recovery() {
    let rig = ControllerRig()
    rig.step()
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (nil, nil)
    rig.run(100)
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (20, 20)
    rig.run(2)
    #expect(rig.isOn(Site.heater))
    #expect(rig.alarm(.readingLost, "shed.temperature")?.isPresent == false)
    rig.step([.acknowledge(nil, by: "li")])
    #expect(rig.alarm(.readingLost, "shed.temperature") == nil)
    #expect(rig.transitions(.readingLost, "shed.temperature") == [.raised, .acknowledged, .cleared])
  }

  @Test("minimum ventilation goes on without any reading")
  func minimumVentilation() {
    let rig = ControllerRig(
      Site.plan {
        $0.zones[0].setpoints.ventilation = VentilationTimer(on: .minutes(2), period: .minutes(15))
        $0.outputs[1].onReadingLost = .off
      })
    rig.values = [:]
    var onTime = 0
    for _ in 0..<3_600 {
      rig.step()
      if rig.isOn(Site.fan) {
        onTime += 1
        #expect(rig.reason(Site.fan).rule == .minimumVentilation)
      }
    }
    #expect(onTime == 480)
  }

  @Test("the lost probe of one zone changes nothing in another")
  func zonesAreIndependent() {
    let whole = ControllerRig()
    let broken = ControllerRig()
    for second in 0..<600 {
      let temperature = 24 + Double(second % 100) / 50
      whole.values["room.temperature"] = temperature
      broken.values["room.temperature"] = temperature
      if second == 100 {
        for name in ["north.temperature", "south.temperature", "shed.humidity", "shed.co2"] {
          broken.values[name] = nil
        }
      }
      whole.step()
      broken.step()
      #expect(whole.last.outputs[Site.roomHeater.index] == broken.last.outputs[Site.roomHeater.index])
      #expect(whole.last.evidence[1] == broken.last.evidence[1])
    }
  }

  @Test("evidence for the guardian is the zone's temperature with its true age")
  func evidence() {
    let rig = ControllerRig()
    rig.run(3)
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (nil, nil)
    rig.run(4)
    #expect(rig.last.evidence[0] == HeaterEvidence(temperature: 25, age: .seconds(4)))
    #expect(rig.last.evidence[2] == .none)
  }
}

@Suite("Step: vetoes and overrides")
struct ControllerOverrideTests {
  @Test("an override drives its output until its time is over")
  func overrideEnds() {
    let rig = ControllerRig()
    rig.step([.override(Site.mister, demand: 1, for: .minutes(2), by: "li")])
    #expect(rig.isOn(Site.mister))
    #expect(rig.reason(Site.mister).rule == .override)
    #expect(rig.reason(Site.mister).until == rig.now.advanced(by: .minutes(2)))
    rig.run(119)
    #expect(rig.isOn(Site.mister))
    rig.step()
    #expect(!rig.isOn(Site.mister))
    #expect(rig.events(.overrideSet) == ["mister 100 %, 120 s li"])
    #expect(rig.events(.overrideEnded) == ["mister"])
  }

  @Test("no override is longer than four hours")
  func longest() {
    let rig = ControllerRig()
    rig.step([.override(Site.mister, demand: 1, for: .hours(1_000), by: "li")])
    #expect(rig.controller.override(of: Site.mister)?.until == rig.now.advanced(by: .hours(4)))
  }

  @Test("a demand is kept within 0…1, and a time below zero is none", arguments: [(-3.0, 0.0), (0.4, 0.4), (7, 1)])
  func clamped(demand: Double, share: Double) {
    let rig = ControllerRig()
    rig.step([.override(Site.mister, demand: demand, for: .hours(1), by: "li")])
    #expect(rig.controller.override(of: Site.mister)?.demand == share)
    rig.step([.override(Site.mister, demand: 1, for: .seconds(-5), by: "li")])
    #expect(rig.controller.override(of: Site.mister) == nil)
    #expect(!rig.isOn(Site.mister))
  }

  @Test("auto ends an override at once, and nothing is recorded where there was none")
  func automatic() {
    let rig = ControllerRig()
    rig.step([.override(Site.mister, demand: 1, for: .hours(1), by: "li")])
    rig.step([.automatic(Site.mister, by: "wang"), .automatic(Site.fan, by: "wang")])
    #expect(!rig.isOn(Site.mister))
    #expect(rig.events(.overrideEnded) == ["mister wang"])
  }

  @Test("an override off outranks a law")
  func overrideOff() {
    let rig = ControllerRig()
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (20, 20)
    rig.step([.override(Site.heater, demand: 0, for: .hours(1), by: "li")])
    #expect(!rig.isOn(Site.heater))
  }

  @Test("an override does not go round a constraint")
  func overrideAndConstraint() {
    let rig = ControllerRig(Site.plan { $0.outputs[2].constraints.minimumOff = .seconds(60) })
    rig.step([.override(Site.mister, demand: 1, for: .hours(1), by: "li")])
    #expect(!rig.isOn(Site.mister))
    #expect(rig.reason(Site.mister).heldBy == .minimumOff)
  }

  @Test("at its high limit a heater is off whatever an operator says, past its minimum on-time")
  func highLimit() {
    let rig = ControllerRig(Site.plan { $0.outputs[0].constraints.minimumOn = .hours(1) })
    rig.step([.override(Site.heater, demand: 1, for: .hours(1), by: "li")])
    #expect(rig.isOn(Site.heater))
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (35, 35)
    rig.step()
    #expect(!rig.isOn(Site.heater))
    let reason = rig.reason(Site.heater)
    #expect((reason.rule, reason.value, reason.setpoint) == (.highLimit, 35, 35))
  }

  @Test("a heater is off without a temperature, whatever an operator says")
  func noEvidence() {
    let rig = ControllerRig()
    rig.values = [:]
    rig.step([.override(Site.heater, demand: 1, for: .hours(1), by: "li")])
    #expect(!rig.isOn(Site.heater))
    #expect(rig.reason(Site.heater).rule == .noEvidence)
  }

  @Test("a heater without a zone to look at never runs")
  func noZone() {
    let rig = ControllerRig(Site.plan { $0.outputs[0].evidenceZone = nil })
    rig.step([.override(Site.heater, demand: 1, for: .hours(1), by: "li")])
    #expect(!rig.isOn(Site.heater))
  }
}

@Suite("Step: watering")
struct ControllerWateringTests {
  @Test("a dry bed gets its doses up to the cap, valve before pump, and then an alarm")
  func doses() {
    let rig = ControllerRig()
    rig.values["bed.soil-moisture"] = 20
    rig.step()
    #expect((rig.isOn(Site.valve), rig.isOn(Site.pump)) == (true, false))
    #expect(rig.reason(Site.valve).rule == .irrigation)
    rig.run(2)
    #expect((rig.isOn(Site.valve), rig.isOn(Site.pump)) == (true, true))
    rig.run(60)
    #expect(rig.reason(Site.valve).rule == .soaking)
    rig.run(2_000)
    #expect(rig.controller.waterUsed(in: Site.bed, at: rig.now).map { isClose($0, 6) } == true)
    #expect(rig.reason(Site.valve).rule == .waterCap)
    #expect(rig.alarm(.waterCap, "bed")?.isOpen == true)
    #expect(rig.controller.waterUsed(in: Site.shed, at: rig.now) == nil)
  }

  @Test("a bed without a pump gets its dose and no water before or after it", arguments: [2, 30])
  func valveOnly(lead: Int) {
    let rig = ControllerRig(
      Site.plan {
        $0.zones[2].bed?.pump = nil
        $0.zones[2].bed?.irrigation.valveLead = .seconds(lead)
      })
    rig.values["bed.soil-moisture"] = 20
    var litres = 0.0
    for _ in 0..<600 {
      rig.step()
      if rig.isOn(Site.valve) { litres += 0.1 }
    }
    #expect(isClose(litres, 3))
  }

  @Test("a bed without a valve gets its dose")
  func pumpOnly() {
    let rig = ControllerRig(Site.plan { $0.zones[2].bed?.valve = nil })
    rig.values["bed.soil-moisture"] = 20
    var litres = 0.0
    for _ in 0..<600 {
      rig.step()
      if rig.isOn(Site.pump) { litres += 0.1 }
    }
    #expect(isClose(litres, 3))
  }

  @Test("water that does not flow, because the guardian holds the pump, is not counted")
  func held() {
    let rig = ControllerRig()
    rig.values["bed.soil-moisture"] = 20
    for _ in 0..<100 { rig.step(feedback: OutputFeedback(on: 1 << 4, held: 1 << 5)) }
    #expect(rig.controller.waterUsed(in: Site.bed, at: rig.now) == 0)
  }

  @Test("an unknown soil gets nothing")
  func lost() {
    let rig = ControllerRig()
    rig.values["bed.soil-moisture"] = nil
    rig.run(100)
    #expect((rig.isOn(Site.valve), rig.isOn(Site.pump)) == (false, false))
    #expect(rig.reason(Site.pump).rule == .readingLost)
  }

  @Test("a dose must be saved as given from its first moment, and again when it ends")
  func saved() {
    let rig = ControllerRig()
    rig.step()
    rig.values["bed.soil-moisture"] = 20
    var saved: [Double] = []
    for _ in 0..<100 where rig.step().mustSave {
      let water = rig.controller.memory(at: rig.now).water.first { $0.zone == "bed" }
      saved.append(water?.deliveries.reduce(0) { $0 + $1.litres }.rounded() ?? -1)
    }
    #expect(saved == [3, 3])
  }

  @Test("what the controller had not given when it died counts as given")
  func diedWhileWatering() {
    let rig = ControllerRig()
    rig.values["bed.soil-moisture"] = 20
    rig.run(10)
    #expect(rig.isOn(Site.pump))
    let next = ControllerRig(memory: rig.controller.memory(at: rig.now), now: rig.now)
    #expect(next.controller.waterUsed(in: Site.bed, at: next.now).map { $0.rounded() } == 3)
  }
}

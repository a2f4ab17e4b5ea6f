// Outputs that are on and of which nothing comes, and heat that nobody asked for.

import Climate
import Testing

@testable import Controller

@Suite("Effect of heaters")
struct HeaterEffectTests {
  /// A shed that its heater warms by `gain` over the `outside` in the end, with a time constant of half an hour.
  private final class House {
    let rig: ControllerRig
    var temperature: Double
    var gain: Double
    var outside: Double
    private(set) var onTime = 0

    init(_ rig: ControllerRig = ControllerRig(), temperature: Double, gain: Double, outside: Double = 10) {
      (self.rig, self.temperature, self.gain, self.outside) = (rig, temperature, gain, outside)
    }

    func run(_ seconds: Int, coolingBy trend: Double = 0) {
      onTime = 0
      for _ in 0..<seconds {
        outside -= trend
        temperature += (outside + (rig.isRunning(Site.heater) ? gain : 0) - temperature) / 1_800
        (rig.values["north.temperature"], rig.values["south.temperature"]) = (temperature, temperature)
        rig.step()
        if rig.isOn(Site.heater) { onTime += 1 }
      }
    }
  }

  private func alarm(_ rig: ControllerRig) -> Alarm? { rig.alarm(.heaterNoEffect, "heater") }

  private func hold(_ rig: ControllerRig, at temperature: Double, _ seconds: Int) {
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (temperature, temperature)
    rig.run(seconds)
  }

  /// A rig whose heater has just been stopped, because the temperature stands still at 20 °C.
  private func stopped() -> ControllerRig {
    let rig = ControllerRig()
    hold(rig, at: 20, 1_861 + 600)
    return rig
  }

  @Test("a heater that warms nothing rests after half an hour, with a critical alarm, then stays off but for trials")
  func dead() {
    let rig = ControllerRig()
    hold(rig, at: 20, 1_800)
    #expect(rig.isOn(Site.heater))
    hold(rig, at: 20, 61)
    #expect(!rig.isOn(Site.heater))
    #expect(rig.reason(Site.heater).rule == .noEffect)
    #expect(rig.reason(Site.heater).until == rig.now.advanced(by: .minutes(10)))
    #expect(alarm(rig) == nil)
    hold(rig, at: 20, 601)
    #expect(alarm(rig)?.settings.severity == .critical)
    hold(rig, at: 20, 1_189)
    #expect(
      !rig.records.contains { record in
        guard case .decision(let stamp, Site.heater, true, _, _) = record else { return false }
        return stamp.at > Instant(seconds: 2_861)
      })
    var on = 0
    for _ in 0..<(6 * 3_600) where rig.step().outputs[Site.heater.index].isOn { on += 1 }
    #expect(abs(on - 12 * 300) <= 24)
    #expect(rig.transitions(.heaterNoEffect, "heater") == [.raised])
  }

  @Test("steps of five minutes are judged by their minutes if all of them is known, and as stalls not at all")
  func longSteps() {
    let (known, stalls) = (ControllerRig(), ControllerRig())
    for rig in [known, stalls] { (rig.values["north.temperature"], rig.values["south.temperature"]) = (20, 20) }
    var rules: [Rule] = []
    for _ in 0..<8 {
      known.step(after: 300, longestStep: 300)
      stalls.step(after: 300)
      rules.append(known.reason(Site.heater).rule)
    }
    #expect(rules[6] != .noEffect && rules[7] == .noEffect)
    #expect(stalls.reason(Site.heater).rule != .noEffect)
  }

  @Test("a probe that lies outside is found out even while the morning sun warms it")
  func outsideInTheMorning() {
    let rig = ControllerRig()
    var on = 0
    for second in 0..<(6 * 3_600) {
      let outside = 5 + Double(second) / 3_600 * 2
      for name in ["north", "south", "out"] { rig.values["\(name).temperature"] = outside }
      rig.step()
      if second >= 2_400, rig.isOn(Site.heater) { on += 1 }
    }
    #expect(Double(on) < 0.2 * 19_200)
    #expect(alarm(rig)?.isOpen == true)
  }

  @Test("a cold house that is as cold as the outside when it is first heated is heated on")
  func coldStart() {
    let house = House(temperature: 5, gain: 25, outside: 5)
    house.rig.values["out.temperature"] = 5
    house.run(2_700)
    #expect(house.onTime == 2_700)
  }

  @Test("neither override nor law heats through the rest")
  func override() {
    let rig = ControllerRig()
    hold(rig, at: 20, 1_861)
    rig.step([.override(Site.heater, demand: 1, for: .hours(2), by: "li")])
    #expect(!rig.isOn(Site.heater))
    #expect(rig.reason(Site.heater).rule == .noEffect)
  }

  @Test("a heater that is too small for the night is found out by its rest and loses next to nothing")
  func weak() {
    let house = House(temperature: 18, gain: 8)
    house.run(1_861)
    #expect(house.rig.reason(Site.heater).rule == .noEffect)
    house.run(240)
    #expect(house.rig.isOn(Site.heater))
    #expect(house.rig.transitions(.heaterNoEffect, "heater").isEmpty)
    house.run(10 * 3_600)
    #expect(house.rig.alarm(.heaterWeak, "heater")?.settings.severity == .alarm)
    #expect(house.onTime > 35_000)
    #expect(house.temperature > 17)
    house.gain = 30
    house.run(7_200)
    #expect(house.rig.alarm(.heaterWeak, "heater") == nil)
  }

  @Test("a night that cools does not make a probe outside look like one beside the heater")
  func coolingNight() {
    let house = House(temperature: 18, gain: 0, outside: 18)
    house.run(4 * 3_600, coolingBy: 1.8 / 3_600)
    #expect(alarm(house.rig) != nil)
    #expect(house.rig.transitions(.heaterNoEffect, "heater") == [.raised])
    #expect(house.onTime < 1_900 + 7 * 310)
  }

  @Test("a weak heater on a night that cools is not starved")
  func weakOnCoolingNight() {
    let house = House(temperature: 20, gain: 8, outside: 12)
    house.run(8 * 3_600, coolingBy: 0.8 / 3_600)
    #expect(house.onTime > 27_000)
    #expect(house.rig.alarm(.heaterWeak, "heater") != nil)
  }

  @Test("a heater that just holds its zone in the band at full power is no alarm")
  func justEnough() {
    let house = House(temperature: 24.5, gain: 14.5)
    house.run(6 * 3_600)
    #expect(house.onTime > 20_000)
    #expect(house.rig.transitions(.heaterNoEffect, "heater").isEmpty)
    #expect(house.rig.transitions(.heaterWeak, "heater").isEmpty)
  }

  @Test("a probe that falls off beside a weak heater is found out though the heater had been proven")
  func fallsOff() {
    let house = House(temperature: 18, gain: 8)
    house.run(4_500)
    #expect(house.rig.alarm(.heaterWeak, "heater") != nil)
    house.gain = 0
    house.run(2 * 3_600)
    #expect(alarm(house.rig) != nil)
    #expect(house.onTime < 3_600)
  }

  @Test("a heater that holds its setpoint, warms up, or is asked for little is left alone")
  func healthy() {
    let house = House(temperature: 15, gain: 30)
    house.run(6 * 3_600)
    let rig = ControllerRig()
    rig.step([.override(Site.heater, demand: 0.8, for: .hours(4), by: "li")])
    hold(rig, at: 24.9, 3 * 3_600)
    for rig in [house.rig, rig] {
      #expect(rig.transitions(.heaterNoEffect, "heater").isEmpty)
      #expect(rig.transitions(.heaterWeak, "heater").isEmpty)
    }
  }

  @Test("a heater in a zone that is not too cold is left alone")
  func warmEnough() {
    let rig = ControllerRig()
    rig.step([.override(Site.heater, demand: 1, for: .hours(4), by: "li")])
    hold(rig, at: 25.1, 7_200)
    #expect(alarm(rig) == nil)
    #expect(rig.isOn(Site.heater))
  }

  @Test("a trial that warms the probe ends it, even after the heater has gone off again")
  func trial() {
    let rig = stopped()
    hold(rig, at: 20, 1_210)
    #expect(rig.isOn(Site.heater))
    #expect(alarm(rig)?.isPresent == true)
    hold(rig, at: 20, 320)
    #expect(!rig.isOn(Site.heater))
    hold(rig, at: 20.35, 130)
    #expect(rig.isOn(Site.heater))
    #expect(alarm(rig) == nil)
  }

  @Test("a morning that warms the probe anyway is no effect of a trial")
  func warmMorning() {
    let rig = stopped()
    var temperature = 20.0
    for _ in 0..<100 {
      temperature += 0.04
      hold(rig, at: temperature, 60)
    }
    #expect(alarm(rig) != nil)
    #expect(temperature < 25)
  }

  @Test("an acknowledgement ends it: the heater gets another half hour, and then a new alarm")
  func acknowledged() {
    let rig = stopped()
    rig.step([.acknowledge(AlarmID(kind: .heaterNoEffect, subject: "heater"), by: "li")])
    rig.step()
    #expect(rig.isOn(Site.heater))
    #expect(alarm(rig) == nil)
    hold(rig, at: 20, 1_900 + 600)
    #expect(!rig.isOn(Site.heater))
    #expect(rig.transitions(.heaterNoEffect, "heater") == [.raised, .acknowledged, .cleared, .raised])
  }

  @Test("a probe that is silent now and then does not hide it")
  func flickering() {
    let rig = ControllerRig()
    for _ in 0..<12 {
      hold(rig, at: 20, 230)
      (rig.values["north.temperature"], rig.values["south.temperature"]) = (nil, nil)
      rig.run(20)
    }
    #expect(alarm(rig) != nil)
  }

  @Test("a restart forgets neither that a heater is without effect nor grants it half an hour")
  func restart() {
    let before = stopped()
    let rig = ControllerRig(memory: before.controller.memory(at: before.now))
    hold(rig, at: 20, 599)
    #expect(!rig.isOn(Site.heater))
    #expect(rig.reason(Site.heater).rule == .noEffect)
    #expect(alarm(rig)?.isOpen == true)
    hold(rig, at: 20, 310)
    #expect(rig.isOn(Site.heater) == false)
    #expect(
      rig.records.contains { record in
        if case .decision(_, Site.heater, true, _, _) = record { true } else { false }
      })
  }
}

@Suite("Heat that nobody asked for")
struct StrayHeatTests {
  /// Warms the shed from 27 °C by 0.06 K a minute with its heater off, for half an hour.
  private func warm(_ rig: ControllerRig) {
    var temperature = 27.0
    for _ in 0..<30 {
      temperature += 0.06
      (rig.values["north.temperature"], rig.values["south.temperature"]) = (temperature, temperature)
      rig.run(60)
    }
  }

  @Test("a zone above its band that warms with all heaters off: critical alarm, and the fans run until it is back")
  func stuckOn() {
    let rig = ControllerRig()
    warm(rig)
    #expect(rig.alarm(.stuckOn, "shed")?.settings.severity == .critical)
    #expect(rig.last.outputs[Site.fan.index].demand == 1)
    #expect(rig.reason(Site.fan).rule == .stuckOn)
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (26.1, 26.1)
    rig.run(900)
    #expect(rig.isOn(Site.fan))
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (25.9, 25.9)
    rig.run(130)
    #expect(!rig.isOn(Site.fan))
    #expect(rig.alarm(.stuckOn, "shed")?.isPresent == false)
  }

  @Test("a slow rise, warm air outside, and a heater that is meant to be on are no stray heat")
  func none() {
    let slow = ControllerRig()
    var temperature = 27.0
    for _ in 0..<60 {
      temperature += 0.04
      (slow.values["north.temperature"], slow.values["south.temperature"]) = (temperature, temperature)
      slow.run(60)
    }
    let mild = ControllerRig()
    mild.values["out.temperature"] = 26
    warm(mild)
    let heated = ControllerRig()
    heated.step([.override(Site.heater, demand: 1, for: .hours(1), by: "li")])
    warm(heated)
    for rig in [slow, mild, heated] { #expect(rig.alarm(.stuckOn, "shed") == nil) }
  }

  @Test("the sun is no stray heat where a light sensor sees it", arguments: [(6_000.0, false), (4_000, true)])
  func sun(light: Double, isStray: Bool) {
    let rig = ControllerRig(
      Site.plan { $0.zones[0].channels[.illuminance] = Site.addProbe("shed.illuminance", .illuminance, to: &$0) })
    rig.values["shed.illuminance"] = light
    warm(rig)
    #expect((rig.alarm(.stuckOn, "shed") != nil) == isStray)
  }
}

@Suite("Effect of misters, fans and water")
struct RunEffectTests {
  @Test("a mister that has run for 20 min and moistens nothing has an alarm, and goes on")
  func mister() {
    let rig = ControllerRig()
    rig.values["shed.humidity"] = 60
    rig.run(1_200)
    #expect(rig.alarm(.noEffect, "mister") == nil)
    rig.run(70)
    #expect(rig.alarm(.noEffect, "mister")?.settings.severity == .alarm)
    #expect(rig.isOn(Site.mister))
    rig.values["shed.humidity"] = 64
    rig.run(130)
    #expect(rig.alarm(.noEffect, "mister") == nil)
  }

  @Test("a mister that moistens, and one that hardly runs, have none")
  func misterWorks() {
    let rig = ControllerRig()
    for minute in 0..<60 {
      rig.values["shed.humidity"] = 60 + 0.15 * Double(minute)
      rig.run(60)
    }
    let idle = ControllerRig()
    idle.step([.override(Site.mister, demand: 0.5, for: .hours(2), by: "li")])
    idle.values["shed.humidity"] = 60
    idle.run(3_600)
    for rig in [rig, idle] { #expect(rig.transitions(.noEffect, "mister").isEmpty) }
  }

  @Test("a fan that runs for 20 min and leaves CO2 above its limit as it is has an alarm")
  func fan() {
    let rig = ControllerRig()
    rig.values["shed.co2"] = 2_600
    rig.run(1_300)
    #expect(rig.alarm(.noEffect, "fan") != nil)
    rig.values["shed.co2"] = 1_400
    rig.run(130)
    #expect(rig.alarm(.noEffect, "fan") == nil)
  }

  @Test("a fan that airs, and one that runs for other reasons, have none")
  func fanWorks() {
    let rig = ControllerRig()
    for minute in 0..<40 {
      rig.values["shed.co2"] = 4_500 - 3 * Double(minute)
      rig.run(60)
    }
    let cooling = ControllerRig()
    (cooling.values["north.temperature"], cooling.values["south.temperature"]) = (29, 29)
    cooling.run(3_600)
    for rig in [rig, cooling] { #expect(rig.transitions(.noEffect, "fan").isEmpty) }
  }

  private func used(_ rig: ControllerRig, _ litres: Double) -> Bool {
    rig.controller.waterUsed(in: Site.bed, at: rig.now).map { isClose($0, litres, within: 0.1) } == true
  }

  private static let thirstyPlan = Site.plan { $0.zones[2].bed?.irrigation.dailyCap = 1_000 }

  /// A bed whose probe has felt three doses, and which then stays dry.
  private func bed() -> ControllerRig {
    let rig = ControllerRig(Self.thirstyPlan)
    rig.values["bed.soil-moisture"] = 10
    rig.run(300)
    for dose in 1...3 {
      rig.values["bed.soil-moisture"] = 10 + 1.5 * Double(dose)
      rig.run(dose < 3 ? 640 : 350)
    }
    return rig
  }

  @Test("water that does not reach the soil: after two doses an alarm and a pause of six hours, then one dose more")
  func burstPipe() {
    let rig = bed()
    rig.run(1_400)
    #expect(rig.alarm(.noEffect, "pump")?.isOpen == true)
    #expect(rig.reason(Site.pump).rule == .noEffect)
    #expect(used(rig, 15))
    rig.run(6 * 3_600 - 200)
    #expect(used(rig, 15))
    rig.run(900)
    #expect(used(rig, 18))
    rig.run(6 * 3_600 - 900)
    #expect(used(rig, 18))
    #expect(rig.transitions(.noEffect, "pump") == [.raised])
  }

  @Test("an acknowledgement ends the pause, and a dose that is felt ends the alarm")
  func waterComes() {
    let rig = bed()
    rig.run(1_400)
    rig.step([.acknowledge(nil, by: "li")])
    rig.run(3)
    #expect(rig.isOn(Site.pump))
    #expect(rig.alarm(.noEffect, "pump") == nil)
    let healed = bed()
    healed.run(1_400 + 6 * 3_600)
    healed.values["bed.soil-moisture"] = 16
    healed.run(700)
    #expect(healed.transitions(.noEffect, "pump") == [.raised, .cleared])
  }

  @Test("two small doses that are felt together, a part of a dose, and doses too small to be felt, are no fault")
  func smallDoses() {
    let rig = bed()
    rig.run(290)
    for dose in 1...10 {
      rig.values["bed.soil-moisture"] = 14.5 + 0.6 * Double(dose)
      rig.run(640)
    }
    let capped = ControllerRig(Site.plan { $0.zones[2].bed?.irrigation.dailyCap = 3 })
    capped.values["bed.soil-moisture"] = 20
    capped.run(90_000)
    let unfelt = ControllerRig(Self.thirstyPlan)
    unfelt.values["bed.soil-moisture"] = 20
    unfelt.run(20_000)
    #expect((unfelt.controller.waterUsed(in: Site.bed, at: unfelt.now) ?? 0) > 80)
    for rig in [rig, capped, unfelt] { #expect(rig.transitions(.noEffect, "pump").isEmpty) }
  }

  @Test("a restart does not open the tap again")
  func restart() {
    let before = bed()
    before.run(1_400)
    let rig = ControllerRig(Self.thirstyPlan, memory: before.controller.memory(at: before.now))
    rig.values["bed.soil-moisture"] = 14.5
    rig.run(3_600)
    #expect(used(rig, 15))
    #expect(rig.reason(Site.pump).rule == .noEffect)
  }
}

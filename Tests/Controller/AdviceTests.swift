// What a zone's last day says about its fans and its probes.

import Climate
import Testing

@testable import Controller

private struct UnexpectedAdvice: Error {
  let advice: [Advice]
}

/// The only piece of advice there is.
private func only(_ advice: [Advice]) throws -> Advice {
  guard advice.count == 1, let first = advice.first else { throw UnexpectedAdvice(advice: advice) }
  return first
}

@Suite("Advice on ventilation")
struct VentilationAdviceTests {
  /// Advice on the shed after hours at some values, a step a minute.
  private func advice(
    hours: Double, on rig: ControllerRig = ControllerRig(), _ values: [String: Double]
  ) -> [Advice] {
    for (name, value) in values { rig.values[name] = value }
    for _ in 0..<Int(hours * 60) { rig.step(after: 60) }
    return rig.controller.advice(in: Site.shed)
  }

  private func shortfall(_ advice: [Advice]) throws -> VentilationShortfall {
    guard case .ventilationShortfall(let shortfall) = try only(advice) else { throw UnexpectedAdvice(advice: advice) }
    return shortfall
  }

  /// Hours for which air from outside could not help against a quantity.
  private func useless(_ quantity: Quantity, _ advice: [Advice]) throws -> Double {
    guard case .outsideAir(quantity, let hours) = try only(advice) else { throw UnexpectedAdvice(advice: advice) }
    return hours
  }

  @Test("a fan that runs at full for hours while CO2 stays above its limit is too small, and by how much is said")
  func carbonDioxide() throws {
    let found = try shortfall(advice(hours: 4.2, ["shed.co2": 2_580]))
    #expect(found.quantity == .co2 && found.outputs == [Site.fan])
    #expect(abs(found.hours - 4.2) < 0.1)
    #expect(abs(found.excess - 1_080) < 1)
    #expect(abs(found.factor - 2) < 0.01)
  }

  @Test(
    "moisture that a fan at full cannot carry into drier air is a shortfall of air, by the vapour and not by percent")
  func moisture() throws {
    let found = try shortfall(advice(hours: 5, ["shed.humidity": 90]))
    #expect(found.quantity == .humidity)
    #expect(abs(found.excess - 10) < 0.1)
    let (inside, upperEnd, outside) = (ZoneControl.water(25, 90), ZoneControl.water(25, 80), ZoneControl.water(15, 60))
    #expect(abs(found.factor - (inside - outside) / (upperEnd - outside)) < 0.01)
  }

  @Test("warmth that a fan at full cannot carry out is a shortfall of air while it is cool outside")
  func warmth() throws {
    let found = try shortfall(
      advice(hours: 4, ["north.temperature": 29, "south.temperature": 29, "shed.humidity": 60, "out.temperature": 16]))
    #expect(found.quantity == .temperature)
    #expect(abs(found.factor - 1.3) < 0.01)
  }

  @Test("where the air outside is too warm or too moist that is what is said, and not that the fan is too small")
  func outside() throws {
    let hot = advice(
      hours: 4,
      [
        "north.temperature": 29, "south.temperature": 29, "shed.humidity": 60, "out.temperature": 25.5,
        "out.humidity": 40,
      ])
    #expect(abs(try useless(.temperature, hot) - 4) < 0.1)
    let moist = advice(hours: 4, ["shed.humidity": 90, "out.temperature": 22, "out.humidity": 95])
    #expect(abs(try useless(.humidity, moist) - 4) < 0.1)
  }

  @Test("air that could help a little, but not into the band, is no reason to call the fan too small")
  func barelyDrier() throws {
    // 80 % at 25 °C are 18.4 g/m³: this air holds 18.2, well below what is inside, and can never bring the band.
    let found = advice(hours: 6, ["shed.humidity": 92, "out.temperature": 25, "out.humidity": 79])
    #expect(abs(try useless(.humidity, found) - 6) < 0.1)
  }

  @Test(
    "a zone in its band, a fan with reserve, a fan that a person holds off, or a short while say nothing",
    arguments: [(4.0, 1_400.0), (4, 2_000), (2.8, 2_600)])
  func nothing(hours: Double, co2: Double) {
    #expect(advice(hours: hours, ["shed.co2": co2]) == [])
  }

  @Test("a fan that a person holds off was not at full")
  func heldOff() {
    let rig = ControllerRig()
    rig.step([.override(Site.fan, demand: 0, for: .hours(12), by: "li")])
    #expect(advice(hours: 6, on: rig, ["shed.co2": 2_600]) == [])
  }

  @Test("what is more than a day ago counts no more")
  func aDay() {
    let rig = ControllerRig()
    #expect(!advice(hours: 4, on: rig, ["shed.co2": 2_600]).isEmpty)
    #expect(!advice(hours: 19, on: rig, ["shed.co2": 800]).isEmpty)
    #expect(advice(hours: 7, on: rig, ["shed.co2": 800]) == [])
  }

  @Test("ammonia that a fan at full cannot clear is a shortfall of air, against air without any")
  func ammonia() throws {
    let rig = ControllerRig(
      Site.plan { plan in
        plan.zones[0].channels[.ammonia] = Site.addProbe("shed.ammonia", .ammonia, to: &plan)
        plan.zones[0].setpoints.ammonia = GasLimit(limit: 10)
      })
    let found = try shortfall(advice(hours: 4, on: rig, ["shed.ammonia": 18]))
    #expect(found.quantity == .ammonia && isClose(found.excess, 8) && isClose(found.factor, 1.8))
  }

  @Test(
    "where boxes of silkworms are counted, a shortfall says for how many the air was enough, but not against warmth")
  func boxes() throws {
    func site() -> ControllerRig { ControllerRig(Site.plan { $0.zones[0].boxes = 12 }) }
    let stuffy = try shortfall(advice(hours: 4, on: site(), ["shed.co2": 2_580]))
    #expect(abs(try #require(stuffy.sufficesFor) - 6) < 0.05)
    let warm = try shortfall(
      advice(
        hours: 4, on: site(),
        ["north.temperature": 29, "south.temperature": 29, "shed.humidity": 60, "out.temperature": 16]))
    #expect(warm.boxes == 12 && warm.sufficesFor == nil)
  }

  @Test("without a sensor outside nobody says that air could have helped, but of CO2")
  func blind() {
    let rig = ControllerRig()
    (rig.values["out.temperature"], rig.values["out.humidity"]) = (nil, nil)
    #expect(advice(hours: 6, on: rig, ["north.temperature": 30, "south.temperature": 30, "shed.humidity": 95]) == [])
  }
}

@Suite("Advice on probes")
struct PlacementAdviceTests {
  private let north = ChannelID(0)
  private let south = ChannelID(1)

  /// Starts of the mister, with a quiet minute before each; the probes move by so much while it runs.
  private func pulses(_ count: Int, north: Double, south: Double, single: Bool = false) -> [Advice] {
    let rig = ControllerRig(
      Site.plan { plan in
        if single { plan.zones[0].channels[.temperature] = ChannelID(0) }
      })
    for _ in 0..<count {
      (rig.values["north.temperature"], rig.values["south.temperature"]) = (25, 25)
      rig.step([.override(Site.mister, demand: 0, for: .hours(1), by: "li")])
      rig.run(90)
      rig.step([.override(Site.mister, demand: 1, for: .hours(1), by: "li")])
      (rig.values["north.temperature"], rig.values["south.temperature"]) = (25 + north, 25 + south)
      rig.run(70)
    }
    return rig.controller.advice(in: Site.shed)
  }

  @Test("a probe that answers the mister within a minute sits in its stream if the other does not")
  func stream() {
    #expect(pulses(8, north: -0.6, south: -0.1) == [.probeInStream(probe: north, of: Site.mister)])
    #expect(pulses(8, north: 0, south: -0.6) == [.probeInStream(probe: south, of: Site.mister)])
  }

  @Test("what both probes do, small changes, few starts and a probe that is alone say nothing")
  func noStream() {
    // Not so cold that the heater starts, which would spoil the look.
    #expect(pulses(8, north: -0.5, south: -0.42) == [])
    #expect(pulses(8, north: -0.3, south: 0) == [])
    #expect(pulses(4, north: -0.6, south: 0) == [])
    #expect(pulses(8, north: -0.6, south: 0, single: true) == [])
  }

  /// How much more a probe shows while something heats it.
  private func excess(of probe: ChannelID, from source: Advice.HeatSource, _ advice: [Advice]) throws -> Double {
    guard case .probeInHeat(probe, source, let kelvins) = try only(advice) else {
      throw UnexpectedAdvice(advice: advice)
    }
    return kelvins
  }

  /// Four hours with the heater and four without, again and again; a probe differs by so much.
  private func heater(_ probe: String = "north", with: Double, without: Double, hours: Int = 4) -> [Advice] {
    let rig = ControllerRig()
    for round in 0..<4 {
      let isHeating = round % 2 == 0
      rig.step([.override(Site.heater, demand: isHeating ? 1 : 0, for: .hours(24), by: "li")])
      rig.values[probe + ".temperature"] = 25 + (isHeating ? with : without)
      for _ in 0..<(hours * 60) { rig.step(after: 60) }
    }
    return rig.controller.advice(in: Site.shed)
  }

  @Test("a probe that shows more only while the heaters run hangs at a heater")
  func atHeater() throws {
    #expect(abs(try excess(of: north, from: .heater, heater(with: 1.6, without: 0)) - 1.6) < 0.1)
    #expect(abs(try excess(of: south, from: .heater, heater("south", with: 1.6, without: 0)) - 1.6) < 0.1)
  }

  @Test("a probe that always differs is badly calibrated, and a small or a new difference says nothing")
  func noHeater() {
    #expect(heater(with: 1.9, without: 1.9) == [])
    #expect(heater(with: 1.9, without: 0.8) == [])
    #expect(heater(with: 0.7, without: 0) == [])
    #expect(heater(with: 1.6, without: 0, hours: 1) == [])
  }

  @Test("a probe that shows more only while the sun shines is to be shaded")
  func sun() throws {
    let rig = ControllerRig(
      Site.plan { plan in
        let light = Site.addProbe("shed.illuminance", .illuminance, to: &plan)
        plan.zones[0].channels[.illuminance] = light
      })
    rig.step([.override(Site.heater, demand: 0, for: .hours(24), by: "li")])
    for hour in 0..<16 {
      let isLit = hour % 8 < 4
      rig.values["shed.illuminance"] = isLit ? 20_000 : 0
      rig.values["south.temperature"] = isLit ? 26.5 : 25
      for _ in 0..<60 { rig.step(after: 60) }
    }
    #expect(abs(try excess(of: south, from: .sun, rig.controller.advice(in: Site.shed)) - 1.5) < 0.1)
  }

  /// A day of warm and cool hours, in which the north probe shows what the south probe showed some minutes ago.
  private func waves(lag: Double, swing: Double = 3) -> [Advice] {
    let rig = ControllerRig()
    func value(_ minutes: Double) -> Double {
      let phase = (minutes + 960).truncatingRemainder(dividingBy: 480) / 480
      return 25 + swing * (abs(4 * phase - 2) - 1)
    }
    for minute in 0..<(24 * 60) {
      rig.values["south.temperature"] = value(Double(minute))
      rig.values["north.temperature"] = value(Double(minute) - lag)
      rig.step(after: 60)
    }
    return rig.controller.advice(in: Site.shed).filter { if case .probeLags = $0 { true } else { false } }
  }

  @Test("a probe that comes late is named with its lag", arguments: [20.0, 40])
  func lag(minutes: Double) throws {
    let advice = waves(lag: minutes)
    guard case .probeLags(north, let found) = try only(advice) else { throw UnexpectedAdvice(advice: advice) }
    #expect(abs(found - minutes) < minutes / 5)
  }

  @Test("a few minutes, or differences that nobody would see, are no lag")
  func noLag() {
    #expect(waves(lag: 5) == [])
    #expect(waves(lag: 20, swing: 1) == [])
  }
}

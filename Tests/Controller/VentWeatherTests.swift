// Wind and rain at a vent: what wins, how long, and what is said of it.

import Climate
import Testing

@testable import Controller

/// The site of the other tests with a roof vent that cools its shed, an anemometer and a rain detector.
private enum Roof {
  static let opening = OutputID(6)
  static let closing = OutputID(7)

  static func rig(
    onReadingLost: LossPolicy = .off, _ change: (inout Plan) -> Void = { _ in }
  ) -> ControllerRig {
    let rig = ControllerRig(plan(onReadingLost, change))
    rig.values["outside.wind-speed"] = 2
    rig.values["outside.rain"] = 0
    return rig
  }

  static func plan(_ onReadingLost: LossPolicy = .off, _ change: (inout Plan) -> Void = { _ in }) -> Plan {
    Site.plan { plan in
      let wind = Site.addProbe("outside.wind-speed", .windSpeed, to: &plan)
      let rain = Site.addProbe("outside.rain", .rain, to: &plan)
      let vent = VentPlan(
        travel: .seconds(50), closing: closing,
        wind: WeatherLimit(
          channel: wind, steps: [.init(from: 8, most: 0.3), .init(from: 14, most: 0)], hysteresis: 2,
          hold: .minutes(10), unknown: 0.2),
        rain: WeatherLimit(
          channel: rain, steps: [.init(from: 50, most: 0.1)], hysteresis: 20, hold: .minutes(15), unknown: 0.1))
      for (name, kind, vent) in [("roof", OutputKind.vent, vent), ("roof-close", .ventClosing, nil)] {
        plan.outputs.append(
          OutputPlan(
            name: name, kind: kind, constraints: OutputConstraints(), cycle: .minutes(5),
            onReadingLost: kind == .vent ? onReadingLost : .off, vent: vent))
      }
      plan.zones[0].loops[1].outputs = [opening]
      plan.zones[0].loops[3].outputs = []
      change(&plan)
    }
  }

  /// Past the first minutes, in which the weather of before is not known.
  static let settled = 1_000
}

extension ControllerRig {
  /// How far the roof is wanted open.
  fileprivate var roof: Double { last.outputs[Roof.opening.index].demand }
  fileprivate var held: Constraint? { reason(Roof.opening).heldBy }

  /// Where the roof is, from how its motor runs in so many seconds.
  fileprivate func runRoof(_ seconds: Int, from opening: Double = 1) -> Double {
    var opening = opening
    for _ in 0..<seconds {
      step()
      opening += (isOn(Roof.opening) ? 0.02 : 0) - (isOn(Roof.closing) ? 0.02 : 0)
      opening = min(max(opening, 0), 1)
    }
    return opening
  }

  fileprivate func heat() { (values["north.temperature"], values["south.temperature"]) = (33, 33) }
}

@Suite("Vents in wind and rain")
struct VentWeatherTests {
  @Test("in fair weather the vent opens as far as its zone asks")
  func fair() {
    let rig = Roof.rig()
    rig.heat()
    rig.run(Roof.settled)
    #expect(rig.roof == 1 && rig.held == nil)
    #expect(rig.controller.weather(of: Roof.opening) == nil)
  }

  @Test("wind caps the opening, a storm shuts it, and the motor follows")
  func wind() {
    let rig = Roof.rig()
    rig.heat()
    rig.run(Roof.settled)
    rig.values["outside.wind-speed"] = 9
    var opening = rig.runRoof(200)
    #expect(isClose(opening, 0.3, within: 0.05))
    #expect(rig.reason(Roof.opening).rule == .cooling && rig.held == .wind)
    let allowance = rig.controller.weather(of: Roof.opening)
    #expect(allowance?.most == 0.3 && allowance?.from == 8 && isClose(allowance?.value ?? 0, 9))
    rig.values["outside.wind-speed"] = 16
    opening = rig.runRoof(200, from: opening)
    #expect(opening == 0 && rig.roof == 0)
    #expect(rig.controller.weather(of: Roof.opening)?.from == 14)
  }

  @Test("a gust of a second is not a storm, one of ten seconds is")
  func gust() {
    let rig = Roof.rig()
    rig.heat()
    rig.run(Roof.settled)
    rig.values["outside.wind-speed"] = 15
    rig.step()
    #expect(rig.roof == 1)
    rig.run(30)
    #expect(rig.roof == 0)
  }

  @Test("the vent opens again only when the wind has been well below the limit for the whole delay")
  func delay() {
    let rig = Roof.rig()
    rig.heat()
    rig.run(Roof.settled)
    rig.values["outside.wind-speed"] = 9
    rig.run(60)
    // Below the limit, but not below the hysteresis: for hours.
    rig.values["outside.wind-speed"] = 6.5
    rig.run(3_600)
    #expect(isClose(rig.roof, 0.3))
    #expect(rig.reason(Roof.opening).until == nil)
    rig.values["outside.wind-speed"] = 5
    rig.run(500)
    #expect(isClose(rig.roof, 0.3) && rig.held == .wind)
    #expect(rig.reason(Roof.opening).until.map { rig.now < $0 } == true)
    // One gust in between, and the delay begins anew.
    rig.values["outside.wind-speed"] = 9
    rig.run(10)
    rig.values["outside.wind-speed"] = 5
    rig.run(590)
    #expect(isClose(rig.roof, 0.3))
    rig.run(30)
    #expect(rig.roof == 1 && rig.held == nil)
  }

  @Test("after a storm the cap of a lesser wind still holds while it blows")
  func stepsDown() {
    let rig = Roof.rig()
    rig.heat()
    rig.run(Roof.settled)
    rig.values["outside.wind-speed"] = 16
    rig.run(60)
    rig.values["outside.wind-speed"] = 9
    rig.run(500)
    #expect(rig.roof == 0)
    rig.run(200)
    #expect(isClose(rig.roof, 0.3))
  }

  @Test("rain caps the opening, and for a time after it")
  func rain() {
    let rig = Roof.rig()
    rig.heat()
    rig.run(Roof.settled)
    rig.values["outside.rain"] = 100
    rig.run(60)
    #expect(isClose(rig.roof, 0.1) && rig.held == .rain)
    rig.values["outside.rain"] = 0
    rig.run(800)
    #expect(isClose(rig.roof, 0.1))
    rig.run(200)
    #expect(rig.roof == 1)
  }

  @Test("of wind and rain the one that allows less wins, and of equals the wind is named")
  func both() {
    let rig = Roof.rig { $0.outputs[6].vent?.rain?.steps[0].most = 0.3 }
    rig.heat()
    rig.run(Roof.settled)
    (rig.values["outside.wind-speed"], rig.values["outside.rain"]) = (9, 100)
    rig.run(60)
    #expect(isClose(rig.roof, 0.3) && rig.held == .wind)
    let other = Roof.rig()
    other.heat()
    other.run(Roof.settled)
    (other.values["outside.wind-speed"], other.values["outside.rain"]) = (9, 100)
    other.run(60)
    #expect(isClose(other.roof, 0.1) && other.held == .rain)
    other.values["outside.wind-speed"] = 20
    other.run(60)
    #expect(other.roof == 0 && other.held == .wind)
  }

  @Test("where the wind is lost, wind is assumed, said so, and assumed for the delay after it is back")
  func windLost() {
    let rig = Roof.rig()
    rig.heat()
    rig.run(Roof.settled)
    rig.values["outside.wind-speed"] = nil
    rig.run(20)
    #expect(isClose(rig.roof, 0.2) && rig.held == .windUnknown)
    #expect(rig.reason(Roof.opening).rule == .cooling)
    let allowance = rig.controller.weather(of: Roof.opening)
    #expect(allowance?.value == nil && allowance?.from == nil && allowance?.most == 0.2)
    rig.run(120)
    #expect(rig.alarm(.probeFailed, "outside.wind-speed") != nil)
    rig.values["outside.wind-speed"] = 2
    rig.run(590)
    #expect(isClose(rig.roof, 0.2))
    rig.run(30)
    #expect(rig.roof == 1)
  }

  @Test("where it is not known whether it rains, rain is assumed")
  func rainLost() {
    let rig = Roof.rig()
    rig.heat()
    rig.run(Roof.settled)
    rig.values["outside.rain"] = nil
    rig.run(20)
    #expect(isClose(rig.roof, 0.1) && rig.held == .rainUnknown)
  }

  @Test("a storm in which the anemometer goes keeps the vent shut")
  func lostInStorm() {
    let rig = Roof.rig()
    rig.heat()
    rig.run(Roof.settled)
    rig.values["outside.wind-speed"] = 16
    rig.run(60)
    rig.values["outside.wind-speed"] = nil
    rig.run(7_200)
    #expect(rig.roof == 0 && rig.held == .wind)
  }

  @Test("after a start the weather of the minutes before counts as not known")
  func start() {
    let rig = Roof.rig()
    rig.heat()
    rig.run(300)
    #expect(isClose(rig.roof, 0.1) && rig.held == .rainUnknown)
    #expect(rig.reason(Roof.opening).until != nil)
  }

  @Test("measured wind holds against a person's hand; rain and lost sensors do not")
  func byHand() {
    let rig = Roof.rig()
    rig.run(Roof.settled)
    rig.values["outside.rain"] = nil
    rig.values["outside.wind-speed"] = nil
    rig.run(20)
    rig.step([.override(Roof.opening, demand: 0.8, for: .hours(1), by: "Li")])
    #expect(isClose(rig.roof, 0.8) && rig.reason(Roof.opening).rule == .override)
    rig.values["outside.wind-speed"] = 9
    rig.run(60)
    #expect(isClose(rig.roof, 0.3) && rig.held == .wind)
  }

  @Test("a loss policy opens the vent no further than the weather lets it")
  func readingLost() {
    let rig = Roof.rig(onReadingLost: .duty(share: 0.5, period: .minutes(15)))
    rig.run(Roof.settled)
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (nil, nil)
    rig.run(100)
    #expect(isClose(rig.roof, 0.5))
    rig.values["outside.wind-speed"] = 9
    rig.run(60)
    #expect(isClose(rig.roof, 0.3) && rig.reason(Roof.opening).rule == .readingLost)
  }

  @Test("what the weather withholds from a hot zone is an alarm, a little of it is none, and fans go on")
  func alarm() {
    let rig = Roof.rig { $0.zones[0].setpoints.ventilation = VentilationTimer(on: .minutes(2), period: .minutes(15)) }
    rig.heat()
    rig.run(Roof.settled)
    rig.values["outside.wind-speed"] = 16
    rig.run(200)
    #expect(rig.alarm(.ventLimited, "roof") == nil)
    rig.run(200)
    #expect(rig.alarm(.ventLimited, "roof")?.settings.severity == .alarm)
    var fanSeconds = 0
    for _ in 0..<900 {
      rig.step()
      fanSeconds += rig.isOn(Site.fan) ? 1 : 0
    }
    #expect(fanSeconds >= 120)
    rig.values["outside.wind-speed"] = 2
    rig.run(700)
    #expect(rig.alarm(.ventLimited, "roof") == nil)
    // 26.6 °C asks for 30 %, of which rain takes 20 points.
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (26.6, 26.6)
    rig.values["outside.rain"] = 100
    rig.run(600)
    #expect(isClose(rig.roof, 0.1) && rig.alarm(.ventLimited, "roof") == nil)
  }

  @Test("the alarm stands over a restart and clears with the weather")
  func alarmOverRestart() {
    let rig = Roof.rig()
    rig.heat()
    rig.run(Roof.settled)
    rig.values["outside.wind-speed"] = 16
    rig.run(400)
    let after = ControllerRig(Roof.plan(), memory: rig.controller.memory(at: rig.now), now: rig.now)
    #expect(after.alarm(.ventLimited, "roof") != nil)
    after.values["outside.wind-speed"] = 2
    after.values["outside.rain"] = 0
    after.heat()
    after.run(Roof.settled)
    #expect(after.alarm(.ventLimited, "roof") == nil)
  }

  @Test("a stage that locks vents shuts an open one, instead of letting it stand")
  func locked() {
    let rig = Roof.rig { plan in
      let title = LocalizedText(en: "r", zh: "r")
      let open = Stage(name: "open", title: title, duration: .hours(1), setpoints: plan.zones[0].setpoints)
      var shut = open
      (shut.name, shut.allowed) = ("shut", [.heater, .fan])
      plan.zones[0].recipe = Recipe(name: "r", title: title, version: "1", stages: [open, shut])
    }
    rig.heat()
    rig.run(Roof.settled)
    var opening = rig.runRoof(60)
    rig.step([.startStage(Site.shed, stage: 1, by: "Li")])
    opening = rig.runRoof(100, from: opening)
    #expect(opening == 0 && rig.reason(Roof.opening).rule == .stageLock)
    #expect(!rig.isOn(Roof.closing))
  }
}

@Suite("Band that grows with the cold outside")
struct BandWideningTests {
  private func rig() -> ControllerRig {
    let rig = Roof.rig { $0.zones[0].loops[1].widening = BandWidening(perKelvin: 0.2, most: 8) }
    // One kelvin into the band of the vent, which begins at 26 °C.
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (27, 27)
    return rig
  }

  @Test("the colder it is outside, the less the vent opens for the same excess, down to the widest band")
  func colder() {
    let rig = rig()
    for (outside, share) in [(27.0, 0.5), (30, 0.5), (22, 1 / 3.0), (7, 1 / 6.0), (-13, 1 / 8.0), (-20, 1 / 8.0)] {
      rig.values["out.temperature"] = outside
      rig.run(outside == 27 ? Roof.settled : 60)
      #expect(isClose(rig.roof, share, within: 1e-6), "\(outside) °C: \(rig.roof)")
    }
  }

  @Test("it is off unless it is configured, and without a temperature outside")
  func off() {
    let plain = Roof.rig()
    (plain.values["north.temperature"], plain.values["south.temperature"]) = (27, 27)
    plain.values["out.temperature"] = -5
    plain.run(Roof.settled)
    #expect(isClose(plain.roof, 0.5))
    let rig = rig()
    rig.values["out.temperature"] = nil
    rig.run(Roof.settled)
    #expect(isClose(rig.roof, 0.5))
  }

  @Test("a band that is wider than the widest stays as it is")
  func wide() {
    let widening = BandWidening(perKelvin: 0.2, most: 8)
    #expect(widening.width(of: 10, difference: 30) == 10)
    #expect(widening.width(of: 2, difference: -5) == 2)
    #expect(isClose(widening.width(of: 2, difference: 10), 4))
  }
}

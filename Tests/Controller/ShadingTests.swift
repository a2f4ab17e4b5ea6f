// Shade screens: by light, by heat, by the sky, in wind, and where the light is measured below them.

import Climate
import Testing

@testable import Controller

/// The site of the other tests with a screen over its shed that is drawn from 40 klx, to 80 % in 50 s.
private enum Screen {
  static let drawing = OutputID(6)
  static let retracting = OutputID(7)

  static func rig(isOutside: Bool = true, _ change: (inout Plan) -> Void = { _ in }) -> ControllerRig {
    let rig = ControllerRig(
      Site.plan { plan in
        let light = Site.addProbe("sun.illuminance", .illuminance, to: &plan)
        if isOutside {
          plan.zones[0].outside[.illuminance] = light
        } else {
          plan.zones[0].channels[.illuminance] = light
        }
        let motor = VentPlan(travel: .seconds(50), closing: retracting)
        for (name, kind, motor) in [("screen", OutputKind.shade, motor), ("screen-retract", .shadeRetracting, nil)] {
          plan.outputs.append(
            OutputPlan(
              name: name, kind: kind, constraints: OutputConstraints(), cycle: .minutes(5), onReadingLost: .off,
              vent: motor))
        }
        plan.zones[0].shade = ShadePlan(outputs: [drawing], light: Illuminance(lux: 40_000), most: 0.8)
        change(&plan)
      })
    rig.values["sun.illuminance"] = 20_000
    return rig
  }
}

extension ControllerRig {
  fileprivate var shade: Double { last.outputs[Screen.drawing.index].demand }

  /// Where the screen is, from how its motor runs in so many seconds.
  fileprivate func runScreen(_ seconds: Int, from drawn: Double, _ light: (Double) -> Double? = { _ in nil }) -> Double
  {
    var drawn = drawn
    for _ in 0..<seconds {
      if let light = light(drawn) { values["sun.illuminance"] = light }
      step()
      drawn += (isOn(Screen.drawing) ? 0.02 : 0) - (isOn(Screen.retracting) ? 0.02 : 0)
      drawn = min(max(drawn, 0), 1)
    }
    return drawn
  }
}

@Suite("Shade")
struct ShadingTests {
  @Test("the screen is drawn as far as it may in strong light, and back a quarter of an hour after it has faded")
  func light() {
    let rig = Screen.rig()
    var drawn = rig.runScreen(300, from: 1)
    #expect(drawn == 0 && rig.shade == 0 && rig.reason(Screen.drawing).rule == .idle)
    rig.values["sun.illuminance"] = 60_000
    drawn = rig.runScreen(900, from: drawn)
    #expect(isClose(drawn, 0.8, within: 0.05) && rig.reason(Screen.drawing).rule == .shading)
    #expect(rig.reason(Screen.drawing).setpoint == 40_000)
    rig.values["sun.illuminance"] = 34_000
    drawn = rig.runScreen(3_600, from: drawn)
    #expect(rig.shade == 0.8, "85 % of the limit keep it drawn")
    rig.values["sun.illuminance"] = 20_000
    drawn = rig.runScreen(900, from: drawn)
    #expect(rig.shade == 0.8)
    drawn = rig.runScreen(600, from: drawn)
    #expect(rig.shade == 0 && drawn == 0)
  }

  @Test("clouds that pass move nothing")
  func clouds() {
    let rig = Screen.rig()
    rig.values["sun.illuminance"] = 60_000
    rig.run(900)
    var moves = 0
    for second in 0..<3_600 {
      rig.values["sun.illuminance"] = second / 300 % 2 == 0 ? 15_000 : 60_000
      rig.step()
      moves += rig.isOn(Screen.drawing) || rig.isOn(Screen.retracting) ? 1 : 0
    }
    #expect(moves == 0)
  }

  @Test("heat draws it in a quarter of the light, and at night it does not")
  func heat() {
    let rig = Screen.rig { $0.zones[0].shade?.temperature = 30 }
    for name in ["north.temperature", "south.temperature"] { rig.values[name] = 31 }
    rig.values["sun.illuminance"] = 12_000
    rig.run(400)
    #expect(rig.shade == 0.8)
    let reason = rig.reason(Screen.drawing)
    #expect(reason.rule == .shading && reason.channel == Site.shedTemperature && reason.setpoint == 30)
    for name in ["north.temperature", "south.temperature"] { rig.values[name] = 29.5 }
    rig.run(1_200)
    #expect(rig.shade == 0.8, "half a kelvin is no end")
    for name in ["north.temperature", "south.temperature"] { rig.values[name] = 28.9 }
    rig.run(1_000)
    #expect(rig.shade == 0)
    for name in ["north.temperature", "south.temperature"] { rig.values[name] = 31 }
    rig.values["sun.illuminance"] = 5_000
    rig.run(2_000)
    #expect(rig.shade == 0)
  }

  /// Local noon of a summer day at the equator, ms since 1970 UTC, less the rig's clock at its start.
  private static let noon: Int64 = 1_782_043_200_000

  @Test("where the light is not known a clear sky draws half as far, by day, and a cool zone does not need it")
  func lost() {
    let rig = Screen.rig { $0.zones[0].shade?.temperature = 30 }
    for name in ["north.temperature", "south.temperature"] { rig.values[name] = 31 }
    rig.values["sun.illuminance"] = nil
    rig.wallBase = Self.noon
    rig.run(90)
    #expect(rig.shade == 0.4 && rig.reason(Screen.drawing).rule == .readingLost)
    rig.wallBase = Self.noon + 12 * 3_600_000
    rig.run(90)
    #expect(rig.shade == 0)
    rig.wallBase = Self.noon
    for name in ["north.temperature", "south.temperature"] { rig.values[name] = 28 }
    rig.run(90)
    #expect(rig.shade == 0)
    let blind = Screen.rig()
    (blind.values["sun.illuminance"], blind.wallBase, blind.trust) = (nil, Self.noon, .unknown)
    blind.run(90)
    #expect(blind.shade == 0)
  }

  @Test("below the screen its own shadow is reckoned with: it stays drawn in steady sun, and goes back when that fades")
  func below() {
    let rig = Screen.rig(isOutside: false) { $0.zones[0].shade?.transmission = 0.3 }
    var sun = 60_000.0
    var drawn = rig.runScreen(900, from: 0) { sun * (1 - $0 * 0.7) }
    #expect(isClose(drawn, 0.8, within: 0.05))
    drawn = rig.runScreen(7_200, from: drawn) { sun * (1 - $0 * 0.7) }
    #expect(rig.shade == 0.8)
    sun = 20_000
    drawn = rig.runScreen(2_400, from: drawn) { sun * (1 - $0 * 0.7) }
    #expect(drawn == 0)
  }

  @Test("wind draws it back against sun and hand, and so does wind that nobody knows against the sun")
  func wind() {
    let rig = Screen.rig { plan in
      let wind = Site.addProbe("outside.wind-speed", .windSpeed, to: &plan)
      plan.outputs[6].vent?.wind = WeatherLimit(
        channel: wind, steps: [.init(from: 10, most: 0)], hysteresis: 2, hold: .minutes(10), unknown: 0.2)
    }
    (rig.values["outside.wind-speed"], rig.values["sun.illuminance"]) = (2, 60_000)
    rig.run(1_200)
    #expect(rig.shade == 0.8)
    rig.values["outside.wind-speed"] = 14
    rig.run(1_200)
    #expect(rig.shade == 0 && rig.reason(Screen.drawing).heldBy == .wind)
    #expect(rig.alarm(.ventLimited, "screen") == nil, "nobody lacks air for it")
    rig.step([.override(Screen.drawing, demand: 1, for: .minutes(30), by: "grower")])
    #expect(rig.shade == 0)
    rig.step([.automatic(Screen.drawing, by: "grower")])
    rig.values["outside.wind-speed"] = 2
    rig.run(1_200)
    #expect(rig.shade == 0.8)
    rig.values["outside.wind-speed"] = nil
    rig.run(60)
    #expect(rig.shade == 0.2 && rig.reason(Screen.drawing).heldBy == .windUnknown)
  }

  @Test("a stage that does not allow shade draws it back")
  func locked() {
    let rig = Screen.rig { plan in
      let bare = recipeStage("bare", hours: 24) { $0.allowed = [.heater, .fan] }
      plan.zones[0].recipe = Recipe(name: "test", title: LocalizedText(en: "", zh: ""), version: "1", stages: [bare])
    }
    rig.values["sun.illuminance"] = 60_000
    #expect(rig.runScreen(900, from: 0.5) == 0)
    #expect(rig.reason(Screen.drawing).rule == .stageLock)
  }
}

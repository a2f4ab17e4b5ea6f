// Recipes in a running controller: events, warmth, day and night, light, offsets.

import Climate
import Testing

@testable import Controller

@Suite("DROP")
struct DropTests {
  /// What a stage of 22 °C by day, 15 °C at night and 3 K/h aims at, at an hour of a day with sunrise at 6.
  private static func setpoint(at hour: Double, _ drop: Drop?) -> Double? {
    var stage = recipeStage("seedlings", hours: 480, 22) { $0.temperature = Course(night: 15, ramp: 3, drop: drop) }
    stage.day = .sun
    let recipe = Recipe(name: "test", title: LocalizedText(en: "", zh: ""), version: "1", stages: [stage])
    let time = LocalTime(seconds: hour * 3_600, sunrise: 6 * 3_600, sunset: 18 * 3_600)
    let moment = Moment(
      time: time, temperature: nil,
      psychrometer: Psychrometer(coefficient: Psychrometer.naturallyVentilated, altitude: 0))
    let progress = RecipeProgress(stage: 0, elapsed: .hours(48))
    return recipe?.setpoints(at: progress, moment, over: Setpoints(), aim: nil).temperature?.setpoint
  }

  @Test("from half an hour before sunrise it is colder than at night for two hours, and then warms as slowly as ever")
  func morning() {
    let drop = Drop(depth: 4)
    #expect(Self.setpoint(at: 5.4, drop) == 15 && Self.setpoint(at: 5.6, drop) == 11)
    #expect(Self.setpoint(at: 7.4, drop) == 11)
    #expect(isClose(Self.setpoint(at: 8.5, drop) ?? 0, 14, within: 0.01))
    #expect(isClose(Self.setpoint(at: 12, drop) ?? 0, 22, within: 0.01))
    #expect(Self.setpoint(at: 20.5, drop) == 15 && Self.setpoint(at: 0.5, drop) == 15)
    #expect(isClose(Self.setpoint(at: 7.4, nil) ?? 0, 19.2, within: 0.01))
  }

  @Test("it may be by the clock and go over midnight")
  func clock() {
    let drop = Drop(depth: 2, begin: .clock(.hours(23)), length: .hours(3))
    #expect(Self.setpoint(at: 22.9, drop) == 15 && Self.setpoint(at: 23.5, drop) == 13)
    #expect(Self.setpoint(at: 1.9, drop) == 13 && Self.setpoint(at: 3, drop) == 15)
  }
}

@Suite("Recipe events")
struct RecipeEventTests {
  @Test("an event that comes early begins its stage, and the rest of the timeline moves")
  func early() throws {
    let rig = try house(moults)
    rig.pass(hours: 55)
    #expect(rig.stageName == "instar-1")
    rig.act(.event("moult-begin", ago: .zero))
    #expect(rig.stageName == "moult-1")
    #expect(rig.events(.recipeEvent) == ["shed moult-begin li"])
    #expect(rig.events(.stageBegan) == ["shed moult-1 li"])
    #expect(rig.last.mustSave)
    rig.pass(hours: 22.2)
    #expect(rig.stageName == "instar-2")
  }

  @Test("an event that comes after the clock expected it begins the same stage again, not the next of its name")
  func late() throws {
    let rig = try house(moults)
    rig.pass(hours: 66)
    #expect(rig.stageName == "moult-1")
    rig.act(.event("moult-begin", ago: .zero))
    #expect(rig.stageName == "moult-1")
    #expect(rig.controller.stage(of: Site.shed).map { $0.elapsed < .seconds(2) } == true)
    rig.pass(hours: 24)
    // Two hours into the second instar: a person sees the moult begin only now.
    #expect(rig.stageName == "instar-2")
    rig.act(.event("moult-begin", ago: .zero))
    #expect(rig.stageName == "moult-1")
  }

  @Test("an event of a while ago puts the zone where it would be by now")
  func ago() throws {
    let rig = try house(moults)
    rig.step()
    rig.act(.event("moult-begin", ago: .hours(13)))
    rig.step()
    #expect(rig.stageName == "moult-1-late")
    #expect(rig.controller.stage(of: Site.shed).map { (3_600...3_603).contains($0.elapsed.inSeconds) } == true)
  }

  @Test("an event that is due days later is a slip of the pen, and one that nobody knows as well")
  func slip() throws {
    let rig = try house(moults)
    rig.step()
    rig.act(.event("mounting", ago: .zero))
    rig.act(.event("harvest", ago: .zero))
    #expect(rig.stageName == "instar-1")
    #expect(rig.events(.recipeEvent) == [])
  }

  @Test("of several stages of one event the nearest in time is meant")
  func nearest() throws {
    let recipe = try testRecipe(moults)
    func begun(_ event: String, _ stage: Int, _ hours: Int) -> String? {
      recipe.stage(begunBy: event, at: RecipeProgress(stage: stage, elapsed: .hours(hours))).map {
        recipe.stages[$0].name
      }
    }
    #expect(begun("moult-begin", 0, 60) == "moult-1")
    #expect(begun("moult-begin", 3, 2) == "moult-1")
    #expect(begun("moult-begin", 3, 40) == "moult-2")
    #expect(begun("moult-end", 1, 1) == "instar-2")
    #expect(begun("brushing", 0, 30) == "instar-1")
    #expect(begun("mounting", 0, 0) == nil)
    #expect(begun("mounting", 5, 60) == "mounting")
  }

  @Test("a stage that waits for its event lasts until it is entered")
  func waits() throws {
    let rig = try house([
      recipeStage("one", hours: 1, 22, end: .event), recipeStage("two", hours: 5, 25, event: "shortening"),
    ])
    rig.pass(hours: 30)
    #expect(rig.stageName == "one")
    rig.act(.event("shortening", ago: .zero))
    #expect(rig.stageName == "two")
    #expect(rig.celsius == 25)
  }

  @Test("the next event may be entered however far off it was expected")
  func farNext() throws {
    let recipe = try testRecipe([
      recipeStage("long", hours: 1_000, end: .event), recipeStage("next", hours: 10, event: "pinning"),
      recipeStage("last", hours: 10),
    ])
    #expect(recipe.stage(begunBy: "pinning", at: RecipeProgress(stage: 0)) == 1)
  }
}

@Suite("Recipe clock")
struct RecipeClockTests {
  @Test("a stage that ends by warmth ends sooner in a warm house")
  func degreeHours() throws {
    func hours(at celsius: Double) throws -> Double {
      let rig = try house([
        recipeStage("warm", hours: 99, end: .degreeHours(sum: 150, base: 10)), recipeStage("next", hours: 9),
      ])
      (rig.values["north.temperature"], rig.values["south.temperature"]) = (celsius, celsius)
      rig.step()
      let start = rig.now
      while rig.stageName == "warm", start.duration(to: rig.now) < .hours(60) { rig.step(after: 600) }
      return start.duration(to: rig.now).inSeconds / 3_600
    }
    #expect(abs(try hours(at: 25) - 10) < 0.4)
    #expect(abs(try hours(at: 20) - 15) < 0.4)
    #expect(try hours(at: 9) >= 60)
  }

  @Test("without a reading larvae are taken to be as warm as they should be")
  func warmthWithoutReading() throws {
    var progress = RecipeProgress(stage: 0)
    let recipe = try testRecipe([
      recipeStage("warm", hours: 99, 25, end: .degreeHours(sum: 150, base: 10)), recipeStage("next", hours: 9),
    ])
    #expect(progress.advance(by: .hours(9), in: recipe) == false)
    #expect(progress.advance(by: .hours(1), in: recipe) == true)
    #expect(progress.degreeHours == 0)
  }

  @Test("a held recipe stands still until it is resumed")
  func hold() throws {
    let rig = try house(moults)
    rig.pass(hours: 61)
    rig.act(.hold)
    rig.pass(hours: 30)
    #expect(rig.stageName == "instar-1")
    #expect(rig.celsius == 27.5)
    #expect(rig.controller.progress(of: Site.shed)?.isHeld == true)
    rig.act(.resume)
    rig.pass(hours: 2)
    #expect(rig.stageName == "moult-1")
    #expect(rig.events(.recipeHeld) == ["shed li"] && rig.events(.recipeResumed) == ["shed li"])
  }

  @Test("a recipe that a person ends leaves the zone to its own setpoints, and can be taken up again")
  func stop() throws {
    let rig = try house(moults)
    rig.step()
    rig.act(.stop)
    #expect(rig.stageName == nil)
    #expect(rig.celsius == 25)
    rig.pass(hours: 3)
    rig.act(.resume)
    #expect(rig.stageName == "instar-1")
    #expect(rig.celsius == 27.5)
  }

  @Test("actions on a zone without a recipe do nothing")
  func noRecipe() {
    let rig = ControllerRig()
    for action: RecipeAction in [.hold, .resume, .stop, .event("mounting", ago: .zero), .endOffset] { rig.act(action) }
    #expect(rig.records.allSatisfy { if case .event(_, let kind, _, _, _) = $0 { kind == .started } else { true } })
  }

  @Test("the log names recipe, version and hash at every start")
  func stamp() throws {
    let rig = try house(moults)
    rig.step()
    #expect(rig.events(.recipeInForce) == ["shed test 1 #0123456789abcdef, instar-1"])
  }
}

@Suite("Recipe setpoints")
struct RecipeSetpointTests {
  private func dayAndNight(_ period: DayPeriod, ramp: Double? = nil) -> Stage {
    recipeStage("one", hours: 900, 24) {
      $0.temperature = Course(night: 17, ramp: ramp)
      $0.day = period
    }
  }

  @Test("by the clock, the night's setpoint holds from the end of the day to its beginning, over midnight too")
  func clock() throws {
    for (hour, celsius) in [(5, 17.0), (6, 24), (17, 24), (18, 17), (23, 17), (0, 17)] {
      let rig = try house([dayAndNight(DayPeriod(from: .clock(.hours(6)), to: .clock(.hours(18))))])
      rig.setClock(hour)
      rig.step()
      #expect(rig.celsius == celsius, "at \(hour):00")
      let nightShift = try self.nightShift(hour)
      #expect(nightShift == (celsius == 24 ? 17 : 24), "at \(hour):00")
    }
  }

  /// The same with the day at night: 18:00 to 06:00.
  private func nightShift(_ hour: Int) throws -> Double? {
    let rig = try house([dayAndNight(DayPeriod(from: .clock(.hours(18)), to: .clock(.hours(6))))])
    rig.setClock(hour)
    rig.step()
    return rig.celsius
  }

  // On 20 June in Wuxi the sun rises at about 05:37 and sets at about 19:48.
  @Test(
    "by the sun, the day begins with it, earlier or later",
    arguments: [(5, 30, 17.0), (5, 45, 24), (19, 40, 24), (19, 55, 17)])
  func sun(hour: Int, minute: Int, celsius: Double) throws {
    let rig = try house([dayAndNight(.sun)])
    rig.setClock(hour, minute)
    rig.step()
    #expect(rig.celsius == celsius)
    // Half an hour earlier at both ends.
    let other: [Double] = [24, 24, 17, 17]
    let index = [530, 545, 1_940, 1_955].firstIndex(of: hour * 100 + minute)
    #expect(try shifted(hour, minute) == index.map { other[$0] })
  }

  private func shifted(_ hour: Int, _ minute: Int) throws -> Double? {
    let rig = try house([dayAndNight(DayPeriod(from: .sunrise(.minutes(-30)), to: .sunset(.minutes(-30))))])
    rig.setClock(hour, minute)
    rig.step()
    return rig.celsius
  }

  @Test("a ramp leads from the night to the day, at its rate")
  func ramp() throws {
    let rig = try house([dayAndNight(DayPeriod(from: .clock(.hours(6)), to: .clock(.hours(18))), ramp: 2)])
    for (hour, minute, celsius) in [(6, 0, 17.0), (7, 30, 20), (9, 30, 24), (18, 0, 24), (19, 0, 22), (23, 0, 17)] {
      rig.setClock(hour, minute)
      rig.step(after: 61)
      #expect(abs(try #require(rig.celsius) - celsius) < 0.05, "at \(hour):\(minute)")
    }
  }

  @Test("while nobody knows the time it is taken for day, and the lamps stay dark")
  func unknownTime() throws {
    let rig = try house([
      recipeStage("one", hours: 9, 24) {
        $0.temperature = Course(night: 17)
        $0.light = .on(.sun)
      }
    ])
    rig.trust = .unknown
    rig.setClock(12)
    rig.step()
    #expect(rig.celsius == 24)
    #expect(!rig.isOn(lamp))
    rig.trust = .freeRunning
    rig.step(after: 61)
    #expect(rig.isOn(lamp))
    #expect(rig.reason(lamp).rule == .light)
  }

  @Test("a ramp leads from one stage to the next, and the alarm limit on the way gives way")
  func betweenStages() throws {
    let rig = try house([
      recipeStage("hot", hours: 1, 30), recipeStage("cool", hours: 99, 20) { $0.temperature = Course(ramp: 1) },
    ])
    rig.pass(hours: 4)
    let setpoints = rig.controller.setpoints(of: Site.shed).temperature
    #expect(abs(try #require(setpoints).setpoint - 27) < 0.2)
    #expect(abs(try #require(setpoints?.highAlarm) - 31) < 0.2)
    #expect(setpoints?.lowAlarm == 16)
    rig.pass(hours: 8)
    #expect(rig.celsius == 20)
    #expect(rig.controller.setpoints(of: Site.shed).temperature?.highAlarm == 24)
  }

  @Test("an offset moves the whole curve for a while, within limits, and is kept in the log")
  func offset() throws {
    let rig = try house(moults)
    rig.step()
    rig.act(.offset(temperature: -1.5, humidity: 5, for: .hours(2)))
    #expect(rig.celsius == 26)
    #expect(rig.controller.setpoints(of: Site.shed).humidity?.setpoint == 80)
    rig.pass(hours: 1.5)
    #expect(rig.celsius == 26)
    rig.pass(hours: 0.7)
    #expect(rig.celsius == 27.5)
    #expect(rig.controller.offset(of: Site.shed) == nil)
    #expect(rig.events(.offsetSet) == ["shed -1.5 K, 5.0 %, 7200 s li"])
    #expect(rig.events(.offsetEnded) == ["shed"])
    rig.act(.offset(temperature: 40, humidity: -90, for: .hours(999)))
    #expect(rig.celsius == 32.5)
    #expect(rig.controller.offset(of: Site.shed)?.until == rig.now.advanced(by: SetpointOffset.longest))
    rig.act(.endOffset)
    #expect(rig.celsius == 27.5)
  }

  @Test("a dry–wet difference means another humidity at another temperature")
  func dryWet() throws {
    let aim = HumidityAim(form: .dryWetDifference, value: 2.5, band: 0.5)
    func percent(at celsius: Double) throws -> Double {
      let rig = try house([
        recipeStage("one", hours: 9) {
          $0.humidityAim = aim
          $0.setpoints.humidity = BandSetpoint(setpoint: 79.9, band: 4)
        }
      ])
      (rig.values["north.temperature"], rig.values["south.temperature"]) = (celsius, celsius)
      rig.pass(hours: 2)
      #expect(rig.controller.humidityAim(of: Site.shed) == aim)
      return try #require(rig.controller.setpoints(of: Site.shed).humidity?.setpoint)
    }
    // FAO-56 eq. 15 at 400 m with the coefficient of an unaspirated thermometer.
    #expect(abs(try percent(at: 25) - 79.94) < 0.05)
    #expect(abs(try percent(at: 22) - 78.43) < 0.05)
  }

  @Test(
    "deficit and absolute humidity mean what the formulas say, and a band is never narrower than a point",
    arguments: [
      (HumidityAim(form: .vapourPressureDeficit, value: 0.895, band: 0.15), 70.01, 5.03),
      (HumidityAim(form: .absoluteHumidity, value: 15.231, band: 1), 69.99, 4.6),
      (HumidityAim(form: .absoluteHumidity, value: 15.231, band: 0.01), 69.99, 1),
      (HumidityAim(form: .vapourPressureDeficit, value: 5, band: 0.1), 0, 1),
      (HumidityAim(form: .dryWetDifference, value: 30, band: 1), 0, 1),
    ])
  func forms(aim: HumidityAim, percent: Double, band: Double) {
    let relative = aim.relative(at: Temperature(celsius: 24), psychrometer: Psychrometer(altitude: 0))
    #expect(abs(relative.setpoint - percent) < 0.05)
    #expect(abs(relative.band - band) < 0.05)
  }

  @Test("a zone without a recipe may aim at a deficit as well")
  func ownAim() {
    let rig = ControllerRig(
      Site.plan { $0.zones[0].humidityAim = HumidityAim(form: .absoluteHumidity, value: 15, band: 1) })
    rig.run(700)
    let expected = MoistAir(
      temperature: Temperature(celsius: 25), absoluteHumidity: AbsoluteHumidity(gramsPerCubicMetre: 15)
    ).relativeHumidity.percent
    #expect(abs((rig.controller.setpoints(of: Site.shed).humidity?.setpoint ?? 0) - expected) < 0.01)
  }
}

@Suite("Recipe light")
struct RecipeLightTests {
  @Test("lamps follow the programme, over midnight too", arguments: [(4, false), (5, true), (21, false), (12, true)])
  func programme(hour: Int, isLit: Bool) throws {
    func isOn(_ period: DayPeriod) throws -> Bool {
      let rig = try house([recipeStage("one", hours: 9) { $0.light = .on(period) }])
      rig.setClock(hour)
      rig.step()
      return rig.isOn(lamp)
    }
    #expect(try isOn(DayPeriod(from: .clock(.hours(5)), to: .clock(.hours(21)))) == isLit)
    #expect(try isOn(DayPeriod(from: .clock(.hours(21)), to: .clock(.hours(5)))) == !isLit)
  }

  @Test("a blackout wins over programmes and over people, at once")
  func blackout() throws {
    let rig = try house([
      recipeStage("light", hours: 9) { $0.light = .on(DayPeriod(from: .clock(.zero), to: .clock(.hours(23)))) },
      recipeStage("dark", hours: 9, event: "pigment") { $0.light = .blackout },
    ])
    rig.setClock(12)
    rig.step([.override(lamp, demand: 1, for: .hours(2), by: "li")])
    #expect(rig.isOn(lamp))
    rig.act(.event("pigment", ago: .zero))
    #expect(!rig.isOn(lamp))
    #expect(rig.reason(lamp).rule == .blackout)
    rig.step([.override(lamp, demand: 1, for: .hours(2), by: "li")])
    #expect(!rig.isOn(lamp))
  }

  @Test("a blackout leaves the lamps of other zones alone, and a stage without a programme all of them")
  func otherZones() throws {
    let dark = [recipeStage("dark", hours: 9) { $0.light = .blackout }]
    let other = try house(dark) { $0.zones[0].lights = [] }
    other.step([.override(lamp, demand: 1, for: .hours(1), by: "li")])
    #expect(other.isOn(lamp))
    let free = try house([recipeStage("free", hours: 9)])
    free.step([.override(lamp, demand: 1, for: .hours(1), by: "li")])
    #expect(free.isOn(lamp))
  }
}

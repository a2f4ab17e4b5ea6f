// Recipes over power cuts and restarts of the controller, and outputs that a stage locks.

import Climate
import Testing

@testable import Controller

@Suite("Recipes over restarts")
struct RecipeRestartTests {
  @Test("place, hold, warmth and offset are known again after a power cut")
  func powerCut() throws {
    let stages = [recipeStage("one", hours: 99, end: .degreeHours(sum: 900, base: 10)), recipeStage("two", hours: 9)]
    let before = try house(stages, machineBoot: "a")
    before.pass(hours: 20)
    before.act(.offset(temperature: 1, humidity: 0, for: .hours(3)))
    before.act(.hold)
    before.pass(hours: 1)
    let memory = before.controller.memory(at: before.now)
    let after = try house(stages, memory: memory, machineBoot: "b")
    after.step()
    let (old, new) = (before.controller.progress(of: Site.shed), after.controller.progress(of: Site.shed))
    #expect(new == old)
    #expect((new?.degreeHours ?? 0) > 250)
    #expect(new?.isHeld == true)
    #expect(after.celsius == 26)
    after.pass(hours: 2.2)
    #expect(after.celsius == 25)
  }

  @Test("time in which only the controller was away counts: larvae grow on")
  func controllerAway() throws {
    let before = try house(moults, machineBoot: "a")
    before.pass(hours: 60)
    let memory = before.controller.memory(at: before.now)
    let recipe = try testRecipe(moults)
    let plan = before.controller.plan
    #expect(plan.zones[0].recipe == recipe)
    let later = before.now.advanced(by: .hours(5))
    let same = Controller(plan: plan, memory: memory, machineBoot: "a", at: later)
    #expect(same.stage(of: Site.shed)?.stage.name == "moult-1")
    let booted = Controller(plan: plan, memory: memory, machineBoot: "b", at: later)
    #expect(booted.stage(of: Site.shed)?.stage.name == "instar-1")
  }

  @Test("an ended recipe stays ended")
  func ended() throws {
    let before = try house(moults, machineBoot: "a")
    before.act(.stop)
    let after = try house(moults, memory: before.controller.memory(at: before.now), machineBoot: "b")
    after.step()
    #expect(after.stageName == nil)
  }

  @Test("a damaged offset is left out")
  func damaged() throws {
    for (kelvins, remaining) in [(Double.nan, Duration.hours(1)), (1, .zero), (1, .seconds(-9))] {
      var memory = Memory()
      var saved = Memory.SavedProgress(zone: "shed", recipe: "test", stage: "instar-1", elapsed: .zero)
      saved.degreeHours = -5
      saved.offset = Memory.SavedOffset(temperature: kelvins, humidity: 0, remaining: remaining, by: "li")
      memory.progress = [saved]
      let rig = try house(moults, memory: memory)
      rig.step()
      #expect(rig.celsius == 27.5)
      #expect(rig.controller.progress(of: Site.shed)?.degreeHours == 0)
    }
  }
}

@Suite("Outputs that a stage locks")
struct StageLockTests {
  private static let shut = recipeStage("shut", hours: 9, 25, end: .event) { $0.allowed = [.heater, .mister] }
  private static let open = recipeStage("open", hours: 9, 25, event: "airing")

  @Test("what a stage does not allow stays off, whatever laws and people ask, until the next stage")
  func locks() throws {
    let rig = try house([Self.shut, Self.open])
    rig.values["shed.co2"] = 4_000
    rig.step([.override(Site.fan, demand: 1, for: .hours(1), by: "li")])
    #expect(!rig.isOn(Site.fan))
    #expect(rig.reason(Site.fan).rule == .stageLock)
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (20, 20)
    rig.run(2)
    #expect(rig.isOn(Site.heater))
    rig.act(.event("airing", ago: .zero))
    #expect(rig.isOn(Site.fan))
  }

  @Test("outputs of other zones are left alone")
  func otherZones() throws {
    let rig = try house([Self.shut, Self.open])
    rig.values["room.temperature"] = 20
    rig.step([.override(Site.valve, demand: 1, for: .hours(1), by: "li")])
    #expect(rig.isOn(Site.roomHeater) && rig.isOn(Site.valve))
  }
}

// What a restart must not prolong.

import Climate
import Testing

@testable import Controller

@Suite("Limits across restarts")
struct RestartTests {
  /// Runs a site in lives of some seconds each, each with what the last one remembered.
  private func live(_ rig: ControllerRig, lives: Int, seconds: Int, _ plan: Plan, _ look: (ControllerRig) -> Void) {
    var rig = rig
    for _ in 0..<lives {
      for _ in 0..<seconds {
        rig.step()
        look(rig)
      }
      let values = rig.values
      rig = ControllerRig(plan, memory: rig.controller.memory(at: rig.now), now: Instant(seconds: 50))
      rig.values = values
    }
  }

  @Test("an override ends within its time, however often the controller restarts")
  func override() {
    let rig = ControllerRig()
    rig.step([.override(Site.mister, demand: 1, for: .hours(1), by: "li")])
    var on = 1
    live(rig, lives: 50, seconds: 130, Site.plan()) { if $0.isOn(Site.mister) { on += 1 } }
    #expect((3_550...3_600).contains(on))
  }

  @Test("an override loses the time in which the controller was away, as long as the machine has not been booted")
  func overrideWhileAway() {
    let rig = ControllerRig(machineBoot: "a", now: Instant(seconds: 1_000))
    rig.step([.override(Site.mister, demand: 1, for: .hours(1), by: "li")])
    let memory = rig.controller.memory(at: rig.now)
    func overrideAfter(_ seconds: Double) -> Override? {
      let next = ControllerRig(memory: memory, machineBoot: "a", now: Instant(seconds: 1_001 + seconds))
      return next.controller.override(of: Site.mister)
    }
    #expect(overrideAfter(600)?.until == Instant(seconds: 4_601))
    #expect(overrideAfter(3_599) != nil)
    #expect(overrideAfter(3_600) == nil)
  }

  @Test("a boot of the machine ends an override, and the log says so")
  func overrideOverBoot() {
    let rig = ControllerRig(machineBoot: "a")
    rig.step([.override(Site.mister, demand: 1, for: .hours(1), by: "li")])
    let next = ControllerRig(memory: rig.controller.memory(at: rig.now), machineBoot: "b", now: Instant(seconds: 20))
    next.step()
    #expect(!next.isOn(Site.mister))
    #expect(next.controller.override(of: Site.mister) == nil)
    #expect(next.events(.overrideEnded) == ["mister"])
  }

  @Test("water is as old after a restart as it is, as long as the machine has not been booted")
  func waterWhileAway() {
    let rig = ControllerRig(machineBoot: "a", now: Instant(seconds: 1_000))
    rig.values["bed.soil-moisture"] = 20
    rig.run(600)
    let memory = rig.controller.memory(at: rig.now)
    func used(_ boot: String, after hours: Double) -> Double? {
      let now = rig.now.advanced(by: .seconds(hours * 3_600))
      return ControllerRig(memory: memory, machineBoot: boot, now: now).controller.waterUsed(in: Site.bed, at: now)
    }
    #expect(used("a", after: 23).map { $0 > 2.9 } == true)
    #expect(used("a", after: 25) == 0)
    // Over a boot nobody knows how long the power was away.
    #expect(used("b", after: 25).map { $0 > 2.9 } == true)
  }

  @Test("watering goes on with what is left of the day's water, however often the controller restarts")
  func water() {
    let rig = ControllerRig()
    rig.values["bed.soil-moisture"] = 20
    var flowing = 0
    live(rig, lives: 40, seconds: 1_000, Site.plan()) { if $0.isOn(Site.valve), $0.isOn(Site.pump) { flowing += 1 } }
    // 6 l a minute; two doses of 3 l are below the cap of 7 l, a third would not be.
    #expect((60...70).contains(flowing))
  }
}

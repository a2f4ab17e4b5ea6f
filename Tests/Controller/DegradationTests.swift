// The rungs of the degradation ladder, from one lost probe down to none left.

import Climate
import Foundation
import Testing

@testable import Controller

@Suite("Degradation: backup probes")
struct BackupProbeTests {
  private func backedUp() -> ControllerRig {
    let rig = ControllerRig(Site.plan(Site.addBackup))
    rig.values["backup.temperature"] = 24
    return rig
  }

  private func loseOwn(_ rig: ControllerRig) {
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (nil, nil)
  }

  @Test("a zone whose own probes are lost is held by its backup, and an alarm says so")
  func backupServes() {
    let rig = backedUp()
    rig.run(10)
    #expect(!rig.isOn(Site.heater))
    loseOwn(rig)
    rig.run(90)
    #expect(rig.reason(Site.heater).rule == .heating)
    #expect(rig.reason(Site.heater).value == 24)
    #expect(rig.last.evidence[0].temperature == 24)
    #expect(rig.alarm(.backupProbe, "air.temperature")?.settings.severity == .alarm)
    #expect(rig.alarm(.readingLost, "air.temperature") == nil)
  }

  @Test("the alarm ends when a probe of the zone is back, and a short absence raises none")
  func backupEnds() {
    let rig = backedUp()
    rig.run(10)
    loseOwn(rig)
    rig.run(30)
    rig.values["north.temperature"] = 25
    rig.run(90)
    #expect(rig.transitions(.backupProbe, "air.temperature").isEmpty)
    rig.values["north.temperature"] = nil
    rig.run(90)
    rig.values["north.temperature"] = 25
    rig.run(2)
    #expect(rig.transitions(.backupProbe, "air.temperature") == [.raised, .cleared])
  }

  @Test("with the backup lost, too: heater off, minimum ventilation, and a critical alarm within 90 s")
  func allLost() {
    let rig = ControllerRig(
      Site.plan {
        Site.addBackup(to: &$0)
        $0.zones[0].setpoints.ventilation = VentilationTimer(on: .minutes(2), period: .minutes(15))
        $0.outputs[1].onReadingLost = .off
      })
    for name in rig.values.keys { rig.values[name] = 20 }
    rig.values["backup.temperature"] = 20
    rig.run(10)
    #expect(rig.isOn(Site.heater))
    rig.values = [:]
    rig.run(89)
    #expect(rig.alarm(.readingLost, "air.temperature")?.settings.severity == .critical)
    var aired = 0
    for _ in 0..<900 {
      rig.step()
      #expect(!rig.isOn(Site.heater) && rig.reason(Site.heater).rule == .noEvidence)
      if rig.isOn(Site.fan) { aired += 1 }
    }
    #expect(aired == 120)
  }
}

@Suite("Degradation: bounded duty")
struct BoundedDutyTests {
  /// A shed whose heater runs by the given duties, an hour each, and which then lives on its backup, far too cold.
  private func rig(after duties: [Double], memory: Memory = Memory()) -> ControllerRig {
    let rig = ControllerRig(Site.plan(Site.addBackup), memory: memory)
    rig.values["backup.temperature"] = 15
    for duty in duties {
      rig.step([.override(Site.heater, demand: duty, for: .hours(2), by: "li")])
      rig.run(3_599)
    }
    rig.step([.automatic(Site.heater, by: "li")])
    return rig
  }

  private func loseOwn(_ rig: ControllerRig) {
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (nil, nil)
    rig.run(10)
  }

  private func demand(_ rig: ControllerRig) -> Double { rig.last.outputs[Site.heater.index].demand }

  @Test("on a backup a heater gives no more than half while its history is shorter than six hours")
  func littleKnown() {
    let rig = rig(after: [0, 0, 0, 0, 0])
    loseOwn(rig)
    #expect(demand(rig) == 0.5)
    #expect((rig.reason(Site.heater).rule, rig.reason(Site.heater).heldBy) == (.heating, .boundedDuty))
    var on = 0
    for _ in 0..<1_200 where rig.step().outputs[Site.heater.index].isOn { on += 1 }
    #expect(abs(on - 600) <= 60)
  }

  @Test("then no more than the median of the last day's hours")
  func median() {
    let rig = rig(after: [1, 0, 0.2, 0.3, 0.4, 1, 0])
    loseOwn(rig)
    #expect(abs(demand(rig) - 0.3) < 0.02)
    rig.values["north.temperature"] = 15
    rig.run(2)
    #expect(demand(rig) == 1)
    #expect(rig.reason(Site.heater).heldBy == nil)
  }

  @Test("a demand below the bound is followed, and no override goes above it")
  func override() {
    let rig = rig(after: [])
    loseOwn(rig)
    rig.step([.override(Site.heater, demand: 0.2, for: .hours(1), by: "li")])
    #expect((demand(rig), rig.reason(Site.heater).rule) == (0.2, .override))
    rig.step([.override(Site.heater, demand: 1, for: .hours(1), by: "li")])
    #expect((demand(rig), rig.reason(Site.heater).rule) == (0.5, .override))
  }

  @Test("hours on a backup or without any reading are no hours of the history")
  func onlyOwnProbes() {
    let rig = rig(after: [0.2, 0.2, 0.2, 0.2, 0.2, 0.2])
    rig.values["north.temperature"] = nil
    loseOwn(rig)
    rig.run(7 * 3_600)
    rig.values["backup.temperature"] = nil
    rig.run(7 * 3_600)
    rig.values["backup.temperature"] = 15
    rig.run(2)
    #expect(abs(demand(rig) - 0.2) < 0.02)
  }

  @Test("the history is remembered over a restart, and holds a day")
  func restart() {
    let before = rig(after: [0.2, 0.2, 0.2, 0.2, 0.2, 0.2])
    before.run(1_000)
    let memory = before.controller.memory(at: before.now)
    let after = ControllerRig(Site.plan(Site.addBackup), memory: memory)
    #expect(after.controller.memory(at: after.now).duties == memory.duties)
    after.values["backup.temperature"] = 15
    loseOwn(after)
    #expect(abs(demand(after) - 0.2) < 0.02)
    var history = DutyHistory()
    for hour in 0..<100 { history.add(isOn: hour < 76, seconds: 3_600) }
    #expect(history.bound == 0)
    #expect(history.saved(output: "heater").hours.count == 24)
  }

  @Test("a memory that makes no sense, or one of before there were duties, is as good as none")
  func badMemory() throws {
    let saved = Memory.SavedDuty(output: "h", hours: [.nan, 7, -3, 1, 1, 1, 1], elapsed: -5, onTime: .infinity)
    let history = DutyHistory(saved)
    #expect(history.bound == 1)
    #expect(history.saved(output: "h").hours == [1, 0, 1, 1, 1, 1])
    #expect(history.saved(output: "h").elapsed == 0)
    let old = try JSONDecoder().decode(
      Memory.self, from: Data(#"{"overrides":[],"alarms":[],"progress":[],"water":[],"integrals":[]}"#.utf8))
    #expect(old == Memory())
  }
}

// A machine that boots again and again.

import Climate
import Testing

@testable import Controller

@Suite("Brown-out")
struct BrownOutTests {
  /// Boots a machine several times, each life lasting some seconds, and gives the last life.
  private func boot(_ times: Int, living seconds: Int, memory: Memory = Memory()) -> ControllerRig {
    var memory = memory
    var rig = ControllerRig(memory: memory, machineBoot: "boot 0")
    for number in 0..<times {
      rig = ControllerRig(memory: memory, machineBoot: "boot \(number)", now: Instant(seconds: 7))
      (rig.values["north.temperature"], rig.values["south.temperature"]) = (20, 20)
      rig.values["shed.humidity"] = 50
      rig.values["bed.soil-moisture"] = 20
      rig.run(seconds)
      memory = rig.controller.memory(at: rig.now)
    }
    return rig
  }

  private func alarm(_ rig: ControllerRig) -> Alarm? { rig.alarm(.brownOut, "power") }

  @Test("the fifth boot in half an hour of power: no heat, no water, no mist, and a critical alarm")
  func brownOut() {
    #expect(alarm(boot(4, living: 60)) == nil)
    let rig = boot(5, living: 60)
    #expect(alarm(rig)?.settings.severity == .critical)
    for output in [Site.heater, Site.mister, Site.valve, Site.pump] {
      #expect(!rig.isOn(output))
      #expect(rig.reason(output).rule == .brownOut)
      #expect(rig.reason(output).until == rig.now.advanced(by: .seconds(1_800 - 300)))
    }
  }

  @Test("fans go on by their laws")
  func fans() {
    let rig = boot(5, living: 60)
    rig.values["shed.co2"] = 4_000
    rig.step()
    #expect(rig.isOn(Site.fan))
    #expect(rig.reason(Site.fan).rule == .co2)
  }

  @Test("no override heats in a brown-out")
  func override() {
    let rig = boot(5, living: 60)
    rig.step([.override(Site.heater, demand: 1, for: .hours(1), by: "li")])
    #expect(!rig.isOn(Site.heater))
    #expect(rig.reason(Site.heater).rule == .brownOut)
  }

  @Test("it is over when the fifth boot is half an hour of power ago")
  func end() {
    let rig = boot(5, living: 60)
    rig.run(1_499)
    #expect(!rig.isOn(Site.heater))
    rig.step()
    #expect(rig.isOn(Site.heater))
    #expect(rig.isOn(Site.mister))
    #expect(alarm(rig)?.isPresent == false)
  }

  @Test("boots that are far apart are no brown-out")
  func farApart() {
    #expect(alarm(boot(12, living: 451)) == nil)
  }

  @Test("a restart of the daemon is no boot, and where the boot cannot be told there is none")
  func daemon() {
    var memory = boot(4, living: 10).controller.memory(at: Instant(seconds: 17))
    for _ in 0..<10 {
      for name in ["boot 3", nil] {
        let rig = ControllerRig(memory: memory, machineBoot: name)
        rig.step()
        #expect(alarm(rig) == nil)
        memory = rig.controller.memory(at: rig.now)
        #expect((memory.boots.count, memory.machineBoot) == (4, "boot 3"))
      }
    }
  }

  @Test("a boot is saved at the first step")
  func saved() {
    let rig = ControllerRig(machineBoot: "a")
    #expect(rig.step().mustSave)
    #expect(rig.controller.memory(at: rig.now).boots == [.seconds(1)])
  }

  @Test("a memory that makes no sense does no harm")
  func badMemory() {
    var memory = Memory()
    memory.boots = [.seconds(-1_000), .hours(99_999), .zero]
    let rig = ControllerRig(memory: memory, machineBoot: "a")
    rig.step()
    #expect(alarm(rig) == nil)
  }
}

// The first five minutes, in which outputs start one after the other.

import Climate
import Testing

@testable import Controller

@Suite("Staggered restart")
struct StaggerTests {
  private func bank(_ count: Int = 3) -> OutputBank {
    OutputBank(
      constraints: Array(repeating: OutputConstraints(), count: count), startSpacing: .seconds(5),
      at: Instant(seconds: 100))
  }

  /// Everything is asked for: too cold, too dry, too much CO2.
  private func busy() -> ControllerRig {
    let rig = ControllerRig(Site.plan { $0.startSpacing = .seconds(5) })
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (20, 20)
    rig.values["room.temperature"] = 20
    rig.values["shed.humidity"] = 50
    rig.values["shed.co2"] = 5_000
    rig.values["bed.soil-moisture"] = 20
    return rig
  }

  @Test("a second start waits for five seconds after the first, and says how long")
  func spacing() {
    var bank = bank()
    #expect(bank.request(OutputID(0), on: true, at: Instant(seconds: 100)).isOn)
    let refused = bank.request(OutputID(1), on: true, at: Instant(seconds: 102))
    #expect(refused == RequestOutcome(isOn: false, heldBy: .stagger, untilAllowed: .seconds(3)))
    #expect(bank.request(OutputID(0), on: false, at: Instant(seconds: 103)).isOn == false)
    #expect(bank.request(OutputID(0), on: true, at: Instant(seconds: 104)).heldBy == .stagger)
    #expect(bank.request(OutputID(1), on: true, at: Instant(seconds: 105)).isOn)
  }

  @Test("after five minutes starts are free")
  func end() {
    var bank = bank()
    #expect(bank.isStaggering(at: Instant(seconds: 399)))
    _ = bank.request(OutputID(0), on: true, at: Instant(seconds: 399))
    #expect(bank.request(OutputID(1), on: true, at: Instant(seconds: 399)).heldBy == .stagger)
    #expect(bank.request(OutputID(1), on: true, at: Instant(seconds: 400)).isOn)
    #expect(bank.request(OutputID(2), on: true, at: Instant(seconds: 400)).isOn)
  }

  @Test("of several refusals the longer one is told")
  func longest() {
    var bank = OutputBank(
      constraints: [OutputConstraints(), OutputConstraints(minimumOff: .seconds(60))], startSpacing: .seconds(5),
      at: Instant(seconds: 100))
    _ = bank.request(OutputID(0), on: true, at: Instant(seconds: 101))
    #expect(bank.request(OutputID(1), on: true, at: Instant(seconds: 102)).heldBy == .minimumOff)
  }

  @Test("when everything wants to start, fans go first, and no two start within five seconds")
  func order() {
    let rig = busy()
    var starts: [(output: Int, at: Instant)] = []
    var last: UInt32 = 0
    for _ in 0..<60 {
      rig.step()
      for index in 0..<6 where rig.last.wanted & ~last & (1 << UInt32(index)) != 0 { starts.append((index, rig.now)) }
      last = rig.last.wanted
    }
    #expect(starts.first?.output == Site.fan.index)
    #expect(Set(starts.map(\.output)).count == 6)
    for (one, next) in zip(starts, starts.dropFirst()) { #expect(one.at.duration(to: next.at) >= .seconds(5)) }
    #expect(rig.last.outputs.count == 6)
  }

  @Test("an output that waits says so, with the end")
  func reason() {
    let rig = busy()
    rig.step()
    #expect(rig.isOn(Site.fan))
    #expect((rig.reason(Site.heater).rule, rig.reason(Site.heater).heldBy) == (.heating, .stagger))
    #expect(rig.reason(Site.heater).until == rig.now.advanced(by: .seconds(5)))
  }

  @Test("a heater does not start before there is a fresh reading, however long the controller has run")
  func freshReading() {
    let rig = busy()
    rig.values["room.temperature"] = nil
    rig.run(400)
    #expect(!rig.isOn(Site.roomHeater))
    #expect(rig.reason(Site.roomHeater).rule == .noEvidence)
    rig.values["room.temperature"] = 20
    rig.step()
    #expect(rig.isOn(Site.roomHeater))
  }

  /// Whether the heater waits for the fan, by a controller that begins with what another knew.
  private func isSpaced(knowing memory: Memory, machineBoot: String?, at now: Instant) -> Bool {
    let rig = ControllerRig(
      Site.plan { $0.startSpacing = .seconds(5) }, memory: memory, machineBoot: machineBoot, now: now)
    rig.values["shed.co2"] = 5_000
    rig.values["room.temperature"] = 20
    rig.step()
    #expect(rig.isOn(Site.fan))
    return !rig.isOn(Site.roomHeater)
  }

  @Test("a controller that was away for a moment does not space starts again, unless the power has just come back")
  func moment() {
    let rig = ControllerRig(machineBoot: "a")
    let began = rig.now
    rig.run(200)
    let early = rig.controller.memory(at: rig.now)
    #expect(isSpaced(knowing: early, machineBoot: "a", at: rig.now))
    rig.run(200)
    let memory = rig.controller.memory(at: rig.now)
    #expect(began.duration(to: rig.now) > OutputBank.staggerTime)
    #expect(!isSpaced(knowing: memory, machineBoot: "a", at: rig.now.advanced(by: .seconds(60))))
    #expect(isSpaced(knowing: memory, machineBoot: "a", at: rig.now.advanced(by: .minutes(4))))
    #expect(isSpaced(knowing: memory, machineBoot: "b", at: rig.now))
    #expect(isSpaced(knowing: memory, machineBoot: nil, at: rig.now))
    #expect(isSpaced(knowing: Memory(), machineBoot: "a", at: rig.now))
  }

  @Test("a device spaces its starts by five seconds unless it is told otherwise")
  func usual() {
    #expect(Plan(site: "a", altitude: 0, channels: [], outputs: [], zones: []).startSpacing == .seconds(5))
  }
}

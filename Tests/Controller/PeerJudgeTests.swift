// Probes of one zone that are judged by each other.

import Climate
import Testing

@testable import Controller

@Suite("Peers")
struct PeerJudgeTests {
  /// A shed with three probes of temperature: north, south and west.
  private func threeProbes(_ redundancy: Redundancy = .median) -> ControllerRig {
    let rig = ControllerRig(
      Site.plan {
        let west = Site.addProbe("west.temperature", .temperature, to: &$0)
        let group = ProbeGroup(probes: [ChannelID(0), ChannelID(1), west], redundancy: redundancy)
        $0.channels.append(ChannelPlan(name: "air.temperature", quantity: .temperature, source: .group(group)))
        $0.zones[0].channels[.temperature] = ChannelID($0.channels.count - 1)
      })
    rig.values["west.temperature"] = 25
    return rig
  }

  private func reading(_ rig: ControllerRig, _ name: String) -> Reading? {
    rig.controller.plan.channel(named: name).map { rig.controller.readings[$0.index] }
  }

  private func set(_ rig: ControllerRig, _ north: Double?, _ south: Double?, _ west: Double?) {
    rig.values["north.temperature"] = north
    rig.values["south.temperature"] = south
    rig.values["west.temperature"] = west
  }

  @Test(
    "one of three that is more than 2 K off for half an hour is voted out, with a warning", arguments: [22.8, 27.2])
  func votedOut(value: Double) {
    let rig = threeProbes(.firstGood)
    set(rig, value, 25, 25.1)
    rig.run(1_800)
    #expect(reading(rig, "air.temperature")?.trusted == value)
    rig.run(1)
    #expect(reading(rig, "north.temperature")?.quality == .suspect)
    #expect(reading(rig, "north.temperature")?.fault == .disagrees)
    #expect(reading(rig, "air.temperature")?.trusted == 25)
    rig.run(61)
    #expect(rig.alarm(.probeFailed, "north.temperature") != nil)
    #expect(rig.alarm(.probesDisagree, "air.temperature") == nil)
  }

  @Test("a probe within 2 K, or off for less than half an hour at a time, stays")
  func stays() {
    let rig = threeProbes()
    set(rig, 27, 25, 25)
    rig.run(4_000)
    #expect(reading(rig, "north.temperature")?.quality == .good)
    for _ in 0..<3 {
      set(rig, 30, 25, 25)
      rig.run(1_700)
      set(rig, 25, 25, 25)
      rig.run(10)
    }
    #expect(reading(rig, "north.temperature")?.quality == .good)
  }

  @Test("a probe that was voted out is taken back after ten minutes within 1 K, and not before")
  func takenBack() {
    let rig = threeProbes()
    set(rig, 30, 25, 25)
    rig.run(1_801)
    set(rig, 26.5, 25, 25)
    rig.run(3_000)
    #expect(reading(rig, "north.temperature")?.quality == .suspect)
    set(rig, 25.9, 25, 25)
    rig.run(590)
    set(rig, 26.5, 25, 25)
    rig.run(1)
    set(rig, 25.9, 25, 25)
    rig.run(600)
    #expect(reading(rig, "north.temperature")?.quality == .suspect)
    rig.run(1)
    #expect(reading(rig, "north.temperature")?.quality == .good)
  }

  @Test("of two nobody can say which is wrong: the mean goes on, and after half an hour there is an alarm")
  func two() {
    let rig = ControllerRig()
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (24, 26.1)
    rig.run(1_800)
    #expect(rig.alarm(.probesDisagree, "shed.temperature") == nil)
    rig.run(1)
    #expect(rig.alarm(.probesDisagree, "shed.temperature")?.settings.severity == .alarm)
    #expect(reading(rig, "shed.temperature")?.trusted == 25.05)
    rig.values["south.temperature"] = 25.5
    rig.run(10)
    #expect(rig.alarm(.probesDisagree, "shed.temperature") != nil)
    rig.values["south.temperature"] = 24.9
    rig.run(1)
    #expect(rig.alarm(.probesDisagree, "shed.temperature") == nil)
  }

  @Test("two that lie 2 K apart, or are alone, do not disagree")
  func twoAgree() {
    let rig = ControllerRig()
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (24, 26)
    rig.run(2_000)
    rig.values["south.temperature"] = nil
    rig.run(2_000)
    #expect(rig.transitions(.probesDisagree, "shed.temperature").isEmpty)
  }

  @Test("after one is voted out the last two are two")
  func lastTwo() {
    let rig = threeProbes()
    set(rig, 35, 25, 25)
    rig.run(1_801)
    set(rig, 35, 25, 22)
    rig.run(1_801)
    #expect(reading(rig, "air.temperature")?.trusted == 23.5)
    #expect(rig.alarm(.probesDisagree, "air.temperature") != nil)
  }

  @Test("two camps of the same size: no probe is voted out, and there is an alarm")
  func camps() throws {
    let group = ProbeGroup(probes: [0, 1, 2, 3].map { ChannelID($0) })
    var judge = try #require(PeerJudge(group, quantity: .temperature))
    func readings(at now: Instant) -> [Reading] {
      [20, 20.2, 25, 25.2].map { Reading(lastValue: $0, quality: .good, at: now) }
    }
    for second in stride(from: 0, through: 7_200, by: 10) {
      let now = Instant(seconds: Double(second))
      var judged = readings(at: now)
      judge.judge(&judged, at: now)
      #expect(judged == readings(at: now))
    }
    #expect(judge.isInDispute)
  }

  @Test("the worst goes first, and one at a time")
  func worstFirst() throws {
    let group = ProbeGroup(probes: (0..<5).map { ChannelID($0) })
    var judge = try #require(PeerJudge(group, quantity: .humidity))
    var out: [[Int]] = []
    for second in 0...1_801 {
      let now = Instant(seconds: Double(second))
      var readings = [60, 61, 62, 85, 95].map { Reading(lastValue: $0, quality: .good, at: now) }
      judge.judge(&readings, at: now)
      let suspects = readings.indices.filter { readings[$0].quality == .suspect }
      if suspects != out.last ?? [] { out.append(suspects) }
    }
    #expect(out == [[4], [3, 4]])
  }

  @Test("the high limit holds for the hottest probe, in the veto and in the evidence, though the mean is far below")
  func hottest() {
    let rig = ControllerRig()
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (14, 34.9)
    rig.step()
    #expect(rig.isOn(Site.heater))
    #expect(rig.last.evidence[0].temperature == 34.9)
    rig.values["south.temperature"] = 35
    rig.step()
    #expect(!rig.isOn(Site.heater))
    let reason = rig.reason(Site.heater)
    #expect((reason.rule, reason.channel, reason.value) == (.highLimit, ChannelID(1), 35))
    rig.values["north.temperature"] = nil
    rig.step(after: 4)
    rig.values["south.temperature"] = 20
    rig.step()
    #expect(rig.last.evidence[0] == HeaterEvidence(temperature: 20, age: .seconds(5)))
  }

  @Test(
    "a hot probe that its peers have voted out holds no heater back; a backup counts less its margin, or whole while it serves"
  )
  func hottestOfThoseThatServe() {
    let rig = threeProbes()
    set(rig, 36, 20, 20)
    rig.run(10)
    #expect(rig.reason(Site.heater).rule == .highLimit)
    rig.run(1_800)
    #expect(rig.isOn(Site.heater))
    let backed = ControllerRig(Site.plan(Site.addBackup))
    backed.values["backup.temperature"] = 36
    backed.run(2)
    #expect(backed.last.evidence[0].temperature == 34)
    #expect(backed.reason(Site.heater).rule != .highLimit)
    backed.values["backup.temperature"] = 38
    backed.run(6)
    #expect(backed.reason(Site.heater).rule == .highLimit)
    backed.values["backup.temperature"] = 36
    backed.run(6)
    (backed.values["north.temperature"], backed.values["south.temperature"]) = (nil, nil)
    backed.run(10)
    #expect(backed.last.evidence[0].temperature == 36)
    #expect(backed.reason(Site.heater).rule == .highLimit)
  }
}

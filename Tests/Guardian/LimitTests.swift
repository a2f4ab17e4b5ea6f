// Each limit of the guardian, which hold with and without a lease.

import Guardian
import Testing

@Suite("Guardian limits")
struct LimitTests {
  @Test("maximum on-time switches off, and on again only after a rest")
  func maximumOn() {
    let rig = GuardianRig([.test(maximumOn: 10_000)])
    rig.arm()
    rig.send(1)
    #expect(rig.send(1, after: 2_500) == 1)
    #expect(rig.send(1, after: 2_500) == 1)
    #expect(rig.send(1, after: 2_500) == 1)
    #expect(rig.send(1, after: 2_499) == 1)
    #expect(rig.send(1, after: 1) == 0)
    #expect(rig.cause(of: 0) == .maximumOn)
    #expect(rig.send(1, after: 999) == 0)
    #expect(rig.cause(of: 0) == .maximumOn)
    #expect(rig.remaining(of: 0) == 1)
    #expect(rig.send(1, after: 1) == 1)
  }

  @Test("maximum on-time holds between frames, too")
  func maximumOnWithoutFrame() {
    let rig = GuardianRig([.test(maximumOn: 2_000)])
    rig.arm()
    rig.send(1)
    #expect(rig.silence(1_999) == 1)
    #expect(rig.silence(1) == 0)
  }

  @Test("maximum on-time holds in failsafe, too")
  func maximumOnInFailsafe() {
    let rig = GuardianRig([.test(failsafe: .on, maximumOn: 10_000)])
    #expect(rig.silence(0) == 1)
    #expect(rig.silence(10_000) == 0)
    #expect(rig.silence(1_000) == 1)
  }

  @Test("minimum off-time is counted from the guardian's start")
  func minimumOffAtStart() {
    let rig = GuardianRig([.test(minimumOff: 60_000)])
    rig.arm()
    #expect(rig.send(1) == 0)
    #expect(rig.cause(of: 0) == .minimumOff)
    #expect(rig.remaining(of: 0) == 56_000)
    #expect(rig.time(until: true, of: 0, asking: 1, limit: 120_000) == 56_000)
  }

  @Test("minimum off-time is counted from the last switching off")
  func minimumOff() {
    let rig = GuardianRig([.test(minimumOff: 20_000)])
    rig.arm()
    _ = rig.time(until: true, of: 0, asking: 1, limit: 60_000)
    #expect(rig.send(0) == 0)
    #expect(rig.time(until: true, of: 0, asking: 1, limit: 60_000) == 20_000)
  }

  @Test("minimum off-time holds for the failsafe state, too")
  func minimumOffInFailsafe() {
    let rig = GuardianRig([.test(failsafe: .on, minimumOff: 20_000)])
    #expect(rig.silence(1_000) == 1)
    rig.arm()
    // The third frame has switched it off; the lease ends 3 s later.
    #expect(rig.silence(19_999) == 0)
    #expect(rig.cause(of: 0) == .minimumOff)
    #expect(rig.silence(1) == 1)
  }

  @Test("at the start what failsafe switches on needs no rest, and everything else does")
  func restAtStart() {
    let rig = GuardianRig([
      .test(0, failsafe: .on, minimumOff: 20_000),
      .test(1, failsafe: .duty(on: 60_000, period: 300_000), minimumOff: 20_000),
      .test(2, failsafe: .off, minimumOff: 20_000),
      .test(3, failsafe: .holdThenOff(milliseconds: 9), minimumOff: 20_000),
    ])
    #expect(rig.silence(0) == 0b0011)
    rig.arm()
    #expect(rig.time(until: true, of: 2, asking: 0b1111, limit: 60_000) == 17_000)
    #expect(rig.core.on & 0b1100 == 0b1100)
  }

  @Test("starts per hour refuses one start too many until the oldest is an hour old")
  func startsPerHour() {
    let rig = GuardianRig([.test(startsPerHour: 3)])
    rig.arm()
    for _ in 0..<3 {
      #expect(rig.send(1) == 1)
      #expect(rig.send(0) == 0)
    }
    #expect(rig.send(1) == 0)
    #expect(rig.cause(of: 0) == .startsPerHour)
    #expect(rig.remaining(of: 0) == 3_594_000)
    #expect(rig.time(until: true, of: 0, asking: 1, limit: 3_700_000) == 3_594_000)
    #expect(rig.send(0) == 0)
    #expect(rig.send(1) == 1)
    #expect(rig.send(0) == 0)
    #expect(rig.send(1) == 1)
    #expect(rig.send(0) == 0)
    #expect(rig.send(1) == 0)
  }

  @Test("interlocked outputs are never on together, and the first that is on stays")
  func interlock() {
    let rig = GuardianRig([.test(0, interlock: 1), .test(1, interlock: 1), .test(2, interlock: 2), .test(3)])
    rig.arm()
    #expect(rig.send(0b1111) == 0b1101)
    #expect(rig.cause(of: 1) == .interlock)
    #expect(rig.send(0b1110) == 0b1110)
    #expect(rig.send(0b1111) == 0b1110)
  }

  @Test("dead time is the longer of the two, and counts from the other's switching off")
  func deadTime() {
    let rig = GuardianRig([.test(0, interlock: 1, deadTime: 5_000), .test(1, interlock: 1, deadTime: 1_000)])
    rig.silence(10_000)
    rig.arm()
    #expect(rig.send(0b01) == 0b01)
    #expect(rig.send(0b10) == 0)
    #expect(rig.cause(of: 1) == .interlock)
    #expect(rig.remaining(of: 1) == 5_000)
    #expect(rig.send(0b10, after: 2_500) == 0)
    #expect(rig.send(0b10, after: 2_499) == 0)
    #expect(rig.send(0b10, after: 1) == 0b10)
  }

  @Test("dead time is counted from the guardian's start, because the lines may have been on before")
  func deadTimeAtStart() {
    let rig = GuardianRig([.test(0, interlock: 1, deadTime: 5_000), .test(1, interlock: 1)])
    rig.arm()
    #expect(rig.send(0b01) == 0)
    #expect(rig.send(0b01) == 0b01)
  }

  @Test("a heater stays off without evidence, or with evidence in another slot")
  func noEvidence() {
    let rig = GuardianRig([.test(evidenceSlot: 1, highLimit: 35_000)])
    rig.arm()
    #expect(rig.send(1, evidence: TemperatureEvidence(temperature: 20_000, age: 0)) == 0)
    #expect(rig.cause(of: 0) == .noEvidence)
  }

  @Test("a heater runs on evidence younger than a minute, and stops when it is a minute old")
  func evidenceAge() {
    let rig = GuardianRig([.test(evidenceSlot: 0, highLimit: 35_000)])
    rig.arm()
    #expect(rig.send(1, evidence: TemperatureEvidence(temperature: 20_000, age: 60_000)) == 0)
    #expect(rig.send(1, evidence: TemperatureEvidence(temperature: 20_000, age: 59_000)) == 1)
    #expect(rig.silence(999) == 1)
    #expect(rig.silence(1) == 0)
    #expect(rig.cause(of: 0) == .noEvidence)
    #expect(rig.send(1, evidence: TemperatureEvidence(temperature: 20_000, age: .max)) == 0)
  }

  @Test("a heater stops when a frame comes without evidence")
  func evidenceLost() {
    let rig = GuardianRig([.test(evidenceSlot: 0, highLimit: 35_000)])
    rig.arm()
    #expect(rig.send(1, evidence: TemperatureEvidence(temperature: 20_000, age: 0)) == 1)
    #expect(rig.send(1, evidence: TemperatureEvidence(temperature: 20_000, age: 0, isPresent: false)) == 0)
  }

  @Test("a heater stops at its high limit, whatever is asked")
  func highLimit() {
    let rig = GuardianRig([.test(evidenceSlot: 0, highLimit: 35_000)])
    rig.arm()
    #expect(rig.send(1, evidence: TemperatureEvidence(temperature: 34_999, age: 0)) == 1)
    #expect(rig.send(1, evidence: TemperatureEvidence(temperature: 35_000, age: 0)) == 0)
    #expect(rig.cause(of: 0) == .highLimit)
    #expect(rig.send(1, evidence: TemperatureEvidence(temperature: 90_000, age: 0)) == 0)
  }

  @Test("a heater with a hold in failsafe stops with its evidence")
  func evidenceInFailsafe() {
    let rig = GuardianRig([.test(failsafe: .holdThenOff(milliseconds: 600_000), evidenceSlot: 0, highLimit: 35_000)])
    rig.arm()
    #expect(rig.send(1, evidence: TemperatureEvidence(temperature: 20_000, age: 10_000)) == 1)
    #expect(rig.silence(3_001) == 1)
    #expect(rig.silence(46_998) == 1)
    #expect(rig.silence(1) == 0)
  }

  @Test("a heater in failsafe does not start before any frame has brought evidence")
  func failsafeWithoutEvidence() {
    let rig = GuardianRig([.test(failsafe: .on, evidenceSlot: 0)])
    #expect(rig.silence(100_000) == 0)
    #expect(rig.cause(of: 0) == .noEvidence)
  }

  @Test("an output that follows is not reported as held")
  func notHeld() {
    let rig = GuardianRig([.test(0), .test(1, minimumOff: 60_000)])
    rig.arm()
    rig.send(0b11)
    #expect(rig.core.status().held == 0b10)
    rig.send(0b01)
    #expect(rig.core.status().held == 0)
  }
}

@Suite("Read-back")
struct ReadBackTests {
  @Test("a cycle is verified if the lines read as set")
  func verified() {
    let rig = GuardianRig([.test(0), .test(1)])
    rig.arm()
    rig.send(0b01)
    #expect(rig.verify(readBack: 0b01))
    #expect(rig.core.status().mismatched == 0)
  }

  @Test("a cycle is not verified if an output reads on that should be off")
  func stuckOn() {
    let rig = GuardianRig([.test(0), .test(1)])
    rig.arm()
    rig.send(0b01)
    #expect(!rig.verify(readBack: 0b11))
    #expect(rig.core.status().mismatched == 0b10)
  }

  @Test("an output that reads off and should be on is reported and does not cut off the others")
  func stuckOff() {
    let rig = GuardianRig([.test(0), .test(1)])
    rig.arm()
    rig.send(0b11)
    #expect(rig.verify(readBack: 0b01))
    #expect(rig.core.status().mismatched == 0b10)
  }

  @Test("a cycle is not verified if the lines could not be set or read, and none of them is said to be as set")
  func unread() {
    let rig = GuardianRig([.test(0), .test(1)])
    #expect(!rig.verify(readBack: nil))
    #expect(rig.core.status().mismatched == 0b11)
    rig.silence(100)
    #expect(rig.verify(readBack: 0))
    #expect(rig.core.status().mismatched == 0)
  }
}

// When the guardian believes the controller, and what it does when it does not.

import Guardian
import Testing

@Suite("Lease")
struct LeaseTests {
  @Test("begins with the third good frame, and not a cycle earlier")
  func arming() {
    let rig = GuardianRig([.test()])
    #expect(rig.send(1) == 0)
    #expect(rig.core.lease == .arming)
    #expect(rig.send(1) == 0)
    #expect(rig.core.lease == .arming)
    #expect(rig.send(1) == 1)
    #expect(rig.core.lease == .held)
  }

  @Test("ends 3 s after the last good frame")
  func expiry() {
    let rig = GuardianRig([.test()])
    rig.arm()
    #expect(rig.send(1) == 1)
    #expect(rig.silence(3_000) == 1)
    #expect(rig.silence(1) == 0)
    #expect(rig.core.lease == .none)
    #expect(rig.cause(of: 0) == .failsafe)
  }

  @Test("ends at once when the controller hangs up, and is earned anew with three frames")
  func hangingUp() {
    let rig = GuardianRig([.test()])
    rig.arm()
    #expect(rig.send(1) == 1)
    rig.core.release(at: rig.now)
    #expect(rig.core.lease == .none)
    #expect(rig.silence(0) == 0)
    #expect(rig.send(1) == 0)
    #expect(rig.send(1) == 0)
    #expect(rig.send(1) == 1)
  }

  @Test("is not renewed by a frame that comes after 3 s of silence, even if no cycle ran in between")
  func lateFrame() {
    let rig = GuardianRig([.test()])
    rig.arm()
    #expect(rig.send(1) == 1)
    #expect(rig.send(1, after: 3_001) == 0)
    #expect(rig.core.lease == .arming)
  }

  @Test("is earned anew with three frames after it has ended")
  func rearming() {
    let rig = GuardianRig([.test()])
    rig.arm()
    rig.silence(3_001)
    #expect(rig.send(1, after: 1) == 0)
    #expect(rig.send(1) == 0)
    #expect(rig.send(1) == 1)
  }

  @Test("is not begun by good frames with a silence between them")
  func armingExpires() {
    let rig = GuardianRig([.test()])
    rig.send(1)
    rig.send(1)
    rig.silence(3_001)
    #expect(rig.core.lease == .none)
    #expect(rig.send(1) == 0)
    #expect(rig.core.lease == .arming)
  }

  @Test("is not renewed by a repeated frame or an old one")
  func replay() {
    let rig = GuardianRig([.test()])
    rig.arm()
    rig.send(1)
    let last = LeaseFrame(boot: rig.boot, sequence: rig.sequence, tableHash: rig.core.tableHash, wanted: 1)
    var old = last
    old.sequence -= 2
    for wait in [1_000, 1_000, 1_000, 1] as [Int64] {
      rig.now += wait
      rig.receive(last)
      rig.receive(old)
    }
    #expect(rig.core.lease == .none)
    #expect(rig.core.on == 0)
  }

  @Test("does not follow the wish of a repeated frame")
  func replayedWish() {
    let rig = GuardianRig([.test()])
    rig.arm()
    let early = rig.frame(1)
    #expect(rig.send(0) == 0)
    rig.now += 1_000
    #expect(rig.receive(early) == 0)
  }

  @Test("allows frames to be lost on the way")
  func lostFrames() {
    let rig = GuardianRig([.test()])
    rig.arm()
    rig.sequence += 100
    #expect(rig.send(1, after: 2_900) == 1)
  }

  @Test("is earned anew by a controller that has been restarted, though its frames follow at once")
  func newBoot() {
    let rig = GuardianRig([.test()])
    rig.arm()
    #expect(rig.send(1) == 1)
    (rig.boot, rig.sequence) = (8, 0)
    #expect(rig.send(1, after: 10) == 0)
    #expect(rig.core.lease == .arming)
    #expect(rig.send(1) == 0)
    #expect(rig.send(1) == 1)
  }

  @Test("cannot be held by two controllers in turn")
  func twoControllers() {
    let rig = GuardianRig([.test()])
    for round in 0..<20 {
      rig.boot = UInt64(round % 2)
      #expect(rig.send(1, after: 200) == 0)
    }
    #expect(rig.core.lease == .arming)
  }

  @Test("ends at once when a frame is for another table")
  func tableMismatch() {
    let rig = GuardianRig([.test()])
    rig.arm()
    #expect(rig.send(1) == 1)
    rig.now += 1_000
    var foreign = rig.frame(1)
    foreign.tableHash ^= 1
    #expect(rig.receive(foreign) == 0)
    #expect(rig.core.lease == .tableMismatch)
    #expect(rig.send(1) == 0)
    #expect(rig.send(1) == 0)
    #expect(rig.send(1) == 1)
  }

  @Test("is answered with the frame's boot and sequence and the guardian's table")
  func answer() {
    let rig = GuardianRig([.test()])
    rig.arm()
    let status = rig.core.status()
    #expect(status.lease == .held)
    #expect((status.boot, status.sequence, status.tableHash) == (rig.boot, rig.sequence, rig.core.tableHash))
  }

  @Test("lets wishes beyond the table's outputs pass without effect")
  func unknownBits() {
    let rig = GuardianRig([.test()])
    rig.arm()
    #expect(rig.send(.max) == 1)
  }
}

@Suite("Failsafe")
struct FailsafeTests {
  private func rigAtLoss(_ failsafe: Failsafe, wasOn: Bool) -> GuardianRig {
    let rig = GuardianRig([.test(failsafe: failsafe)])
    rig.arm()
    rig.send(wasOn ? 1 : 0)
    rig.silence(3_001)
    return rig
  }

  @Test("off is off")
  func off() {
    #expect(rigAtLoss(.off, wasOn: true).core.on == 0)
  }

  @Test("on is on, whatever was wanted before")
  func on() {
    #expect(rigAtLoss(.on, wasOn: false).core.on == 1)
  }

  @Test("hold keeps an output on for its time and no longer")
  func hold() {
    let rig = rigAtLoss(.holdThenOff(milliseconds: 10_000), wasOn: true)
    #expect(rig.core.on == 1)
    #expect(rig.silence(9_999) == 1)
    #expect(rig.silence(1) == 0)
    #expect(rig.silence(60_000) == 0)
  }

  @Test("hold does not switch an output on that was off")
  func holdOff() {
    #expect(rigAtLoss(.holdThenOff(milliseconds: 10_000), wasOn: false).core.on == 0)
  }

  @Test("hold is not renewed by frames that never become a lease")
  func holdIsNotRenewed() {
    let rig = rigAtLoss(.holdThenOff(milliseconds: 10_000), wasOn: true)
    rig.send(1, after: 4_000)
    rig.silence(3_500)
    rig.send(1, after: 2_000)
    #expect(rig.silence(500) == 0)
  }

  @Test("duty runs its share of each period from the loss on")
  func duty() {
    let rig = rigAtLoss(.duty(on: 2_000, period: 10_000), wasOn: false)
    var onTime = 0
    for _ in 0..<300 {
      if rig.core.on == 1 { onTime += 100 }
      rig.silence(100)
    }
    #expect(onTime == 6_000)
  }

  @Test("holds from the first instant, before any frame")
  func start() {
    var core = GuardianCore(
      table: GuardianTable(outputs: [
        .test(0), .test(1, failsafe: .on), .test(2, failsafe: .holdThenOff(milliseconds: 9)),
        .test(3, failsafe: .duty(on: 1, period: 1_000)), .test(4, failsafe: .duty(on: 0, period: 1_000)),
      ]), now: 5_000)
    let initial = core.initialLines(now: 5_000)
    #expect(initial == 0b01010)
    #expect(core.failsafeLines() == 0b01010)
  }

  @Test("is the post-stop helper's word and the next guardian's, even where a minimum off-time is not over")
  func helper() {
    var core = GuardianCore(table: GuardianTable(outputs: [.test(failsafe: .on, minimumOff: 60_000)]), now: 0)
    let initial = core.initialLines(now: 0)
    #expect(initial == 1)
    #expect(core.failsafeLines() == 1)
  }
}

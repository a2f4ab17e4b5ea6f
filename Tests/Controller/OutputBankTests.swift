// Each constraint of an output, with the answer to "how long until allowed".

import Climate
import Testing

@testable import Controller

/// A bank with a clock.
final class BankRig {
  var bank: OutputBank
  var now: Instant

  init(_ constraints: OutputConstraints..., now: Instant = Instant(seconds: 10_000)) {
    bank = OutputBank(constraints: constraints, at: now)
    self.now = now
  }

  @discardableResult
  func request(_ output: Int = 0, on: Bool, after seconds: Double = 0) -> RequestOutcome {
    now = now.advanced(by: .seconds(seconds))
    return bank.request(OutputID(output), on: on, at: now)
  }

  func isOn(_ output: Int = 0) -> Bool { bank.isOn(OutputID(output)) }

  func forceOff(_ output: Int = 0) { bank.forceOff(OutputID(output), at: now) }

  func reconcile(_ output: Int = 0, on: Bool) { bank.reconcile(OutputID(output), actuallyOn: on, at: now) }
}

extension RequestOutcome {
  fileprivate static func refused(_ isOn: Bool, _ constraint: Constraint, _ wait: Duration?) -> RequestOutcome {
    RequestOutcome(isOn: isOn, heldBy: constraint, untilAllowed: wait)
  }

  fileprivate var isGranted: Bool { heldBy == nil && untilAllowed == .zero }
}

@Suite("Output constraints")
struct OutputBankTests {
  @Test("without limits every request is granted")
  func unlimited() {
    let rig = BankRig(OutputConstraints())
    for round in 0..<1_000 {
      let outcome = rig.request(on: round % 2 == 0)
      #expect(outcome.isGranted)
      #expect(outcome.isOn == (round % 2 == 0))
    }
  }

  @Test("minimum on-time keeps an output on, and says how long")
  func minimumOn() {
    let rig = BankRig(OutputConstraints(minimumOn: .seconds(60)))
    rig.request(on: true)
    #expect(rig.request(on: false, after: 20) == .refused(true, .minimumOn, .seconds(40)))
    #expect(rig.request(on: true).isGranted)
    #expect(rig.request(on: false, after: 40).isGranted)
    #expect(!rig.isOn())
  }

  @Test("minimum off-time keeps an output off, and counts from the start of the controller")
  func minimumOff() {
    let rig = BankRig(OutputConstraints(minimumOff: .seconds(60)))
    #expect(rig.request(on: true, after: 10) == .refused(false, .minimumOff, .seconds(50)))
    #expect(rig.request(on: true, after: 50).isGranted)
    rig.request(on: false, after: 5)
    #expect(rig.request(on: true, after: 59) == .refused(false, .minimumOff, .seconds(1)))
    #expect(rig.request(on: true, after: 1).isGranted)
  }

  @Test("maximum on-time switches off by itself, and the rest is its minimum off-time")
  func maximumOn() {
    let rig = BankRig(OutputConstraints(minimumOff: .seconds(30), maximumOn: .seconds(100)))
    rig.request(on: true, after: 30)
    #expect(rig.request(on: true, after: 99).isOn)
    #expect(rig.request(on: true, after: 1) == .refused(false, .maximumOn, .seconds(30)))
    #expect(rig.request(on: true, after: 29).heldBy == .minimumOff)
    #expect(rig.request(on: true, after: 1).isGranted)
  }

  @Test("maximum on-time rests at least a second, or it would mean nothing")
  func maximumOnRests() {
    let rig = BankRig(OutputConstraints(maximumOn: .seconds(100)))
    rig.request(on: true)
    #expect(rig.request(on: true, after: 100) == .refused(false, .maximumOn, .seconds(1)))
    #expect(!rig.request(on: true, after: 0.5).isOn)
    #expect(rig.request(on: true, after: 0.5).isOn)
  }

  @Test("maximum on-time outranks minimum on-time")
  func maximumOutranksMinimum() {
    let rig = BankRig(OutputConstraints(minimumOn: .seconds(200), maximumOn: .seconds(100)))
    rig.request(on: true)
    #expect(!rig.request(on: true, after: 100).isOn)
  }

  @Test("starts per hour refuses one start too many until the oldest is an hour old")
  func startsPerHour() {
    let rig = BankRig(OutputConstraints(startsPerHour: 2))
    for _ in 0..<2 {
      #expect(rig.request(on: true, after: 60).isGranted)
      rig.request(on: false, after: 60)
    }
    #expect(rig.request(on: true, after: 60) == .refused(false, .startsPerHour, .seconds(3_600 - 240)))
    #expect(!rig.request(on: true, after: 3_359).isOn)
    #expect(rig.request(on: true, after: 1).isGranted)
  }

  @Test("interlocked outputs are never on together, and the wait is not known while the other is on")
  func interlock() {
    let rig = BankRig(OutputConstraints(interlock: 1), OutputConstraints(interlock: 1), OutputConstraints(interlock: 2))
    rig.request(0, on: true)
    #expect(rig.request(1, on: true) == .refused(false, .interlock, nil))
    #expect(rig.request(2, on: true).isGranted)
    rig.request(0, on: false)
    #expect(rig.request(1, on: true).isGranted)
  }

  @Test("dead time is the longer of the two and counts from the other's switching off")
  func deadTime() {
    let rig = BankRig(
      OutputConstraints(interlock: 1, deadTime: .seconds(1)), OutputConstraints(interlock: 1, deadTime: .seconds(5)))
    rig.request(0, on: true, after: 5)
    rig.request(0, on: false, after: 10)
    #expect(rig.request(1, on: true, after: 2) == .refused(false, .interlock, .seconds(3)))
    #expect(rig.request(1, on: true, after: 3).isGranted)
  }

  @Test("of several refusals the longest wait is told")
  func longestWait() {
    let rig = BankRig(OutputConstraints(minimumOff: .seconds(30), startsPerHour: 1))
    rig.request(on: true, after: 30)
    rig.request(on: false, after: 10)
    #expect(rig.request(on: true) == .refused(false, .startsPerHour, .seconds(3_590)))
  }

  @Test("of several interlocked outputs one that is on outranks one that rests")
  func interlockOfThree() {
    let limits = OutputConstraints(interlock: 1, deadTime: .seconds(5))
    let slow = OutputConstraints(interlock: 1, deadTime: .seconds(20))
    let rig = BankRig(limits, limits, slow)
    rig.request(0, on: true, after: 20)
    rig.request(0, on: false)
    rig.request(1, on: true, after: 5)
    #expect(rig.request(2, on: true) == .refused(false, .interlock, nil))
    rig.request(1, on: false)
    #expect(rig.request(2, on: true) == .refused(false, .interlock, .seconds(20)))
  }

  @Test("forced off goes past the minimum on-time, and the minimum off-time holds after it")
  func forceOff() {
    let rig = BankRig(OutputConstraints(minimumOn: .seconds(60), minimumOff: .seconds(60)))
    rig.request(on: true, after: 60)
    rig.forceOff()
    #expect(!rig.isOn())
    #expect(rig.request(on: true, after: 59).heldBy == .minimumOff)
    #expect(rig.request(on: true, after: 1).isGranted)
  }

  @Test("forcing off what is off does not start its minimum off-time anew")
  func forceOffAgain() {
    let rig = BankRig(OutputConstraints(minimumOff: .seconds(60)))
    rig.request(on: false, after: 30)
    rig.forceOff()
    #expect(rig.request(on: true, after: 30).isGranted)
  }

  @Test("time in state counts from the last change")
  func timeInState() {
    let rig = BankRig(OutputConstraints())
    rig.request(on: true, after: 5)
    rig.request(on: true, after: 7)
    #expect(rig.bank.timeInState(OutputID(0), at: rig.now) == .seconds(7))
  }
}

@Suite("What the guardian did")
struct ReconcileTests {
  @Test("an output that the guardian switched off rests from then on")
  func switchedOff() {
    let rig = BankRig(OutputConstraints(minimumOff: .seconds(60)))
    rig.request(on: true, after: 60)
    rig.reconcile(on: true)
    rig.now = rig.now.advanced(by: .seconds(10))
    rig.reconcile(on: false)
    #expect(!rig.isOn())
    #expect(rig.request(on: true, after: 59) == .refused(false, .minimumOff, .seconds(1)))
  }

  @Test("a start that the guardian never carried out costs neither a start nor a rest")
  func unconfirmedStart() {
    let rig = BankRig(OutputConstraints(minimumOff: .seconds(60), startsPerHour: 1))
    rig.now = rig.now.advanced(by: .seconds(60))
    for _ in 0..<20 {
      #expect(rig.request(on: true, after: 1).isGranted)
      rig.reconcile(on: false)
      #expect(!rig.isOn())
    }
    rig.request(on: true, after: 1)
    rig.reconcile(on: true)
    rig.request(on: false, after: 1)
    #expect(rig.request(on: true, after: 60).heldBy == .startsPerHour)
  }

  @Test("a start that was confirmed counts, even if the guardian ends it")
  func confirmedStart() {
    let rig = BankRig(OutputConstraints(startsPerHour: 1))
    rig.request(on: true)
    rig.reconcile(on: true)
    rig.reconcile(on: false)
    #expect(rig.request(on: true, after: 1).heldBy == .startsPerHour)
  }

  @Test("an output that the guardian switched on is on, and its maximum counts from then")
  func switchedOn() {
    let rig = BankRig(OutputConstraints(minimumOff: .seconds(60), maximumOn: .seconds(100)))
    rig.reconcile(on: true)
    #expect(rig.isOn())
    #expect(rig.request(on: true, after: 99).isOn)
    #expect(!rig.request(on: true, after: 1).isOn)
  }

  @Test("an interlocked output that the guardian switched on keeps its partner off")
  func switchedOnInterlock() {
    let rig = BankRig(OutputConstraints(interlock: 1), OutputConstraints(interlock: 1))
    rig.reconcile(0, on: true)
    #expect(rig.request(1, on: true).heldBy == .interlock)
  }

  @Test("word that all is as wanted changes nothing")
  func unchanged() {
    let rig = BankRig(OutputConstraints(minimumOn: .seconds(60)))
    rig.request(on: true)
    rig.now = rig.now.advanced(by: .seconds(30))
    rig.reconcile(on: true)
    #expect(rig.request(on: false) == .refused(true, .minimumOn, .seconds(30)))
  }
}

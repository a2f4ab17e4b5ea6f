// Random requests against a checker that sees only what the outputs did.

import Climate
import Controller
import Testing

/// Watches one bank from outside, in whole seconds.
private struct TraceChecker {
  private struct Line {
    var isOn = false
    var changedAt: Int
    var starts: [Int] = []
  }

  let constraints: [OutputConstraints]
  private(set) var violations: [String] = []
  private(set) var starts = 0
  private var lines: [Line]

  init(constraints: [OutputConstraints], at now: Int) {
    self.constraints = constraints
    lines = constraints.map { _ in Line(changedAt: now) }
  }

  /// Takes in the state of one output after a request at `now`.
  mutating func observe(_ index: Int, isOn: Bool, wasForced: Bool, at now: Int) {
    let limits = constraints[index]
    let inState = now - lines[index].changedAt
    if isOn, lines[index].isOn, let maximum = limits.maximumOn, .seconds(inState) >= maximum { violate("maximum on") }
    guard isOn != lines[index].isOn else { return }
    if isOn {
      starts += 1
      if .seconds(inState) < limits.minimumOff { violate("minimum off") }
      lines[index].starts.append(now)
      let recent = lines[index].starts.count { now - $0 < 3_600 }
      if let limit = limits.startsPerHour, recent > limit { violate("starts per hour") }
      checkInterlock(index, at: now)
    } else if !wasForced {
      let isAtMaximum = limits.maximumOn.map { .seconds(inState) >= $0 } ?? false
      if .seconds(inState) < limits.minimumOn, !isAtMaximum { violate("minimum on") }
    }
    (lines[index].isOn, lines[index].changedAt) = (isOn, now)
  }

  private mutating func checkInterlock(_ index: Int, at now: Int) {
    guard let interlock = constraints[index].interlock else { return }
    for other in lines.indices where other != index && constraints[other].interlock == interlock {
      if lines[other].isOn { violate("interlock") }
      let deadTime = max(constraints[index].deadTime, constraints[other].deadTime)
      if .seconds(now - lines[other].changedAt) < deadTime { violate("dead time") }
    }
  }

  private mutating func violate(_ what: String) {
    if violations.count < 10 { violations.append(what) }
  }
}

@Suite("Output constraints under random requests")
struct OutputBankPropertyTests {
  private static let constraints: [OutputConstraints] = [
    OutputConstraints(minimumOn: .seconds(40), minimumOff: .seconds(60), startsPerHour: 4),
    OutputConstraints(minimumOff: .seconds(20), maximumOn: .seconds(90), interlock: 1, deadTime: .seconds(15)),
    OutputConstraints(
      minimumOn: .seconds(10), maximumOn: .seconds(200), startsPerHour: 6, interlock: 1, deadTime: .seconds(5)),
  ]

  @Test("10,000 random sequences violate no constraint", arguments: 0..<4 as Range<UInt64>)
  func randomRequests(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var violations: [String] = []
    var starts = 0
    var refusals: Set<Constraint> = []
    for _ in 0..<2_500 {
      var now = 1_000
      var bank = OutputBank(constraints: Self.constraints, at: Instant(seconds: Double(now)))
      var checker = TraceChecker(constraints: Self.constraints, at: now)
      for _ in 0..<25 {
        now +=
          Int.random(in: 0..<10, using: &random) == 0
          ? .random(in: 60...900, using: &random) : .random(in: 1...30, using: &random)
        let dice = random.next()
        for index in Self.constraints.indices {
          let (wish, force) = (dice >> (8 * UInt64(index)) & 1 == 1, dice >> (8 * UInt64(index)) & 0xF0 == 0)
          let at = Instant(nanoseconds: Int64(now) * 1_000_000_000)
          if force { bank.forceOff(OutputID(index), at: at) }
          if force { checker.observe(index, isOn: bank.isOn(OutputID(index)), wasForced: true, at: now) }
          let outcome = bank.request(OutputID(index), on: wish, at: at)
          if let constraint = outcome.heldBy { refusals.insert(constraint) }
          checker.observe(index, isOn: outcome.isOn, wasForced: false, at: now)
        }
      }
      violations += checker.violations
      starts += checker.starts
    }
    #expect(violations.isEmpty)
    #expect(starts > 10_000)
    #expect(refusals == [.minimumOn, .minimumOff, .maximumOn, .startsPerHour, .interlock])
  }

  @Test("a refused request is granted after the wait that was told, and not before")
  func toldWait() {
    var random = SeededGenerator(seed: 9)
    var told = 0
    for _ in 0..<300 {
      let rig = BankRig(Self.constraints[0], Self.constraints[1], Self.constraints[2])
      for _ in 0..<40 {
        let wish = Bool.random(using: &random)
        let index = Int.random(in: 0..<3, using: &random)
        let outcome = rig.request(index, on: wish, after: .random(in: 1...60, using: &random).rounded())
        guard outcome.heldBy != nil, let wait = outcome.untilAllowed else { continue }
        told += 1
        let tooEarly = BankRig()
        (tooEarly.bank, tooEarly.now) = (rig.bank, rig.now)
        #expect(tooEarly.request(index, on: wish, after: wait.inSeconds - 0.5).isOn != wish)
        let onTime = BankRig()
        (onTime.bank, onTime.now) = (rig.bank, rig.now)
        #expect(onTime.request(index, on: wish, after: wait.inSeconds).isOn == wish)
      }
    }
    #expect(told > 500)
  }
}

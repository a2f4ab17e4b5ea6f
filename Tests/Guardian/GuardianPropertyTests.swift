// Random cycles against a checker that knows the invariants of `safety.md` §3 and nothing of the core.

import Guardian
import Testing

/// What a generated message is, as only its maker knows.
private enum Arrival {
  /// A new frame of the controller's present life.
  case good(LeaseFrame)
  /// A copy of an earlier frame.
  case replay(LeaseFrame)
  /// A frame for another table.
  case foreign(LeaseFrame)
  case nothing

  var frame: LeaseFrame? {
    switch self {
    case .good(let frame), .replay(let frame), .foreign(let frame): frame
    case .nothing: nil
    }
  }
}

/// Watches the lines from outside and counts what must never be.
private struct Checker {
  let outputs: [OutputLimits]
  private(set) var violations: [String] = []
  private(set) var starts = 0
  private var on: UInt32 = 0
  private var changedAt: [Int64]
  private var startsOf: [[Int64]]
  private var goodInRow = 0
  private var boot: UInt64?
  private var lastGood: (frame: LeaseFrame, at: Int64)?
  private var hasLease = false
  private var lostAt: Int64
  private var onAtLoss: UInt32 = 0

  init(outputs: [OutputLimits], now: Int64) {
    self.outputs = outputs
    // What failsafe switches on counts as rested.
    changedAt = outputs.map { output in
      switch output.failsafe {
      case .off, .holdThenOff: now
      case .on, .duty: now - 3_600_000
      }
    }
    startsOf = outputs.map { _ in [] }
    lostAt = now
  }

  mutating func observe(_ arrival: Arrival, lines: UInt32, at now: Int64) {
    follow(arrival, at: now)
    for index in outputs.indices {
      let isOn = lines & (1 << UInt32(index)) != 0
      let wasOn = on & (1 << UInt32(index)) != 0
      if isOn, !wasOn { checkStart(index, lines: lines, at: now) }
      if isOn != wasOn { changedAt[index] = now }
      if isOn { checkOn(index, lines: lines, at: now) }
      checkWish(index, isOn: isOn, at: now)
    }
    on = lines
  }

  /// The lease as the rules define it: three good frames in a row, 3 s, one life, one table.
  private mutating func follow(_ arrival: Arrival, at now: Int64) {
    if let lastGood, now - lastGood.at > 3_000 { endLease(now) }
    switch arrival {
    case .good(let frame):
      if frame.boot != boot { endLease(now) }
      boot = frame.boot
      lastGood = (frame, now)
      goodInRow += 1
      hasLease = goodInRow >= 3
    case .foreign(let frame):
      boot = frame.boot
      endLease(now)
    case .replay, .nothing:
      break
    }
  }

  private mutating func endLease(_ now: Int64) {
    if hasLease { (lostAt, onAtLoss) = (now, on) }
    hasLease = false
    goodInRow = 0
  }

  private mutating func checkStart(_ index: Int, lines: UInt32, at now: Int64) {
    let limits = outputs[index]
    starts += 1
    if now - changedAt[index] < limits.minimumOff { violate("I2 minimum off", index, now) }
    startsOf[index].append(now)
    let recent = startsOf[index].filter { now - $0 < 3_600_000 }.count
    if limits.startsPerHour > 0, recent > limits.startsPerHour { violate("I3 starts an hour", index, now) }
    for other in outputs.indices
    where other != index && limits.interlock > 0 && outputs[other].interlock == limits.interlock {
      let deadTime = max(limits.deadTime, outputs[other].deadTime)
      let isOtherOn = lines & (1 << UInt32(other)) != 0
      let wasOtherOn = on & (1 << UInt32(other)) != 0
      if !isOtherOn, (wasOtherOn ? 0 : now - changedAt[other]) < deadTime { violate("I4 dead time", index, now) }
    }
  }

  private mutating func checkOn(_ index: Int, lines: UInt32, at now: Int64) {
    let limits = outputs[index]
    if limits.maximumOn > 0, now - changedAt[index] >= limits.maximumOn { violate("I1 maximum on", index, now) }
    for other in outputs.indices
    where other != index && limits.interlock > 0 && outputs[other].interlock == limits.interlock {
      if lines & (1 << UInt32(other)) != 0 { violate("I4 interlock", index, now) }
    }
    guard let slot = limits.evidenceSlot else { return }
    guard let (frame, at) = lastGood, frame.evidence[slot].isPresent,
      Int64(frame.evidence[slot].age) + now - at < 60_000
    else { return violate("I5 evidence", index, now) }
    if frame.evidence[slot].temperature >= limits.highLimit { violate("I6 high limit", index, now) }
  }

  /// I7, and that an output which no limit holds follows.
  private mutating func checkWish(_ index: Int, isOn: Bool, at now: Int64) {
    let limits = outputs[index]
    let bit: UInt32 = 1 << UInt32(index)
    let asked: Bool
    if hasLease, let lastGood {
      asked = lastGood.frame.wanted & bit != 0
    } else {
      asked =
        switch limits.failsafe {
        case .off: false
        case .on: true
        case .holdThenOff(let hold): onAtLoss & bit != 0 && now - lostAt < hold
        case .duty(let on, let period): (now - lostAt) % period < on
        }
    }
    if isOn, !asked { violate("I7 on without being asked", index, now) }
    if !isOn, asked, limits.isFree { violate("does not follow", index, now) }
  }

  private mutating func violate(_ what: String, _ index: Int, _ now: Int64) {
    if violations.count < 20 { violations.append("\(what): output \(index) at \(now)") }
  }
}

extension OutputLimits {
  fileprivate var isFree: Bool {
    maximumOn == 0 && minimumOff == 0 && startsPerHour == 0 && interlock == 0 && evidenceSlot == nil
  }
}

/// A controller that dies, repeats itself, speaks of other tables and lies about temperatures.
private struct UnreliableController {
  private var random: SeededGenerator
  private let tableHash: UInt64
  private var boot: UInt64 = 1
  private var sequence: UInt64 = 0
  private var wanted: UInt32 = 0
  private var sent: [LeaseFrame] = []
  private var isSilent = false

  init(seed: UInt64, tableHash: UInt64) {
    random = SeededGenerator(seed: seed)
    self.tableHash = tableHash
  }

  mutating func wait() -> Int64 {
    switch Int.random(in: 0..<1_000, using: &random) {
    case 0..<960: .random(in: 20...700, using: &random)
    case 960..<996: .random(in: 700...6_000, using: &random)
    default: .random(in: 6_000...1_200_000, using: &random)
    }
  }

  mutating func arrival() -> Arrival {
    if Int.random(in: 0..<(isSilent ? 20 : 200), using: &random) == 0 { isSilent.toggle() }
    let dice = Int.random(in: 0..<1_000, using: &random)
    if dice < 30, let copy = sent.randomElement(using: &random) { return .replay(copy) }
    if isSilent || dice < 300 { return .nothing }
    if dice < 305 { (boot, sequence, sent) = (boot + 1, 0, []) }
    sequence += UInt64.random(in: 1...3, using: &random)
    if Int.random(in: 0..<15, using: &random) == 0 { wanted = .random(in: 0...UInt32.max, using: &random) }
    wanted ^= Int.random(in: 0..<10, using: &random) == 0 ? 1 << UInt32.random(in: 0..<8, using: &random) : 0
    var evidence: [8 of TemperatureEvidence] = .init(repeating: .none)
    for slot in 0..<2 where Int.random(in: 0..<30, using: &random) > 0 {
      evidence[slot] = TemperatureEvidence(
        temperature: .random(in: 25_000...35_500, using: &random), age: .random(in: 0...62_000, using: &random))
    }
    var frame = LeaseFrame(boot: boot, sequence: sequence, tableHash: tableHash, wanted: wanted, evidence: evidence)
    if dice >= 997 {
      frame.tableHash ^= 1
      // What it asked for before was of the same life: copies of it stay copies.
      return .foreign(frame)
    }
    sent = sent.suffix(20) + [frame]
    return .good(frame)
  }
}

@Suite("Guardian invariants")
struct GuardianPropertyTests {
  private static let outputs: [OutputLimits] = [
    .test(0, maximumOn: 30_000, minimumOff: 10_000, evidenceSlot: 0, highLimit: 35_000),
    .test(1, failsafe: .holdThenOff(milliseconds: 20_000), startsPerHour: 6, evidenceSlot: 1, highLimit: 34_000),
    .test(2, interlock: 1, deadTime: 2_000), .test(3, interlock: 1, deadTime: 500),
    .test(4, failsafe: .on), .test(5, failsafe: .duty(on: 5_000, period: 20_000)),
    .test(6, failsafe: .on, maximumOn: 8_000, minimumOff: 3_000, startsPerHour: 40),
    .test(7, failsafe: .holdThenOff(milliseconds: 15_000)),
  ]

  @Test(
    "hold in 20,000 cycles with random frames, silences, restarts and stalls", arguments: [11, 12, 13, 14] as [UInt64])
  func invariants(seed: UInt64) {
    var now: Int64 = 10_000_000
    var core = GuardianCore(table: GuardianTable(outputs: Self.outputs), now: now)
    var controller = UnreliableController(seed: seed, tableHash: core.tableHash)
    var checker = Checker(outputs: Self.outputs, now: now)
    var causes: Set<HoldCause> = []
    var leases: Set<LeaseState> = []
    for _ in 0..<5_000 {
      now += controller.wait()
      let arrival = controller.arrival()
      let lines = core.cycle(now: now, frame: arrival.frame)
      checker.observe(arrival, lines: lines, at: now)
      leases.insert(core.lease)
      let status = core.status()
      for index in Self.outputs.indices { causes.insert(status.causes[index]) }
    }
    #expect(checker.violations.isEmpty)
    // The run has been where it is dangerous.
    #expect(checker.starts > 200)
    #expect(leases == [.none, .arming, .held, .tableMismatch])
    #expect(causes == [.none, .failsafe, .minimumOff, .maximumOn, .startsPerHour, .interlock, .noEvidence, .highLimit])
  }
}

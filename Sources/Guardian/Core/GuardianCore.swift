// The guardian's core: leases, limits and failsafe states. No clock, no I/O.

/// The guardian's core.
///
/// It is told the time in milliseconds of a monotonic clock, whatever frame has come, and what the lines read, and says what the
/// lines must be. All its storage is made when it starts.
///
/// Rules (`safety.md` §2.1): an output follows the controller only while a lease is held; a lease begins with the third good frame
/// in a row and ends 3 s after the last, or when the controller hangs up; a frame is good if its table is ours and its sequence is
/// higher than the last of the same boot. Without a lease every output follows its failsafe state. In either case no output is on
/// longer than its maximum, again before its minimum off-time, more often than its starts an hour, together with another of its
/// interlock, or, if it heats, without a fresh temperature below its high limit.
public struct GuardianCore: Sendable {
  /// Time after the last good frame at which the lease ends, ms.
  public static let leaseDuration: Int64 = 3_000
  /// Good frames in a row that begin a lease.
  public static let framesToArm = 3
  /// Oldest temperature that lets an output heat, ms.
  public static let evidenceLifetime: Int64 = 60_000
  /// Time without a cycle after which the coils' supply may have fallen, ms: a charge pump that holds at most 2 s may hold less.
  public static let railHold: Int64 = 1_000
  private static let hour: Int64 = 3_600_000

  private struct Line {
    let limits: CycleLimits
    var changedAt: Int64
    var restUntil: Int64
    var wasOnAtLoss = false
    /// Times of the last starts, a ring as long as the limit.
    var starts: [Int64]
    var nextStart = 0
  }

  /// What a cycle needs of an output's limits: plain numbers, nothing to retain or release.
  private struct CycleLimits {
    let failsafe: Failsafe
    let maximumOn: Int64
    let minimumOff: Int64
    let interlock: Int
    let deadTime: Int64
    let evidenceSlot: Int?
    let highLimit: Int32

    init(_ output: OutputLimits) {
      (failsafe, maximumOn, minimumOff) = (output.failsafe, output.maximumOn, output.minimumOff)
      (interlock, deadTime) = (output.interlock, output.deadTime)
      (evidenceSlot, highLimit) = (output.evidenceSlot, output.highLimit)
    }
  }

  /// What the guardian knows of the outputs.
  public let table: GuardianTable
  /// ``GuardianTable/hash`` of the table.
  public let tableHash: UInt64
  /// Whether the controller is heard, and believed.
  public private(set) var lease = LeaseState.none

  /// Outputs that are on, one bit each.
  public private(set) var on: UInt32 = 0
  /// Outputs held otherwise than asked, one bit each.
  public private(set) var held: UInt32 = 0

  private var lines: [Line]
  private var wanted: UInt32 = 0
  private var evidence: [8 of TemperatureEvidence] = .init(repeating: .none)
  private var boot: UInt64 = 0
  fileprivate var sequence: UInt64 = 0
  private var goodFrames = 0
  fileprivate var lastGoodAt: Int64
  private var lostAt: Int64
  fileprivate var lastCycleAt: Int64
  fileprivate var lastVerifiedAt: Int64
  /// Whether the coils have lost their supply because the alive line was not toggled.
  private var railIsDown = false
  private var mismatched: UInt32 = 0
  private var causes: [32 of HoldCause] = .init(repeating: .none)
  private var remaining: [32 of UInt32] = .init(repeating: 0)

  /// A guardian without a lease, whose outputs have all just been switched off, but for those that failsafe switches on: ventilation goes
  /// before the rest of its contactor, and the helper that runs between two guardians has them on.
  /// - Parameter now: monotonic milliseconds.
  public init(table: GuardianTable, now: Int64) {
    self.table = table
    tableHash = table.hash
    lines = table.outputs.map { output in
      Line(
        limits: CycleLimits(output),
        changedAt: output.restsAtStart && GuardianCheck.restAtStart.isMade ? now : now - Self.hour, restUntil: now,
        starts: Array(repeating: now - Self.hour, count: output.startsPerHour))
    }
    (lastGoodAt, lostAt, lastCycleAt, lastVerifiedAt) = (now, now, now, now)
  }

  /// The states to open the lines with: what failsafe says at the first instant.
  public mutating func initialLines(now: Int64) -> UInt32 {
    cycle(now: now, frame: nil)
  }

  /// The states of failsafe at its first instant, whatever was on before.
  public func failsafeLines() -> UInt32 {
    var bits: UInt32 = 0
    for (index, output) in table.outputs.enumerated() {
      switch output.failsafe {
      case .on: bits |= 1 << UInt32(index)
      case .duty(let on, _): if on > 0 { bits |= 1 << UInt32(index) }
      case .off, .holdThenOff: break
      }
    }
    return bits
  }

  /// One cycle.
  /// - Parameters:
  ///   - now: monotonic milliseconds, never less than before.
  ///   - frame: a frame that has come since the last cycle, decoded.
  /// - Returns: the states to set, one bit an output.
  public mutating func cycle(now: Int64, frame: LeaseFrame?) -> UInt32 {
    if table.aliveLine != nil { followRail(at: now) }
    lastCycleAt = now
    // Before the frame is looked at: one that comes after a silence, or after a stall of our own, renews nothing.
    if lease == .held || lease == .arming, now - lastGoodAt > Self.leaseDuration, GuardianCheck.leaseExpiry.isMade {
      lose(at: now)
    }
    if let frame { take(frame, at: now) }
    held = 0
    for index in lines.indices {
      decide(index, at: now)
      if causes[index] != .none { held |= 1 << UInt32(index) }
    }
    return on
  }

  /// The controller has hung up: it will not ask again, so the lease ends now and not after its 3 s.
  public mutating func release(at now: Int64) { lose(at: now) }

  /// Takes in what the lines read after they have been set.
  /// - Parameter readBack: one bit an output; `nil` if the lines could not be set or read.
  /// - Returns: whether the cycle is verified, so that the alive line may be toggled and the watchdog told: no output reads on
  ///   that should be off. One that reads off and should be on is a fault of its own and no reason to cut off the others.
  public mutating func verify(readBack: UInt32?) -> Bool {
    guard let readBack else {
      // What is not known must be seen by people: a chip on a bus that is gone.
      for index in lines.indices { mismatched |= 1 << UInt32(index) }
      return false
    }
    mismatched = readBack ^ on
    guard readBack & ~on == 0 || !GuardianCheck.readBack.isMade else { return false }
    lastVerifiedAt = lastCycleAt
    return true
  }

  /// When the lease ends if no frame comes before, ms; `nil` without one.
  public var leaseEnd: Int64? {
    lease == .held || lease == .arming ? lastGoodAt + Self.leaseDuration + 1 : nil
  }

  /// What the controller is told.
  public func status() -> StatusFrame {
    var status = StatusFrame(lease: lease, boot: boot, sequence: sequence, tableHash: tableHash)
    status.on = on
    status.mismatched = mismatched
    status.held = held
    status.causes = causes
    status.remaining = remaining
    return status
  }

  private func isOn(_ index: Int) -> Bool { on & (1 << UInt32(index)) != 0 }

  // MARK: Lease

  private mutating func take(_ frame: LeaseFrame, at now: Int64) {
    guard frame.tableHash == tableHash || !GuardianCheck.tableHash.isMade else {
      lose(at: now)
      lease = .tableMismatch
      (boot, sequence) = (frame.boot, frame.sequence)
      return
    }
    let isNewLife = frame.boot != boot
    guard isNewLife || frame.sequence > sequence || !GuardianCheck.sequence.isMade else { return }
    // A controller that has been restarted must earn its lease anew: it does not know what its last life asked for.
    let mustEarn = isNewLife && GuardianCheck.newLife.isMade
    if mustEarn, lease == .held { lose(at: now) }
    if mustEarn || lease == .none || lease == .tableMismatch { goodFrames = 0 }
    goodFrames += 1
    (boot, sequence, lastGoodAt) = (frame.boot, frame.sequence, now)
    (wanted, evidence) = (frame.wanted, frame.evidence)
    lease = goodFrames >= Self.framesToArm || !GuardianCheck.arming.isMade ? .held : .arming
  }

  private mutating func lose(at now: Int64) {
    if lease == .held {
      lostAt = now
      for index in lines.indices { lines[index].wasOnAtLoss = isOn(index) }
    }
    lease = .none
    goodFrames = 0
  }

  // MARK: Outputs

  // What a cycle asks of every line is put in its place: called, each question would cost a copy of the core.

  private mutating func decide(_ index: Int, at now: Int64) {
    let follows = lease == .held || !GuardianCheck.failsafe.isMade
    var asked = follows ? wanted & (1 << UInt32(index)) != 0 : failsafe(index, at: now)
    causes[index] = lease == .held ? .none : .failsafe
    remaining[index] = 0
    if railIsDown {
      if asked { causes[index] = .railDown }
      asked = false
    }
    if isOn(index) {
      if let cause = reasonToStop(index, at: now) {
        stop(index, at: now)
        if asked { causes[index] = cause }
      } else if !asked {
        stop(index, at: now)
      }
    } else if asked {
      if let (cause, wait) = reasonNotToStart(index, at: now) {
        causes[index] = cause
        remaining[index] = UInt32(clamping: wait)
      } else {
        start(index, at: now)
      }
    }
  }

  @inline(__always) private func failsafe(_ index: Int, at now: Int64) -> Bool {
    let elapsed = now - lostAt
    switch lines[index].limits.failsafe {
    case .off: return false
    case .on: return true
    case .holdThenOff(let milliseconds):
      return lines[index].wasOnAtLoss && (elapsed < milliseconds || !GuardianCheck.holdEnd.isMade)
    case .duty(let on, let period): return elapsed % period < on && GuardianCheck.failsafeDuty.isMade
    }
  }

  @inline(__always) private func reasonToStop(_ index: Int, at now: Int64) -> HoldCause? {
    let maximumOn = lines[index].limits.maximumOn
    if maximumOn > 0, now - lines[index].changedAt >= maximumOn, GuardianCheck.maximumOn.isMade { return .maximumOn }
    return evidenceProblem(index, at: now)
  }

  private func reasonNotToStart(_ index: Int, at now: Int64) -> (HoldCause, Int64)? {
    if let problem = evidenceProblem(index, at: now) { return (problem, 0) }
    let minimumOff = GuardianCheck.minimumOff.isMade ? lines[index].limits.minimumOff : 0
    let rest = max(lines[index].changedAt + minimumOff, lines[index].restUntil) - now
    if rest > 0 { return (now < lines[index].restUntil ? .maximumOn : .minimumOff, rest) }
    if !lines[index].starts.isEmpty, GuardianCheck.startsPerHour.isMade {
      // The oldest of the last starts that the limit allows.
      let wait = lines[index].starts[lines[index].nextStart] + Self.hour - now
      if wait > 0 { return (.startsPerHour, wait) }
    }
    return lines[index].limits.interlock > 0 ? interlockProblem(index, at: now) : nil
  }

  private func interlockProblem(_ index: Int, at now: Int64) -> (HoldCause, Int64)? {
    let (interlock, own) = (lines[index].limits.interlock, lines[index].limits.deadTime)
    for other in lines.indices where other != index && lines[other].limits.interlock == interlock {
      if isOn(other) {
        guard GuardianCheck.interlock.isMade else { continue }
        return (.interlock, 0)
      }
      guard GuardianCheck.deadTime.isMade else { continue }
      let deadTime = max(own, lines[other].limits.deadTime)
      let wait = lines[other].changedAt + deadTime - now
      if wait > 0 { return (.interlock, wait) }
    }
    return nil
  }

  @inline(__always) private func evidenceProblem(_ index: Int, at now: Int64) -> HoldCause? {
    guard let slot = lines[index].limits.evidenceSlot else { return nil }
    guard evidence.indices.contains(slot), evidence[slot].isPresent || !GuardianCheck.evidence.isMade,
      Int64(evidence[slot].age) + (now - lastGoodAt) < Self.evidenceLifetime || !GuardianCheck.evidenceAge.isMade
    else { return .noEvidence }
    return evidence[slot].temperature >= lines[index].limits.highLimit && GuardianCheck.highLimit.isMade
      ? .highLimit : nil
  }

  private mutating func start(_ index: Int, at now: Int64) {
    on |= 1 << UInt32(index)
    lines[index].changedAt = now
    guard !lines[index].starts.isEmpty else { return }
    lines[index].starts[lines[index].nextStart] = now
    lines[index].nextStart = (lines[index].nextStart + 1) % lines[index].starts.count
  }

  /// Where the alive line has not been toggled for a while, for a stall of the guardian or because no cycle was verified, the coils' supply
  /// has fallen and with it every contact: they rest before they close again, and none closes before a cycle is verified.
  private mutating func followRail(at now: Int64) {
    guard now - lastVerifiedAt > Self.railHold, GuardianCheck.restAfterStall.isMade else {
      railIsDown = false
      return
    }
    for index in lines.indices where isOn(index) { stop(index, at: now) }
    railIsDown = lastVerifiedAt != lastCycleAt
  }

  private mutating func stop(_ index: Int, at now: Int64) {
    let maximumOn = lines[index].limits.maximumOn
    if maximumOn > 0, now - lines[index].changedAt >= maximumOn, GuardianCheck.restAfterMaximum.isMade {
      // A maximum without a rest would mean nothing.
      lines[index].restUntil = now + max(lines[index].limits.minimumOff, 1_000)
    }
    on &= ~(1 << UInt32(index))
    lines[index].changedAt = now
  }
}

#if FAULT_SIMULATION
extension GuardianCore {
  /// What frames like the last one, once a second until `now`, would have done: for a simulator that leaves out the seconds in which nothing
  /// happens. Not in the product.
  public mutating func renewLease(at now: Int64) {
    guard lease == .held else { return }
    sequence += 1
    (lastGoodAt, lastCycleAt, lastVerifiedAt) = (now, now, now)
  }
}
#endif

// The guardian's core: leases, limits and failsafe states. No clock, no I/O.

/// The guardian's core.
///
/// It is told the time in milliseconds of a monotonic clock, whatever frame has come, and what the lines read, and says what the
/// lines must be. All its storage is made when it starts.
///
/// Rules (`safety.md` §2.1): an output follows the controller only while a lease is held; a lease begins with the third good frame
/// in a row and ends 3 s after the last; a frame is good if its table is ours and its sequence is higher than the last of
/// the same boot. Without a lease every output follows its failsafe state. In either case no output is on longer than its
/// maximum, again before its minimum off-time, more often than its starts an hour, together with another of its interlock,
/// or, if it heats, without a fresh temperature below its high limit.
public struct GuardianCore: Sendable {
  /// Time after the last good frame at which the lease ends, ms.
  public static let leaseDuration: Int64 = 3_000
  /// Good frames in a row that begin a lease.
  public static let framesToArm = 3
  /// Oldest temperature that lets an output heat, ms.
  public static let evidenceLifetime: Int64 = 60_000
  private static let hour: Int64 = 3_600_000

  private struct Line {
    var isOn: Bool
    var changedAt: Int64
    var restUntil: Int64
    var wasOnAtLoss = false
    /// Times of the last starts, a ring as long as the limit.
    var starts: [Int64]
    var nextStart = 0
  }

  /// What the guardian knows of the outputs.
  public let table: GuardianTable
  /// ``GuardianTable/hash`` of the table.
  public let tableHash: UInt64
  /// Whether the controller is heard, and believed.
  public private(set) var lease = LeaseState.none

  private var lines: [Line]
  private var wanted: UInt32 = 0
  private var evidence: [8 of TemperatureEvidence] = .init(repeating: .none)
  private var boot: UInt64 = 0
  private var sequence: UInt64 = 0
  private var goodFrames = 0
  private var lastGoodAt: Int64
  private var lostAt: Int64
  private var mismatched: UInt32 = 0
  private var causes: [32 of HoldCause] = .init(repeating: .none)
  private var remaining: [32 of UInt32] = .init(repeating: 0)

  /// A guardian without a lease, whose outputs have all just been switched off.
  /// - Parameter now: monotonic milliseconds.
  public init(table: GuardianTable, now: Int64) {
    self.table = table
    tableHash = table.hash
    lines = table.outputs.map { output in
      Line(
        isOn: false, changedAt: now, restUntil: now,
        starts: Array(repeating: now - Self.hour, count: output.startsPerHour))
    }
    (lastGoodAt, lostAt) = (now, now)
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
    // Before the frame is looked at: one that comes after a silence, or after a stall of our own, renews nothing.
    if lease == .held || lease == .arming, now - lastGoodAt > Self.leaseDuration { lose(at: now) }
    if let frame { take(frame, at: now) }
    for index in lines.indices { decide(index, at: now) }
    return on
  }

  /// Takes in what the lines read after they have been set.
  /// - Parameter readBack: one bit an output; `nil` if the lines could not be set or read.
  /// - Returns: whether the cycle is verified, so that the alive line may be toggled and the watchdog told: no output reads on
  ///   that should be off. One that reads off and should be on is a fault of its own and no reason to cut off the others.
  public mutating func verify(readBack: UInt32?) -> Bool {
    guard let readBack else { return false }
    mismatched = readBack ^ on
    return readBack & ~on == 0
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
    for index in lines.indices where causes[index] != .none { status.held |= 1 << UInt32(index) }
    status.causes = causes
    status.remaining = remaining
    return status
  }

  /// Outputs that are on, one bit each.
  public var on: UInt32 {
    var bits: UInt32 = 0
    for index in lines.indices where lines[index].isOn { bits |= 1 << UInt32(index) }
    return bits
  }

  // MARK: Lease

  private mutating func take(_ frame: LeaseFrame, at now: Int64) {
    guard frame.tableHash == tableHash else {
      lose(at: now)
      lease = .tableMismatch
      (boot, sequence) = (frame.boot, frame.sequence)
      return
    }
    let isNewLife = frame.boot != boot
    guard isNewLife || frame.sequence > sequence else { return }
    // A controller that has been restarted must earn its lease anew: it does not know what its last life asked for.
    if isNewLife, lease == .held { lose(at: now) }
    if isNewLife || lease == .none || lease == .tableMismatch { goodFrames = 0 }
    goodFrames += 1
    (boot, sequence, lastGoodAt) = (frame.boot, frame.sequence, now)
    (wanted, evidence) = (frame.wanted, frame.evidence)
    lease = goodFrames >= Self.framesToArm ? .held : .arming
  }

  private mutating func lose(at now: Int64) {
    if lease == .held {
      lostAt = now
      for index in lines.indices { lines[index].wasOnAtLoss = lines[index].isOn }
    }
    lease = .none
    goodFrames = 0
  }

  // MARK: Outputs

  private mutating func decide(_ index: Int, at now: Int64) {
    let asked = lease == .held ? wanted & (1 << UInt32(index)) != 0 : failsafe(index, at: now)
    causes[index] = lease == .held ? .none : .failsafe
    remaining[index] = 0
    if lines[index].isOn {
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

  private func failsafe(_ index: Int, at now: Int64) -> Bool {
    let elapsed = now - lostAt
    switch table.outputs[index].failsafe {
    case .off: return false
    case .on: return true
    case .holdThenOff(let milliseconds): return lines[index].wasOnAtLoss && elapsed < milliseconds
    case .duty(let on, let period): return elapsed % period < on
    }
  }

  private func reasonToStop(_ index: Int, at now: Int64) -> HoldCause? {
    let limits = table.outputs[index]
    if limits.maximumOn > 0, now - lines[index].changedAt >= limits.maximumOn { return .maximumOn }
    return evidenceProblem(limits, at: now)
  }

  private func reasonNotToStart(_ index: Int, at now: Int64) -> (HoldCause, Int64)? {
    let limits = table.outputs[index]
    if let problem = evidenceProblem(limits, at: now) { return (problem, 0) }
    let rest = max(lines[index].changedAt + limits.minimumOff, lines[index].restUntil) - now
    if rest > 0 { return (now < lines[index].restUntil ? .maximumOn : .minimumOff, rest) }
    if limits.startsPerHour > 0 {
      // The oldest of the last starts that the limit allows.
      let wait = lines[index].starts[lines[index].nextStart] + Self.hour - now
      if wait > 0 { return (.startsPerHour, wait) }
    }
    return limits.interlock > 0 ? interlockProblem(index, at: now) : nil
  }

  private func interlockProblem(_ index: Int, at now: Int64) -> (HoldCause, Int64)? {
    let limits = table.outputs[index]
    for other in lines.indices where other != index && table.outputs[other].interlock == limits.interlock {
      if lines[other].isOn { return (.interlock, 0) }
      let deadTime = max(limits.deadTime, table.outputs[other].deadTime)
      let wait = lines[other].changedAt + deadTime - now
      if wait > 0 { return (.interlock, wait) }
    }
    return nil
  }

  private func evidenceProblem(_ limits: OutputLimits, at now: Int64) -> HoldCause? {
    guard let slot = limits.evidenceSlot else { return nil }
    guard evidence.indices.contains(slot), evidence[slot].isPresent,
      Int64(evidence[slot].age) + (now - lastGoodAt) < Self.evidenceLifetime
    else { return .noEvidence }
    return evidence[slot].temperature >= limits.highLimit ? .highLimit : nil
  }

  private mutating func start(_ index: Int, at now: Int64) {
    lines[index].isOn = true
    lines[index].changedAt = now
    guard !lines[index].starts.isEmpty else { return }
    lines[index].starts[lines[index].nextStart] = now
    lines[index].nextStart = (lines[index].nextStart + 1) % lines[index].starts.count
  }

  private mutating func stop(_ index: Int, at now: Int64) {
    let limits = table.outputs[index]
    if limits.maximumOn > 0, now - lines[index].changedAt >= limits.maximumOn {
      // A maximum without a rest would mean nothing.
      lines[index].restUntil = now + max(limits.minimumOff, 1_000)
    }
    lines[index].isOn = false
    lines[index].changedAt = now
  }
}

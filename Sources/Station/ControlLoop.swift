// One control step with its lease frame: what the thread and the simulation both run.

public import Climate
public import Controller
public import Guardian

/// The controller together with the lease it asks for.
///
/// The frame is composed by the step itself: a step that no longer runs renews nothing. It is the same code on a device and in a
/// simulation; only who calls it, and when, differs.
public struct ControlLoop: Sendable {
  /// The controller.
  public private(set) var controller: Controller
  /// The decision of the last step.
  public private(set) var decision = Decision()
  /// The guardian's last answer; `nil` before the first and after the connection was lost.
  public private(set) var guardian: StatusFrame?
  /// Switching operations of each output since the start, as the guardian carried them out.
  public private(set) var operations: [Int]
  /// Steps since the start.
  public private(set) var steps = 0

  private let tableHash: UInt64
  private let boot: UInt64
  /// Number of the last frame.
  public private(set) var sequence: UInt64 = 0
  private var lastWanted: UInt32?
  private var lastOn: UInt32 = 0
  /// What the second half of the present step needs of the first.
  private var unconcluded: (conditions: Set<AlarmID>, stamp: Stamp)?
  private var wasHeld = false
  /// When the lease was lost, the last ``lossesOfALostGuardian`` times.
  private var losses: [Instant] = []

  /// So many losses of the lease within ``lossInterval`` are a lost guardian although it is held in between: an update takes it once, and
  /// the outputs rest their times after each.
  private static let lossesOfALostGuardian = 3
  private static let lossInterval = Duration.minutes(10)

  /// A loop that begins at `now`.
  /// - Parameters:
  ///   - boot: a number that no earlier life of this controller has used.
  ///   - machineBoot: a name of the machine's present boot; `nil` if it cannot be told.
  public init(
    plan: Plan, memory: Memory, tableHash: UInt64, boot: UInt64, machineBoot: String? = nil, at now: Instant
  ) {
    controller = Controller(plan: plan, memory: memory, machineBoot: machineBoot, at: now)
    operations = Array(repeating: 0, count: plan.outputs.count)
    self.tableHash = tableHash
    self.boot = boot
  }

  /// Takes in what the guardian has answered, or that it is gone.
  public mutating func take(_ status: StatusFrame?) {
    guardian = status
    guard let status else { return }
    let changed = status.on ^ lastOn
    for index in operations.indices where changed & (1 << UInt32(index)) != 0 { operations[index] += 1 }
    lastOn = status.on
  }

  /// The first half of a step: what the outputs should do. ``conclude()`` follows when that has been sent.
  /// - Parameters:
  ///   - asks: whether the lease must be asked for even if nothing has changed. Before it has been, a change asks for nothing.
  ///   - inputs: samples, commands and conditions; feedback and the guardian's conditions are added here.
  /// - Returns: the frame to send, if there is one to send.
  public mutating func decide(now: Instant, wall: WallTime, inputs: Inputs, asks: Bool) -> LeaseFrame? {
    var inputs = inputs
    inputs.feedback = feedback
    controller.decide(now: now, wall: wall, inputs: inputs, into: &decision)
    unconcluded = (inputs.conditions, Stamp(at: now, wall: wall))
    steps += 1
    let wanted = decision.wanted
    guard asks || (lastWanted != nil && wanted != lastWanted) else { return nil }
    sequence += 1
    lastWanted = wanted
    return frame(wanted)
  }

  /// The second half of a step: alarms and records, for which no relay has to wait.
  public mutating func conclude() {
    guard let (present, stamp) = unconcluded else { return }
    unconcluded = nil
    var conditions = present
    addGuardianConditions(to: &conditions, at: stamp.at)
    controller.conclude(conditions, stamp, into: &decision)
    recordLease(stamp)
  }

  /// A whole step, where nobody waits for its first half.
  public mutating func step(now: Instant, wall: WallTime, inputs: Inputs, asks: Bool) -> LeaseFrame? {
    let frame = decide(now: now, wall: wall, inputs: inputs, asks: asks)
    conclude()
    return frame
  }

  /// What the guardian did with the last frame. Before it has answered, nothing is known, and an older answer would be misread.
  @inline(__always) private var feedback: OutputFeedback? {
    guard let guardian, guardian.boot == boot, guardian.sequence == sequence else { return nil }
    return OutputFeedback(on: guardian.on, held: guardian.held)
  }

  @inline(__always) private func addGuardianConditions(to conditions: inout Set<AlarmID>, at now: Instant) {
    if losses.count == Self.lossesOfALostGuardian, losses[0].duration(to: now) < Self.lossInterval {
      conditions.insert(AlarmID(kind: .guardianLost, subject: "guardian"))
    }
    // Arming counts as lost: it is over long before the alarm is due, unless the guardian is restarted again and again.
    guard let guardian, guardian.lease == .held || guardian.lease == .tableMismatch else {
      conditions.insert(AlarmID(kind: .guardianLost, subject: "guardian"))
      return
    }
    if guardian.lease == .tableMismatch { conditions.insert(AlarmID(kind: .tableMismatch, subject: "guardian")) }
    guard guardian.mismatched != 0 else { return }
    for (index, output) in controller.plan.outputs.enumerated() where guardian.mismatched & (1 << UInt32(index)) != 0 {
      conditions.insert(AlarmID(kind: .readBack, subject: output.name))
    }
  }

  private mutating func recordLease(_ stamp: Stamp) {
    let isHeld = guardian?.lease == .held
    guard isHeld != wasHeld else { return }
    wasHeld = isHeld
    if !isHeld { losses = losses.suffix(Self.lossesOfALostGuardian - 1) + [stamp.at] }
    decision.records.append(
      .event(stamp, kind: isHeld ? .leaseGained : .leaseLost, subject: "guardian", detail: "", by: nil))
  }

  private func frame(_ wanted: UInt32) -> LeaseFrame {
    var frame = LeaseFrame(boot: boot, sequence: sequence, tableHash: tableHash, wanted: wanted)
    for (slot, evidence) in decision.evidence.enumerated() where slot < LeaseFrame.evidenceSlots {
      guard let temperature = evidence.temperature else { continue }
      frame.evidence[slot] = TemperatureEvidence(
        temperature: Int32(clamping: Int64((temperature * 1_000).rounded())),
        age: UInt32(clamping: evidence.age.nanoseconds / 1_000_000))
    }
    return frame
  }
}

// All outputs of a device behind their constraints. The only way to switch one is to ask here.

public import Climate

/// Owns the wanted state of every output and refuses what a constraint forbids.
///
/// The states are private to this file: no law, override or command can go round the constraints. The guardian enforces its own
/// copy of the limits below this one.
public struct OutputBank: Sendable {
  private struct Line: Sendable {
    var constraints: OutputConstraints
    var isOn = false
    var changedAt: Instant
    var restUntil: Instant
    var starts: [Instant] = []
    /// Since when it was off before the present start, while nobody has seen it on.
    var offBeforeUnconfirmedStart: Instant?
  }

  /// How long after its beginning a bank spaces the starts of its outputs.
  public static let staggerTime = Duration.minutes(5)

  private var lines: [Line]
  private let startSpacing: Duration
  private let staggerUntil: Instant
  private var lastStartAt: Instant?

  /// A bank whose outputs are all off, as if switched off at `now`.
  /// - Parameter startSpacing: shortest time between two starts, of whatever outputs, in the first five minutes (`safety.md` F20:
  ///   after a power cut everything wants to start at once); zero after a moment's absence of the controller.
  public init(constraints: [OutputConstraints], startSpacing: Duration = .zero, at now: Instant) {
    let offSince = ControllerCheck.restAtStart.isMade ? now : now.advanced(by: .zero - .hours(1))
    lines = constraints.map { Line(constraints: $0, changedAt: offSince, restUntil: now) }
    self.startSpacing = startSpacing
    staggerUntil = startSpacing > .zero ? now.advanced(by: Self.staggerTime) : now
  }

  /// Whether starts are still spaced.
  public func isStaggering(at now: Instant) -> Bool { now < staggerUntil }

  /// Whether an output is wanted on.
  public func isOn(_ output: OutputID) -> Bool { lines[output.index].isOn }

  /// How long an output has been in its state.
  public func timeInState(_ output: OutputID, at now: Instant) -> Duration {
    lines[output.index].changedAt.duration(to: now)
  }

  /// Asks for a state and says what became of it.
  ///
  /// A request to stay is granted unless the output has reached its maximum on-time, which switches it off by itself.
  public mutating func request(_ output: OutputID, on: Bool, at now: Instant) -> RequestOutcome {
    if lines[output.index].isOn, hasReachedMaximum(output, at: now), ControllerCheck.maximumOn.isMade {
      switchOff(output, at: now)
      // A rest of at least its minimum off-time, and never less than a second, or the maximum would mean nothing.
      guard on else { return outcome(output, wanted: on, at: now, refusal: nil) }
      let refusal = longer((.maximumOn, rest(of: output, at: now)), refusalToStart(output, at: now))
      return outcome(output, wanted: on, at: now, refusal: refusal)
    }
    guard on != lines[output.index].isOn else { return outcome(output, wanted: on, at: now, refusal: nil) }
    if let refusal = on ? refusalToStart(output, at: now) : refusalToStop(output, at: now) {
      return outcome(output, wanted: on, at: now, refusal: refusal)
    }
    if on { switchOn(output, at: now) } else { switchOff(output, at: now) }
    return outcome(output, wanted: on, at: now, refusal: nil)
  }

  /// Switches an output off at once, past its minimum on-time: for over-temperature and lost sensors, where waiting is worse.
  public mutating func forceOff(_ output: OutputID, at now: Instant) {
    if lines[output.index].isOn { switchOff(output, at: now) }
  }

  /// Takes over what the guardian did: an output it switched off has been off since then, and its rest counts from there.
  ///
  /// A start that the guardian never carried out is no start: neither its count nor the rest before it is lost.
  public mutating func reconcile(_ output: OutputID, actuallyOn: Bool, at now: Instant) {
    let unconfirmed = lines[output.index].offBeforeUnconfirmedStart
    lines[output.index].offBeforeUnconfirmedStart = nil
    guard lines[output.index].isOn != actuallyOn, ControllerCheck.feedback.isMade else { return }
    lines[output.index].isOn = actuallyOn
    if !actuallyOn, let offSince = unconfirmed {
      lines[output.index].starts.removeLast()
      lines[output.index].changedAt = offSince
    } else {
      lines[output.index].changedAt = now
    }
  }

  private func hasReachedMaximum(_ output: OutputID, at now: Instant) -> Bool {
    guard let maximum = lines[output.index].constraints.maximumOn else { return false }
    return lines[output.index].changedAt.duration(to: now) >= maximum
  }

  private func outcome(
    _ output: OutputID, wanted: Bool, at now: Instant, refusal: (Constraint, Duration?)?
  ) -> RequestOutcome {
    guard let refusal else { return RequestOutcome(isOn: lines[output.index].isOn, heldBy: nil, untilAllowed: .zero) }
    return RequestOutcome(isOn: lines[output.index].isOn, heldBy: refusal.0, untilAllowed: refusal.1)
  }

  private func refusalToStop(_ output: OutputID, at now: Instant) -> (Constraint, Duration?)? {
    let remaining = lines[output.index].constraints.minimumOn - timeInState(output, at: now)
    return remaining > .zero ? (.minimumOn, remaining) : nil
  }

  /// Of several refusals the longest: a person who waits as long as told must not wait again.
  private mutating func refusalToStart(_ output: OutputID, at now: Instant) -> (Constraint, Duration?)? {
    let remaining = rest(of: output, at: now)
    let refusal: (Constraint, Duration?)? = remaining > .zero ? (.minimumOff, remaining) : nil
    let other = longer(longer(refusal, startsRefusal(output, at: now)), interlockRefusal(output, at: now))
    return lines[output.index].constraints.waitsForTurn ? longer(other, staggerRefusal(at: now)) : other
  }

  private func staggerRefusal(at now: Instant) -> (Constraint, Duration?)? {
    guard isStaggering(at: now), let lastStartAt, ControllerCheck.stagger.isMade else { return nil }
    let remaining = startSpacing - lastStartAt.duration(to: now)
    return remaining > .zero ? (.stagger, remaining) : nil
  }

  private mutating func startsRefusal(_ output: OutputID, at now: Instant) -> (Constraint, Duration?)? {
    guard let limit = lines[output.index].constraints.startsPerHour, ControllerCheck.startsPerHour.isMade else {
      return nil
    }
    lines[output.index].starts.removeAll { $0.duration(to: now) >= .hours(1) }
    let starts = lines[output.index].starts
    guard starts.count >= limit, let first = starts.first else { return nil }
    return (.startsPerHour, .hours(1) - first.duration(to: now))
  }

  /// The refusal that lasts longer; one that depends on another output has no known end and is the longest.
  private func longer(_ left: (Constraint, Duration?)?, _ right: (Constraint, Duration?)?) -> (Constraint, Duration?)? {
    guard let left, let right else { return left ?? right }
    guard let leftWait = left.1 else { return left }
    guard let rightWait = right.1 else { return right }
    return leftWait >= rightWait ? left : right
  }

  private func rest(of output: OutputID, at now: Instant) -> Duration {
    let shortest = ControllerCheck.minimumOff.isMade ? lines[output.index].constraints.minimumOff : .zero
    let minimumOff = shortest - timeInState(output, at: now)
    return max(.zero, max(minimumOff, now.duration(to: lines[output.index].restUntil)))
  }

  private func interlockRefusal(_ output: OutputID, at now: Instant) -> (Constraint, Duration?)? {
    guard let interlock = lines[output.index].constraints.interlock else { return nil }
    let deadTime = lines[output.index].constraints.deadTime
    var refusal: (Constraint, Duration?)?
    for index in lines.indices where index != output.index && lines[index].constraints.interlock == interlock {
      if lines[index].isOn, ControllerCheck.interlock.isMade { return (.interlock, nil) }
      guard !lines[index].isOn, ControllerCheck.deadTime.isMade else { continue }
      let remaining = max(deadTime, lines[index].constraints.deadTime) - timeInState(OutputID(index), at: now)
      if remaining > .zero { refusal = longer(refusal, (.interlock, remaining)) }
    }
    return refusal
  }

  private mutating func switchOn(_ output: OutputID, at now: Instant) {
    lines[output.index].offBeforeUnconfirmedStart = lines[output.index].changedAt
    lines[output.index].isOn = true
    lines[output.index].changedAt = now
    lines[output.index].starts.append(now)
    if lines[output.index].constraints.waitsForTurn { lastStartAt = now }
    // Without a limit the history would grow; a day of starts is never needed.
    if lines[output.index].starts.count > 512 { lines[output.index].starts.removeFirst(256) }
  }

  private mutating func switchOff(_ output: OutputID, at now: Instant) {
    if hasReachedMaximum(output, at: now) {
      lines[output.index].restUntil = now.advanced(by: max(lines[output.index].constraints.minimumOff, .seconds(1)))
    }
    lines[output.index].offBeforeUnconfirmedStart = nil
    lines[output.index].isOn = false
    lines[output.index].changedAt = now
  }
}

// The relay test that finds out how a zone answers to its heater.

public import Climate

/// Bounds of a relay test.
public struct RelayTestLimits: Equatable, Sendable {
  /// Where the quantity swings around, in its unit.
  public var setpoint: Double
  /// Distance from the setpoint at which the output is switched; positive.
  public var swing: Double
  /// The test is given up when the quantity leaves this range.
  public var range: ClosedRange<Double>
  /// Relative standard error of gain, time constant and dead time at which enough is known.
  public var accuracy: Double
  /// Most cycles; then the test ends with what is known.
  public var mostCycles: Int
  /// Longest time; then the test ends with what is known, or fails.
  public var longest: Duration

  /// Limits from their parts.
  public init(
    setpoint: Double, swing: Double, range: ClosedRange<Double>, accuracy: Double = 0.008, mostCycles: Int = 60,
    longest: Duration = .hours(12)
  ) {
    self.setpoint = setpoint
    self.swing = swing
    self.range = range
    self.accuracy = accuracy
    self.mostCycles = mostCycles
    self.longest = longest
  }
}

/// Why a relay test was given up.
public enum RelayTestFailure: String, Error, Codable, Sendable, CaseIterable {
  /// The quantity left its range.
  case outOfRange = "out-of-range"
  /// The quantity did not turn although the output was fully on: too weak, or not working.
  case cannotReach = "cannot-reach"
  /// The quantity did not turn although the output was off: something else moves it.
  case doesNotReturn = "does-not-return"
  /// The reading was lost.
  case readingLost = "reading-lost"
  /// The output did not do what was asked for longer than its constraints explain.
  case notFollowed = "not-followed"
  /// An alarm was raised.
  case alarm
  /// The guardian holds the outputs, or is not heard.
  case guardian
  /// A person stopped it.
  case stopped
  /// The time was over before three cycles were.
  case tooSlow = "too-slow"
}

/// A relay test (Åström & Hägglund, Automatica 20 (1984) 645) with outputs fully on and off, and a fit of the whole recording.
///
/// Full and none are the only two levels that every output has. Since the zone seldom needs half the output, the two half-cycles differ in
/// length, which is what tells gain and time constant apart (biased relay: Wang, Hang & Zou, Ind. Eng. Chem. Res. 36 (1997) 3688). The
/// fit uses every value and not only the turns.
///
/// *Stop rule:* after each cycle from the third on the models are fitted; the test ends when gain, time constant and dead time are known
/// to ``RelayTestLimits/accuracy``, at the last cycle, or when the time is over.
public struct RelayTest: Sendable {
  /// Where the test stands.
  public enum Phase: Equatable, Sendable {
    /// On the way to the first turn.
    case approaching
    /// Swinging; cycles completed so far.
    case swinging(cycles: Int)
    /// Over.
    case finished(RelayTestResult)
    /// Given up.
    case failed(RelayTestFailure)
  }

  /// The bounds.
  public let limits: RelayTestLimits
  /// Which way the output moves the quantity.
  public let direction: Direction
  /// Where the test stands.
  public private(set) var phase = Phase.approaching
  /// Whether the output is wanted.
  public private(set) var wanted = true
  /// What has been recorded.
  public private(set) var recording = TestRecording(interval: 1)

  private var began: Instant?
  private var lostSince: Instant?
  private var unfollowedSince: Instant?
  private var turns: [Turn] = []
  /// The extreme since the last switch, and when.
  private var extreme: (value: Double, at: Instant)?
  /// Smoothed value: one sample of noise must not switch.
  private var smoothed: Double?

  private struct Turn {
    /// Seconds since the beginning of the recording.
    var at: Double
    var switchedOn: Bool
    /// Seconds from the switch before to the extreme after it, and how far that was from the setpoint.
    var peak: Double
    var distance: Double
  }

  /// How long a half cycle may take.
  private static let longestHalf = Duration.hours(3)
  /// How long a reading may be lost, and an output not follow.
  private static let patience = Duration.minutes(3)
  private static let smoothing = 5.0

  /// A test that has not begun.
  public init(direction: Direction, limits: RelayTestLimits) {
    self.direction = direction
    self.limits = limits
  }

  /// Whether the test is over, well or not.
  public var isOver: Bool {
    switch phase {
    case .approaching, .swinging: false
    case .finished, .failed: true
    }
  }

  /// Gives the test up.
  public mutating func stop(because failure: RelayTestFailure) {
    guard !isOver else { return }
    phase = .failed(failure)
    wanted = false
  }

  /// Takes in what is, about once a second.
  /// - Parameters:
  ///   - value: the quantity; `nil` without a trustworthy reading.
  ///   - isOn: what the output does.
  /// - Returns: whether the output is wanted from now on.
  public mutating func step(value: Double?, isOn: Bool, at now: Instant) -> Bool {
    guard !isOver else { return false }
    let began = began ?? now
    self.began = began
    noteFollowing(isOn, at: now)
    guard let value else {
      let since = lostSince ?? now
      lostSince = since
      if since.duration(to: now) > Self.patience { stop(because: .readingLost) }
      return wanted
    }
    lostSince = nil
    guard limits.range.contains(value) else {
      stop(because: .outOfRange)
      return wanted
    }
    record(value, isOn, at: now, since: began)
    turn(value, at: now, since: began)
    if !isOver, began.duration(to: now) >= limits.longest { finish(or: .tooSlow) }
    return wanted
  }

  private mutating func noteFollowing(_ isOn: Bool, at now: Instant) {
    guard isOn != wanted else {
      unfollowedSince = nil
      return
    }
    let since = unfollowedSince ?? now
    unfollowedSince = since
    if since.duration(to: now) > Self.patience { stop(because: .notFollowed) }
  }

  /// Fills the places of the recording up to now; a value holds until the next.
  private mutating func record(_ value: Double, _ isOn: Bool, at now: Instant, since began: Instant) {
    let elapsed = began.seconds(to: now)
    // The second from here on counts as the output is now; a switch within it is half a second off at most.
    while recording.length <= elapsed { recording.append(value: value, output: isOn ? 1 : 0) }
  }

  private mutating func turn(_ value: Double, at now: Instant, since began: Instant) {
    let mean = smoothed.map { $0 + (value - $0) / Self.smoothing } ?? value
    smoothed = mean
    // Distance past the setpoint in the direction of the output.
    let past = direction == .raise ? mean - limits.setpoint : limits.setpoint - mean
    let outward = wanted ? -past : past
    if outward > extreme?.value ?? -.infinity { extreme = (outward, now) }
    let isReached = wanted ? past >= limits.swing : past <= -limits.swing
    let lastTurn = turns.last.map { began.advanced(by: .nanoseconds(Int64($0.at * 1e9))) } ?? began
    guard isReached else {
      if lastTurn.duration(to: now) > Self.longestHalf { stop(because: wanted ? .cannotReach : .doesNotReturn) }
      return
    }
    turns.append(
      Turn(
        at: began.seconds(to: now), switchedOn: !wanted, peak: extreme.map { lastTurn.seconds(to: $0.at) } ?? 0,
        distance: extreme?.value ?? 0))
    extreme = nil
    wanted.toggle()
    let cycles = max(0, (turns.count - 1) / 2)
    phase = .swinging(cycles: cycles)
    // Fitted at the end of a whole cycle only: halves would weigh one level more.
    guard turns.count % 2 == 1, cycles >= 3 else { return }
    finish(or: nil)
  }

  /// Ends the test if enough is known, or nothing more can come.
  /// - Parameter failure: what to give up with if there is no result; `nil` to go on.
  private mutating func finish(or failure: RelayTestFailure?) {
    let cycles = max(0, (turns.count - 1) / 2)
    guard cycles >= 3, let result = result(cycles: cycles) else {
      if let failure { stop(because: failure) }
      return
    }
    guard failure != nil || cycles >= limits.mostCycles || result.isKnown(to: limits.accuracy) else { return }
    phase = .finished(result)
    wanted = false
  }

  private func result(cycles: Int) -> RelayTestResult? {
    // The first half cycle has its history before the recording, and its turn has no peak.
    let counted = turns.dropFirst(2)
    guard let first = turns.dropFirst().first, let last = counted.last, !counted.isEmpty else { return nil }
    let peaks = counted.map(\.peak).filter { $0 > 0 }.sorted()
    let peak = max(peaks.isEmpty ? 0 : peaks[peaks.count / 2], recording.interval)
    let from = Int(first.at / recording.interval)
    let period = (last.at - (turns.dropFirst().first?.at ?? 0)) / (Double(counted.count) / 2)
    let amplitude = counted.map(\.distance).reduce(0, +) / Double(counted.count)
    return RelayTestResult(
      recording: recording, from: from, peak: peak, direction: direction, cycles: cycles, period: period,
      amplitude: amplitude, swing: limits.swing)
  }
}

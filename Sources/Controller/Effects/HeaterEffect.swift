// Whether a heater heats what its probe sees.

import Climate

/// Watches one heater by what it did and what the temperature of its zone did (`safety.md` F39).
///
/// A heater that has run for half an hour while its zone is too cold and does not get warmer is dead, or too small for the night, or
/// its probe is not where the heat goes; the last must not be heated blindly. Which it is shows when the heater rests: if the
/// temperature then falls faster than before, the heater did have an effect. If not, it stays off but for short trials, until a
/// trial warms the probe or a person acknowledges the alarm.
///
/// All figures are engineering proposals. A blind heater runs for half an hour and then for a sixth of the time. A working one that
/// is too small loses the rest, which ends as soon as the temperature has answered: at most 10 min in 2 h.
struct HeaterEffect: Sendable {
  /// Where the judgement stands.
  enum State: Equatable, Sendable {
    /// The heater follows its law.
    case watching
    /// It rests; `from` is the temperature before, `trend` how fast that was falling meanwhile, K/s, not above zero.
    case resting(since: Instant, from: Double, trend: Double)
    /// It is without effect and off.
    case stopped(until: Instant)
    /// The next trial may begin when the law asks for heat.
    case ready
    /// It is on for a trial; `trend` is how fast the temperature was rising without it, K/s, not below zero.
    case trial(since: Instant, from: Double, trend: Double)
  }

  /// Minutes over which a heater must show an effect.
  static let window = 30
  /// Share of these that counts as running all the time: a maximum on-time with its rest fits in.
  static let fullShare = 0.9
  /// Change of temperature that is an effect, K.
  static let effect = 0.3
  /// Longest rest.
  static let rest = Duration.minutes(10)
  /// Time on in a trial.
  static let trialOn = Duration.minutes(5)
  /// Time from the beginning of a trial in which its effect must show.
  static let trialWatch = Duration.minutes(10)
  /// Time from one trial to the next.
  static let trialInterval = Duration.minutes(30)
  /// Nearer to the outside than this, K, a zone that has been heated for half an hour is not the zone: its probe lies outside, and what it
  /// shows of a rise may be the sun's.
  static let outsideDistance = 2.0
  /// Share of the window that a heater must have run then; heaters that take turns each run for less.
  static let outsideShare = 0.5
  /// How long a proof holds.
  static let proofLifetime = Duration.hours(2)
  /// A fall, K, in the window that voids a proof: a heater at full power that is only too small loses the race slowly.
  static let fallThatVoidsProof = 1.0

  private(set) var state = State.watching
  /// Whether the heater heats, at full power, and the zone lies below its band all the same.
  private(set) var isWeak = false
  /// Whether its rest has shown that it heats, and it has been at full power since.
  private var isStrained = false
  private var means = MinuteMeans()
  private var provenUntil: Instant?
  private var isOnBackup = false

  /// Whether the heater is found to be without effect. The rest that is to show it is no verdict: a heater that is only too small for
  /// the night must not wake anybody.
  var isWithoutEffect: Bool {
    switch state {
    case .watching, .resting: false
    case .stopped, .ready, .trial: true
    }
  }

  /// Until when the heater must be off; `nil` if it may run.
  @inline(__always) func offUntil(at now: Instant) -> Instant? {
    switch state {
    case .watching, .ready: nil
    case .resting(let since, _, _): since.advanced(by: Self.rest)
    case .stopped(let until): until
    case .trial(let since, _, _):
      since.duration(to: now) < Self.trialOn ? nil : since.advanced(by: Self.trialInterval)
    }
  }

  /// A person has looked at it: the heater gets half an hour to show its effect.
  mutating func acknowledge() {
    guard isWithoutEffect else { return }
    watch(provenUntil: nil)
  }

  /// Takes up a judgement of before a restart: off, with a trial soon.
  mutating func resume(at now: Instant) { state = .stopped(until: now.advanced(by: Self.rest)) }

  /// Takes in what held since the last call.
  /// - Parameters:
  ///   - reading: temperature of the zone.
  ///   - lowerEnd: lower end of the zone's band.
  ///   - outside: temperature outside, where that is known.
  ///   - isOn: whether the heater was on.
  mutating func step(
    _ reading: Reading, setpoint: Double?, lowerEnd: Double, outside: Double?, isOn: Bool, seconds: Double,
    at now: Instant
  ) {
    guard let value = reading.trusted, let setpoint else { return expire(at: now) }
    changeProbe(isOnBackup: reading.quality == .substituted, at: now)
    // A backup is not judged by: while it serves, the heater's duty is bounded.
    guard !isOnBackup || state != .watching else { return }
    let isMinuteOver = means.add(value, isOn: isOn, seconds: seconds)
    if case .ready = state, isOn {
      let rise = means.rise(in: 10) ?? 0
      state = .trial(since: now, from: means.value() ?? value, trend: max(0, rise / 600))
    }
    if isMinuteOver {
      judge(setpoint: setpoint, outside: outside, at: now)
      isWeak = isStrained && value < lowerEnd
    }
    expire(at: now)
  }

  private mutating func judge(setpoint: Double, outside: Double?, at now: Instant) {
    guard let last = means.value() else { return }
    switch state {
    case .watching: judgeWindow(last, setpoint: setpoint, outside: outside, at: now)
    case .resting(let since, let from, let trend):
      let expected = trend * since.seconds(to: now)
      guard last - from - expected <= -Self.effect else { return }
      watch(provenUntil: now.advanced(by: Self.proofLifetime))
      isStrained = true
    case .trial(let since, let from, let trend):
      let expected = trend * since.seconds(to: now)
      guard last - from - expected >= Self.effect else { return }
      watch(provenUntil: now.advanced(by: Self.proofLifetime))
    case .stopped, .ready: break
    }
  }

  private mutating func judgeWindow(_ last: Double, setpoint: Double, outside: Double?, at now: Instant) {
    guard let rise = means.rise(in: Self.window) else { return }
    let isLikeOutside = outside.map { abs(last - $0) < Self.outsideDistance } ?? false
    let share = isLikeOutside ? Self.outsideShare : Self.fullShare
    guard last < setpoint, let onShare = means.onShare(in: Self.window), onShare >= share else {
      isStrained = false
      return
    }
    guard rise < Self.effect || isLikeOutside else { return }
    if let provenUntil, now < provenUntil, rise > -Self.fallThatVoidsProof { return }
    state = .resting(since: now, from: last, trend: min(0, rise / Double(Self.window * 60)))
    means.removeAll()
  }

  private mutating func watch(provenUntil: Instant?) {
    state = .watching
    self.provenUntil = provenUntil
    (isStrained, isWeak) = (false, false)
    means.removeAll()
  }

  /// What ends by time alone.
  private mutating func expire(at now: Instant) {
    switch state {
    case .resting(let since, _, _) where since.duration(to: now) >= Self.rest:
      state = .stopped(until: since.advanced(by: Self.trialInterval))
    case .stopped(let until) where now >= until: state = .ready
    case .trial(let since, _, _) where since.duration(to: now) >= Self.trialWatch:
      state = .stopped(until: since.advanced(by: Self.trialInterval))
    case .watching, .resting, .stopped, .ready, .trial: break
    }
  }

  /// Two probes cannot be compared: what was begun with one is not judged with the other.
  private mutating func changeProbe(isOnBackup new: Bool, at now: Instant) {
    guard new != isOnBackup else { return }
    isOnBackup = new
    switch state {
    case .watching: break
    case .stopped, .ready: means.removeAll()
    case .resting(let since, _, _), .trial(let since, _, _):
      means.removeAll()
      state = .stopped(until: since.advanced(by: Self.trialInterval))
    }
  }
}

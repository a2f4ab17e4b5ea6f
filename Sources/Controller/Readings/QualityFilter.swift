// The plausibility tests that turn raw samples of one probe into a reading.

public import Climate

/// Limits of the plausibility tests of one channel.
///
/// The tests and their names follow the QARTOD manuals (gross range, spike, rate of change, flat line).
public struct QualityLimits: Equatable, Sendable {
  /// Values outside are impossible: beyond the sensor or the site.
  public var range: ClosedRange<Double>
  /// Fastest credible change, units per second.
  public var maximumRate: Double
  /// Change that is always credible, whatever the time since the last sample: noise and resolution.
  public var step: Double
  /// Rejected spikes in a row before the new level is taken as it is, with quality suspect.
  public var spikesTolerated: Int
  /// Consistent samples in a row after which a suspect level is good again.
  public var samplesToRecover: Int
  /// An unchanged raw value is suspect after this time and failed after twice this time; `nil` where a constant is normal.
  public var flatLine: Duration?
  /// A value older than this is stale.
  public var staleAfter: Duration
  /// A value older than this is failed.
  public var failedAfter: Duration

  /// Limits from their parts.
  public init(
    range: ClosedRange<Double>, maximumRate: Double, step: Double, spikesTolerated: Int = 3, samplesToRecover: Int = 10,
    flatLine: Duration?, staleAfter: Duration, failedAfter: Duration
  ) {
    self.range = range
    self.maximumRate = maximumRate
    self.step = step
    self.spikesTolerated = spikesTolerated
    self.samplesToRecover = samplesToRecover
    self.flatLine = flatLine
    self.staleAfter = staleAfter
    self.failedAfter = failedAfter
  }

  /// Usual limits of a quantity measured every `interval`.
  ///
  /// Engineering proposals (`agronomy.md` §5.2: spike above 5 K/min, no change in 60 to 120 min), editable per sensor.
  /// Stale after three missed intervals, never before 5 s; failed after 60 s or ten intervals.
  public static func usual(for quantity: Quantity, interval: Duration) -> QualityLimits {
    let stale = max(interval * 3 + .seconds(1), .seconds(5))
    let failed = max(interval * 10, .seconds(60))
    func limits(
      _ range: ClosedRange<Double>, perMinute: Double, step: Double, flatLine: Duration?
    ) -> QualityLimits {
      QualityLimits(
        range: range, maximumRate: perMinute / 60, step: step, flatLine: flatLine, staleAfter: stale,
        failedAfter: failed)
    }
    return switch quantity {
    case .temperature: limits(-30...70, perMinute: 5, step: 1.5, flatLine: .hours(1))
    case .humidity: limits(0.1...100, perMinute: 40, step: 8, flatLine: .hours(2))
    case .co2: limits(250...40_000, perMinute: 4_000, step: 1_000, flatLine: .hours(2))
    // A cell drifts below zero by a little, and doors and litter that is turned make it jump. Noise moves it even in clean air.
    case .ammonia: limits(-2...1_000, perMinute: 60, step: 10, flatLine: .hours(24))
    // The same cells; a stove that is opened fills a room within seconds.
    case .carbonMonoxide: limits(-5...2_000, perMinute: 1e6, step: 2_000, flatLine: .hours(24))
    // Frozen to steamed; soil is slow, but a probe may be pulled out and put back.
    case .soilTemperature, .surfaceTemperature: limits(-20...70, perMinute: 5, step: 3, flatLine: .hours(24))
    case .conductivity: limits(-0.5...20, perMinute: 10, step: 5, flatLine: .hours(48))
    case .illuminance: limits(0...200_000, perMinute: 1e9, step: 200_000, flatLine: nil)
    case .pressure: limits(500...1_100, perMinute: 5, step: 3, flatLine: .hours(6))
    case .soilMoisture: limits(-10...110, perMinute: 60, step: 15, flatLine: .hours(12))
    // Gusts are real, and so is the first drop. A night without any wind is no stuck anemometer, a day without is one.
    case .windSpeed: limits(0...75, perMinute: 1e6, step: 75, flatLine: .hours(24))
    case .rain: limits(-10...110, perMinute: 1e6, step: 120, flatLine: nil)
    case .voltage: limits(-0.3...6.2, perMinute: 1e6, step: 6.5, flatLine: nil)
    }
  }
}

/// Judges the samples of one probe.
///
/// A sample that fails the range test or is a spike does not touch the last good value: that value simply grows old, and is
/// stale when it is too old to act on. Zero is a value like any other and never means "no data".
public struct QualityFilter: Sendable {
  /// The limits applied.
  public let limits: QualityLimits
  /// Of these, the times, ns: they are compared in every step.
  private let times: (stale: Int64, failed: Int64, flatLine: Int64?)
  private let passQuality: Quality
  private var reading = Reading.none
  private var lastRaw: Double?
  private var rawUnchangedSince: Instant?
  private var spikes = 0
  private var candidate: (value: Double, at: Instant)?
  private var samplesUntilTrusted = 0
  private var lastFault: QualityFault = .never

  /// A filter that has seen nothing.
  /// - Parameter passQuality: quality of a value that passed every test: `good`, or `simulated` in a simulation.
  public init(limits: QualityLimits, passQuality: Quality = .good) {
    self.limits = limits
    self.passQuality = passQuality
    times = (limits.staleAfter.nanoseconds, limits.failedAfter.nanoseconds, limits.flatLine?.nanoseconds)
  }

  /// Takes in what the sensor gave.
  public mutating func accept(_ sample: Sample) {
    guard let value = sample.value, value.isFinite else {
      lastFault = .noAnswer
      return
    }
    if value != lastRaw {
      lastRaw = value
      rawUnchangedSince = sample.at
    }
    guard limits.range.contains(value) || !ControllerCheck.range.isMade else {
      lastFault = .range
      return
    }
    guard let previous = reading.lastValue, let previousAt = reading.at, !hasFailed(at: sample.at) else {
      take(value, at: sample.at)
      samplesUntilTrusted = 0
      // Nobody knows what the raw value did during the silence.
      rawUnchangedSince = sample.at
      return
    }
    if isCredible(value, at: sample.at, after: previous, at: previousAt) || !ControllerCheck.spike.isMade {
      take(value, at: sample.at)
      samplesUntilTrusted = max(0, samplesUntilTrusted - 1)
    } else {
      judgeSpike(value, at: sample.at)
    }
  }

  /// The reading as it is at `now`.
  @inline(__always) public func reading(at now: Instant) -> Reading {
    guard let at = reading.at else { return Reading(lastValue: nil, quality: .failed, fault: lastFault, at: nil) }
    var result = reading
    let age = ControllerCheck.staleness.isMade ? at.nanoseconds(to: now) : 0
    if age > times.failed {
      (result.quality, result.fault) = (.failed, lastFault == .never ? .stale : lastFault)
    } else if age > times.stale {
      (result.quality, result.fault) = (.stale, lastFault == .never ? .stale : lastFault)
    } else if let flatLine = times.flatLine, let unchanged = rawUnchangedSince?.nanoseconds(to: now),
      unchanged > flatLine, ControllerCheck.flatLine.isMade
    {
      (result.quality, result.fault) = (unchanged - flatLine > flatLine ? .failed : .suspect, .flatLine)
    } else if samplesUntilTrusted > 0 {
      (result.quality, result.fault) = (.suspect, .spike)
    } else {
      (result.quality, result.fault) = (passQuality, nil)
    }
    return result
  }

  private func hasFailed(at now: Instant) -> Bool {
    guard let at = reading.at else { return true }
    return at.nanoseconds(to: now) > times.failed
  }

  private func isCredible(_ value: Double, at now: Instant, after previous: Double, at then: Instant) -> Bool {
    let elapsed = max(0, then.seconds(to: now))
    return abs(value - previous) <= limits.step + limits.maximumRate * elapsed
  }

  private mutating func take(_ value: Double, at now: Instant) {
    reading.lastValue = value
    reading.at = now
    lastFault = .never
    spikes = 0
    candidate = nil
  }

  /// A jump is rejected until it has been repeated often enough to be a new level; then it is shown, as suspect.
  private mutating func judgeSpike(_ value: Double, at now: Instant) {
    lastFault = .spike
    if let candidate, isCredible(value, at: now, after: candidate.value, at: candidate.at) {
      spikes += 1
    } else {
      spikes = 1
    }
    candidate = (value, now)
    guard spikes > limits.spikesTolerated else { return }
    take(value, at: now)
    samplesUntilTrusted = limits.samplesToRecover
  }
}

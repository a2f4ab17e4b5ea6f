// Turns a share of full power into relay switching.

public import Climate

/// Time-proportional output: a relay whose mean on-time is the demand.
///
/// A first-order delta-sigma modulator with hysteresis. It keeps the balance of on-time owed, computed from what the output
/// *did*, so that a minimum on-time, an interlock or a refusal of the guardian is made good afterwards instead of being
/// forgotten. At a demand of one half the period is `cycle`; towards 0 and 1 it grows by 1/(4·d·(1−d)), which is what saves
/// relay operations at small demands.
public struct PulseModulator: Equatable, Sendable {
  /// Period at a demand of one half.
  public var cycle: Duration { didSet { threshold = cycle.inSeconds / 8 } }
  /// Seconds owed at which the relay switches.
  private var threshold: Double
  /// Seconds of on-time owed: positive, the output is behind; negative, ahead.
  private var balance = 0.0
  private var isOn = false
  private var lastAt: Instant?

  /// Demands below this, and above one minus this, are taken as off and as fully on.
  public static let deadband = 0.01

  /// A modulator that is off and owes nothing.
  public init(cycle: Duration) {
    self.cycle = cycle
    threshold = cycle.inSeconds / 8
  }

  /// Whether the output is wanted on.
  /// - Parameters:
  ///   - demand: wanted mean, 0…1.
  ///   - achieved: whether the output has been on since the last call.
  ///   - longestStep: of a longer time since then no more than this counts, s.
  public mutating func wanted(
    demand: Double, achieved: Bool, longestStep: Double = Inputs.usualLongestStep, at now: Instant
  ) -> Bool {
    let dt = lastAt.map { min(max($0.seconds(to: now), 0), longestStep) } ?? 0
    lastAt = now
    if demand <= Self.deadband {
      (isOn, balance) = (false, 0)
    } else if demand >= 1 - Self.deadband {
      (isOn, balance) = (true, 0)
    } else {
      let threshold = self.threshold
      balance += (demand - (achieved ? 1 : 0)) * dt
      balance = min(max(balance, -4 * threshold), 4 * threshold)
      if balance >= threshold { isOn = true }
      if balance <= -threshold { isOn = false }
    }
    return isOn
  }
}

/// Spreads one demand over several outputs, one after the other.
public enum Staging {
  /// The share of one stage: stage 0 is full before stage 1 begins.
  /// - Parameters:
  ///   - demand: 0…1 over all stages.
  ///   - stage: index of the stage, 0..<count.
  ///   - count: number of stages, at least 1.
  public static func share(of demand: Double, stage: Int, count: Int) -> Double {
    min(max(demand * Double(count) - Double(stage), 0), 1)
  }

  /// The stage that an output of a list is now.
  ///
  /// The stage that is neither off nor full does all the switching. If another output becomes the first of the list after every period,
  /// all of them wear alike.
  /// - Parameters:
  ///   - index: of the output in its list, 0..<count.
  ///   - count: length of the list.
  ///   - rotation: the period, longer than zero; `nil` to keep the order.
  public static func stage(of index: Int, count: Int, rotation: Duration?, at now: Instant) -> Int {
    guard let rotation, count > 1 else { return index }
    let lead = Int(now.nanoseconds / max(rotation.nanoseconds, 1) % Int64(count))
    return (index + count - lead) % count
  }
}

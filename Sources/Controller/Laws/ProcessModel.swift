// What a test has found out about how a zone answers to an output, and the laws that follow from it.

import Climate

/// How a quantity answers to an output: gain, a slow and a fast time constant, and a dead time.
///
/// In the notation of the field, K·e^(−L·s) / ((T₁·s + 1)·(T₂·s + 1)) with T₁ ≥ T₂. Zero for T₂ is the usual first-order model.
public struct ProcessModel: Equatable, Codable, Sendable {
  /// K: change of the quantity for the full output, in the unit of the quantity; positive in the direction of the loop.
  public var gain: Double
  /// T₁.
  public var timeConstant: Duration
  /// T₂; zero for a first-order model.
  public var lag: Duration
  /// L.
  public var deadTime: Duration

  /// A model from its parts.
  public init(gain: Double, timeConstant: Duration, lag: Duration = .zero, deadTime: Duration) {
    self.gain = gain
    self.timeConstant = timeConstant
    self.lag = lag
    self.deadTime = deadTime
  }

  /// Time before an output shows in the quantity: what limits every law. Half of the lag counts as dead time, half as time constant
  /// (the half rule: Skogestad, Journal of Process Control 13 (2003) 291, §2).
  public var effectiveDeadTime: Duration { deadTime + lag / 2 }

  /// PID parameters by the improved SIMC rule (Grimholt & Skogestad, Journal of Process Control 70 (2018) 36): in series form
  /// K_c = T₁/(K·(τ + L)), T_i = min(T₁, 4·(τ + L)), and T_d = T₂, or L/3 for a first-order model.
  /// - Parameter closedLoop: τ as a share of the dead time: 1 for a steady loop, ½ for a tight one.
  public func pid(closedLoop: Double = 1) -> PIDParameters {
    let dead = max(deadTime.inSeconds, 1)
    let sum = (1 + closedLoop) * dead
    let integral = min(timeConstant.inSeconds + (lag > .zero ? 0 : dead / 3), 4 * sum)
    let derivative = lag > .zero ? lag.inSeconds : dead / 3
    // From the series form of the rule to the parallel form of the law.
    let factor = 1 + derivative / integral
    return PIDParameters(
      gain: timeConstant.inSeconds / (gain * sum) * factor,
      integralTime: .milliseconds(Int64(integral * factor * 1_000)),
      derivativeTime: .milliseconds(Int64(derivative / factor * 1_000)))
  }

  /// The same answer with the lag counted as dead time where it is too short to be told from it.
  var simplified: ProcessModel {
    guard lag > .zero, lag.inSeconds < 0.1 * (deadTime + lag).inSeconds else { return self }
    return ProcessModel(gain: gain, timeConstant: timeConstant, deadTime: deadTime + lag)
  }
}

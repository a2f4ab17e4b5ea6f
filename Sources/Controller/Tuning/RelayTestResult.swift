// What a relay test has found out, and the law that it recommends.

import Climate
import RealModule

/// What a relay test has found out.
public struct RelayTestResult: Equatable, Sendable {
  /// How well the zone is described.
  public enum Verdict: String, Codable, Sendable {
    /// A first-order model with dead time describes it.
    case firstOrder = "first-order"
    /// A first-order model does not fit; a second-order one does.
    case secondOrder = "second-order"
    /// Neither model fits.
    case noModel = "no-model"
  }

  /// How well the zone is described.
  public var verdict: Verdict
  /// First-order model with dead time; `nil` if there was none to be found.
  public var firstOrder: ModelFit?
  /// Second-order model with dead time; `nil` if there was none to be found.
  public var secondOrder: ModelFit?
  /// Standard deviation of the sensor's noise, in the unit of the quantity.
  public var noise: Double
  /// Whole cycles.
  public var cycles: Int
  /// Ultimate gain and period by the describing function of a relay with hysteresis (Åström & Hägglund 1984), output share per unit and s.
  public var ultimateGain: Double
  /// See ``ultimateGain``.
  public var ultimatePeriod: Double

  /// A second-order model must leave so much less for the first-order one not to fit.
  private static let betterBy = 1.15
  /// What a model may leave: so much more than the noise, or so much of the quantity's movement.
  private static let noiseFactor = 1.5
  private static let movementShare = 0.08
  /// A zone that turns at once swings no further than the relay's hysteresis, which says of the ultimate gain only that it is large: the
  /// swing counts as √(1 + 0.2²) hystereses at least, so that the law's full output lies a sixth of a hysteresis from the setpoint or more.
  private static let leastExcess = 0.2

  init(
    recording: TestRecording, from: Int, peak: Double, direction: Direction, cycles: Int, period: Double,
    amplitude: Double, swing: Double
  ) {
    var recording = recording
    if direction == .lower { recording.negate() }
    firstOrder = ModelFit(recording, isSecondOrder: false, from: from, peak: peak)
    secondOrder = ModelFit(recording, isSecondOrder: true, from: from, peak: peak)
    noise = recording.noise
    self.cycles = cycles
    let least = Self.leastExcess * swing
    let excess = max(amplitude * amplitude - swing * swing, least * least)
    ultimateGain = 4 * 0.5 / (.pi * excess.squareRoot())
    ultimatePeriod = period
    let movement = recording.movement(from: from)
    let tolerated = max(Self.noiseFactor * noise, Self.movementShare * movement)
    verdict = .noModel
    if let firstOrder, firstOrder.residual <= tolerated, firstOrder.model.gain > 0,
      firstOrder.residual <= Self.betterBy * (secondOrder?.residual ?? .infinity)
    {
      verdict = .firstOrder
    } else if let secondOrder, secondOrder.residual <= tolerated, secondOrder.model.gain > 0 {
      verdict = .secondOrder
    }
  }

  /// The fit that describes the zone; `nil` if none does.
  public var fit: ModelFit? {
    switch verdict {
    case .firstOrder: firstOrder
    case .secondOrder: secondOrder
    case .noModel: nil
    }
  }

  /// Whether gain, time constant and dead time are known to a relative standard error; a model of second order, whose lag and dead time
  /// can hardly be told apart, to three times as much.
  func isKnown(to accuracy: Double) -> Bool {
    fit.map { $0.worstError <= (verdict == .secondOrder ? 3 : 1) * accuracy } ?? false
  }

  /// The law to use: the model's own where one fits, and is known well enough to predict with; else a PID.
  ///
  /// Without a model the rule of Tyreus & Luyben (Ind. Eng. Chem. Res. 31 (1992) 2625) from gain and period of the swing, which asks no
  /// model: K = K_u/3.2, T_i = 2.2·P_u, without derivative.
  public var law: LawPlan {
    if let fit, fit.worstError <= Self.predictable { return .predictive(fit.model) }
    if let fit { return .pid(fit.model.pid()) }
    return .pid(
      PIDParameters(
        gain: ultimateGain / 3.2, integralTime: .milliseconds(Int64((2.2 * ultimatePeriod * 1_000).rounded()))))
  }

  /// Largest relative standard error with which a model may predict: three of them are the 20 % that the law bears.
  private static let predictable = 0.07

  /// Period of time-proportional switching at which the quantity moves no more than `ripple` from crest to trough at half output, and
  /// never less than two minutes: a relay that switches more often does not last.
  public func cycle(ripple: Double) -> Duration? {
    guard let model = fit?.model else { return nil }
    let seconds = 4 * ripple * model.timeConstant.inSeconds / model.gain
    return .seconds(Int(min(max(seconds, 120), 3_600)))
  }
}

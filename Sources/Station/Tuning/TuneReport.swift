// What a relay test has found out, for programs and for the configuration.

import Climate
package import Controller

/// What a relay test has found out, and what to write into the configuration.
package struct TuneReport: Codable, Equatable, Sendable {
  /// The zone.
  package var zone: String
  /// Whether and how the zone is described: `first-order`, `second-order`, `no-model`.
  package var verdict: RelayTestResult.Verdict
  /// Model and relative standard errors; `nil` without a model.
  package var model: Model?
  /// What the first-order model leaves, K; `nil` if none was found. Beside the noise it says whether such a model fits.
  package var firstOrderResidual: Double?
  /// Noise of the reading, K.
  package var noise: Double
  /// Whole cycles, and hours that they took.
  package var cycles: Int
  /// See ``cycles``.
  package var hours: Double
  /// Recommended period of time-proportional switching, s; `nil` without a model.
  package var cycle: Double?
  /// What to write into the zone's `temperature`.
  package var toml: String

  /// A model and how well it is known.
  package struct Model: Codable, Equatable, Sendable {
    /// Change for the full output, K.
    package var gain: Double
    /// Time constant, s.
    package var timeConstant: Double
    /// Lag, s; 0 for a first-order model.
    package var lag: Double
    /// Dead time, s.
    package var deadTime: Double
    /// Relative standard errors of gain, time constant and dead time.
    package var errors: [Double]
    /// What it leaves, K.
    package var residual: Double

    private enum CodingKeys: String, CodingKey {
      case gain = "gain_K"
      case timeConstant = "time_constant_s"
      case lag = "lag_s"
      case deadTime = "dead_time_s"
      case errors = "relative_errors"
      case residual = "residual_K"
    }
  }

  private enum CodingKeys: String, CodingKey {
    case zone, verdict, model, cycles, hours, toml
    case firstOrderResidual = "first_order_residual_K"
    case noise = "noise_K"
    case cycle = "cycle_s"
  }

  /// Crest to trough at half output that a relay's period is chosen for, as a share of the band.
  private static let rippleShare = 0.3

  /// A report of a test in a zone whose permitted deviation is `band`.
  package init(_ result: RelayTestResult, zone: String, band: Double, hours: Double) {
    self.zone = zone
    verdict = result.verdict
    model = result.fit.map { fit in
      let errors = fit.relativeErrors
      return Model(
        gain: Self.rounded(fit.model.gain), timeConstant: Self.rounded(fit.model.timeConstant.inSeconds),
        lag: Self.rounded(fit.model.lag.inSeconds), deadTime: Self.rounded(fit.model.deadTime.inSeconds),
        errors: [errors.gain, errors.timeConstant, errors.deadTime].map { Self.rounded($0) },
        residual: Self.rounded(fit.residual))
    }
    firstOrderResidual = result.firstOrder.map { Self.rounded($0.residual) }
    noise = Self.rounded(result.noise)
    cycles = result.cycles
    self.hours = Self.rounded(hours)
    cycle = result.cycle(ripple: Self.rippleShare * band)?.inSeconds
    toml = Self.toml(result.law)
  }

  private static func toml(_ law: LawPlan) -> String {
    switch law {
    case .predictive(let model):
      let lag = model.lag > .zero ? "lag = \"\(seconds(model.lag))\", " : ""
      return
        "model = { gain = \"\(digits(model.gain, 3)) K\", time-constant = \"\(seconds(model.timeConstant))\", \(lag)"
        + "dead-time = \"\(seconds(model.deadTime))\" }"
    case .pid(let parameters):
      let integral = parameters.integralTime.map { ", integral-time = \"\(seconds($0))\"" } ?? ""
      let derivative =
        parameters.derivativeTime > .zero ? ", derivative-time = \"\(seconds(parameters.derivativeTime))\"" : ""
      return "pid = { gain = \(digits(parameters.gain, 4))\(integral)\(derivative) }"
    case .hysteresis, .proportional: return ""
    }
  }

  private static func seconds(_ duration: Duration) -> String { "\(digits(duration.inSeconds, 1))s" }

  private static func digits(_ number: Double, _ decimals: Int) -> String {
    let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
    return "\((number * scale).rounded() / scale)"
  }

  private static func rounded(_ number: Double) -> Double { (number * 1e4).rounded() / 1e4 }
}

// The laws that are compared on the bench plants.

import Climate
import Controller

/// A law on the bench: once a second, from measurement and setpoint to output.
protocol BenchLaw {
  /// - Parameter achieved: what the output was in the last second.
  mutating func output(value: Double, setpoint: Double, achieved: Double, at second: Int) -> Double
}

/// Bombyx's law after a test.
struct TunedLaw: BenchLaw {
  private enum Law {
    case predictive(PredictiveLaw)
    case pid(PID)
  }
  private var law: Law

  init(_ plan: LawPlan, holding: Double) {
    switch plan {
    case .predictive(let model):
      var law = PredictiveLaw(direction: .raise, model: model)
      law.resume(holding: holding)
      self.law = .predictive(law)
    case .pid(let parameters):
      var law = PID(direction: .raise, parameters: parameters)
      law.resume(integral: holding)
      self.law = .pid(law)
    case .hysteresis, .proportional:
      law = .pid(PID(direction: .raise, parameters: PIDParameters(gain: 0, integralTime: nil)))
    }
  }

  mutating func output(value: Double, setpoint: Double, achieved: Double, at second: Int) -> Double {
    let now = Instant(seconds: Double(second))
    switch law {
    case .predictive(var law):
      defer { self.law = .predictive(law) }
      return law.demand(value: value, setpoint: setpoint, achieved: achieved, at: now)
    case .pid(var law):
      defer { self.law = .pid(law) }
      return law.demand(value: value, setpoint: setpoint, achievedMinusDemand: 0, at: now)
    }
  }
}

/// A PID as hobby projects have it: derivative of the error, unfiltered; the integral limited to the output's range; gains by
/// Ziegler and Nichols' classic rule from an ultimate gain and period. So is ESPHome's `pid` after its autotune.
struct HobbyPID: BenchLaw {
  private let kp: Double
  private let ki: Double
  private let kd: Double
  private var integral: Double
  private var last: Double?

  init(ultimateGain: Double, ultimatePeriod: Double, holding: Double) {
    kp = 0.6 * ultimateGain
    ki = 1.2 * ultimateGain / ultimatePeriod
    kd = 0.075 * ultimateGain * ultimatePeriod
    integral = holding
  }

  mutating func output(value: Double, setpoint: Double, achieved: Double, at second: Int) -> Double {
    let error = setpoint - value
    integral = min(max(integral + ki * error, 0), 1)
    let derivative = last.map { error - $0 } ?? 0
    last = error
    return min(max(kp * error + integral + kd * derivative, 0), 1)
  }
}

// The PID law of the temperature and humidity loops.

public import Climate

/// Parameters of a PID law in the standard (ISA) form u = K·(e + ∫e/Ti − Td·dy/dt).
public struct PIDParameters: Equatable, Codable, Sendable {
  /// Proportional gain K, output share per unit of the quantity; positive.
  public var gain: Double
  /// Integral time Ti; `nil` for no integral action.
  public var integralTime: Duration?
  /// Derivative time Td; zero for no derivative action.
  public var derivativeTime: Duration

  /// Parameters of a PID law.
  public init(gain: Double, integralTime: Duration?, derivativeTime: Duration = .zero) {
    self.gain = gain
    self.integralTime = integralTime
    self.derivativeTime = derivativeTime
  }
}

/// A PID law with derivative on the measurement, anti-windup by the achieved output and bumpless parameter change.
///
/// - The derivative acts on the measurement alone, filtered with Td/8, so that a setpoint step does not kick
///   (Åström & Hägglund, *Advanced PID Control*, §3.3).
/// - The integral tracks what the actuator really did (back-calculation, ibid. §3.5): an output held by a constraint, an
///   override or the guardian does not wind it up. The tracking time is Ti.
/// - The integral is kept in output units, so that a change of gain or integral time does not jump.
public struct PID: Equatable, Sendable {
  /// Which way the actuator moves the value.
  public let direction: Direction
  /// The parameters in force.
  public private(set) var parameters: PIDParameters { didSet { findTimes() } }
  /// Of these, the times in seconds; zero for no such action.
  private var (integralTime, derivativeTime) = (0.0, 0.0)

  /// What the output needs on average, in output units.
  public private(set) var integral = 0.0
  /// The integral of before a restart, until the first measurement shows whether it still holds.
  private var remembered: Double?
  private var derivative = 0.0
  private var lastValue: Double?
  private var lastError: Double?
  private var lastAt: Instant?
  private var lastDemand = 0.0

  /// A law that has seen nothing.
  public init(direction: Direction, parameters: PIDParameters) {
    self.direction = direction
    self.parameters = parameters
    findTimes()
  }

  private mutating func findTimes() {
    integralTime = parameters.integralTime?.inSeconds ?? 0
    derivativeTime = parameters.derivativeTime.inSeconds
  }

  /// Changes the parameters so that the output does not jump: what the proportional part gains, the integral part gives up.
  public mutating func change(to new: PIDParameters) {
    if let lastError {
      integral += (parameters.gain - new.gain) * lastError
    }
    if new.derivativeTime == .zero { derivative = 0 }
    parameters = new
  }

  /// The demand, 0…1.
  /// - Parameters:
  ///   - value: the measurement.
  ///   - setpoint: in the same unit.
  ///   - achieved: how far the mean output of the actuator differs from the mean demand, −1…1; zero if it followed.
  ///   - now: when the measurement is used; a call at the same instant changes nothing.
  public mutating func demand(value: Double, setpoint: Double, achievedMinusDemand: Double, at now: Instant) -> Double {
    let error = direction == .raise ? setpoint - value : value - setpoint
    defer { (lastValue, lastError, lastAt) = (value, error, now) }
    if let remembered {
      if error > 0 { integral = remembered }
      self.remembered = nil
    }
    guard let lastAt, let lastValue, lastAt < now else {
      lastDemand = clamped(parameters.gain * error + integral)
      return lastDemand
    }
    let elapsed = lastAt.seconds(to: now)
    updateDerivative(value: value, last: lastValue, dt: elapsed)
    let proportional = parameters.gain * error
    let unlimited = proportional + integral + derivative
    lastDemand = clamped(unlimited)
    // A long gap (a stall) must not become one huge step.
    updateIntegral(error: error, excess: lastDemand - unlimited + achievedMinusDemand, dt: min(elapsed, 10))
    return lastDemand
  }

  /// Takes up the integral of before a restart, so that the house need not cool down until the law has learnt anew what it needs.
  ///
  /// Only if the first measurement still asks for the actuator: a law that woke up in another season must not act on what it knew.
  /// - Parameter integral: limited to −1…1; ignored if it is no number.
  public mutating func resume(integral: Double) {
    remembered = integral.isFinite ? min(max(integral, -1), 1) : nil
  }

  /// Forgets the measurement after it was lost; the integral, which is what the house needs on average, stays.
  public mutating func reset() {
    (lastValue, lastError, lastAt) = (nil, nil, nil)
    derivative = 0
  }

  private mutating func updateDerivative(value: Double, last: Double, dt: Double) {
    guard derivativeTime > 0 else { return }
    let filter = derivativeTime / 8
    let change = (direction == .raise ? -1 : 1) * (value - last)
    derivative = (filter * derivative + parameters.gain * derivativeTime * change) / (filter + dt)
  }

  private mutating func updateIntegral(error: Double, excess: Double, dt: Double) {
    guard integralTime > 0 else { return }
    integral += (parameters.gain * error + excess) * dt / integralTime
    integral = min(max(integral, -1), 1)
  }

  private func clamped(_ demand: Double) -> Double { min(max(demand, 0), 1) }
}

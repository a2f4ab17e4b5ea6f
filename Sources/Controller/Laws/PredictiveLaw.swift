// A law that knows how its zone answers: dead-time compensation with an observer of what disturbs it.

public import Climate
import RealModule

/// A dead-time compensator with a disturbance observer, for a zone whose ``ProcessModel`` is known.
///
/// Three parts, all of them textbook:
/// - A model of the zone runs beside it, fed with what the output *did*. What the measurement shows beyond the model moves its states
///   and an unknown heat or cold at its input, through an observer with equal poles (Åström & Wittenmark, *Computer-Controlled
///   Systems*, §9.4). A constraint, an override or the guardian cannot wind it up: there is no integral of an error.
/// - The states are carried a dead time ahead with the outputs that are already on their way (Normey-Rico & Camacho, *Control of
///   Dead-time Processes*, §6).
/// - The output is what holds the setpoint against the disturbance, plus what takes the slow state there with the closed-loop time:
///   full output while that is far away, and no overshoot, since what is on its way is known.
///
/// Both times are shares of the effective dead time, the same for every zone: half of it in the closed loop, three quarters for the
/// observer. Errors of 20 % in gain and dead time leave the loop stable (`ControlBenchTests`).
public struct PredictiveLaw: Equatable, Sendable {
  private static let loopShare = 0.5
  private static let observerShare = 0.75
  /// Shortest closed-loop and observer time, s: a sensor once a second cannot tell more.
  private static let shortest = 15.0
  /// A gap after which what the zone did in between is not known, s.
  private static let longestGap = 120.0

  /// Which way the actuator moves the value.
  public let direction: Direction
  /// How the zone answers.
  public let model: ProcessModel

  private let gain: Double
  private let slow: Double
  private let fast: Double
  private let loopTime: Double
  private let observerTime: Double
  /// Gains of the observer: measured state, slow state, disturbance; for one second.
  private let correction: (measured: Double, slow: Double, disturbance: Double)
  /// How much of a change of slow state and disturbance is there after the dead time.
  private let ahead: (slow: Double, disturbance: Double)

  private var state: State?
  /// What held the setpoint before a restart.
  private var remembered: Double?

  private struct State: Equatable, Sendable {
    /// The quantity as the model has it, with and without the fast lag, and the latter a dead time ahead.
    var measured: Double
    var slow: Double
    var predicted: Double
    /// Output that would have the effect of all that disturbs the zone.
    var disturbance: Double
    var line: DelayLine
    var at: Instant
    var setpoint: Double
    var demand: Double
  }

  /// A law that has seen nothing.
  public init(direction: Direction, model: ProcessModel) {
    self.direction = direction
    self.model = model
    let used = model.simplified
    gain = max(used.gain, 1e-6)
    slow = max(used.timeConstant.inSeconds, 1)
    fast = used.lag.inSeconds
    let dead = used.deadTime.inSeconds
    let effective = used.effectiveDeadTime.inSeconds
    loopTime = max(Self.loopShare * effective, Self.shortest)
    observerTime = max(Self.observerShare * effective, Self.shortest)
    let pole = 1 / observerTime
    if fast > 0 {
      let (a, b) = (1 / fast, 1 / slow)
      let first = 3 * pole - a - b
      correction = (first, (3 * pole * pole - (a + first) * b) / a, pole * pole * pole / (gain * a * b))
    } else {
      let first = 2 * pole - 1 / slow
      correction = (first, first, slow * pole * pole / gain)
    }
    let kept = Double.exp(-dead / slow)
    ahead = (kept, gain * (1 - kept))
  }

  /// What holds the setpoint, as a share of the full output: the law's counterpart of an integral.
  public var holding: Double {
    guard let state else { return remembered ?? 0 }
    return min(max(state.setpoint / gain - state.disturbance, -1), 1)
  }

  /// Takes up what held the setpoint before a restart; limited to −1…1, ignored if it is no number.
  public mutating func resume(holding: Double) {
    remembered = holding.isFinite ? min(max(holding, -1), 1) : nil
  }

  /// Forgets the measurement after it was lost; what held the setpoint stays.
  public mutating func reset() {
    remembered = state == nil ? remembered : holding
    state = nil
  }

  /// The demand, 0…1.
  /// - Parameters:
  ///   - value: the measurement.
  ///   - setpoint: in the same unit.
  ///   - achieved: share of the full output since the last call.
  ///   - now: when the measurement is used; a call at the same instant changes nothing.
  public mutating func demand(value: Double, setpoint: Double, achieved: Double, at now: Instant) -> Double {
    let sign = direction == .raise ? 1.0 : -1
    let (value, setpoint) = (sign * value, sign * setpoint)
    guard var state, state.at.seconds(to: now) <= Self.longestGap else { return begin(value, setpoint, at: now) }
    let elapsed = state.at.seconds(to: now)
    if elapsed > 0 {
      // In steps that the observer's poles can bear.
      let count = max(1, (elapsed / (observerTime / 4)).rounded(.up))
      for _ in 0..<Int(count) { advance(&state, achieved: achieved, value: value, dt: elapsed / count) }
      state.at = now
    }
    state.setpoint = setpoint
    state.demand = demand(of: state)
    self.state = state
    return state.demand
  }

  private mutating func begin(_ value: Double, _ setpoint: Double, at now: Instant) -> Double {
    // At rest at what it needed; without a memory, at rest without the output.
    let held = state.map { $0.setpoint / gain - $0.disturbance } ?? remembered
    let disturbance = held.map { setpoint / gain - $0 } ?? value / gain
    remembered = nil
    var state = State(
      measured: value, slow: value, predicted: value, disturbance: disturbance,
      line: DelayLine(delay: model.simplified.deadTime.inSeconds, value: value / gain - disturbance), at: now,
      setpoint: setpoint, demand: 0)
    state.demand = demand(of: state)
    self.state = state
    return state.demand
  }

  private func demand(of state: State) -> Double {
    let holding = state.setpoint / gain - state.disturbance
    return min(max(holding + slow / (gain * loopTime) * (state.setpoint - state.predicted), 0), 1)
  }

  private func advance(_ state: inout State, achieved: Double, value: Double, dt: Double) {
    // The zone, with the output of a dead time ago; ahead of it, with that of now.
    let step = 1 - Double.exp(-dt / slow)
    let arriving = state.line.pass(achieved, for: dt)
    state.slow += step * (gain * (arriving + state.disturbance) - state.slow)
    state.measured =
      fast > 0 ? state.measured + (1 - Double.exp(-dt / fast)) * (state.slow - state.measured) : state.slow
    state.predicted += step * (gain * (achieved + state.disturbance) - state.predicted)

    let surprise = value - state.measured
    let (slowChange, disturbance) = (correction.slow * surprise * dt, correction.disturbance * surprise * dt)
    state.measured += correction.measured * surprise * dt
    state.slow += slowChange
    state.disturbance += disturbance
    state.predicted += ahead.slow * slowChange + ahead.disturbance * disturbance
  }
}

extension PredictiveLaw {
  /// Laws are the same if they would go on the same; their gains follow from the model.
  public static func == (left: PredictiveLaw, right: PredictiveLaw) -> Bool {
    left.direction == right.direction && left.model == right.model && left.state == right.state
      && left.remembered == right.remembered
  }
}

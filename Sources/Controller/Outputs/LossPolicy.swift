// What an output does when it cannot be controlled.

import Climate

/// What an output does when the readings its law needs are lost.
public enum LossPolicy: Equatable, Sendable {
  /// Off at once.
  case off
  /// On.
  case on
  /// As it was, for a while, then off.
  case holdThenOff(Duration)
  /// On for a share of each period.
  case duty(share: Double, period: Duration)

  /// Whether the output is wanted on, some time after the loss.
  /// - Parameters:
  ///   - before: its state when the readings were lost.
  ///   - elapsed: time since then.
  public func isOn(before: Bool, elapsed: Duration) -> Bool {
    switch self {
    case .off: return false
    case .on: return true
    case .holdThenOff(let hold): return before && elapsed < hold
    case .duty(let share, let period):
      let length = period.inSeconds
      guard length > 0 else { return false }
      return elapsed.inSeconds.truncatingRemainder(dividingBy: length) < share * length
    }
  }
}

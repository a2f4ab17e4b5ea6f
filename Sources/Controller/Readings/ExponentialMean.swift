// A mean that forgets.

public import Climate
import RealModule

/// The mean of a value over about the last time constant, weighted exponentially.
public struct ExponentialMean: Equatable, Sendable {
  /// The mean; `nil` before the first value.
  public private(set) var value: Double?

  /// The time constant.
  private let seconds: Double
  private var lastAt: Instant?
  /// Weight of what has held for so many seconds: steps are of equal length, and an exponential is dear.
  private var weighed = 0.0
  private var weight = 0.0

  /// A mean that has seen nothing.
  /// - Parameter time: the time constant.
  public init(time: Duration) { seconds = max(time.inSeconds, 1e-3) }

  /// Takes a value in that has held since the last call.
  /// - Parameter new: `nil` if there is none; the mean then stands still.
  public mutating func add(_ new: Double?, at now: Instant) {
    defer { lastAt = now }
    guard let new else { return }
    guard let old = value, let lastAt else {
      value = new
      return
    }
    let elapsed = max(lastAt.seconds(to: now), 0)
    if elapsed != weighed { (weighed, weight) = (elapsed, 1 - Double.exp(-elapsed / seconds)) }
    value = old + (new - old) * weight
  }
}

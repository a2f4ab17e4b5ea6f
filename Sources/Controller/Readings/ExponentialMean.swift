// A mean that forgets.

public import Climate
import RealModule

/// The mean of a value over about the last time constant, weighted exponentially.
public struct ExponentialMean: Equatable, Sendable {
  /// The mean; `nil` before the first value.
  public private(set) var value: Double?

  private let time: Duration
  private var lastAt: Instant?

  /// A mean that has seen nothing.
  /// - Parameter time: the time constant.
  public init(time: Duration) { self.time = time }

  /// Takes a value in that has held since the last call.
  /// - Parameter new: `nil` if there is none; the mean then stands still.
  public mutating func add(_ new: Double?, at now: Instant) {
    defer { lastAt = now }
    guard let new else { return }
    guard let old = value, let lastAt else {
      value = new
      return
    }
    let elapsed = max(lastAt.duration(to: now).inSeconds, 0)
    value = old + (new - old) * (1 - Double.exp(-elapsed / max(time.inSeconds, 1e-3)))
  }
}

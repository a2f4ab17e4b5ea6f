// Whether a mister moistens, and a fan airs.

/// Watches one output that moves a quantity: if it runs all the time and the quantity stays on the wrong side and does not move, the
/// output is without effect, or by far too small.
struct RunEffect: Sendable {
  /// What counts as running, and as an effect. Engineering proposals.
  struct Limits: Sendable {
    /// Minutes over which it must show; at most 30.
    var window: Int
    /// Share of these that counts as running all the time.
    var share: Double
    /// Change of the quantity that is an effect, in its unit; negative where the output lowers it.
    var change: Double

    /// A mister: 20 min for 2 points of humidity.
    static let mister = Limits(window: 20, share: 0.9, change: 2)
    /// A fan that airs: 20 min without a break for 50 ppm.
    static let airing = Limits(window: 20, share: 0.999, change: -50)
  }

  /// Whether it is without effect.
  private(set) var isWithoutEffect = false
  private let limits: Limits
  private var means = MinuteMeans()

  init(_ limits: Limits) { self.limits = limits }

  /// Takes in what held since the last call.
  /// - Parameters:
  ///   - value: the quantity; `nil` if it is not known.
  ///   - goal: what the output should bring it to; `nil` if nothing is asked for.
  mutating func step(_ value: Double?, goal: Double?, isOn: Bool, seconds: Double) {
    guard let value, let goal, means.add(value, isOn: isOn, seconds: seconds) else { return }
    guard let change = means.rise(in: limits.window), let first = means.value(before: limits.window),
      let last = means.value()
    else { return }
    let isRaising = limits.change > 0
    let isWrong = isRaising ? max(first, last) < goal : min(first, last) > goal
    let hasMoved = isRaising ? change >= limits.change : change <= limits.change
    guard isWrong, !hasMoved, let share = means.onShare(in: limits.window) else { return isWithoutEffect = false }
    if share >= limits.share {
      isWithoutEffect = true
    } else if share < 0.5 {
      isWithoutEffect = false
    }
  }
}

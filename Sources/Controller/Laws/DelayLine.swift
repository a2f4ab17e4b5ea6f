// What an output did a dead time ago.

/// Gives back what was put in a fixed time ago, on average over a sixty-fourth of that time.
struct DelayLine: Equatable, Sendable {
  private static let places = 64

  /// Seconds one place stands for; zero without a delay.
  private let width: Double
  private var means: [Double]
  private var oldest = 0
  private var sum = 0.0
  private var filled = 0.0
  private var last: Double

  /// A line of `delay` seconds that has always been given `value`.
  init(delay: Double, value: Double) {
    let places = min(Self.places, Int(delay.rounded(.up)))
    width = places > 0 ? delay / Double(places) : 0
    means = Array(repeating: value, count: places)
    last = value
  }

  /// Puts in what was done for the last `dt` seconds.
  /// - Returns: what was done a delay before that.
  mutating func pass(_ value: Double, for dt: Double) -> Double {
    guard !means.isEmpty else { return value }
    var (rest, out, given) = (dt, 0.0, 0.0)
    while rest > 0 {
      let part = min(rest, width - filled)
      out += means[oldest] * part
      given += part
      sum += value * part
      filled += part
      rest -= part
      if filled >= width * (1 - 1e-9) {
        means[oldest] = sum / filled
        oldest = (oldest + 1) % means.count
        (sum, filled) = (0, 0)
      }
    }
    if given > 0 { last = out / given }
    return last
  }
}

// The last half hour, a minute at a time.

/// Means over minutes of a value and of whether an output was on: enough to see what an output does to a value, and cheap to keep.
///
/// A minute counts time with a value only. A probe that is silent now and then stretches the window, and cannot empty it.
struct MinuteMeans: Sendable {
  /// Minutes kept: two means that lie half an hour apart.
  static let capacity = 31

  private var values = [Double](repeating: 0, count: MinuteMeans.capacity)
  private var shares = [Double](repeating: 0, count: MinuteMeans.capacity)
  private var next = 0
  /// Whole minutes there are.
  private(set) var count = 0
  private var elapsed = 0.0
  private var valueSum = 0.0
  private var onTime = 0.0

  /// Takes in what held for some seconds.
  /// - Returns: whether a minute is over; of a longer step each of its minutes.
  mutating func add(_ value: Double, isOn: Bool, seconds: Double) -> Bool {
    elapsed += seconds
    valueSum += value * seconds
    if isOn { onTime += seconds }
    guard elapsed >= 60 else { return false }
    for _ in 0..<Int(min(elapsed / 60, Double(Self.capacity))) {
      (values[next], shares[next]) = (valueSum / elapsed, onTime / elapsed)
      next = (next + 1) % Self.capacity
      count = min(count + 1, Self.capacity)
    }
    (elapsed, valueSum, onTime) = (0, 0, 0)
    return true
  }

  /// Forgets everything.
  mutating func removeAll() { (next, count, elapsed, valueSum, onTime) = (0, 0, 0, 0, 0) }

  /// The mean value of a minute; 0 is the last one.
  func value(before minutes: Int = 0) -> Double? { minutes < count ? values[place(minutes)] : nil }

  /// How much the value has risen in some minutes; `nil` if there are not so many.
  func rise(in minutes: Int) -> Double? {
    guard let last = value(), let first = value(before: minutes) else { return nil }
    return last - first
  }

  /// Share of time on in the last minutes; `nil` if there are not so many.
  func onShare(in minutes: Int) -> Double? {
    guard minutes <= count else { return nil }
    var (sum, place) = (0.0, next)
    for _ in 0..<minutes {
      place = place == 0 ? Self.capacity - 1 : place - 1
      sum += shares[place]
    }
    return sum / Double(minutes)
  }

  private func place(_ minutes: Int) -> Int { (next - 1 - minutes + 2 * Self.capacity) % Self.capacity }
}

// How hard a heater has had to work in the last day.

/// The mean duty of a heater in each of the last 24 hours in which its zone was held by probes of its own.
///
/// It bounds the heater while a backup probe serves (`safety.md` §8): what the house needed yesterday cannot overheat it by much,
/// however wrong the backup is.
struct DutyHistory: Sendable {
  /// Hours kept.
  static let length = 24
  /// Fewer hours than this say nothing about the house.
  static let hoursNeeded = 6
  /// The bound while too little is known: half of the heater. An engineering proposal.
  static let usualBound = 0.5
  private static let hour = 3_600.0

  private var hours = [Double](repeating: 0, count: DutyHistory.length)
  private var count = 0
  private var next = 0
  private var elapsed = 0.0
  private var onTime = 0.0
  /// The most that may be demanded without a probe of the zone's own: the median of the hours.
  private(set) var bound = DutyHistory.usualBound

  init() {}

  /// What was known before a restart; numbers that are none are left out.
  init(_ saved: Memory.SavedDuty) {
    for duty in saved.hours.suffix(Self.length) where duty.isFinite { keep(min(max(duty, 0), 1)) }
    guard (0..<Self.hour).contains(saved.elapsed), (0...saved.elapsed).contains(saved.onTime) else { return }
    (elapsed, onTime) = (saved.elapsed, saved.onTime)
  }

  /// Takes in what the heater did for some seconds.
  mutating func add(isOn: Bool, seconds: Double) {
    elapsed += seconds
    if isOn { onTime += seconds }
    guard elapsed >= Self.hour else { return }
    keep(onTime / elapsed)
    (elapsed, onTime) = (0, 0)
  }

  /// What must be known again after a restart, the oldest hour first.
  func saved(output: String) -> Memory.SavedDuty {
    let ordered = (0..<count).map { hours[(next + Self.length - count + $0) % Self.length] }
    return Memory.SavedDuty(output: output, hours: ordered, elapsed: elapsed, onTime: onTime)
  }

  private mutating func keep(_ duty: Double) {
    hours[next] = duty
    next = (next + 1) % Self.length
    count = min(count + 1, Self.length)
    guard count >= Self.hoursNeeded else { return }
    let sorted = (0..<count).map { hours[$0] }.sorted()
    bound = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
}

// Air change by the clock, whatever the thermometer says.

public import Climate

/// Minimum ventilation as configured: `2m every 15m`.
public struct VentilationTimer: Equatable, Codable, Sendable {
  /// Time the fan must run in each period.
  public var on: Duration
  /// The period.
  public var period: Duration

  /// A timer that runs `on` in each `period`; `on` is at most `period`.
  public init(on: Duration, period: Duration) {
    self.on = min(on, period)
    self.period = period
  }

  /// The timer for so many fans that take turns: as much air in shorter runs, each of which moves the climate less.
  ///
  /// Runs are not made shorter than a fan may run, or there would be more air, nor so many that a fan would have its turn more often than
  /// ``shortestTurn``.
  /// - Parameter shortest: the shortest run of a fan.
  func shared(by fans: Int, shortest: Duration) -> VentilationTimer {
    guard fans > 1, period > .zero, on > .zero else { return self }
    // Whole numbers: this is asked for in every step, and a division of a Duration is dear.
    let (run, whole, fans) = (on.nanoseconds, period.nanoseconds, Int64(fans))
    let runs = shortest > .zero ? run / shortest.nanoseconds : fans
    let turns = fans.multipliedReportingOverflow(by: whole)
    let parts = max(1, min(fans, runs, turns.overflow ? fans : turns.partialValue / Self.shortestTurn))
    return VentilationTimer(on: .nanoseconds(run / parts), period: .nanoseconds(whole / parts))
  }

  /// Shortest time from one turn of a fan to its next, ns: 96 operations a day, of the hundred that a relay should do with.
  private static let shortestTurn: Int64 = 15 * 60 * 1_000_000_000
}

/// Runs the fan a minimum time in every period.
///
/// *Any* window of one period's length holds the minimum, not only periods of a clock: the fan is due when the window that ends now is
/// about to hold less. Air that was moved for another reason is air as well, whenever it was; only the time counts that the fan did run: a
/// start that was delayed by a minimum off-time is made up.
public struct MinimumVentilation: Equatable, Sendable {
  /// A stretch of time in which the fan ran.
  private struct Run: Equatable {
    var start: Instant
    var end: Instant
    var length: Duration { start.duration(to: end) }
  }

  /// The runs that end in the window, the oldest first; no more than ``mostRuns``.
  private var runs: [Run] = []
  /// Time on in the window.
  private var onTime = Duration.zero
  /// Time that the fan must still run, once it is due.
  private var owed = Duration.zero
  private var lastAt: Instant?
  /// How often the fan has been due: whose turn it is.
  private(set) var turn = 0

  /// A fan that has more runs than this in a period is due sooner than it need be.
  private static let mostRuns = 64
  /// The period of the control step: a fan that is not due now may be so before it is asked again.
  private static let step = Duration.seconds(1)

  /// A timer that begins with its first run.
  public init() {}

  /// Whether the fan must run now.
  /// - Parameters:
  ///   - timer: the minimum in force.
  ///   - achieved: whether the fan has been running since the last call.
  ///   - longestStep: when that is longer ago, s, the controller stood still, and nobody knows whether the fan ran.
  public mutating func mustRun(
    _ timer: VentilationTimer, achieved: Bool, longestStep: Double = Inputs.usualLongestStep, at now: Instant
  ) -> Bool {
    guard timer.on > .zero, ControllerCheck.minimumVentilation.isMade else { return false }
    if let lastAt, achieved, lastAt.seconds(to: now) <= longestStep { add(Run(start: lastAt, end: now)) }
    lastAt = now
    forget(before: now.advanced(by: Self.step - timer.period))
    if owed == .zero, onTime < timer.on { owed = timer.on }
    return owed > .zero
  }

  private mutating func add(_ run: Run) {
    guard run.length > .zero else { return }
    onTime += run.length
    if runs.last?.end == run.start { runs[runs.count - 1].end = run.end } else { runs.append(run) }
    if runs.count > Self.mostRuns { onTime -= runs.removeFirst().length }
    guard owed > .zero else { return }
    owed = max(.zero, owed - run.length)
    if owed == .zero { turn &+= 1 }
  }

  /// Time before the window counts no longer.
  private mutating func forget(before start: Instant) {
    while let oldest = runs.first, oldest.start < start {
      onTime -= oldest.start.duration(to: min(oldest.end, start))
      guard oldest.end <= start else {
        runs[0].start = start
        return
      }
      runs.removeFirst()
    }
  }
}

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
/// The run is at the start of each period, and time that the fan ran for other reasons later in a period is not credited
/// against the next: so *any* window of one period's length holds the minimum, not only the periods themselves. It counts
/// what the fan did: a start that was delayed by a minimum off-time is made up.
public struct MinimumVentilation: Equatable, Sendable {
  private var periodStart: Instant?
  private var onTime = Duration.zero
  private var lastAt: Instant?
  /// How many periods have begun: whose turn it is.
  private(set) var turn = 0

  /// A timer that begins with its first run.
  public init() {}

  /// Whether the fan must run now.
  /// - Parameters:
  ///   - timer: the minimum in force.
  ///   - achieved: whether the fan has been running since the last call.
  public mutating func mustRun(_ timer: VentilationTimer, achieved: Bool, at now: Instant) -> Bool {
    guard timer.on > .zero, ControllerCheck.minimumVentilation.isMade else { return false }
    let start = periodStart ?? now
    if let lastAt, achieved { onTime += lastAt.duration(to: now) }
    lastAt = now
    if start.duration(to: now) >= timer.period {
      // Periods follow each other without drift; after a stall longer than a period a new one starts now.
      let next = start.advanced(by: timer.period)
      periodStart = next.duration(to: now) < timer.period ? next : now
      onTime = .zero
      turn &+= 1
    } else {
      periodStart = start
    }
    return onTime < timer.on
  }
}

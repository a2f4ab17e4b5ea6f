// Hours in which a spore can germinate, joined to periods.

/// A period of wet hours, of which short breaks are no end.
public struct WetPeriod: Hashable, Sendable {
  /// Wet hours; those of breaks are not counted.
  public private(set) var hours = 0
  private var sum = 0.0
  private var gap = 0

  /// Longest break, hours, that does not end a period. From memory, not verified.
  public static let longestGap = 3

  /// A period without hours.
  public init() {}

  /// Mean temperature of the wet hours; `nil` before the first.
  public var meanTemperature: Temperature? { hours > 0 ? Temperature(celsius: sum / Double(hours)) : nil }

  /// Adds an hour.
  /// - Returns: whether the period was over, so that a new one has begun with this hour.
  public mutating func add(_ hour: HourlyClimate) -> Bool {
    let isWet = LeafWetness.isWet(hour.humidity)
    guard isWet else {
      gap += 1
      return false
    }
    let isNew = gap > Self.longestGap && hours > 0
    if isNew { (hours, sum) = (0, 0) }
    gap = 0
    hours += 1
    sum += hour.temperature.celsius
    return isNew
  }
}

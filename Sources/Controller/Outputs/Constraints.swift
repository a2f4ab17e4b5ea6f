// What a relay and the thing behind it can stand.

import Climate

/// Limits on the switching of one output. Zero and `nil` mean no limit.
public struct OutputConstraints: Equatable, Sendable {
  /// Shortest time on.
  public var minimumOn: Duration
  /// Shortest time off; an output counts as just switched off at start.
  public var minimumOff: Duration
  /// Longest time on without a break.
  public var maximumOn: Duration?
  /// Most starts in any hour.
  public var startsPerHour: Int?
  /// Outputs with the same interlock name are never on together.
  public var interlock: Int?
  /// Time between one output of an interlock going off and another going on.
  public var deadTime: Duration
  /// Whether its starts are spaced with those of the others in the first minutes. The coil of an alarm relay draws next to nothing, and a
  /// siren that waits for motors would sound for as long.
  public var waitsForTurn: Bool

  /// Constraints from their parts.
  public init(
    minimumOn: Duration = .zero, minimumOff: Duration = .zero, maximumOn: Duration? = nil, startsPerHour: Int? = nil,
    interlock: Int? = nil, deadTime: Duration = .zero, waitsForTurn: Bool = true
  ) {
    self.minimumOn = minimumOn
    self.minimumOff = minimumOff
    self.maximumOn = maximumOn
    self.startsPerHour = startsPerHour
    self.interlock = interlock
    self.deadTime = deadTime
    self.waitsForTurn = waitsForTurn
  }
}

/// The constraint that keeps an output from following a request.
public enum Constraint: String, Codable, Sendable, CaseIterable {
  /// On for less than its minimum.
  case minimumOn = "min-on"
  /// Off for less than its minimum.
  case minimumOff = "min-off"
  /// On for its maximum.
  case maximumOn = "max-on"
  /// Started too often in the last hour.
  case startsPerHour = "starts-per-hour"
  /// Another output of the interlock is on, or went off too recently.
  case interlock
  /// The controller has just begun, and another output started a moment ago.
  case stagger
  /// A backup probe serves: a heater's demand is bounded by what it needed in the last day.
  case boundedDuty = "bounded-duty"
  /// The wind, now or a short while ago: a vent opens no further.
  case wind
  /// Rain, now or a short while ago: a vent opens no further.
  case rain
  /// The wind is not known, or was not a short while ago: a vent opens no further.
  case windUnknown = "wind-unknown"
  /// Whether it rains is not known, or was not a short while ago: a vent opens no further.
  case rainUnknown = "rain-unknown"
  /// The guardian holds the output otherwise: failsafe, its own limits, or no lease yet.
  case guardian
}

/// The answer to a request: where the output is, and what holds it there.
public struct RequestOutcome: Equatable, Sendable {
  /// The state the output has after the request.
  public var isOn: Bool
  /// The constraint that refused the request; `nil` if it was granted.
  public var heldBy: Constraint?
  /// How long until the request would be granted; zero if it was. `nil` if it depends on another output.
  public var untilAllowed: Duration?
}

// Positions a motorised vent by how long its motor runs.

public import Climate

/// What the two relays of a vent's motor need to know of each other.
public struct VentPlan: Equatable, Sendable {
  /// Time from closed to fully open.
  public var travel: Duration
  /// The output that closes.
  public var closing: OutputID
  /// How far it may open in wind; `nil` for any.
  public var wind: WeatherLimit?
  /// How far it may open in rain; `nil` for any.
  public var rain: WeatherLimit?

  /// A vent from its parts.
  public init(travel: Duration, closing: OutputID, wind: WeatherLimit? = nil, rain: WeatherLimit? = nil) {
    self.travel = travel
    self.closing = closing
    self.wind = wind
    self.rain = rain
  }
}

/// Keeps account of where a vent is, from how long its motor ran either way, and says where it must go.
///
/// Nothing reads the position back, so errors would add up: whenever the vent is wanted closed or fully open the motor runs a tenth of
/// its travel beyond, into its limit switch, and the account is right again. After a start the vent is closed once.
public struct VentPositioner: Equatable, Sendable {
  /// What the motor is wanted to do.
  public enum Motion: Equatable, Sendable {
    case resting
    case opening
    case closing
  }

  /// Run beyond either end, as a share of the travel.
  private static let overrun = 0.1
  /// Difference from the wanted position that is worth a start of the motor.
  private static let deadband = 0.05
  /// A wanted position so near to an end is that end.
  private static let endBand = 0.02
  /// Rest between two moves, unless the difference is large: the air inside takes about a minute to answer.
  private static let rest = Duration.seconds(60)
  private static let largeDifference = 0.2

  private let travel: Double
  /// 0 closed … 1 open, and beyond while the motor runs into a limit switch.
  private var account: Double
  private var isKnown = false
  private var motion = Motion.resting
  private var lastAt: Instant?
  private var lastMoveAt: Instant?

  /// A vent of which nothing is known.
  public init(travel: Duration) {
    self.travel = max(travel.inSeconds, 1)
    account = 1
  }

  /// Where the vent is, 0 closed … 1 open; `nil` until it has been at an end.
  public var position: Double? { isKnown ? min(max(account, 0), 1) : nil }

  /// What the motor is wanted to do now.
  /// - Parameters:
  ///   - wanted: opening, 0…1.
  ///   - isOpening: whether the motor has been opening since the last call.
  ///   - isClosing: whether it has been closing.
  public mutating func motion(wanted: Double, isOpening: Bool, isClosing: Bool, at now: Instant) -> Motion {
    follow(isOpening: isOpening, isClosing: isClosing, at: now)
    let goal = goal(wanted)
    let place = goal < 0 || goal > 1 ? account : min(max(account, 0), 1)
    switch motion {
    case .opening where place < goal, .closing where place > goal: break
    case .opening, .closing:
      motion = .resting
      lastMoveAt = now
    case .resting:
      let difference = abs(goal - place)
      let isAtEnd = goal < 0 || goal > 1
      guard difference > (isAtEnd ? 0 : Self.deadband) else { break }
      let hasRested = lastMoveAt.map { $0.duration(to: now) >= Self.rest } ?? true
      guard hasRested || difference > Self.largeDifference else { break }
      motion = goal > place ? .opening : .closing
    }
    return motion
  }

  private func goal(_ wanted: Double) -> Double {
    if !isKnown || wanted <= Self.endBand { return -Self.overrun }
    return wanted >= 1 - Self.endBand ? 1 + Self.overrun : wanted
  }

  private mutating func follow(isOpening: Bool, isClosing: Bool, at now: Instant) {
    let run = (lastAt?.seconds(to: now) ?? 0) / travel
    lastAt = now
    // From a limit switch the way begins at the end, however long the motor ran into it.
    if isOpening { account = min(max(account, 0) + run, 1 + Self.overrun) }
    if isClosing { account = max(min(account, 1) - run, -Self.overrun) }
    if account <= -Self.overrun || account >= 1 + Self.overrun { isKnown = true }
  }
}

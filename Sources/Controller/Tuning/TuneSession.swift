// A relay test of a zone's heaters in a running shed: when it may begin, what it asks for, when it must end.

public import Climate

/// Why a zone cannot be tuned.
public enum TuneRefusal: Error, Equatable, Sendable {
  /// The zone has no loop that heats.
  case noHeating
  /// There is no setpoint to swing around.
  case noSetpoint
  /// The heater shares an interlock with another output, which the test would shut out for hours.
  case interlocked(heater: String, with: String)
  /// The heater's maximum on-time is too short for a swing.
  case maximumOn(heater: String)
  /// There is no trustworthy temperature.
  case noReading
  /// The temperature is too far from the setpoint to begin with.
  case notSettled(value: Double, setpoint: Double)
  /// There are open alarms.
  case alarms([String])
  /// The guardian does not follow the controller.
  case noLease
  /// Somebody drives the heater by hand.
  case overridden(heater: String)
}

extension TuneRefusal {
  /// Whether it may be over in a while: the zone is on its way to its setpoint, or the device has just begun.
  public var passes: Bool {
    switch self {
    case .noReading, .notSettled, .alarms, .noLease: true
    case .noHeating, .noSetpoint, .interlocked, .maximumOn, .overridden: false
    }
  }
}

/// What a session sees of the shed.
public struct TuneSituation: Sendable {
  /// The zone's temperature, °C; `nil` without a trustworthy one.
  public var temperature: Double?
  /// Share of the heaters that is on, as the guardian has them.
  public var share: Double
  /// Identities of open alarms.
  public var alarms: [String]
  /// Whether the guardian follows the controller.
  public var isLeaseHeld: Bool

  /// A situation from its parts.
  public init(temperature: Double?, share: Double, alarms: [String], isLeaseHeld: Bool) {
    self.temperature = temperature
    self.share = share
    self.alarms = alarms
    self.isLeaseHeld = isLeaseHeld
  }
}

/// A relay test of the heaters of one zone.
///
/// It only asks for overrides, which expire by themselves: constraints, high limit and guardian hold below it as below every other hand on
/// a heater, and if whoever runs the session goes away, the laws take over within ``overrideLength``. It gives up when an alarm is raised,
/// the lease is lost, the temperature leaves its range, or a heater does not follow.
public struct TuneSession: Sendable {
  /// What is to be asked of the heaters now.
  public enum Request: Equatable, Sendable {
    /// Nothing new.
    case none
    /// On or off, for ``overrideLength``.
    case drive(isOn: Bool)
    /// Back to the laws: the test is over.
    case release
  }

  /// How long an override holds that is not renewed.
  public static let overrideLength = Duration.minutes(3)
  private static let renewal = Duration.minutes(1)
  /// How long a test may take unless somebody says otherwise, and how long it may at most.
  public static let usualLength = Duration.hours(12), longest = Duration.hours(24)
  /// How long somebody must let it go on: some whole cycles of a shed with a stove.
  public static let shortest = Duration.hours(1)

  /// The outputs under test.
  public let heaters: [OutputID]
  /// The test.
  public private(set) var test: RelayTest
  private var lastRequest: (isOn: Bool, at: Instant)?
  private var isReleased = false

  /// A session that may begin.
  /// - Parameters:
  ///   - stage: the stage the zone is in; `nil` without a recipe.
  ///   - situation: what holds now.
  ///   - length: after so long the test ends with what is known by then.
  public init(
    plan: Plan, zone: ZoneID, stage: Int?, situation: TuneSituation, length: Duration = usualLength
  ) throws(TuneRefusal) {
    let zonePlan = plan.zones[zone.index]
    guard let loop = zonePlan.loops.first(where: { $0.quantity == .temperature && $0.direction == .raise }) else {
      throw .noHeating
    }
    heaters = loop.outputs
    for heater in heaters { try Self.check(heater, of: loop, plan) }
    guard let band = zonePlan.setpoints(inStage: stage).temperature else { throw .noSetpoint }
    guard situation.alarms.isEmpty else { throw .alarms(situation.alarms) }
    guard situation.isLeaseHeld else { throw .noLease }
    guard let value = situation.temperature else { throw .noReading }
    let highLimit = heaters.compactMap { plan.outputs[$0.index].highLimit }.min() ?? .infinity
    let limits = RelayTestLimits(band: band, highLimit: highLimit, longest: length)
    guard limits.range.contains(value) else { throw .notSettled(value: value, setpoint: band.setpoint) }
    test = RelayTest(direction: .raise, limits: limits)
  }

  private static func check(_ heater: OutputID, of loop: LoopPlan, _ plan: Plan) throws(TuneRefusal) {
    let output = plan.outputs[heater.index]
    if let interlock = output.constraints.interlock,
      let other = plan.outputs.indices.first(where: {
        plan.outputs[$0].constraints.interlock == interlock && !loop.outputs.contains(OutputID($0))
      })
    {
      throw .interlocked(heater: output.name, with: plan.outputs[other].name)
    }
    if let maximum = output.constraints.maximumOn, maximum < .minutes(5) { throw .maximumOn(heater: output.name) }
  }

  /// Takes in what is, about once a second.
  public mutating func step(_ situation: TuneSituation, at now: Instant) -> Request {
    if !test.isOver {
      if !situation.alarms.isEmpty { test.stop(because: .alarm) }
      if !situation.isLeaseHeld { test.stop(because: .guardian) }
    }
    let wanted = test.step(value: situation.temperature, isOn: situation.share > 0.5, at: now)
    if test.isOver {
      guard !isReleased else { return .none }
      isReleased = true
      return .release
    }
    if let last = lastRequest, last.isOn == wanted, last.at.duration(to: now) < Self.renewal { return .none }
    lastRequest = (wanted, now)
    return .drive(isOn: wanted)
  }

  /// Gives the test up.
  public mutating func stop(because failure: RelayTestFailure) { test.stop(because: failure) }
}

extension RelayTestLimits {
  /// Limits within what a zone bears.
  ///
  /// The swing is three fifths of the band around a point a quarter of the band below the setpoint, so that the crests stay below the point
  /// where fans begin. The range is that between the alarms, half a kelvin inside of them, and below the heaters' high limit; without
  /// alarms, ten bands to either side.
  init(band: BandSetpoint, highLimit: Double, longest: Duration) {
    let margin = 0.5
    let low = band.lowAlarm.map { $0 + margin } ?? band.setpoint - 10 * band.band
    let high = min(band.highAlarm.map { $0 - margin } ?? band.setpoint + 10 * band.band, highLimit - margin)
    let centre = band.setpoint - band.band / 4
    self.init(
      setpoint: centre, swing: 0.6 * band.band, range: min(low, centre)...max(high, centre), longest: longest)
  }
}

extension ZonePlan {
  /// What the zone aims at in a stage of its recipe; `nil` for the setpoints that hold without one.
  public func setpoints(inStage stage: Int?) -> Setpoints {
    guard let stage, let recipe, recipe.stages.indices.contains(stage) else { return setpoints }
    return recipe.stages[stage].setpoints.completed(by: setpoints)
  }
}

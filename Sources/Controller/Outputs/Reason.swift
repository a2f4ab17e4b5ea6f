// Why an output is as it is.

public import Climate

/// The rule that decided what an output should do.
public enum Rule: String, Codable, Sendable, CaseIterable {
  /// Nothing asks for it.
  case idle
  /// The zone is too cold.
  case heating
  /// The zone is too warm.
  case cooling
  /// The zone is too dry.
  case humidifying
  /// The zone is too moist, and the air outside is drier.
  case drying
  /// Air is moved inside, all the time.
  case circulation
  /// CO2 is above its limit.
  case co2
  /// Ammonia is above its limit.
  case ammonia
  /// Carbon monoxide has reached its limit, or nobody knows: fires are off, and fans run.
  case carbonMonoxide = "carbon-monoxide"
  /// Carbon dioxide is given to plants.
  case co2Dosing = "co2-dosing"
  /// Minimum ventilation.
  case minimumVentilation = "minimum-ventilation"
  /// A dose of water.
  case irrigation
  /// A dose of water for what the plants have drunk.
  case waterUse = "water-use"
  /// Water of the last dose sinks in.
  case soaking
  /// The daily cap of water is used up.
  case waterCap = "water-cap"
  /// The sun is too strong: shade screens are drawn.
  case shading
  /// A surface is near the dew point: what dries runs, and what moistens is off.
  case dewPoint = "dew-point"
  /// The recipe's light programme.
  case light
  /// The recipe keeps the zone dark: lamps are off whatever anyone asks.
  case blackout
  /// The recipe's stage does not allow it: a room that is being disinfected stays shut.
  case stageLock = "stage-lock"
  /// An operator's override.
  case `override`
  /// Over its high limit: heaters are off whatever anyone asks.
  case highLimit = "high-limit"
  /// It was on and nothing came of it: it rests, or stays off but for trials.
  case noEffect = "no-effect"
  /// The power comes and goes: nothing but air is moved.
  case brownOut = "brown-out"
  /// Something heats although all heaters are off: the fans carry the heat away.
  case stuckOn = "stuck-on"
  /// The reading its law needs is lost; the output follows its loss policy.
  case readingLost = "reading-lost"
  /// A heater without a fresh trustworthy temperature.
  case noEvidence = "no-evidence"
  /// No alarm calls anybody: an alarm relay holds its siren off.
  case allWell = "all-well"
  /// An alarm is open that nobody has seen: an alarm relay lets its siren sound.
  case alarm
}

/// Why an output is as it is: the rule, what it looked at, and what holds the output if it does not follow.
public struct Reason: Equatable, Sendable {
  /// The rule that decided.
  public var rule: Rule
  /// The channel it looked at.
  public var channel: ChannelID?
  /// The value it saw, in the channel's unit.
  public var value: Double?
  /// The setpoint or limit it compared with, in the channel's unit.
  public var setpoint: Double?
  /// The constraint that keeps the output from following.
  public var heldBy: Constraint?
  /// When the rule or the constraint ends, if that is known.
  public var until: Instant?

  /// A reason from its parts.
  public init(
    rule: Rule, channel: ChannelID? = nil, value: Double? = nil, setpoint: Double? = nil, heldBy: Constraint? = nil,
    until: Instant? = nil
  ) {
    self.rule = rule
    self.channel = channel
    self.value = value
    self.setpoint = setpoint
    self.heldBy = heldBy
    self.until = until
  }

  /// Whether a person would call it the same reason: same rule, same channel, same constraint.
  public func isSameCause(as other: Reason) -> Bool {
    rule == other.rule && channel == other.channel && heldBy == other.heldBy
  }
}

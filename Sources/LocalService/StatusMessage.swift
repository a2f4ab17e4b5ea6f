// The state of a device as the local service tells it.

public import Controller

/// One channel.
public struct ChannelMessage: Codable, Equatable, Sendable {
  /// Name: `shed.temperature`.
  public var name: String
  /// What it measures: `temperature`.
  public var quantity: String
  /// Unit of the value.
  public var unit: String
  /// Last value; `nil` if there never was one.
  public var value: Double?
  /// Quality: `good`, `simulated`, `substituted`, `suspect`, `stale`, `failed`.
  public var quality: String
  /// Why it is not good.
  public var fault: String?
  /// Age of the value, s.
  public var age: Double?
  /// Samples that could not be had since the start.
  public var errors: Int?

  private enum CodingKeys: String, CodingKey {
    case name, quantity, unit, value, quality, fault, errors
    case age = "age_s"
  }

  /// A channel from its parts.
  public init(
    name: String, quantity: String, unit: String, value: Double?, quality: String, fault: String?, age: Double?,
    errors: Int? = nil
  ) {
    (self.name, self.quantity, self.unit, self.value) = (name, quantity, unit, value)
    (self.quality, self.fault, self.age, self.errors) = (quality, fault, age, errors)
  }
}

/// Why an output is as it is.
public struct ReasonMessage: Codable, Equatable, Sendable {
  /// The rule that decided.
  public var rule: Rule
  /// The channel it looked at.
  public var channel: String?
  /// Unit of the channel.
  public var unit: String?
  /// The value it saw.
  public var value: Double?
  /// The setpoint or limit it compared with.
  public var setpoint: Double?
  /// The constraint that keeps the output from following.
  public var heldBy: Constraint?
  /// Seconds until the rule or the constraint ends.
  public var remaining: Double?

  private enum CodingKeys: String, CodingKey {
    case rule, channel, unit, value, setpoint
    case heldBy = "held_by"
    case remaining = "remaining_s"
  }

  /// A reason from its parts.
  public init(
    rule: Rule, channel: String?, unit: String?, value: Double?, setpoint: Double?, heldBy: Constraint?,
    remaining: Double?
  ) {
    (self.rule, self.channel, self.unit, self.value) = (rule, channel, unit, value)
    (self.setpoint, self.heldBy, self.remaining) = (setpoint, heldBy, remaining)
  }
}

/// An override in force.
public struct OverrideMessage: Codable, Equatable, Sendable {
  /// Wanted mean, 0…1.
  public var demand: Double
  /// Seconds left.
  public var remaining: Double
  /// Who gave it.
  public var by: String

  private enum CodingKeys: String, CodingKey {
    case demand, by
    case remaining = "remaining_s"
  }

  /// An override from its parts.
  public init(demand: Double, remaining: Double, by: String) {
    (self.demand, self.remaining, self.by) = (demand, remaining, by)
  }
}

/// What the weather allows a vent, where that is less than is asked for.
public struct WeatherMessage: Codable, Equatable, Sendable {
  /// The channel that was looked at: `outside.wind-speed`.
  public var channel: String
  /// Unit of the channel.
  public var unit: String
  /// The value that counted; of the wind its mean over a gust. `nil` if it is not known.
  public var value: Double?
  /// The value from which the limit holds; `nil` where it holds because the value is not known.
  public var from: Double?
  /// Most opening, 0…1.
  public var most: Double

  /// A limit from its parts.
  public init(channel: String, unit: String, value: Double?, from: Double?, most: Double) {
    (self.channel, self.unit, self.value, self.from, self.most) = (channel, unit, value, from, most)
  }
}

/// One output.
public struct OutputMessage: Codable, Equatable, Sendable {
  /// Name.
  public var name: String
  /// What hangs on it.
  public var kind: OutputKind
  /// Wanted state.
  public var wanted: Bool
  /// State the guardian has set; `nil` without a guardian.
  public var on: Bool?
  /// Wanted mean, 0…1.
  public var demand: Double
  /// Time in the wanted state, s.
  public var timeInState: Double
  /// Switching operations since the start.
  public var operations: Int
  /// Whether the line does not read as it was set.
  public var mismatched: Bool
  /// Why the guardian holds it otherwise than asked.
  public var guardianHold: String?
  /// Seconds until the guardian would follow, if that is known.
  public var guardianRemaining: Double?
  /// Why it is wanted so.
  public var reason: ReasonMessage
  /// An override in force.
  public var override: OverrideMessage?
  /// Of a vent that the weather keeps from opening as far as asked.
  public var weather: WeatherMessage?
  /// Of a pump or valve, the water of its bed.
  public var water: WaterMessage?

  private enum CodingKeys: String, CodingKey {
    case name, kind, wanted, on, demand, operations, mismatched, reason, override, weather, water
    case timeInState = "time_in_state_s"
    case guardianHold = "guardian_hold"
    case guardianRemaining = "guardian_remaining_s"
  }

  /// An output from its parts.
  public init(
    name: String, kind: OutputKind, wanted: Bool, on: Bool?, demand: Double, timeInState: Double, operations: Int,
    mismatched: Bool, guardianHold: String?, guardianRemaining: Double?, reason: ReasonMessage,
    override: OverrideMessage?
  ) {
    (self.name, self.kind, self.wanted, self.on, self.demand) = (name, kind, wanted, on, demand)
    (self.timeInState, self.operations, self.mismatched) = (timeInState, operations, mismatched)
    (self.guardianHold, self.guardianRemaining) = (guardianHold, guardianRemaining)
    (self.reason, self.override) = (reason, override)
  }
}

/// One quantity of a zone with what it should be.
public struct ZoneQuantityMessage: Codable, Equatable, Sendable {
  /// The zone's channel.
  public var channel: ChannelMessage
  /// Setpoint, or the limit of a gas.
  public var setpoint: Double?
  /// Permitted deviation to either side.
  public var band: Double?
  /// Whether the value is in its band; `nil` if there is no trustworthy value or no band.
  public var isInBand: Bool?
  /// Whether the setpoint was found in a source (verified) or is a suggestion.
  public var isVerified: Bool?

  private enum CodingKeys: String, CodingKey {
    case channel, setpoint, band
    case isInBand = "in_band"
    case isVerified = "verified"
  }

  /// A quantity from its parts.
  public init(channel: ChannelMessage, setpoint: Double?, band: Double?, isInBand: Bool?, isVerified: Bool?) {
    (self.channel, self.setpoint, self.band) = (channel, setpoint, band)
    (self.isInBand, self.isVerified) = (isInBand, isVerified)
  }
}

/// One zone.
public struct ZoneMessage: Codable, Equatable, Sendable {
  /// Name.
  public var name: String
  /// The stage it is in; `nil` without a recipe.
  public var stage: StageMessage?
  /// Its quantities.
  public var quantities: [ZoneQuantityMessage]
  /// Dry–wet difference, K; `nil` unless temperature and humidity are known.
  public var dryWetDifference: Double?
  /// Dry–wet difference of the setpoints, K; `nil` unless temperature and humidity are controlled.
  public var dryWetSetpoint: Double?
  /// The humidity setpoint, where it was not given as relative humidity.
  public var humidityAim: HumidityAimMessage?
  /// Diseases that the recipe watches; `nil` where it watches none.
  public var risks: [RiskMessage]?
  /// What the last day says about the zone's equipment; `nil` for nothing.
  public var advice: [AdviceMessage]?
  /// A temporary offset on the setpoints.
  public var offset: OffsetMessage?
  /// Water given in the last 24 h and the most that may be, l; `nil` without a bed.
  public var water: WaterMessage?

  private enum CodingKeys: String, CodingKey {
    case name, stage, quantities, risks, advice, offset, water
    case dryWetDifference = "dry_wet_difference_K"
    case dryWetSetpoint = "dry_wet_setpoint_K"
    case humidityAim = "humidity_aim"
  }

  /// A zone from its parts.
  public init(
    name: String, stage: StageMessage?, quantities: [ZoneQuantityMessage], dryWetDifference: Double?,
    water: WaterMessage?
  ) {
    (self.name, self.stage, self.quantities) = (name, stage, quantities)
    (self.dryWetDifference, self.water) = (dryWetDifference, water)
  }
}

/// Water given to a bed.
public struct WaterMessage: Codable, Equatable, Sendable {
  /// In the last 24 h, l.
  public var used: Double
  /// The most in any 24 h, l.
  public var cap: Double
  /// What drained off, by estimate; `nil` where it is not estimated.
  public var drain: DrainMessage?

  private enum CodingKeys: String, CodingKey {
    case used = "used_l"
    case cap = "cap_l"
    case drain
  }

  /// Water from its parts.
  public init(used: Double, cap: Double, drain: DrainMessage? = nil) {
    (self.used, self.cap, self.drain) = (used, cap, drain)
  }
}

/// What drained off of the water given to a bed, by estimate.
public struct DrainMessage: Codable, Equatable, Sendable {
  /// Share of the last dose, 0…1.
  public var last: Double
  /// Share of the doses of the last 24 h, 0…1.
  public var day: Double

  private enum CodingKeys: String, CodingKey {
    case last = "last_dose"
    case day = "last_24h"
  }

  /// Shares.
  public init(last: Double, day: Double) { (self.last, self.day) = (last, day) }
}

/// An open alarm.
public struct AlarmMessage: Codable, Equatable, Sendable {
  /// Identity as typed: `shed.temperature:high`.
  public var id: String
  /// What is wrong.
  public var kind: AlarmKind
  /// What it is about.
  public var subject: String
  /// How much it matters.
  public var severity: AlarmSeverity
  /// Seconds since it was raised.
  public var age: Double
  /// Whether its condition holds now.
  public var isPresent: Bool
  /// Who has acknowledged it.
  public var acknowledgedBy: String?

  private enum CodingKeys: String, CodingKey {
    case id, kind, subject, severity
    case age = "age_s"
    case isPresent = "present"
    case acknowledgedBy = "acknowledged_by"
  }

  /// An alarm from its parts.
  public init(
    id: String, kind: AlarmKind, subject: String, severity: AlarmSeverity, age: Double, isPresent: Bool,
    acknowledgedBy: String?
  ) {
    (self.id, self.kind, self.subject, self.severity) = (id, kind, subject, severity)
    (self.age, self.isPresent, self.acknowledgedBy) = (age, isPresent, acknowledgedBy)
  }
}

/// How the parts around the control step are.
public struct HealthMessage: Codable, Equatable, Sendable {
  /// State of the lease: `none`, `arming`, `held`, `table-mismatch`, or `no-guardian`.
  public var lease: String
  /// Control steps since the start.
  public var steps: Int
  /// Lateness of the control step, ms: of the last, and the worst since the start.
  public var lateness: Double
  /// See ``lateness``.
  public var worstLateness: Double
  /// Records dropped because a queue was full.
  public var droppedRecords: Int
  /// State of the log: `ready`, or why it cannot be written.
  public var journal: String
  /// Size of the log, bytes.
  public var journalBytes: Int64?
  /// Bytes that the controller has written to its disk in the last 24 h, or since the start if that is less; `nil` if not known.
  public var writtenBytes: Int64?
  /// Bytes that it writes in a day at this pace; `nil` in the first hour.
  public var writtenPerDay: Int64?
  /// The buses.
  public var buses: [BusMessage]

  private enum CodingKeys: String, CodingKey {
    case lease, steps, journal, buses
    case lateness = "lateness_ms"
    case worstLateness = "worst_lateness_ms"
    case droppedRecords = "dropped_records"
    case journalBytes = "journal_bytes"
    case writtenBytes = "written_bytes"
    case writtenPerDay = "written_bytes_per_day"
  }

  /// Health from its parts.
  public init(
    lease: String, steps: Int, lateness: Double, worstLateness: Double, droppedRecords: Int, journal: String,
    journalBytes: Int64?, writtenBytes: Int64? = nil, writtenPerDay: Int64? = nil, buses: [BusMessage]
  ) {
    (self.lease, self.steps, self.lateness, self.worstLateness) = (lease, steps, lateness, worstLateness)
    (self.droppedRecords, self.journal, self.journalBytes, self.buses) = (droppedRecords, journal, journalBytes, buses)
    (self.writtenBytes, self.writtenPerDay) = (writtenBytes, writtenPerDay)
  }
}

/// One bus.
public struct BusMessage: Codable, Equatable, Sendable {
  /// Name: `i2c1`.
  public var name: String
  /// Sweeps since the start.
  public var sweeps: Int
  /// Duration of the last sweep, ms.
  public var lastSweep: Double
  /// Sensors that failed in the last sweep, with why.
  public var failures: [String]

  private enum CodingKeys: String, CodingKey {
    case name, sweeps, failures
    case lastSweep = "last_sweep_ms"
  }

  /// A bus from its parts.
  public init(name: String, sweeps: Int, lastSweep: Double, failures: [String]) {
    (self.name, self.sweeps, self.lastSweep, self.failures) = (name, sweeps, lastSweep, failures)
  }
}

/// The whole state of a device.
public struct StatusMessage: Codable, Equatable, Sendable {
  /// Name of the site.
  public var site: String
  /// Wall time, ms since 1970 UTC.
  @UTCTime public var time: Int64
  /// The site's time zone, by its name in the tz database: `Asia/Shanghai`.
  public var timeZone: String
  /// How far the wall clock can be believed.
  public var clock: ClockTrust
  /// Seconds since the controller began.
  public var uptime: Double
  /// Whether the shed is simulated.
  public var isSimulated: Bool
  /// Zones.
  public var zones: [ZoneMessage]
  /// Channels of probes, and of the air outside.
  public var channels: [ChannelMessage]
  /// Outputs.
  public var outputs: [OutputMessage]
  /// Open alarms, most severe first.
  public var alarms: [AlarmMessage]
  /// The parts around the control step.
  public var health: HealthMessage
  /// How records go upstream; `nil` where they stay.
  public var sync: SyncMessage?

  private enum CodingKeys: String, CodingKey {
    case site, time, timeZone = "timezone", clock, zones, channels, outputs, alarms, health, sync
    case uptime = "uptime_s"
    case isSimulated = "simulated"
  }

  /// A status from its parts.
  public init(
    site: String, time: Int64, timeZone: String, clock: ClockTrust, uptime: Double, isSimulated: Bool,
    zones: [ZoneMessage],
    channels: [ChannelMessage], outputs: [OutputMessage], alarms: [AlarmMessage], health: HealthMessage
  ) {
    (self.site, self.time, self.timeZone, self.clock) = (site, time, timeZone, clock)
    (self.uptime, self.isSimulated) = (uptime, isSimulated)
    (self.zones, self.channels, self.outputs, self.alarms, self.health) = (zones, channels, outputs, alarms, health)
  }
}

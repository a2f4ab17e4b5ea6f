// Alarms: what can be wrong, and the life of one alarm.

public import Climate

/// How much an alarm matters.
public enum AlarmSeverity: String, Codable, Sendable, Comparable, CaseIterable {
  /// Somebody should look at it in the next days.
  case warning
  /// The crop is at risk within hours.
  case alarm
  /// Animals, crop or building are at risk now.
  case critical

  /// Less severe comes first.
  public static func < (left: AlarmSeverity, right: AlarmSeverity) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .warning: 0
    case .alarm: 1
    case .critical: 2
    }
  }
}

/// What an alarm is about.
public enum AlarmKind: String, Codable, Sendable, CaseIterable {
  /// A value below its alarm limit.
  case low
  /// A value above its alarm limit.
  case high
  /// No trustworthy value of a quantity the zone is controlled by.
  case readingLost = "reading-lost"
  /// One probe has failed, others still serve.
  case probeFailed = "probe-failed"
  /// The probes of a zone lie far apart, and nobody can say which is wrong.
  case probesDisagree = "probes-disagree"
  /// No probe of a quantity the zone is controlled by can be trusted; a backup serves.
  case backupProbe = "backup-probe"
  /// A heater runs and its zone does not get warmer: it is dead, or the probe is not where the heat goes.
  case heaterNoEffect = "heater-no-effect"
  /// A heater heats, at full power, and not enough.
  case heaterWeak = "heater-weak"
  /// An output other than a heater runs, and nothing comes of it.
  case noEffect = "no-effect"
  /// Wind or rain, or that they are not known, keeps a vent from opening as far as its zone needs.
  case ventLimited = "vent-limited"
  /// The machine was booted again and again: the power comes and goes, or it is being dragged down by what is switched on.
  case brownOut = "brown-out"
  /// A zone gets warmer although all its heaters are off.
  case stuckOn = "stuck-on"
  /// Carbon monoxide has reached its limit: people are in danger, and fires are off.
  case carbonMonoxide = "carbon-monoxide"
  /// The guardian does not answer, or does not accept the lease.
  case guardianLost = "guardian-lost"
  /// A line does not have the level it was set to.
  case readBack = "read-back"
  /// The guardian's table is not the one of this configuration.
  case tableMismatch = "table-mismatch"
  /// The log could not be read and was put aside; a new one was begun.
  case journalQuarantined = "journal-quarantined"
  /// A part of the log cannot be read: the disk has spoilt what it held.
  case journalDamaged = "journal-damaged"
  /// The log cannot be written; records are kept in memory as far as it goes.
  case journalUnavailable = "journal-unavailable"
  /// The log has reached its quota, or the disk is full.
  case diskFull = "disk-full"
  /// The control step runs late.
  case stepLate = "step-late"
  /// The clocks of the machine run at different rates: times that were asked for are not the times that are kept.
  case clockRate = "clock-rate"
  /// Records were dropped because a queue was full.
  case recordsDropped = "records-dropped"
  /// The uplink is refused: a certificate, the credentials or the settings are not in order.
  case uplinkRefused = "uplink-refused"
  /// Records wait, and the hub has not answered for long.
  case uplinkSilent = "uplink-silent"
  /// The device's certificate for the uplink ends within the days that the subject says.
  case certificateEnds = "certificate-ends"
  /// The daily cap of water is used up and the soil is dry.
  case waterCap = "water-cap"
  /// Nothing: a person tries siren and message path.
  case test
}

/// An alarm's identity: what, and of what.
public struct AlarmID: Hashable, Comparable, Codable, Sendable {
  /// What is wrong.
  public var kind: AlarmKind
  /// The channel, output or part it is about: `shed.temperature`, `heater`, `journal`.
  public var subject: String

  /// An identity from its parts.
  public init(kind: AlarmKind, subject: String) {
    self.kind = kind
    self.subject = subject
  }

  /// The form typed on a command line: `shed.temperature:high`.
  public var text: String { "\(subject):\(kind.rawValue)" }

  /// By name of what it is about, then by kind.
  public static func < (left: AlarmID, right: AlarmID) -> Bool {
    (left.subject, left.kind.rawValue) < (right.subject, right.kind.rawValue)
  }
}

/// How an alarm behaves.
public struct AlarmSettings: Equatable, Sendable {
  /// How much it matters.
  public var severity: AlarmSeverity
  /// How long its condition must hold before it is raised.
  public var delay: Duration
  /// Whether it stays until a person has acknowledged it, even when the condition is gone.
  public var latches: Bool

  /// Settings from their parts.
  public init(severity: AlarmSeverity, delay: Duration, latches: Bool) {
    self.severity = severity
    self.delay = delay
    self.latches = latches
  }
}

/// What happened to an alarm.
public enum AlarmTransition: String, Codable, Sendable {
  /// Its condition has held for the delay, and people are called: by an alarm relay, and by whoever reads this upstream. At most once in
  /// ``Alarm/callInterval`` for the same alarm.
  case raised
  /// Its condition has held for the delay, so soon after people were called for the same alarm that they are not called again. If nobody has
  /// seen it when that time is over, ``raised`` follows.
  case reopened
  /// A person has seen it.
  case acknowledged
  /// Its condition is gone, and it is acknowledged or does not latch.
  case cleared
}

/// The life of one alarm: condition, delay, raised, acknowledged, cleared.
public struct Alarm: Equatable, Sendable {
  /// Shortest time between two calls of people for the same alarm (`safety.md` I25): one that comes and goes must not drown the others.
  public static let callInterval = Duration.minutes(15)

  /// What it is about.
  public let id: AlarmID
  /// How it behaves.
  public let settings: AlarmSettings
  /// When it was raised; `nil` while it is not.
  public private(set) var raisedAt: Instant?
  /// Who has acknowledged it.
  public private(set) var acknowledgedBy: String?
  /// Whether its condition holds now.
  public private(set) var isPresent = false
  private var presentSince: Instant?

  /// An alarm that is not raised.
  public init(id: AlarmID, settings: AlarmSettings) {
    self.id = id
    self.settings = settings
  }

  /// An alarm that was raised before a restart and has not been cleared.
  public init(id: AlarmID, settings: AlarmSettings, raisedAt: Instant, acknowledgedBy: String?) {
    self.init(id: id, settings: settings)
    self.raisedAt = raisedAt
    self.acknowledgedBy = acknowledgedBy
  }

  /// Whether it stands: raised and not cleared.
  public var isOpen: Bool { raisedAt != nil }

  /// Takes in whether the condition holds.
  public mutating func update(condition: Bool, at now: Instant) -> AlarmTransition? {
    isPresent = condition
    guard condition else {
      presentSince = nil
      return clearIfDone()
    }
    let since = presentSince ?? now
    presentSince = since
    guard raisedAt == nil, since.duration(to: now) >= settings.delay else { return nil }
    raisedAt = now
    acknowledgedBy = nil
    return .raised
  }

  /// Marks the alarm as seen. Nothing happens if it is not raised or already acknowledged.
  public mutating func acknowledge(by person: String) -> AlarmTransition? {
    guard isOpen, acknowledgedBy == nil else { return nil }
    acknowledgedBy = person
    return .acknowledged
  }

  private mutating func clearIfDone() -> AlarmTransition? {
    guard isOpen, !settings.latches || acknowledgedBy != nil else { return nil }
    raisedAt = nil
    acknowledgedBy = nil
    return .cleared
  }
}

/// A limit with hysteresis: crossed at the limit, back only a margin inside it.
public struct LimitMonitor: Equatable, Sendable {
  /// Which side of the limit is wrong.
  public var kind: AlarmKind
  /// Distance back inside the limit at which the condition ends, in the unit of the quantity.
  public var margin: Double
  private var isBeyond = false

  /// A monitor of a `low` or `high` limit.
  public init(kind: AlarmKind, margin: Double) {
    self.kind = kind
    self.margin = margin
  }

  /// Whether the value is beyond the limit. Without a value or a limit the answer is no: lost readings have an alarm of their own.
  public mutating func isBeyond(_ value: Double?, limit: Double?) -> Bool {
    guard let value, let limit else {
      isBeyond = false
      return false
    }
    let excess = kind == .high ? value - limit : limit - value
    isBeyond = isBeyond ? excess > -margin : excess > 0
    return isBeyond
  }
}

extension Quantity {
  /// Distance back inside an alarm limit at which the alarm's condition ends.
  var alarmMargin: Double {
    switch self {
    case .temperature: 0.5
    case .humidity, .soilMoisture: 2
    case .co2: 200
    case .ammonia: 2
    case .carbonMonoxide, .soilTemperature, .surfaceTemperature, .conductivity, .illuminance, .pressure, .voltage,
      .windSpeed, .rain:
      0
    }
  }
}

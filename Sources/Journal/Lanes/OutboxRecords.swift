// Records as they go upstream.

public import Controller

/// When a record was made.
public struct OutboxStamp: Hashable, Sendable {
  /// Identity of the boot; monotonic times are comparable only within one.
  public var boot: String
  /// Monotonic time of the boot, ms.
  public var mono: Int64
  /// Wall time as it was believed to be, ms since 1970 UTC.
  public var wall: Int64
  /// How far it was believed.
  public var trust: ClockTrust

  /// A stamp from its parts.
  public init(boot: String, mono: Int64, wall: Int64, trust: ClockTrust) {
    (self.boot, self.mono, self.wall, self.trust) = (boot, mono, wall, trust)
  }
}

/// A sample.
public struct OutboxSample: Equatable, Sendable {
  /// When.
  public var stamp: OutboxStamp
  /// Name of the channel.
  public var channel: String
  /// Whole ten-thousandths of the channel's unit; `nil` for none.
  public var value: Int64?
  /// How far it can be believed.
  public var quality: Quality

  /// A sample from its parts.
  public init(stamp: OutboxStamp, channel: String, value: Int64?, quality: Quality) {
    (self.stamp, self.channel, self.value, self.quality) = (stamp, channel, value, quality)
  }
}

/// A window of means with all its channels.
public struct OutboxWindow: Equatable, Sendable {
  /// What a channel had in the window.
  public struct Mean: Equatable, Sendable {
    /// Name of the channel.
    public var channel: String
    /// Mean of the trustworthy values, ten-thousandths of the channel's unit; `nil` if there was none.
    public var mean: Int64?
    /// Least of them.
    public var minimum: Int64?
    /// Greatest of them.
    public var maximum: Int64?
    /// Number of trustworthy values.
    public var good: Int64
    /// Number of samples that were not trustworthy, or without a value.
    public var bad: Int64

    /// A mean from its parts.
    public init(channel: String, mean: Int64?, minimum: Int64?, maximum: Int64?, good: Int64, bad: Int64) {
      (self.channel, self.mean, self.minimum, self.maximum) = (channel, mean, minimum, maximum)
      (self.good, self.bad) = (good, bad)
    }
  }

  /// Wall time at which the window begins, and monotonic time of the first sample in it.
  public var stamp: OutboxStamp
  /// Length, ms.
  public var length: Int64
  /// The channels.
  public var means: [Mean]

  /// A window from its parts.
  public init(stamp: OutboxStamp, length: Int64, means: [Mean]) {
    (self.stamp, self.length, self.means) = (stamp, length, means)
  }
}

/// An alarm's change, an event or a clock anchor.
public struct OutboxEntry: Equatable, Sendable {
  /// What it is. Words are raw values of the controller's enumerations; a log may hold those of another version.
  public enum Content: Equatable, Sendable {
    /// A change of an alarm; the value in ten-thousandths of its unit.
    case alarm(kind: String, subject: String, severity: String, transition: String, value: Int64?, by: String?)
    /// Something happened.
    case event(kind: String, subject: String, detail: String, by: String?)
    /// At the stamp's monotonic time it was `utc`, ms since 1970, give or take `error`, ms.
    case anchor(utc: Int64, error: Int64, source: String)
  }

  /// When.
  public var stamp: OutboxStamp
  /// What.
  public var content: Content

  /// An entry from its parts.
  public init(stamp: OutboxStamp, content: Content) {
    (self.stamp, self.content) = (stamp, content)
  }
}

/// A change of an output's wanted state, or of the reason for it. Words as in ``OutboxEntry``.
public struct OutboxDecision: Equatable, Sendable {
  /// When.
  public var stamp: OutboxStamp
  /// Name of the output.
  public var output: String
  /// The state it was given.
  public var isOn: Bool
  /// The mean that was wanted, 0…1.
  public var demand: Double?
  /// The rule that decided.
  public var rule: String
  /// Name of the channel it looked at.
  public var channel: String?
  /// The value it saw, ten-thousandths of the channel's unit.
  public var value: Int64?
  /// What it compared with, ten-thousandths.
  public var setpoint: Int64?
  /// What kept the output from following.
  public var heldBy: String?
  /// When rule or constraint were to end, ms of the boot's monotonic clock.
  public var until: Int64?

  /// A decision from its parts.
  public init(
    stamp: OutboxStamp, output: String, isOn: Bool, demand: Double?, rule: String, channel: String? = nil,
    value: Int64? = nil, setpoint: Int64? = nil, heldBy: String? = nil, until: Int64? = nil
  ) {
    (self.stamp, self.output, self.isOn, self.demand, self.rule) = (stamp, output, isOn, demand, rule)
    (self.channel, self.value, self.setpoint, self.heldBy, self.until) = (channel, value, setpoint, heldBy, until)
  }
}

/// Records of a lane that follow one another.
public enum OutboxRecords: Equatable, Sendable {
  /// Of the alarm lane.
  case entries([OutboxEntry])
  /// Of the live lane.
  case windows([OutboxWindow])
  /// Of the backlog.
  case samples([OutboxSample])
  /// Of the diagnostic lane.
  case decisions([OutboxDecision])

  /// How many.
  public var count: Int {
    switch self {
    case .entries(let records): records.count
    case .windows(let records): records.count
    case .samples(let records): records.count
    case .decisions(let records): records.count
    }
  }
}

/// Why records will never go upstream. The raw value is what docs/sync.md calls it.
public enum LossReason: String, Sendable, CaseIterable {
  /// The log had reached its quota.
  case quota
  /// The disk has lost them.
  case damaged
  /// They were older than the log keeps.
  case age
}

/// What a lane has from a place on.
public enum OutboxRun: Equatable, Sendable {
  /// Records that follow one another without a gap; at least one. The first has the sequence that was asked for.
  case records(OutboxRecords)
  /// From the sequence that was asked for to the end of this range there is nothing, and never will be.
  case lost(ClosedRange<Int64>, why: LossReason)
  /// Nothing yet.
  case none
}

/// How far a lane has come.
public struct OutboxLane: Equatable, Sendable {
  /// Sequence of the newest record; 0 if there is none.
  public var newest: Int64 = 0
  /// What the hub has acknowledged, see ``LaneAcknowledgement/through``.
  public var through: Int64 = 0
  /// Identity of the database that acknowledged it; `nil` if none has.
  public var database: [UInt8]?

  /// Records that the hub has not acknowledged.
  public var waiting: Int64 { max(newest - through, 0) }

  /// A lane without records.
  public init() {}
}

/// Where the log stands with the hub.
public struct OutboxState: Equatable, Sendable {
  /// Whose records they are.
  public var install: LogInstall
  /// Version of the last note with what the county wants that was taken; 0 for none.
  public var desired: Int64
  /// The lanes, in the order of ``LogLane/allCases``.
  public var lanes: [LogLane: OutboxLane]

  /// A state from its parts.
  public init(install: LogInstall, desired: Int64, lanes: [LogLane: OutboxLane]) {
    (self.install, self.desired, self.lanes) = (install, desired, lanes)
  }

  /// A lane.
  public subscript(lane: LogLane) -> OutboxLane { lanes[lane] ?? OutboxLane() }
}

// Rows of the log as they are read.

public import Climate
public import Controller

/// A sample.
public struct SampleRow: Equatable, Sendable {
  /// Place in the log.
  public let id: Int64
  /// Number of the boot that the monotonic time belongs to.
  public let boot: Int64
  /// When.
  public let stamp: Stamp
  /// Name of the channel; what follows its last dot is the ``Quantity``.
  public let channel: String
  /// The value in the quantity's unit; `nil` if there was none.
  public let value: Double?
  /// How far it can be believed.
  public let quality: Quality
}

extension SampleRow {
  init(_ sample: StoredSample, channel: String) {
    self.init(
      id: sample.id, boot: sample.boot,
      stamp: Stamp(
        at: Instant(nanoseconds: sample.mono),
        wall: WallTime(unixMilliseconds: sample.wall, trust: TrustCode.decode(sample.trust))),
      channel: channel, value: SampleValue.decode(sample.value),
      quality: Quality(rawValue: sample.quality) ?? .failed)
  }
}

/// A stretch whose samples are on disk, and cannot be read.
public struct SampleGap: Equatable, Sendable, CustomStringConvertible {
  /// Ids of the first and the last sample.
  public let ids: ClosedRange<Int64>
  /// Wall time of the first sample, milliseconds since 1970 UTC.
  public let from: Int64
  /// Wall time of the last sample.
  public let to: Int64
  /// Number of samples.
  public let samples: Int
  /// What is wrong with the block that holds them.
  public let detail: String

  /// What cannot be read, and why.
  public var description: String {
    "\(samples) samples cannot be read, ids \(ids.lowerBound)…\(ids.upperBound): \(detail)"
  }
}

extension SampleGap {
  init(_ stored: StoredBlock, _ damage: BlockDamage) {
    self.init(
      ids: stored.id...max(stored.id, stored.last), from: stored.wall, to: max(stored.wall, stored.until),
      samples: Int(stored.samples), detail: "the block that holds them is damaged: \(damage)")
  }
}

/// The mean of a channel over a window.
public struct MeanRow: Equatable, Sendable {
  /// Place in the log: the id of the window's first sample.
  public let id: Int64
  /// Number of the boot that the monotonic time belongs to.
  public let boot: Int64
  /// Wall time at which the window begins, and monotonic time of the first sample in it.
  public let start: Stamp
  /// Length of the window.
  public let length: Duration
  /// Name of the channel.
  public let channel: String
  /// Mean of the trustworthy values; `nil` if there was none.
  public let mean: Double?
  /// Least of the trustworthy values.
  public let minimum: Double?
  /// Greatest of the trustworthy values.
  public let maximum: Double?
  /// Number of trustworthy values.
  public let good: Int
  /// Number of samples that were not trustworthy, or without a value.
  public let bad: Int

  /// Share of the samples that did not count, 0…1.
  public var badShare: Double { good + bad == 0 ? 0 : Double(bad) / Double(good + bad) }
}

/// The history of some channels, as fine as it fits.
public enum History: Equatable, Sendable {
  /// Every sample.
  case samples([SampleRow])
  /// Means over windows.
  case means([MeanRow])
}

/// A change of an output's wanted state, or of the reason for it.
///
/// Words are the raw values of the controller's enumerations; a log may hold words of an older or newer version.
public struct DecisionRow: Equatable, Sendable {
  /// Place in the log.
  public let id: Int64
  /// Number of the boot that the monotonic time belongs to.
  public let boot: Int64
  /// When.
  public let stamp: Stamp
  /// Name of the output.
  public let output: String
  /// The state it was given.
  public let isOn: Bool
  /// The mean that was wanted, 0…1.
  public let demand: Double?
  /// The rule that decided: a ``Rule``.
  public let rule: String
  /// Name of the channel it looked at.
  public let channel: String?
  /// The value it saw.
  public let value: Double?
  /// What it compared with.
  public let setpoint: Double?
  /// What kept the output from following: a ``Constraint``.
  public let heldBy: String?
  /// When rule or constraint were to end, on the monotonic clock.
  public let until: Instant?
}

/// A change of an alarm. Words as in ``DecisionRow``.
public struct AlarmRow: Equatable, Sendable {
  /// Place in the log.
  public let id: Int64
  /// Number of the boot that the monotonic time belongs to.
  public let boot: Int64
  /// When.
  public let stamp: Stamp
  /// What is wrong: an ``AlarmKind``.
  public let kind: String
  /// Of what.
  public let subject: String
  /// An ``AlarmSeverity``.
  public let severity: String
  /// What happened: an ``AlarmTransition``.
  public let transition: String
  /// The value at that moment.
  public let value: Double?
  /// Who did it.
  public let by: String?
}

/// An event. Words as in ``DecisionRow``.
public struct EventRow: Equatable, Sendable {
  /// Place in the log.
  public let id: Int64
  /// Number of the boot that the monotonic time belongs to.
  public let boot: Int64
  /// When.
  public let stamp: Stamp
  /// What happened: an ``EventKind``.
  public let kind: String
  /// To what.
  public let subject: String
  /// More about it.
  public let detail: String
  /// Who did it.
  public let by: String?
}

/// How much the log holds.
public struct LogStatistics: Equatable, Sendable {
  /// Bytes of the file and its write-ahead log.
  public let bytes: Int
  /// Number of samples.
  public let samples: Int
  /// Number of windows of means.
  public let windows: Int
  /// Number of decisions.
  public let decisions: Int
  /// Number of alarm changes.
  public let alarms: Int
  /// Number of events.
  public let events: Int
  /// Wall time of the oldest sample, mean, decision, alarm or event, in the order of the log.
  public let oldest: WallTime?
  /// Wall time of the newest.
  public let newest: WallTime?
}

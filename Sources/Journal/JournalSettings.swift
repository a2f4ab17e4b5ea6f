// What the log needs to know: names, how often to write, how much to keep.

public import Climate
public import Controller

/// The names behind the indices that records carry.
///
/// The log keeps names, not indices, so that rows written under one configuration keep their meaning under the next.
public struct JournalNames: Equatable, Sendable {
  /// Name of each channel, by ``ChannelID/index``.
  public var channels: [String]
  /// Name of each output, by ``OutputID/index``.
  public var outputs: [String]

  /// Names by index.
  public init(channels: [String], outputs: [String]) {
    self.channels = channels
    self.outputs = outputs
  }

  /// The names of a plan.
  public init(_ plan: Plan) {
    self.init(channels: plan.channels.map(\.name), outputs: plan.outputs.map(\.name))
  }
}

/// How often the log is written, and how much of it is kept.
public struct JournalSettings: Equatable, Sendable {
  /// Longest time that samples and decisions wait in memory: what a power cut can take.
  ///
  /// A commit writes whole pages, so the card wears with the number of commits, not of samples: one a minute with 480 values costs
  /// 14 KB on ext4 with all that the file system adds, 20 MB a day (`./dev bench-storage`).
  public var sampleCommit: Duration
  /// Age at which samples are deleted; their means stay.
  public var rawRetention: Duration
  /// Length of the windows over which means are taken.
  public var window: Duration
  /// Age at which means, decisions, alarms and events are deleted.
  public var meansRetention: Duration
  /// Most bytes of the database file and its write-ahead log together, of which the latter takes 1 MiB; a few MiB at
  /// least.
  public var quota: Int
  /// Most records kept in memory while the log cannot be written.
  public var pendingLimit: Int
  /// Whether records go upstream. Then age deletes only what the hub has acknowledged, and when the quota is reached each lane keeps its
  /// share of it.
  public var hasUplink: Bool
  /// How large blocks of samples become.
  var blocks = BlockSettings()

  /// Settings; those of a shed unless told otherwise.
  public init(
    sampleCommit: Duration = .seconds(60), rawRetention: Duration = .hours(30 * 24), window: Duration = .minutes(10),
    meansRetention: Duration = .hours(3 * 365 * 24), quota: Int = 512 << 20, pendingLimit: Int = 10_000,
    hasUplink: Bool = false
  ) {
    self.sampleCommit = sampleCommit
    self.rawRetention = rawRetention
    self.window = window
    self.meansRetention = meansRetention
    self.quota = quota
    self.pendingLimit = pendingLimit
    self.hasUplink = hasUplink
  }
}

extension Duration {
  /// The duration in whole milliseconds, the unit of wall time.
  var milliseconds: Int64 { nanoseconds / 1_000_000 }
}

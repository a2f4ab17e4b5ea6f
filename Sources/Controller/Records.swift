// What is kept of a step.

public import Climate

/// When something happened.
public struct Stamp: Equatable, Sendable {
  /// On the monotonic clock of this boot.
  public var at: Instant
  /// On the wall, with its trust.
  public var wall: WallTime

  /// A time stamp.
  public init(at: Instant, wall: WallTime) {
    self.at = at
    self.wall = wall
  }
}

/// What an event is about.
public enum EventKind: String, Codable, Sendable, CaseIterable {
  /// The controller began to work.
  case started
  /// The controller was asked to stop.
  case stopped
  /// An override began.
  case overrideSet = "override-set"
  /// An override ended, by time or by a person.
  case overrideEnded = "override-ended"
  /// A stage of a recipe began.
  case stageBegan = "stage-began"
  /// The guardian accepted the lease.
  case leaseGained = "lease-gained"
  /// The guardian dropped the lease.
  case leaseLost = "lease-lost"
  /// The log was put aside and a new one begun.
  case journalQuarantined = "journal-quarantined"
  /// The log was made shorter to keep its quota.
  case journalPruned = "journal-pruned"
  /// The simulated house did something that no sensor reports.
  case simulation
}

/// One thing to keep.
public enum Record: Equatable, Sendable {
  /// A channel's value with its quality.
  case sample(Stamp, channel: ChannelID, value: Double?, quality: Quality)
  /// An output changed its wanted state, or the reason for it.
  case decision(Stamp, output: OutputID, isOn: Bool, demand: Double, reason: Reason)
  /// An alarm changed.
  case alarm(Stamp, id: AlarmID, severity: AlarmSeverity, transition: AlarmTransition, value: Double?, by: String?)
  /// Something happened.
  case event(Stamp, kind: EventKind, subject: String, detail: String, by: String?)

  /// When it happened.
  public var stamp: Stamp {
    switch self {
    case .sample(let stamp, _, _, _), .decision(let stamp, _, _, _, _), .alarm(let stamp, _, _, _, _, _),
      .event(let stamp, _, _, _, _):
      stamp
    }
  }

  /// Whether it must reach the disk at once instead of with the next batch.
  public var isUrgent: Bool {
    switch self {
    case .sample, .decision: false
    case .alarm, .event: true
    }
  }
}

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
  /// A recipe is in force: its name, version and hash.
  case recipeInForce = "recipe-in-force"
  /// A stage of a recipe began.
  case stageBegan = "stage-began"
  /// A person entered an event of a recipe.
  case recipeEvent = "recipe-event"
  /// A person stopped a recipe's clock.
  case recipeHeld = "recipe-held"
  /// A person let a recipe go on.
  case recipeResumed = "recipe-resumed"
  /// A person ended a recipe.
  case recipeStopped = "recipe-stopped"
  /// An offset on all setpoints began.
  case offsetSet = "offset-set"
  /// An offset ended, by time or by a person.
  case offsetEnded = "offset-ended"
  /// A dose of water has sunk in: how much of it drained off, by estimate.
  case drainEstimated = "drain-estimated"
  /// The guardian accepted the lease.
  case leaseGained = "lease-gained"
  /// The guardian dropped the lease.
  case leaseLost = "lease-lost"
  /// The log was put aside and a new one begun.
  case journalQuarantined = "journal-quarantined"
  /// The log was made shorter to keep its quota: a lane and the range of its records that are gone.
  case journalPruned = "journal-pruned"
  /// A part of the log cannot be read: a lane and the range of its records that are lost.
  case journalDamaged = "journal-damaged"
  /// The log's records go upstream under another identity from now on.
  case installBegan = "install-began"
  /// More was written to the disk in a day than it may be, or no longer is: samples wait longer, or as long as usual.
  case writeBudget = "write-budget"
  /// A clock that claims to be right lies behind what it has said before, and is not believed.
  case anchorRefused = "anchor-refused"
  /// A person tries siren and message path: for how long.
  case alarmTest = "alarm-test"
  /// A note with what the county wants was carried out or refused.
  case countyNote = "county-note"
  /// The simulated house did something that no sensor reports.
  case simulation
}

/// What made the clock right.
public enum AnchorSource: String, Codable, Sendable, CaseIterable {
  /// A time server.
  case ntp
  /// The county's hub.
  case hub
  /// A person.
  case person
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
  /// The clock is right: at the stamp's monotonic time it was `utc`, ms since 1970, give or take `error`, ms. Records of the same boot
  /// that were made before can be given their time by it.
  case anchor(Stamp, utc: Int64, error: Int64, source: AnchorSource)

  /// When it happened.
  public var stamp: Stamp {
    switch self {
    case .sample(let stamp, _, _, _), .decision(let stamp, _, _, _, _), .alarm(let stamp, _, _, _, _, _),
      .event(let stamp, _, _, _, _), .anchor(let stamp, _, _, _):
      stamp
    }
  }

  /// Whether it must reach the disk at once instead of with the next batch.
  public var isUrgent: Bool {
    switch self {
    case .sample, .decision: false
    case .alarm, .event, .anchor: true
    }
  }
}

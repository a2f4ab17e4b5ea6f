// What goes upstream, as the uplink reads it from the log.

import Controller
public import Journal
public import SyncProtocol

/// Where the log stands.
public struct LogStanding: Equatable, Sendable {
  /// Whose records they are.
  public var install: InstallID
  /// Version of the last note of the county that was taken; 0 for none.
  public var desired: Int64
  /// The lanes.
  public var lanes: [Lane: LaneStanding]

  /// A standing from its parts.
  public init(install: InstallID, desired: Int64, lanes: [Lane: LaneStanding]) {
    (self.install, self.desired, self.lanes) = (install, desired, lanes)
  }
}

/// The log, as the uplink sees it. Reads only; what is to be written down goes to the log's one writer through ``UplinkHost``.
public protocol UplinkLog: Sendable {
  /// Where it stands.
  func standing() throws(JournalError) -> LogStanding
  /// What a lane has of a range, from its beginning; `nil` if it has nothing yet.
  /// - Parameter bytes: about how many bytes of CBOR it may make.
  func content(of lane: Lane, _ range: ClosedRange<Int64>, bytes: Int) throws(JournalError) -> BatchContent?
}

extension Outbox: UplinkLog {
  /// Where the log stands.
  public func standing() throws(JournalError) -> LogStanding {
    let state = try state()
    var lanes: [Lane: LaneStanding] = [:]
    for lane in Lane.allCases {
      let own = state[LogLane(lane)]
      lanes[lane] = LaneStanding(
        newest: own.newest, through: own.through, database: own.database.flatMap { DatabaseID($0) })
    }
    guard let install = InstallID(state.install.bytes) else {
      return LogStanding(install: InstallID(), desired: 0, lanes: [:])
    }
    return LogStanding(install: install, desired: state.desired, lanes: lanes)
  }

  /// What a lane has of a range, from its beginning; `nil` if it has nothing yet.
  public func content(
    of lane: Lane, _ range: ClosedRange<Int64>, bytes: Int
  ) throws(JournalError) -> BatchContent? {
    let most = Int(clamping: range.upperBound - range.lowerBound + 1)
    let run = try run(
      of: LogLane(lane), from: range.lowerBound, through: range.upperBound, records: most, bytes: bytes)
    switch run {
    case .records(let records): return BatchContent(records)
    case .lost(let lost, let why): return .lost(lost.upperBound - lost.lowerBound + 1, SyncLoss(why))
    case .none: return nil
    }
  }
}

extension LogLane {
  /// The lane of the same name.
  init(_ lane: Lane) {
    self =
      switch lane {
      case .alarm: .alarm
      case .live: .live
      case .backlog: .backlog
      case .diagnostic: .diagnostic
      }
  }
}

extension SyncLoss {
  init(_ why: LossReason) {
    self =
      switch why {
      case .quota: .quota
      case .damaged: .damaged
      case .age: .age
      }
  }
}

extension StampTrust {
  init(_ trust: ClockTrust) {
    self =
      switch trust {
      case .trusted: .trusted
      case .freeRunning: .freeRunning
      case .unknown: .unknown
      }
  }
}

extension BatchContent {
  /// Records of the log as they go upstream.
  init(_ records: OutboxRecords) {
    switch records {
    case .entries(let records):
      var group = EntryGroup()
      for record in records {
        let stamp = record.stamp
        group.add(
          boot: stamp.boot, mono: stamp.mono, wall: stamp.wall, trust: StampTrust(stamp.trust),
          SyncEntryContent(record.content))
      }
      self = .entries(group)
    case .windows(let records):
      var group = MeanGroup()
      for record in records {
        let stamp = record.stamp
        group.add(
          boot: stamp.boot, mono: stamp.mono, wall: stamp.wall, trust: StampTrust(stamp.trust), length: record.length,
          means: record.means.map {
            SyncMean(
              channel: $0.channel, mean: $0.mean, minimum: $0.minimum, maximum: $0.maximum, good: $0.good, bad: $0.bad)
          })
      }
      self = .means(group)
    case .samples(let records):
      var group = SampleGroup()
      for record in records {
        let stamp = record.stamp
        group.add(
          boot: stamp.boot, mono: stamp.mono, wall: stamp.wall, trust: StampTrust(stamp.trust),
          channel: record.channel, value: record.value, quality: record.quality.rawValue)
      }
      self = .samples(group)
    case .decisions(let records):
      var group = DecisionGroup()
      for record in records {
        let stamp = record.stamp
        group.add(
          boot: stamp.boot, mono: stamp.mono, wall: stamp.wall, trust: StampTrust(stamp.trust),
          SyncDecision(
            output: record.output, isOn: record.isOn, demand: record.demand, rule: record.rule,
            channel: record.channel, value: record.value, setpoint: record.setpoint, heldBy: record.heldBy,
            until: record.until))
      }
      self = .decisions(group)
    }
  }
}

extension SyncEntryContent {
  init(_ content: OutboxEntry.Content) {
    switch content {
    case .alarm(let kind, let subject, let severity, let transition, let value, let person):
      self = .alarm(
        kind: kind, subject: subject, severity: severity, transition: transition, value: value, by: person)
    case .event(let kind, let subject, let detail, let person):
      self = .event(kind: kind, subject: subject, detail: detail, by: person)
    case .anchor(let utc, let error, let source):
      // A source that only a later version knows is no better than a person's word.
      self = .anchor(utc: utc, error: max(0, error), source: SyncAnchorSource(rawValue: source) ?? .person)
    }
  }
}

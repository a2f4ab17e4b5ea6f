// What goes upstream and when: time and messages in, decisions out. No clock, no network, no disk.

public import Climate
public import Controller
public import SyncProtocol

/// What the log has of a lane, and what it remembers of the hub.
public struct LaneStanding: Equatable, Sendable {
  /// Sequence of the newest record; 0 for none.
  public var newest: Int64
  /// What the hub has acknowledged.
  public var through: Int64
  /// The database that did; `nil` if none has.
  public var database: DatabaseID?

  /// A standing from its parts.
  public init(newest: Int64, through: Int64 = 0, database: DatabaseID? = nil) {
    (self.newest, self.through, self.database) = (newest, through, database)
  }
}

/// What the session wants next.
public enum UplinkStep: Equatable, Sendable {
  /// A connection.
  case connect
  /// No connection any more.
  case disconnect
  /// A hello in a lane; `first` is the sequence that its next record will get.
  case hello(Lane, first: Int64)
  /// A batch of a lane: records of this range, from its beginning, as many as fit. ``UplinkSession/sent(_:range:bytes:at:)`` says which were sent.
  case batch(Lane, ClosedRange<Int64>)
  /// Nothing before this; sooner if something happens.
  case wait(until: Instant)
}

/// What is to be done about an answer.
public enum UplinkEffect: Equatable, Sendable {
  /// The log is to remember what the database has of a lane.
  case remember(Lane, through: Int64, database: DatabaseID)
  /// The log is to go on under another identity.
  case beginInstall(InstallReason)
}

/// Why a log cannot go on under its identity.
public enum InstallReason: String, Sendable {
  /// The hub has records that the log does not have.
  case behind
  /// The hub has other records under the same sequences.
  case fork
}

/// Why nothing goes upstream although there is something.
public enum UplinkHold: String, Sendable, Codable {
  /// The hub has asked to wait.
  case paused
  /// The day's bytes are used up.
  case budget
  /// It is not the time of the day.
  case schedule
  /// The hub has not answered since the connection stands.
  case silent
  /// The hub says again that the log's identity is used by another, soon after it was renewed.
  case forked
}

/// Settings of a session.
public struct UplinkSettings: Equatable, Sendable {
  /// What a metered link allows.
  public var metering = Metering()
  /// Most records of a batch in each lane.
  public var records: [Lane: Int] = [.alarm: 500, .live: 100, .backlog: 10_000, .diagnostic: 2_000]
  /// Most batches on the way, whatever the hub allows: they stand in memory.
  public var window = 32
  /// How many batches of the backlog go for each of `live`.
  public var interleave = 4
  /// How long records that come one by one may wait for others, in the lanes `backlog` and `diagnostic`.
  public var gathering = Duration.minutes(5)

  /// Settings as they usually are.
  public init() {}
}

/// The device's side of docs/sync.md.
///
/// Memory: places in lanes, never records; so it does not grow with what waits.
public struct UplinkSession: Sendable {
  /// How long an answer may take at first, and at most.
  static let patience = Duration.seconds(30)
  static let longestPatience = Duration.minutes(10)
  /// Without any answer for so long, another connection is tried.
  static let longestSilence = Duration.minutes(30)
  /// A log gets another identity at most so often: a hub that lies must not make it change all day.
  static let installInterval = Duration.hours(1)
  /// How often the hub is asked whether it still has everything: a database may be restored while nothing is sent.
  static let assurance = Duration.hours(1)
  /// How often it is asked again that has asked for a pause: one that was killed does not know whom it has told to wait.
  static let pauseAssurance = Duration.minutes(1)
  static let meteredAssurance = Duration.hours(12)
  /// Bytes of a message beside its content: MQTT, TLS, TCP and IP, and the answer.
  static let overhead = 260

  private enum Link: Equatable { case down(retry: Instant), connecting, up }

  private let settings: UplinkSettings
  private var lanes: [LaneProgress]
  /// Whose records go.
  public private(set) var install: InstallID?
  private var database: DatabaseID?
  private var link: Link
  private var backOff: BackOff
  private var window = 1
  private var hubWindow = Int64.max
  private var patience = Self.patience
  private var sinceLive: Int
  private var bytes = ByteCount()
  private var rate = RateMeter()
  /// Since when something waits for an answer and none has come; `nil` while nothing does.
  private var unansweredSince: Instant?
  private var installedAt: Instant?
  private var isRenewing = false
  private var isForked = false
  /// When the hub last answered, and how often it has gone back.
  private var lastAnswer: Instant?
  private var rewinds = 0

  /// A session that is not connected.
  /// - Parameter now: when it begins; the first attempt comes a little later, another time for each device.
  public init(device: DeviceName, settings: UplinkSettings = UplinkSettings(), now: Instant) {
    self.settings = settings
    backOff = BackOff(device: device.text)
    lanes = Lane.allCases.sorted().map { LaneProgress($0, records: settings.records[$0] ?? 1_000) }
    sinceLive = settings.interleave
    link = .down(retry: now.advanced(by: backOff.next()))
    backOff.reset()
  }

  private subscript(lane: Lane) -> LaneProgress {
    get { lanes[lane.place] }
    set { lanes[lane.place] = newValue }
  }

  // MARK: What happens

  /// Takes in how far the log has come. To be called before the first step and after each commit.
  public mutating func take(install: InstallID, lanes standings: [Lane: LaneStanding], at now: Instant) {
    if install != self.install {
      if self.install != nil { installedAt = now }
      (self.install, isRenewing, isForked) = (install, false, false)
      database = standings.values.lazy.compactMap(\.database).first
      for lane in Lane.allCases {
        let standing = standings[lane] ?? LaneStanding(newest: 0)
        self[lane].begin(
          newest: standing.newest, through: min(standing.through, standing.newest), database: standing.database)
        self[lane].connect(at: now, patience: Self.patience)
      }
    }
    for (lane, standing) in standings { self[lane].newest = standing.newest }
  }

  /// The connection stands, and the hub's answers will come.
  public mutating func connected(at now: Instant) {
    link = .up
    (window, patience, hubWindow) = (1, Self.patience, .max)
    unansweredSince = nil
    for lane in Lane.allCases { self[lane].connect(at: now, patience: Self.patience) }
  }

  /// There is no connection, or it has ended.
  public mutating func disconnected(at now: Instant) {
    link = .down(retry: now.advanced(by: backOff.next()))
  }

  /// A batch went out.
  public mutating func sent(_ lane: Lane, range: ClosedRange<Int64>, bytes: Int, at now: Instant) {
    self.bytes.add(bytes + Self.overhead)
    self[lane].sent(range, now: now, patience: patience, atMost: Self.longestPatience)
    if unansweredSince == nil { unansweredSince = now }
    if lane == .live { sinceLive = 0 } else if lane == .backlog { sinceLive += 1 }
  }

  /// A hello went out, or another message beside the batches.
  public mutating func sentOther(bytes: Int) { self.bytes.add(bytes + Self.overhead) }

  /// The log cannot give the records of a lane now.
  public mutating func unavailable(_ lane: Lane, at now: Instant) {
    self[lane].blockedUntil = now.advanced(by: .seconds(10))
  }

  /// A batch was larger than a message may be.
  public mutating func tooLarge(_ lane: Lane, records: Int) { self[lane].records = max(1, records / 2) }

  /// Everything that waits is to go now, and a connection to be tried at once.
  public mutating func hurry(at now: Instant) {
    for lane in Lane.allCases {
      self[lane].hurry()
      // A hub that has just been started does not know what was asked before.
      if !self[lane].isHeard { self[lane].askAnew(at: now, patience: Self.patience) }
    }
    if case .down = link { link = .down(retry: now) }
  }

  /// Takes in an answer of the hub.
  public mutating func take(_ answer: Acknowledgement, at now: Instant) -> [UplinkEffect] {
    guard answer.install == install, !isRenewing, link == .up else { return [] }
    (lastAnswer, unansweredSince) = (now, nil)
    hubWindow = answer.window
    backOff.reset()
    let reason: InstallReason? =
      answer.isFork ? .fork : max(answer.through, answer.top) > self[answer.lane].newest ? .behind : nil
    if let reason {
      if let installedAt, installedAt.duration(to: now) < Self.installInterval {
        isForked = true
        return []
      }
      isRenewing = true
      return [.beginInstall(reason)]
    }
    let isOther = database != nil && database != answer.database
    if database != answer.database {
      database = answer.database
      // What is known of the other lanes was said by another database.
      if isOther {
        for lane in Lane.allCases where lane != answer.lane {
          self[lane].connect(at: now, patience: Self.patience)
        }
      }
    }
    let before = self[answer.lane].through
    let (batches, records, hasGoneBack) = self[answer.lane].take(answer, isOtherDatabase: isOther, now: now)
    rate.add(records, at: now)
    if hasGoneBack { rewinds += 1 }
    if batches > 0 {
      window = min(window + 1, settings.window)
      patience = Self.patience
      let due = now.advanced(by: patience)
      for lane in Lane.allCases { self[lane].giveTime(until: due) }
    }
    if lanes.contains(where: { !$0.flights.isEmpty }) { unansweredSince = now }
    let through = self[answer.lane].through
    let isRemembered = through == before && !hasGoneBack && self[answer.lane].database == answer.database
    if self[answer.lane].isHeard, !self[answer.lane].isInDoubt {
      let usual = settings.metering.isLimited ? Self.meteredAssurance : Self.assurance
      let interval = hubWindow == 0 ? Self.pauseAssurance : usual
      self[answer.lane].askAnew(at: now.advanced(by: interval), patience: Self.patience)
    }
    guard !isRemembered, !self[answer.lane].isInDoubt else { return [] }
    self[answer.lane].database = answer.database
    return [.remember(answer.lane, through: through, database: answer.database)]
  }

  // MARK: What is next

  /// What is to be done now.
  public mutating func next(at now: Instant, wall: WallTime) -> UplinkStep {
    bytes.move(to: settings.metering.dayNumber(wall, now: now))
    switch link {
    case .connecting: return .wait(until: now.advanced(by: .seconds(60)))
    case .down(let retry):
      guard mayConnect(wall) else { return .wait(until: now.advanced(by: .seconds(60))) }
      guard now >= retry else { return .wait(until: retry) }
      link = .connecting
      return .connect
    case .up: return nextMessage(at: now, wall)
    }
  }

  private var isOverBudget: Bool { settings.metering.dailyBudget.map { bytes.bytes >= $0 } ?? false }

  /// Alarms override what a metered link allows.
  private func mayConnect(_ wall: WallTime) -> Bool {
    install != nil && ((settings.metering.isOpen(wall) && !isOverBudget) || self[.alarm].waiting > 0)
  }

  private mutating func nextMessage(at now: Instant, _ wall: WallTime) -> UplinkStep {
    let isSilent = unansweredSince.map { $0.duration(to: now) >= Self.longestSilence } ?? false
    guard mayConnect(wall), !isSilent else { return .disconnect }
    // Looked at again before long whatever happens: day and schedule.
    var wake = now.advanced(by: .seconds(60))
    if isForked, let installedAt, installedAt.duration(to: now) >= Self.installInterval {
      isForked = false
      for lane in Lane.allCases { self[lane].askAnew(at: now, patience: Self.patience) }
    }
    guard !isRenewing, !isForked else { return .wait(until: wake) }
    giveUpLate(now)
    if let alarms = alarmBatch(now) { return alarms }
    if let blocked = self[.alarm].blockedUntil, now < blocked { wake = min(wake, blocked) }
    let isLimited = !settings.metering.isOpen(wall) || isOverBudget
    for lane in Lane.allCases.sorted() where lane == .alarm || !isLimited {
      guard let due = self[lane].helloDue else { continue }
      if now >= due { return hello(lane, now) }
      wake = min(wake, due)
    }
    for lane in order where room && !isLimited {
      // Before the hub has said what it has, nothing but alarms is sent.
      guard let range = self[lane].next, self[lane].isHeard else { continue }
      if let blocked = self[lane].blockedUntil {
        wake = min(wake, max(blocked, now.advanced(by: .milliseconds(1))))
        if now < blocked { continue }
        self[lane].blockedUntil = nil
      }
      if lane == .backlog || lane == .diagnostic,
        let until = self[lane].mayWait(for: settings.gathering, now: now)
      {
        wake = min(wake, until)
        continue
      }
      return .batch(lane, range)
    }
    for flight in lanes.lazy.flatMap(\.flights) { wake = min(wake, flight.due) }
    return .wait(until: max(wake, now.advanced(by: .milliseconds(1))))
  }

  /// Whether another batch may be on the way.
  private var room: Bool {
    let onTheWay = lanes.reduce(0) { $0 + $1.flights.count }
    return onTheWay < window && onTheWay < hubWindow
  }

  /// Alarms go first; one batch of them even if the window is full of others, or the hub has asked for a pause.
  private func alarmBatch(_ now: Instant) -> UplinkStep? {
    let alarm = self[.alarm]
    guard room || alarm.flights.isEmpty, alarm.blockedUntil.map({ now >= $0 }) ?? true else { return nil }
    return alarm.next.map { .batch(.alarm, $0) }
  }

  /// In this order the other lanes are asked: a batch of `live` for several of the backlog, then what is left.
  private var order: [Lane] {
    sinceLive >= settings.interleave ? [.live, .backlog, .diagnostic] : [.backlog, .live, .diagnostic]
  }

  private mutating func hello(_ lane: Lane, _ now: Instant) -> UplinkStep {
    let patience = self[lane].helloPatience
    self[lane].helloDue = now.advanced(by: patience)
    if unansweredSince == nil { unansweredSince = now }
    self[lane].helloPatience = min(patience * 2, Self.longestPatience)
    return .hello(lane, first: self[lane].newest + 1)
  }

  private mutating func giveUpLate(_ now: Instant) {
    var late = 0
    for lane in Lane.allCases { late += self[lane].giveUpLate(now: now) }
    guard late > 0 else { return }
    window = max(1, window / 2)
    patience = min(patience * 2, Self.longestPatience)
  }

  // MARK: For people

  /// How many ranges the session holds: its memory.
  var placesHeld: Int { lanes.reduce(0) { $0 + $1.known.ranges.count + $1.flights.count } }

  /// Where the session stands.
  public func status(at now: Instant, wall: WallTime) -> UplinkStanding {
    var rate = rate
    let hold: UplinkHold? =
      if isForked {
        .forked
      } else if !settings.metering.isOpen(wall) {
        .schedule
      } else if isOverBudget {
        .budget
      } else if link == .up, hubWindow == 0 {
        .paused
      } else if link == .up, !lanes.contains(where: \.isHeard) {
        .silent
      } else {
        nil
      }
    return UplinkStanding(
      lanes: lanes.map {
        UplinkStanding.LaneView(
          lane: $0.lane, newest: $0.newest, through: $0.through, waiting: $0.waiting, onTheWay: $0.flights.count)
      },
      isConnected: link == .up, hold: hold, window: window, bytesToday: bytes.bytes,
      dailyBudget: settings.metering.dailyBudget, rate: rate.rate(at: now), lastAnswer: lastAnswer, rewinds: rewinds)
  }
}

extension Lane {
  /// Place among the lanes in the order in which they are sent.
  fileprivate var place: Int {
    switch self {
    case .alarm: 0
    case .live: 1
    case .backlog: 2
    case .diagnostic: 3
    }
  }
}

// How far one lane has come: what the hub has, what is on the way, what is next.

import Climate
import SyncProtocol

/// A batch that was sent and not answered.
struct Flight: Equatable, Sendable {
  var range: ClosedRange<Int64>
  let sent: Instant
  /// When it is to be sent again.
  var due: Instant
  /// When it is to be sent again whatever comes in between.
  var latest: Instant
  /// Whether an answer should have come by ``due``: that none has come says something of the way to the hub.
  var isAwaited = true
}

/// One lane's side of a session. Holds places in the lane only, never records.
struct LaneProgress: Equatable, Sendable {
  let lane: Lane
  /// Sequence of the newest record that the log has; 0 for none.
  var newest: Int64 = 0
  /// All up to here is in the hub's database.
  private(set) var through: Int64 = 0
  /// What is in it above that.
  private(set) var known = SequenceSet()
  /// What is on the way.
  private(set) var flights: [Flight] = []
  /// How many records a batch may have; less after one was too large.
  var records: Int
  /// Whether the hub has answered in this lane since the connection stands.
  var isHeard = false
  /// The database that the log remembers to have acknowledged ``through``.
  var database: DatabaseID?
  /// When a hello is due; `nil` if none is.
  var helloDue: Instant?
  /// How long an answer to a hello may take.
  var helloPatience = Duration.zero
  /// Nothing is taken from the log before this.
  var blockedUntil: Instant?
  /// Since when answers contradict what was known.
  private var doubtSince: Instant?
  /// Up to where all had been sent, and when.
  private(set) var caughtUp: (newest: Int64, at: Instant)?

  /// How long answers may contradict what is known before they are believed: those of two workers may overtake each other, by no more than
  /// this.
  static let doubtTime = Duration.seconds(4)

  init(_ lane: Lane, records: Int) { (self.lane, self.records) = (lane, records) }

  static func == (left: LaneProgress, right: LaneProgress) -> Bool {
    (left.lane, left.newest, left.through, left.known, left.flights)
      == (right.lane, right.newest, right.through, right.known, right.flights)
  }

  /// Records that the hub does not have.
  var waiting: Int64 { max(0, newest - through - known.count) }

  /// What is neither in the database nor on the way: the stretch that is to be sent next, at most so many records as a batch may have.
  var next: ClosedRange<Int64>? {
    guard newest > through else { return nil }
    var taken = known
    for flight in flights { taken.insert(flight.range) }
    let open = through + 1...newest
    let most = Int64(max(records, 1))
    if lane == .live {
      return taken.lastMissing(in: open).map { max($0.lowerBound, $0.upperBound - most + 1)...$0.upperBound }
    }
    return taken.firstMissing(in: open).map { $0.lowerBound...min($0.upperBound, $0.lowerBound + most - 1) }
  }

  /// Whether answers contradict what is known, and another is waited for.
  var isInDoubt: Bool { doubtSince != nil }

  /// Whether what is next may wait, so that not every record that comes costs a message: all before has been sent a short while ago.
  func mayWait(for time: Duration, now: Instant) -> Instant? {
    guard let caughtUp, let next, next.lowerBound > caughtUp.newest else { return nil }
    let until = caughtUp.at.advanced(by: time)
    return now < until && next.upperBound - next.lowerBound + 1 < Int64(records) ? until : nil
  }

  /// What is next need not wait.
  mutating func hurry() { caughtUp = nil }

  // MARK: What happens

  /// Begins with a connection: nothing is on the way, and nothing is believed until the hub has said it again.
  mutating func connect(at now: Instant, patience: Duration) {
    flights.removeAll()
    (isHeard, doubtSince, caughtUp) = (false, nil, nil)
    askAnew(at: now, patience: patience)
  }

  mutating func askAnew(at now: Instant, patience: Duration) {
    (helloDue, helloPatience) = (now, patience)
  }

  /// What the log remembers of what was acknowledged.
  mutating func begin(newest: Int64, through: Int64, database: DatabaseID?) {
    (self.newest, self.through, self.database) = (newest, through, database)
    known = SequenceSet()
  }

  mutating func sent(_ range: ClosedRange<Int64>, now: Instant, patience: Duration, atMost longest: Duration) {
    flights.append(
      Flight(range: range, sent: now, due: now.advanced(by: patience), latest: now.advanced(by: longest)))
    if next == nil { caughtUp = (newest, now) }
  }

  /// Answers come: those that are still on the way have time again.
  mutating func giveTime(until due: Instant) {
    for index in flights.indices { flights[index].due = min(due, flights[index].latest) }
  }

  /// Gives up waiting for answers that are late.
  /// - Returns: how many.
  mutating func giveUpLate(now: Instant) -> Int {
    let late = flights.count { $0.due <= now && $0.isAwaited }
    flights.removeAll { $0.due <= now }
    return late
  }

  /// Takes in what the hub's database has.
  /// - Returns: how many batches were answered, how many records are newly in the database, and whether it has gone back.
  mutating func take(
    _ answer: Acknowledgement, isOtherDatabase: Bool, now: Instant
  ) -> (batches: Int, records: Int64, hasGoneBack: Bool) {
    let said = SequenceSet(from: answer.through + 1, through: answer.top, without: answer.gaps)
    let before = through + known.count
    let isFirst = !isHeard
    let contradicts =
      answer.through < through
      || answer.gaps.contains { $0.upperBound > through && known.intersects($0) }
    var hasGoneBack = false
    if isOtherDatabase || !isHeard {
      hasGoneBack = isOtherDatabase || contradicts
      (through, known, doubtSince) = (answer.through, said, nil)
    } else if contradicts {
      guard let since = doubtSince, since.duration(to: now) >= Self.doubtTime else {
        if doubtSince == nil {
          doubtSince = now
          helloDue = now.advanced(by: Self.doubtTime + .seconds(1))
        }
        return (0, 0, false)
      }
      hasGoneBack = true
      (through, known, doubtSince) = (answer.through, said, nil)
    } else {
      doubtSince = nil
      through = answer.through
      known.formUnion(said)
      known.removeAll(through: through)
    }
    // What joins the contiguous part belongs to it.
    if let first = known.ranges.first, first.lowerBound == through + 1 {
      through = first.upperBound
      known.removeAll(through: through)
    }
    isHeard = true
    let batches = flights.count
    flights.removeAll { flight in
      flight.range.upperBound <= through
        || known.contains(max(flight.range.lowerBound, through + 1)...flight.range.upperBound)
    }
    let answered = batches - flights.count
    if isFirst { forgetUnheard(now) }
    return (answered, max(0, through + known.count - before), hasGoneBack)
  }

  /// A lane's messages keep their order: what was sent before the hub was there to hear it has not come, and is waited for no longer than
  /// the answers of two workers may overtake each other. Alarms alone are sent so early.
  private mutating func forgetUnheard(_ now: Instant) {
    for index in flights.indices {
      let end = flights[index].sent.advanced(by: Self.doubtTime)
      (flights[index].due, flights[index].latest, flights[index].isAwaited) = (end, end, false)
    }
    flights.removeAll { $0.due <= now }
  }
}

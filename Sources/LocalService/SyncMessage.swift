// How records go upstream, as the local service tells it.

/// One lane of records on their way upstream.
public struct SyncLaneMessage: Codable, Equatable, Sendable {
  /// `alarm`, `live`, `backlog` or `diagnostic`.
  public var lane: String
  /// Sequence of the newest record; 0 for none.
  public var newest: Int64
  /// The hub has all up to this sequence.
  public var acknowledged: Int64
  /// Records that the hub does not have.
  public var waiting: Int64
  /// Batches on the way.
  public var onTheWay: Int

  private enum CodingKeys: String, CodingKey {
    case lane, newest, acknowledged, waiting
    case onTheWay = "batches_on_the_way"
  }

  /// A lane from its parts.
  public init(lane: String, newest: Int64, acknowledged: Int64, waiting: Int64, onTheWay: Int) {
    (self.lane, self.newest, self.acknowledged) = (lane, newest, acknowledged)
    (self.waiting, self.onTheWay) = (waiting, onTheWay)
  }
}

/// How records go upstream.
public struct SyncMessage: Codable, Equatable, Sendable {
  /// The broker, as it is configured.
  public var broker: String
  /// The device's name in topics.
  public var device: String
  /// Whether there is a connection.
  public var isConnected: Bool
  /// Why nothing goes although something waits: `paused`, `budget`, `schedule`, `silent` or `forked`; `nil` without a reason.
  public var hold: String?
  /// Why there is no connection, in English; `nil` without a failure since the last one.
  public var problem: String?
  /// The same in Chinese.
  public var chineseProblem: String?
  /// The lanes, in the order in which they are sent.
  public var lanes: [SyncLaneMessage]
  /// How many batches may be on the way.
  public var window: Int
  /// Bytes sent today.
  public var bytesToday: Int64
  /// Most bytes in a day; `nil` for any number.
  public var dailyBudget: Int64?
  /// Records a second that reach the hub's database, over the last minute.
  public var rate: Double
  /// How long it takes at this rate until the hub has all, s; `nil` if nothing goes.
  public var timeToDrain: Double?
  /// Seconds since the hub last answered; `nil` if it has not since the start.
  public var answerAge: Double?
  /// How often the hub's database was found to have gone back, since the start.
  public var rewinds: Int

  private enum CodingKeys: String, CodingKey {
    case broker, device, hold, problem, lanes, window, rewinds
    case isConnected = "connected"
    case chineseProblem = "problem_zh"
    case bytesToday = "bytes_today"
    case dailyBudget = "daily_budget_bytes"
    case rate = "records_per_s"
    case timeToDrain = "time_to_drain_s"
    case answerAge = "answer_age_s"
  }

  /// A message from its parts.
  public init(
    broker: String, device: String, isConnected: Bool, hold: String?, problem: String?, chineseProblem: String?,
    lanes: [SyncLaneMessage], window: Int, bytesToday: Int64, dailyBudget: Int64?, rate: Double, timeToDrain: Double?,
    answerAge: Double?, rewinds: Int
  ) {
    (self.broker, self.device, self.isConnected, self.hold) = (broker, device, isConnected, hold)
    (self.problem, self.chineseProblem, self.lanes, self.window) = (problem, chineseProblem, lanes, window)
    (self.bytesToday, self.dailyBudget, self.rate) = (bytesToday, dailyBudget, rate)
    (self.timeToDrain, self.answerAge, self.rewinds) = (timeToDrain, answerAge, rewinds)
  }

  /// Records that the hub does not have.
  public var waiting: Int64 { lanes.reduce(0) { $0 + $1.waiting } }
}

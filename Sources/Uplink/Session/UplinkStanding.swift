// Where a session stands, for people.

public import Climate
public import SyncProtocol

/// Where a session stands, for people.
public struct UplinkStanding: Equatable, Sendable {
  /// One lane.
  public struct LaneView: Equatable, Sendable {
    /// Which.
    public var lane: Lane
    /// Sequence of the newest record.
    public var newest: Int64
    /// All up to here is in the hub's database.
    public var through: Int64
    /// Records that are not in it.
    public var waiting: Int64
    /// Batches on the way.
    public var onTheWay: Int
  }

  /// The lanes, in the order in which they are sent.
  public var lanes: [LaneView]
  /// Whether there is a connection to the broker.
  public var isConnected: Bool
  /// Why nothing is sent although something waits; `nil` without a reason.
  public var hold: UplinkHold?
  /// How many batches may be on the way.
  public var window: Int
  /// Bytes sent today, with what surrounds them.
  public var bytesToday: Int64
  /// Most bytes in a day; `nil` for any number.
  public var dailyBudget: Int64?
  /// Records a second over the last minute.
  public var rate: Double
  /// When the hub last answered; `nil` if it has not since the start.
  public var lastAnswer: Instant?
  /// How often the hub's database was found to have gone back, since the start.
  public var rewinds: Int

  /// Records that are not in the hub's database.
  public var waiting: Int64 { lanes.reduce(0) { $0 + $1.waiting } }

  /// How long it takes at the present rate until the hub has all; `nil` if nothing goes.
  public var timeToDrain: Duration? {
    guard waiting > 0 else { return .zero }
    return rate > 0 ? .seconds(Double(waiting) / rate) : nil
  }
}

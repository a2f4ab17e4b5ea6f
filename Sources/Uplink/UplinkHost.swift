// What the uplink needs of the device around it.

public import Climate
public import Controller
public import Journal
public import SyncProtocol

/// The device around the uplink. Called in the uplink's thread; nothing here may wait for long.
public protocol UplinkHost: Sendable {
  /// The wall clock.
  func wall() -> WallTime
  /// The log's writer is to remember what the hub has.
  func remember(_ acknowledgement: LaneAcknowledgement)
  /// The log's writer is to go on under another identity.
  func beginInstall(because reason: String)
  /// The log's writer is to remember that a note was taken.
  func take(desired version: Int64)
  /// Whether all commands of a note can be carried out.
  func check(_ note: CountyNote) throws(NoteRefusal)
  /// Carries a note out.
  /// - Returns: what was asked for, if it asks for something.
  func carryOut(_ note: CountyNote) throws(NoteRefusal) -> String?
  /// Writes into the log what became of a note.
  func note(_ report: Reported)
  /// The hub's clock, for a device that nobody else has told the time.
  func hubTime(_ milliseconds: Int64, error: Duration, at now: Instant)
  /// The retained state: one JSON object, with `online` true.
  func state() -> [UInt8]?
  /// Where the uplink stands.
  func show(_ view: UplinkView)
}

/// Where the uplink stands, for people and for the alarms.
public struct UplinkView: Equatable, Sendable {
  /// The session.
  public var standing: UplinkStanding
  /// The broker, as it was written.
  public var broker: String
  /// The device's name in topics.
  public var device: String
  /// Why there is no connection, or was none the last time; `nil` without a failure since the last connection.
  public var problem: UplinkProblem?
  /// Whether the hub has not answered for so long, although something waits, that somebody should know.
  public var isSilent: Bool
  /// Within how many days the device's certificate ends: 30, 14, 7 or 1; `nil` if that is farther off or not known.
  public var certificateNotice: Int?

  /// A view from its parts.
  public init(
    standing: UplinkStanding, broker: String, device: String, problem: UplinkProblem?, isSilent: Bool,
    certificateNotice: Int? = nil
  ) {
    (self.standing, self.broker, self.device) = (standing, broker, device)
    (self.problem, self.isSilent, self.certificateNotice) = (problem, isSilent, certificateNotice)
  }
}

/// What is wrong with a connection.
public struct UplinkProblem: Equatable, Sendable {
  /// In English.
  public var english: String
  /// In Chinese.
  public var chinese: String
  /// Whether it will not pass by itself: certificates, credentials, settings.
  public var isRefusal: Bool

  /// A problem from its parts.
  public init(_ english: String, zh chinese: String, isRefusal: Bool) {
    (self.english, self.chinese, self.isRefusal) = (english, chinese, isRefusal)
  }
}

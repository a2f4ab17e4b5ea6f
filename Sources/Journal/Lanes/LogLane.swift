// The lanes in which records go upstream, and whose they are.

/// A lane of records on their way upstream. Each has a sequence of its own: 1, 2, 3 … without a gap (docs/sync.md).
public enum LogLane: String, CaseIterable, Codable, Sendable {
  /// Alarms, events and clock anchors.
  case alarm
  /// Windows of means.
  case live
  /// Samples.
  case backlog
  /// Decisions.
  case diagnostic
}

/// Identity of a log: 16 bytes, drawn when it is begun. Together with the device, the lane and the sequence it tells a record from all
/// others.
public struct LogInstall: Hashable, Sendable, CustomStringConvertible {
  /// Number of bytes.
  public static let size = 16

  /// The bytes.
  public let bytes: [UInt8]

  /// An identity from its bytes; `nil` unless there are ``size`` of them.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.size else { return nil }
    self.bytes = bytes
  }

  /// Draws an identity.
  public init(using chance: inout some RandomNumberGenerator) {
    bytes = (0..<Self.size).map { _ in UInt8.random(in: .min ... .max, using: &chance) }
  }

  /// Draws an identity that no other log has.
  public static func random() -> LogInstall {
    var chance = SystemRandomNumberGenerator()
    return LogInstall(using: &chance)
  }

  /// In hexadecimal digits.
  public var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

/// What the hub says of a lane: every record up to `through` is in its database, or known to be lost.
public struct LaneAcknowledgement: Equatable, Sendable {
  /// Whose records.
  public var install: LogInstall
  /// Which of them.
  public var lane: LogLane
  /// Identity of the hub's database.
  public var database: [UInt8]
  /// The last record that it has with all before; 0 for none. May be less than before, after a database was restored.
  public var through: Int64

  /// An acknowledgement from its parts.
  public init(install: LogInstall, lane: LogLane, database: [UInt8], through: Int64) {
    (self.install, self.lane, self.database, self.through) = (install, lane, database, through)
  }
}

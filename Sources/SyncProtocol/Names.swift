// Who sends: a device, an install of its log; and who answers: a database.

import Cryptography

/// The name of a device in topics: 1–64 of `a–z`, `0–9`, `-`.
public struct DeviceName: Hashable, Sendable, CustomStringConvertible {
  /// The name.
  public let text: String

  /// A name; `nil` if the text is none.
  public init?(_ text: String) {
    guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else { return nil }
    self.text = text
  }

  /// The name.
  public var description: String { text }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
    default: false
    }
  }
}

/// 16 bytes drawn at random. `Owner` keeps those of logs and databases apart.
public struct RandomIdentity<Owner>: Hashable, Sendable, CustomStringConvertible {
  /// How many bytes.
  public static var size: Int { 16 }
  private let high: UInt64
  private let low: UInt64

  /// A new one.
  public init() {
    var generator = SystemRandomNumberGenerator()
    (high, low) = (generator.next(), generator.next())
  }

  /// The one with these bytes; `nil` unless there are 16.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.size else { return nil }
    let number = { (part: any Collection<UInt8>) in part.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
    (high, low) = (number(bytes.prefix(8)), number(bytes.dropFirst(8)))
  }

  /// The bytes.
  public var bytes: [UInt8] {
    [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
  }

  /// 32 hexadecimal digits.
  public var description: String {
    bytes.hexadecimal
  }
}

/// Whose identity ``InstallID`` is.
public enum InstallOwner {}
/// Whose identity ``DatabaseID`` is.
public enum DatabaseOwner {}

/// A log on a device's disk, drawn when it is begun.
public typealias InstallID = RandomIdentity<InstallOwner>
/// A hub's database, drawn when it is made and after each restore.
public typealias DatabaseID = RandomIdentity<DatabaseOwner>

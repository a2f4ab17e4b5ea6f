// What is wrong with bytes that came from the other side.

/// Why bytes from the other side are refused, or cannot be made.
public enum SyncFault: Error, Equatable, Sendable, CustomStringConvertible {
  /// They are not what they should be: what, in English, for a log.
  case form(String)
  /// They are more than the protocol allows.
  case tooLarge(String)
  /// They are of a version that this program does not know.
  case version(Int64)

  /// In English, for a log.
  public var description: String {
    switch self {
    case .form(let what): what
    case .tooLarge(let what): what
    case .version(let version): "version \(version) is not known here"
    }
  }
}

/// The limits of docs/sync.md.
public enum SyncLimits {
  /// Most records of one batch.
  public static let records = 10_000
  /// Longest message, bytes.
  public static let message = 64 * 1024
  /// Longest batch when it is unpacked, bytes.
  public static let unpacked = 1024 * 1024
  /// Longest text, bytes of UTF-8.
  public static let text = 16 * 1024
  /// Most gaps of one acknowledgement.
  public static let gaps = 1_000
}

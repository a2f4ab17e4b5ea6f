// Which part of the log is wanted.

/// A stretch of wall time, both ends included. Rows are matched by the wall time they were recorded with, trusted or not.
public struct LogSpan: Equatable, Sendable {
  /// Beginning, milliseconds since 1970 UTC; `nil` for the beginning of the log.
  public var from: Int64?
  /// End, milliseconds since 1970 UTC; `nil` for the end of the log.
  public var to: Int64?

  /// All of the log.
  public static let all = LogSpan()

  /// A stretch of wall time.
  public init(from: Int64? = nil, to: Int64? = nil) {
    self.from = from
    self.to = to
  }

  func contains(_ wall: Int64) -> Bool { (from ?? .min) <= wall && wall <= (to ?? .max) }
}

/// How many rows are wanted at most. The answer is in the order of the log in either case.
public enum LogLimit: Equatable, Sendable {
  /// The oldest so many.
  case first(Int)
  /// The newest so many.
  case last(Int)
}

// An error of a system call, with what was being done.

import Glibc

/// A system call that failed.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was being done, for people: `bind /run/bombyx/bombyxd.sock`.
  public let operation: String
  /// The error number.
  public let code: Int32

  /// An error with its number.
  public init(_ operation: String, code: Int32) {
    self.operation = operation
    self.code = code
  }

  /// The error that the last call of this thread left in `errno`.
  public static func last(_ operation: String) -> SystemError { SystemError(operation, code: errno) }

  /// The kernel's own words for the error number.
  public var reason: String { String(cString: strerror(code)) }

  /// What failed, and the system's words for why.
  public var description: String { "\(operation): \(reason)" }
}

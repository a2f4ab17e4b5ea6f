// A file descriptor that is closed exactly once.

import Glibc

/// Owns a file descriptor and closes it when it goes.
public struct FileDescriptor: ~Copyable, Sendable {
  /// The descriptor's number.
  public let number: Int32

  /// Takes a descriptor over.
  public init(owning number: Int32) { self.number = number }

  deinit { close(number) }
}

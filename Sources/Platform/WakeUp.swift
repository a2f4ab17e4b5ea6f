// Waking a thread that waits on descriptors.

import CLinux
import Glibc

/// A descriptor that others make readable, to wake a thread that waits on it (eventfd(2)).
public final class WakeUp: Sendable {
  private let descriptor: FileDescriptor

  /// A descriptor that is not readable.
  public init() throws(SystemError) {
    let number = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard number >= 0 else { throw .last("open an event descriptor") }
    descriptor = FileDescriptor(owning: number)
  }

  /// The descriptor's number, for waiting.
  public var number: Int32 { descriptor.number }

  /// Wakes the thread, now or when it waits next.
  public func wake() { eventfd_write(descriptor.number, 1) }

  /// Takes back all that has woken it so far.
  public func clear() {
    var count: eventfd_t = 0
    eventfd_read(descriptor.number, &count)
  }

  /// Waits until woken, or for so many milliseconds.
  public func wait(milliseconds: Int32) {
    var wait = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
    poll(&wait, 1, milliseconds)
  }
}

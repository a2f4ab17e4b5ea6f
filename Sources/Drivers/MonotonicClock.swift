// Time as drivers see it.

public import Climate
import Glibc

/// A clock to measure and to wait by: the kernel's, or a simulated one.
public protocol MonotonicClock: Sendable {
  /// The time now.
  func now() -> Instant

  /// Waits until an instant; returns at once if it is past.
  func sleep(until instant: Instant)
}

/// The kernel's monotonic clock.
public struct SystemClock: MonotonicClock {
  /// The clock.
  public init() {}

  /// The time now.
  public func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// Waits until a time; returns at once if it has passed.
  public func sleep(until instant: Instant) {
    let nanoseconds = max(0, instant.nanoseconds)
    var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
  }
}

// Time that passes when somebody waits.

public import Climate
public import Drivers
import Synchronization

/// A clock whose time moves only when somebody sleeps or sets it.
public final class VirtualClock: MonotonicClock {
  private let time: Mutex<Instant>

  /// A clock that starts at an instant.
  public init(at start: Instant = .zero) { time = Mutex(start) }

  /// The time now.
  public func now() -> Instant { time.withLock { $0 } }

  /// Waits until a time; returns at once if it has passed.
  public func sleep(until instant: Instant) { time.withLock { $0 = max($0, instant) } }
}

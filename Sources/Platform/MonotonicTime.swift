// The kernel's monotonic clock, in nanoseconds.

import CLinux
import Glibc

/// The kernel's monotonic clock.
public enum MonotonicTime {
  /// Nanoseconds since boot (`CLOCK_MONOTONIC`).
  public static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Sleeps until an instant of this clock, through signals; returns at once if it is past.
  public static func sleep(until nanoseconds: Int64) {
    var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
  }
}

/// The wall clock, for stamps only.
public enum WallClock {
  /// Milliseconds since 1970-01-01T00:00:00Z.
  public static func unixMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Whether the kernel knows that a time server or a person has set the clock since boot.
  ///
  /// The kernel's `STA_UNSYNC` flag (adjtimex(2)) is what chrony and systemd-timesyncd clear.
  public static func isSynchronised() -> Bool {
    var state = timex()
    return adjtimex(&state) != -1 && state.status & Int32(STA_UNSYNC) == 0
  }

  /// How far the clock may be from the truth, ms, as the kernel has it from whoever sets the clock (`maxerror`, adjtimex(2)); `nil` if it
  /// does not tell.
  public static func greatestError() -> Int64? {
    var state = timex()
    return adjtimex(&state) == -1 ? nil : (Int64(state.maxerror) + 999) / 1_000
  }
}

// A value behind a lock, and waiting until it changes.

import Glibc

/// A value that several threads share: a mutex with a condition that waits on the monotonic clock.
///
/// The standard library's `Mutex` has no condition variable; this is a POSIX mutex and condition, nothing more.
public final class Monitor<Value: Sendable>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var value: Value

  /// A monitor of a value.
  public init(_ value: Value) {
    self.value = value
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Does something with the value. Short work only: others wait.
  public func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&value)
  }

  /// Changes the value and wakes who waits for it.
  public func update<Result>(_ body: (inout Value) -> Result) -> Result {
    let result = withLock(body)
    pthread_cond_broadcast(condition)
    return result
  }

  /// Waits until the value satisfies a condition or an instant of the monotonic clock has come, then does something with it.
  /// - Parameter deadline: nanoseconds of ``MonotonicTime``.
  public func wait<Result>(
    until deadline: Int64, for isReady: (Value) -> Bool, then body: (inout Value) -> Result
  ) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
    while !isReady(value) {
      if pthread_cond_timedwait(condition, mutex, &time) == ETIMEDOUT { break }
    }
    return body(&value)
  }
}

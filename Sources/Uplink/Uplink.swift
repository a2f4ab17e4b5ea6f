// The uplink's thread: the session bound to a connection and to the log.

public import Climate
import Controller
import Journal
import MQTT
public import Platform
import SyncProtocol

/// Sends the log upstream, in a thread of its own.
///
/// Whatever network and hub do, nobody waits for this thread: what it has to say goes into queues, and it reads the log beside its writer.
public final class Uplink: Sendable {
  private struct Wishes {
    var isStopping = false
    var mustHurry = false
    var hasNews = false
    var hasEnded = false
  }

  private let setup: UplinkSetup
  private let log: any UplinkLog
  private let host: any UplinkHost
  private let clock: @Sendable () -> Instant
  private let wishes = Monitor(Wishes())
  private let wakeUp: WakeUp

  /// An uplink that does nothing yet.
  /// - Parameter clock: the monotonic clock.
  public init(
    _ setup: UplinkSetup, log: any UplinkLog, host: any UplinkHost, clock: @escaping @Sendable () -> Instant
  ) throws(SystemError) {
    (self.setup, self.log, self.host, self.clock) = (setup, log, host, clock)
    wakeUp = try WakeUp()
  }

  /// The log has something new that must go at once.
  public func notice() {
    wishes.withLock { $0.hasNews = true }
    wakeUp.wake()
  }

  /// Everything that waits is to go now.
  public func hurry() {
    wishes.withLock { ($0.mustHurry, $0.hasNews) = (true, true) }
    wakeUp.wake()
  }

  /// Asks ``run()`` to end.
  /// - Parameter patience: how long to wait for it. The search for the host's address cannot be broken off; it is left alone then.
  public func stop(within patience: Duration) {
    wishes.update { $0.isStopping = true }
    wakeUp.wake()
    let due = MonotonicTime.now() + patience.nanoseconds
    wishes.wait(until: due, for: \.hasEnded) { _ in }
  }

  /// Runs until stopped.
  public func run() {
    defer { wishes.update { $0.hasEnded = true } }
    var run = UplinkRun(setup, log: log, host: host, now: clock())
    while true {
      let (isStopping, mustHurry, hasNews) = wishes.withLock { wishes in
        defer { (wishes.mustHurry, wishes.hasNews) = (false, false) }
        return (wishes.isStopping, wishes.mustHurry, wishes.hasNews)
      }
      if isStopping { break }
      if mustHurry { run.hurry(at: clock()) }
      run.pass(clock, hasNews: hasNews, wakeUp: wakeUp)
    }
    run.end()
  }
}

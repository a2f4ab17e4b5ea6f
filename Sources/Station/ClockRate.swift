// Whether the monotonic clock runs at the rate of the real-time clock chip.

import Climate
import Controller
import Platform

/// Compares the rate of the clock that all times of control are measured by with that of the real-time clock chip, which has a
/// crystal of its own.
///
/// Looked at once a minute. The chip tells whole seconds, which over ten minutes are 0.2 %. A chip that is set by the time service
/// makes one minute look long or short: a minute far from the others is left out.
///
/// A clock test of the kind that IEC 60730-1 annex H asks of class B controls. Boards without a chip have nothing to compare with.
struct ClockRate {
  /// How often the clocks are looked at.
  static let interval = Duration.seconds(60)
  /// Intervals that are judged together.
  static let window = 10
  /// How far apart the rates may be.
  static let limit = 0.02
  /// An interval in which the chip went so much further or less far than in the median one is one in which it was set, s.
  static let step = 5.0
  /// Intervals that may be left out; with more of them nothing is said.
  static let mostSteps = 2

  private var last: (now: Instant, chip: Int64)?
  private var intervals: [(length: Double, ahead: Double)] = []
  /// How much faster the chip runs than the monotonic clock, as a share; `nil` until a window is full.
  private(set) var difference: Double?

  /// Whether the rates are too far apart.
  var isWrong: Bool { difference.map { abs($0) > Self.limit } ?? false }

  /// Takes what both clocks say.
  /// - Parameter chip: seconds since 1970 of the chip; `nil` if there is none, or it does not answer.
  mutating func take(chip: Int64?, now: Instant) {
    guard let chip else {
      self = ClockRate()
      return
    }
    defer { last = (now, chip) }
    guard let last else { return }
    let length = Double(last.now.duration(to: now).nanoseconds) / 1e9
    guard length > 0 else { return }
    intervals.append((length, Double(chip) - Double(last.chip) - length))
    guard intervals.count >= Self.window else { return }
    intervals.removeFirst(intervals.count - Self.window)
    let median = intervals.map(\.ahead).sorted()[Self.window / 2]
    let kept = intervals.filter { abs($0.ahead - median) <= Self.step }
    guard intervals.count - kept.count <= Self.mostSteps else {
      difference = nil
      return
    }
    difference = kept.reduce(0) { $0 + $1.ahead } / kept.reduce(0) { $0 + $1.length }
  }
}

/// Looks at the clocks when it is time.
struct ClockRateWatch {
  /// Seconds since 1970, as the kernel's driver of the first chip tells them (Documentation/ABI/testing/rtc-cdev).
  private static let path = "/sys/class/rtc/rtc0/since_epoch"

  private var rate = ClockRate()
  private var next: Instant

  /// A watch that has not looked yet.
  init(at now: Instant) { next = now }

  /// What is wrong with the clocks. Can wait for a chip on a bus: not for the control step.
  /// - Parameter clock: the time now, read just after the chip.
  mutating func conditions(_ clock: () -> Instant) -> Set<AlarmID> {
    if clock() >= next {
      let chip = (try? TextFile.read(Self.path, limit: 64)).flatMap {
        Int64($0.drop { $0 == " " }.prefix { $0 != "\n" })
      }
      let now = clock()
      rate.take(chip: chip, now: now)
      next = now.advanced(by: ClockRate.interval)
    }
    return rate.isWrong ? [AlarmID(kind: .clockRate, subject: "clock")] : []
  }
}

// How much is written to the disk, and what is done when it is too much.

import Climate
import Platform

/// What the process has written to its disk in the last 24 h, hour by hour, against a cap.
///
/// Flash wears by what is written. Alarms and events reach the disk at once whatever it costs; samples can wait. Over the cap they wait
/// ten times as long, up to ``longestCommit``, until less than nine tenths of it have been written in 24 h.
struct WriteBudget {
  /// Longest time that samples wait when too much has been written.
  static let longestCommit = Duration.minutes(15)
  private static let stretch = 10
  private static let hour = Duration.hours(1)
  private static let hoursKept = 24

  /// Most bytes in 24 h.
  let cap: Int64
  /// Whether more than the cap has been written.
  private(set) var isOver = false

  private let began: Instant
  private var hourBegan: Instant
  /// Bytes of each hour, the present one last.
  private var hours: [Int64] = [0]
  private var last: (bytes: Int64, now: Instant)?

  init(cap: Int, at now: Instant) {
    self.cap = Int64(cap)
    (began, hourBegan) = (now, now)
  }

  /// Bytes written in the last 24 h, to within an hour, or since the start if that is less.
  var written: Int64 { hours.reduce(0, +) }

  /// Bytes written in 24 h at the pace of those that were; `nil` in the first hour, which has the start in it.
  var perDay: Int64? {
    guard let last, began.advanced(by: Self.hour) <= last.now else { return nil }
    let passed = Double(hours.count - 1) * Self.hour.inSeconds + hourBegan.duration(to: last.now).inSeconds
    return Int64(Double(written) / max(passed, 1) * Double(Self.hoursKept) * Self.hour.inSeconds)
  }

  /// Takes what the process has written since it was started.
  /// - Returns: whether ``isOver`` has changed.
  mutating func take(_ bytes: Int64, now: Instant) -> Bool {
    while hourBegan.advanced(by: Self.hour) <= now {
      hourBegan = hourBegan.advanced(by: Self.hour)
      hours.append(0)
      if hours.count > Self.hoursKept { hours.removeFirst() }
    }
    hours[hours.count - 1] += max(bytes - (last?.bytes ?? 0), 0)
    last = (bytes, now)
    let wasOver = isOver
    isOver = written > (isOver ? cap / 10 * 9 : cap)
    return isOver != wasOver
  }

  /// How long samples wait now.
  func commitInterval(usually usual: Duration) -> Duration {
    isOver ? max(usual, min(usual * Self.stretch, Self.longestCommit)) : usual
  }

  /// Bytes that the process has sent to its disks since it was started, as the kernel counts them (`write_bytes`, proc(5)); `nil` if
  /// it does not.
  static func bytesOfThisProcess() -> Int64? {
    let text = try? TextFile.read("/proc/self/io", limit: 4_096)
    let line = text?.split(separator: "\n").first { $0.hasPrefix("write_bytes:") }
    return line.flatMap { Int64($0.dropFirst("write_bytes:".count).drop { $0 == " " }) }
  }
}

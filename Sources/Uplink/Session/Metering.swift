// Links that cost: how many bytes a day, and at what time of the day.

import Climate
import Controller

/// A part of the day by the site's standard time.
public struct DailyWindow: Equatable, Sendable {
  /// Begins, from midnight on.
  public var from: Duration
  /// Ends; at or before ``from`` on the next day.
  public var to: Duration

  /// A part of the day.
  public init(from: Duration, to: Duration) { (self.from, self.to) = (from, to) }

  func contains(_ time: Duration) -> Bool { from < to ? time >= from && time < to : time >= from || time < to }
}

/// What a metered link allows.
public struct Metering: Equatable, Sendable {
  /// Most bytes in a day; `nil` for any number.
  public var dailyBudget: Int64?
  /// When to be connected; empty for always.
  public var schedule: [DailyWindow]
  /// The site's standard time less UTC.
  public var utcOffset: Duration

  /// What a link allows; by default everything.
  public init(dailyBudget: Int64? = nil, schedule: [DailyWindow] = [], utcOffset: Duration = .zero) {
    (self.dailyBudget, self.schedule, self.utcOffset) = (dailyBudget, schedule, utcOffset)
  }

  /// Whether it limits anything.
  var isLimited: Bool { dailyBudget != nil || !schedule.isEmpty }

  private static let day: Int64 = 86_400_000

  /// Milliseconds of the site's standard time; `nil` while nobody knows the time.
  private func local(_ wall: WallTime) -> Int64? {
    wall.trust == .unknown ? nil : wall.unixMilliseconds + utcOffset.nanoseconds / 1_000_000
  }

  /// The number of the day that bytes are counted in. While nobody knows the time, days are counted from boot.
  func dayNumber(_ wall: WallTime, now: Instant) -> Int64 {
    guard let local = local(wall) else { return -1 - now.nanoseconds / 1_000_000 / Self.day }
    return (local - (local % Self.day + Self.day) % Self.day) / Self.day
  }

  /// Whether the schedule allows a connection. While nobody knows the time it does: the hub may tell it.
  func isOpen(_ wall: WallTime) -> Bool {
    guard !schedule.isEmpty, let local = local(wall) else { return true }
    let time = Duration.milliseconds((local % Self.day + Self.day) % Self.day)
    return schedule.contains { $0.contains(time) }
  }
}

/// Bytes of a day.
struct ByteCount: Sendable {
  private(set) var bytes: Int64 = 0
  private var day: Int64?

  /// Goes on to another day, if it is one.
  mutating func move(to day: Int64) {
    guard day != self.day else { return }
    (self.day, bytes) = (day, 0)
  }

  mutating func add(_ count: Int) { bytes += Int64(count) }
}

// Local date and time as a plant needs them: for the sun, the season and the events of a scenario.

import Climate

/// A moment by the clock on the site's wall, without daylight-saving time.
public struct PlantTime: Hashable, Comparable, Sendable {
  /// Days since 1 January 1970, local date.
  public let dayNumber: Int
  /// Seconds since local midnight, 0..<86 400.
  public let secondOfDay: Double

  /// A moment from local seconds since 1970; fractions are kept to about a microsecond.
  public init(localSeconds: Double) {
    let day = (localSeconds / 86_400).rounded(.down)
    dayNumber = Int(day)
    secondOfDay = localSeconds - day * 86_400
  }

  /// A moment of wall time: milliseconds since 1970-01-01T00:00:00Z, on a site that is `utcOffset` ahead of UTC.
  public init(unixMilliseconds: Int64, utcOffset: Duration) {
    self.init(localSeconds: Double(unixMilliseconds) / 1000 + utcOffset.inSeconds)
  }

  /// A date of the Gregorian calendar; months from 1.
  public init(year: Int, month: Int, day: Int, hour: Double = 0) {
    let start = Self.dayNumber(year: year, month: month, day: day)
    self.init(localSeconds: Double(start) * 86_400 + hour * 3600)
  }

  /// Midnight at the beginning of a date such as `2026-04-01`; `nil` for anything else.
  public init?(date: String) {
    let parts = date.split(separator: "-", omittingEmptySubsequences: false).map { word in
      word.utf8.allSatisfy { ("0"..."9").contains(Unicode.Scalar($0)) } ? Int(word) : nil
    }
    guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2],
      (1970...2200).contains(year), (1...12).contains(month), day >= 1
    else { return nil }
    let nextMonth = Self.dayNumber(year: month == 12 ? year + 1 : year, month: month % 12 + 1, day: 1)
    guard day <= nextMonth - Self.dayNumber(year: year, month: month, day: 1) else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// Local seconds since 1970.
  public var localSeconds: Double { Double(dayNumber) * 86_400 + secondOfDay }

  /// Hours since local midnight.
  public var hour: Double { secondOfDay / 3600 }

  /// 1 for 1 January … 366.
  public var dayOfYear: Int {
    var year = 1970 + Int((Double(dayNumber) / 365.2425).rounded(.down))
    if Self.dayNumber(year: year + 1, month: 1, day: 1) <= dayNumber { year += 1 }
    if Self.dayNumber(year: year, month: 1, day: 1) > dayNumber { year -= 1 }
    return dayNumber - Self.dayNumber(year: year, month: 1, day: 1) + 1
  }

  /// The moment `duration` later.
  public func advanced(by duration: Duration) -> PlantTime {
    PlantTime(localSeconds: localSeconds + duration.inSeconds)
  }

  /// Earlier comes first.
  public static func < (left: PlantTime, right: PlantTime) -> Bool {
    (left.dayNumber, left.secondOfDay) < (right.dayNumber, right.secondOfDay)
  }

  /// Days since 1970-01-01, counting years from 1 March so that a leap day is the last of its year.
  private static func dayNumber(year: Int, month: Int, day: Int) -> Int {
    let shifted = month > 2 ? year : year - 1
    let fromMarch = (month + 9) % 12
    let leapDays = floorDivide(shifted, 4) - floorDivide(shifted, 100) + floorDivide(shifted, 400)
    return 365 * shifted + leapDays + (153 * fromMarch + 2) / 5 + day - 1 - 719_468
  }

  private static func floorDivide(_ a: Int, _ b: Int) -> Int {
    a >= 0 ? a / b : -((b - 1 - a) / b)
  }
}

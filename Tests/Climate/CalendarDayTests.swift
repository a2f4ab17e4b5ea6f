// Days of the year against a calendar.

import Climate
import Testing

@Suite("Calendar")
struct CalendarDayTests {
  /// Days since 1970-01-01, and the day of the year that Python's datetime gives.
  static let days: [(days: Int64, dayOfYear: Int)] = [
    (0, 1), (364, 365), (365, 1), (789, 60), (790, 61), (1_095, 366), (11_016, 60), (11_017, 61), (19_782, 60),
    (20_512, 59), (20_453, 365), (-1, 365), (-306, 60), (-25_508, 60), (47_540, 59), (47_541, 60),
  ]

  @Test("the day of the year follows leap years and centuries", arguments: days)
  func dayOfYear(row: (days: Int64, dayOfYear: Int)) {
    #expect(CalendarDay.dayOfYear(daysSince1970: row.days) == row.dayOfYear)
  }

  @Test("days follow one another for four hundred years")
  func sequence() {
    var last = CalendarDay.dayOfYear(daysSince1970: -1_000)
    for day in Int64(-999)...146_097 {
      let next = CalendarDay.dayOfYear(daysSince1970: day)
      #expect(next == last + 1 || next == 1 && (last == 365 || last == 366))
      last = next
    }
  }
}

// From a count of days to a day of the year.

/// Days of the Gregorian calendar, without a calendar library.
public enum CalendarDay {
  /// The day of the year, 1…366, of a day that is a number of days after 1970-01-01.
  ///
  /// Counted in years that begin with March, so that the leap day is the last (H. Hinnant, "chrono-Compatible Low-Level Date
  /// Algorithms", 2021).
  public static func dayOfYear(daysSince1970 days: Int64) -> Int {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let sinceMarch = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let isInNextYear = sinceMarch >= 306
    if isInNextYear { return Int(sinceMarch - 306) + 1 }
    let year = yearOfEra + era * 400
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return Int(sinceMarch) + (isLeap ? 61 : 60)
  }
}

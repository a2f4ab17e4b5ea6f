// Dates as they are typed.

import Simulator
import Testing

@Suite("Dates as typed") struct DateTests {
  @Test("a date is a day of the calendar", arguments: ["2026-04-01", "2024-02-29", "1970-1-1", "2200-12-31"])
  func date(_ text: String) throws {
    let parts = text.split(separator: "-").compactMap { Int($0) }
    let time = try #require(PlantTime(date: text))
    #expect(time == PlantTime(year: parts[0], month: parts[1], day: parts[2]))
  }

  @Test(
    "what is no day of the calendar is refused",
    arguments: [
      "", "2026-02-29", "2026-02-31", "2026-04-31", "2026-13-01", "2026-00-10", "2026-04-00", "1969-12-31",
      "2201-01-01",
      "2026-04-x-01", "2026--04-01", "+2026-04-01", "2026-04-01-", "-2026-04-01", "2026-04",
    ])
  func noDate(_ text: String) {
    #expect(PlantTime(date: text) == nil)
  }
}

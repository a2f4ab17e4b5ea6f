// Messages of the local service as programs read them.

import Foundation
import LocalService
import Testing

@Suite("Messages") struct MessageTests {
  @Test("times are ISO 8601 in UTC, and come back to the millisecond") func times() throws {
    let entry = EntryMessage(time: 1_776_637_800_123, what: "on", subject: "heater", detail: "", by: nil)
    let data = try #require(ServiceCoding.encode(entry))
    #expect(String(decoding: data, as: UTF8.self).contains("\"time\":\"2026-04-19T22:30:00.123Z\""))
    #expect(ServiceCoding.decode(EntryMessage.self, from: data) == entry)
  }

  @Test("times at the ends of the calendar come back, and those beyond, as a damaged log may hold, as its end")
  func endsOfTime() throws {
    let first: Int64 = -62_135_596_800_000
    let last: Int64 = 253_402_300_799_999
    for (time, expected) in [(first, first), (last, last), (.min, first), (.max, last)] {
      let entry = EntryMessage(time: time, what: "on", subject: "heater", detail: "", by: nil)
      let data = try #require(ServiceCoding.encode(entry))
      #expect(ServiceCoding.decode(EntryMessage.self, from: data)?.time == expected, "\(time)")
    }
  }

  @Test(
    "what is no time is refused",
    arguments: ["", "yesterday", "2026-13-01T00:00:00.000Z", "1776637800123", "99999-01-01T00:00:00.000Z"])
  func noTime(_ text: String) throws {
    let data = Data("{\"time\":\"\(text)\",\"what\":\"on\",\"subject\":\"heater\",\"detail\":\"\"}".utf8)
    #expect(ServiceCoding.decode(EntryMessage.self, from: data) == nil)
  }
}

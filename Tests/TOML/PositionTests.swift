// Positions of keys and values, and several errors in one pass.

import Testing

@testable import TOML

@Suite("Positions") struct PositionTests {
  @Test("A key and its value are told with line and column, counted in characters") func positions() throws {
    let document = TOMLDocument(parsing: "a = 1\n\"名\" = \"汉\" # c\n[t]\n  b = 2.5\n", file: "f")
    #expect(document.errors.isEmpty)
    let name = try #require(document.root.entry("名"))
    #expect(name.keyLocation == SourceLocation(file: "f", line: 2, column: 1))
    #expect(name.value.location == SourceLocation(file: "f", line: 2, column: 7))
    guard case .table(let table)? = document.root["t"]?.payload else { return #expect(Bool(false)) }
    #expect(table.entry("b")?.keyLocation == SourceLocation(file: "f", line: 4, column: 3))
  }

  @Test("A word with letters of several bytes is no date, and no crash") func notADate() {
    #expect(DateText.isDateOrTime("汉汉汉汉") == false)
    #expect(DateText.isDateOrTime("1979-05-27汉汉") == false)
    #expect(DateText.isDateOrTime("1979-05-27T07:32:00Z"))
  }

  @Test("Errors do not hide each other") func severalErrors() {
    let document = TOMLDocument(parsing: "a = 1\na = 2\nb = \"open\nc = 012\nd = 3\n", file: "f")
    #expect(document.errors.map(\.location.line) == [2, 3, 4])
    #expect(document.root["d"]?.payload == .integer(3))
  }

  @Test(
    "up to two quotation marks may stand before the closing three (TOML 1.0, strings)", arguments: ["\"", "'"], 0...2)
  func closingQuotes(_ quote: String, count: Int) {
    let (three, text) = (String(repeating: quote, count: 3), "a" + String(repeating: quote, count: count))
    let document = TOMLDocument(parsing: "key = \(three)\(text)\(three)\n", file: "f")
    #expect(document.errors.isEmpty && document.root["key"]?.payload == .string(text))
  }
}

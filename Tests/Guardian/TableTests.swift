// The guardian's table as a text file: what comes back, and what is refused with which words.

import Guardian
import Testing

@Suite("Guardian table")
struct TableTests {
  static let example = GuardianTable(
    outputs: [
      OutputLimits(
        name: "heater", chip: "pinctrl-bcm2835", line: 17, lineName: "GPIO17", failsafe: .off, maximumOn: 3_600_000,
        minimumOff: 120_000, startsPerHour: 12, evidenceSlot: 0, highLimit: 35_000),
      OutputLimits(
        name: "fan", chip: "pinctrl-bcm2835", line: 27, isActiveLow: true, failsafe: .duty(on: 120_000, period: 900_000)
      ),
      OutputLimits(
        name: "vent-open", chip: "pinctrl-bcm2835", line: 22, failsafe: .holdThenOff(milliseconds: 5_000), interlock: 1,
        deadTime: 1_500),
      OutputLimits(name: "vent-close", chip: "pinctrl-bcm2835", line: 23, failsafe: .on, interlock: 1),
      OutputLimits(name: "frost-guard", chip: "other", line: 0, evidenceSlot: 7, highLimit: -5_000),
    ], aliveLine: .init(chip: "pinctrl-bcm2835", line: 4))

  /// A table's text with the checksum it would have had if it had been written so.
  static func resealed(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let body = lines.dropLast(2).joined(separator: "\n") + "\n"
    let sum = String(CRC32.of(Array(body.utf8)), radix: 16)
    return body + "crc32 " + String(repeating: "0", count: 8 - sum.count) + sum + "\n"
  }

  private static func table(_ lines: String...) -> String {
    resealed("bombyx-guardian-table 1\n" + lines.joined(separator: "\n") + "\ncrc32 0\n")
  }

  private static func problem(in text: String) -> GuardianTableError? {
    do throws(GuardianTableError) {
      _ = try GuardianTable(text: text)
      return nil
    } catch {
      return error
    }
  }

  @Test("comes back from its text as it was, with the same identity")
  func roundTrip() throws {
    let read = try GuardianTable(text: Self.example.text)
    #expect(read == Self.example)
    #expect(read.hash == Self.example.hash)
  }

  @Test("with evidence but no high limit comes back as it was")
  func evidenceWithoutLimit() throws {
    let table = GuardianTable(outputs: [OutputLimits(name: "heater", chip: "chip", line: 1, evidenceSlot: 2)])
    #expect(try GuardianTable(text: table.text) == table)
  }

  @Test("without outputs is a table")
  func empty() throws {
    #expect(try GuardianTable(text: GuardianTable(outputs: []).text).outputs.isEmpty)
  }

  @Test("has another identity when any limit is another")
  func identity() {
    var table = Self.example
    table.outputs[0].maximumOn += 1
    #expect(table.hash != Self.example.hash)
  }

  @Test("is refused when any bit of its file is wrong")
  func bitFlips() {
    let original = Array(Self.example.text.utf8)
    for position in original.indices {
      for bit in [0, 3, 5, 7] as [UInt8] {
        var bytes = original
        bytes[position] ^= 1 << bit
        #expect(Self.problem(in: String(decoding: bytes, as: UTF8.self)) != nil, "byte \(position), bit \(bit)")
      }
    }
  }

  @Test("is refused when it is cut short anywhere")
  func truncation() {
    let text = Self.example.text
    for count in 0..<text.count {
      #expect(Self.problem(in: String(text.prefix(count))) != nil, "\(count) characters")
    }
  }

  @Test("refuses a file that is none, is cut short or was edited, and says which")
  func wholeFile() {
    #expect(Self.problem(in: "")?.problem.contains("does not begin with") == true)
    #expect(Self.problem(in: "bombyx-guardian-table 2\n")?.problem.contains("does not begin with") == true)
    #expect(Self.problem(in: "bombyx-guardian-table 1\n")?.problem.contains("cut short") == true)
    let edited = Self.example.text.replacingFirst("max-on-ms=3600000", with: "max-on-ms=9900000")
    #expect(Self.problem(in: edited)?.problem.contains("checksum does not fit") == true)
  }

  @Test(
    "refuses a wrong line and names line and fault",
    arguments: [
      ("pump name=a", "begins with neither"),
      ("", "begins with neither"),
      ("output chip=c line=1 active=high failsafe=off", "has no name="),
      ("output name= chip=c line=1 active=high failsafe=off", "has no name="),
      ("output name=a line=1 active=high failsafe=off", "has no chip="),
      ("output name=a chip=c active=high failsafe=off", "has no line="),
      ("output name=a chip=c line=1 failsafe=off", "has no active="),
      ("output name=a chip=c line=1 active=high", "has no failsafe="),
      ("output name=a chip=c line=4096 active=high failsafe=off", "line=4096 is no whole number from 0 to 4095"),
      ("output name=a chip=c line=-1 active=high failsafe=off", "line=-1 is no whole number"),
      ("output name=a chip=c line=1 active=hi failsafe=off", "active=hi is none of high, low"),
      ("output name=a chip=c line=1 active=high failsafe=maybe", "failsafe \"maybe\" is none of"),
      ("output name=a chip=c line=1 active=high failsafe=off:1", "is none of off, on"),
      ("output name=a chip=c line=1 active=high failsafe=hold", "is none of off, on"),
      ("output name=a chip=c line=1 active=high failsafe=hold:0", "is none of off, on"),
      ("output name=a chip=c line=1 active=high failsafe=duty:5", "is none of off, on"),
      ("output name=a chip=c line=1 active=high failsafe=duty:6000:5000", "is none of off, on"),
      ("output name=a chip=c line=1 active=high failsafe=duty:-1:5000", "is none of off, on"),
      ("output name=a chip=c line=1 active=high failsafe=duty:1:0", "is none of off, on"),
      ("output name=a chip=c line=1 active=high failsafe=off max-on-ms=0", "max-on-ms=0 is no whole number from 1"),
      ("output name=a chip=c line=1 active=high failsafe=off min-off-ms=x", "min-off-ms=x is no whole number"),
      ("output name=a chip=c line=1 active=high failsafe=off starts-per-hour=3601", "starts-per-hour=3601 is no"),
      ("output name=a chip=c line=1 active=high failsafe=off interlock=65", "interlock=65 is no whole number"),
      ("output name=a chip=c line=1 active=high failsafe=off interlock=1 dead-time-ms=-1", "dead-time-ms=-1 is no"),
      ("output name=a chip=c line=1 active=high failsafe=off evidence=8", "evidence=8 is no whole number from 0 to 7"),
      (
        "output name=a chip=c line=1 active=high failsafe=off evidence=0 high-limit-mc=200001",
        "high-limit-mc=200001 is no"
      ),
      ("output name=a chip=c line=1 active=high failsafe=off high-limit-mc=30000", "high-limit-mc=… needs evidence=…"),
      ("output name=a chip=c line=1 active=high failsafe=off dead-time-ms=1000", "dead-time-ms=… needs interlock=…"),
      ("output name=a chip=c line=1 active=high failsafe=off colour=red", "colour=… is not known"),
      ("output name=a chip=c line=1 active=high failsafe=off max-on-ms=5 max-on-ms=6", "max-on-ms=… stands twice"),
      ("alive chip=c", "has no line="),
      ("alive chip=c line=5000", "line=5000 is no whole number"),
      ("alive chip=c line=1 name=x", "name=… is not known"),
    ])
  func semanticErrors(line: String, message: String) throws {
    let error = try #require(Self.problem(in: Self.table("alive chip=z line=9", line)))
    #expect(error.line == 3)
    #expect(error.problem.contains(message))
    #expect(error.description.hasPrefix("line 3: "))
  }

  @Test("refuses two outputs of one name or on one line")
  func duplicates() {
    let first = "output name=a chip=c line=1 active=high failsafe=off"
    let sameName = Self.table(first, "output name=a chip=c line=2 active=high failsafe=off")
    #expect(Self.problem(in: sameName)?.problem == "output a stands twice")
    let sameLine = Self.table(first, "output name=b chip=c line=1 active=high failsafe=off")
    #expect(Self.problem(in: sameLine)?.problem == "line 1 of c is used twice")
  }

  @Test("refuses a second alive line, of which only one would be toggled")
  func aliveTwice() {
    let error = Self.problem(in: Self.table("alive chip=a line=1", "alive chip=a line=2"))
    #expect(error?.line == 3 && error?.problem.contains("alive stands twice") == true)
  }

  @Test("comes back with names that begin with a mark which joins the character before it")
  func combiningMark() throws {
    let table = GuardianTable(outputs: [OutputLimits(name: "\u{301}heater", chip: "\u{20D2}chip", line: 1)])
    #expect(try GuardianTable(text: table.text) == table)
  }

  @Test("refuses an alive line that is an output's line")
  func aliveOnOutput() {
    let text = Self.table("alive chip=c line=1", "output name=a chip=c line=1 active=high failsafe=off")
    #expect(Self.problem(in: text)?.problem == "line 1 of c is used twice")
    let reversed = Self.table("output name=a chip=c line=1 active=high failsafe=off", "alive chip=c line=1")
    #expect(Self.problem(in: reversed)?.problem == "line 1 of c is used twice")
  }

  @Test("refuses more outputs than a frame has bits")
  func tooMany() {
    let lines = (0..<33).map { "output name=o\($0) chip=c line=\($0) active=high failsafe=off" }
    let text = Self.table(lines.joined(separator: "\n"))
    #expect(Self.problem(in: text)?.problem.contains("has 33 outputs") == true)
    #expect(Self.problem(in: Self.table(lines.dropLast().joined(separator: "\n"))) == nil)
  }
}

extension String {
  fileprivate func replacingFirst(_ part: String, with other: String) -> String {
    guard let range = firstRange(of: part) else { return self }
    return replacingCharacters(from: range, with: other)
  }

  private func replacingCharacters(from range: Range<String.Index>, with other: String) -> String {
    String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
  }
}

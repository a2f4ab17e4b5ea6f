// The guardian's table.

import Guardian
import Simulator

/// Tables as text: one that is accepted prints to a text that reads as the same table, and the core can work with it.
struct GuardianTableTarget: FuzzTarget {
  let name = "guardian-table"
  let words = [
    "bombyx-guardian-table 1\n", "\ncrc32 ", "\nalive chip=c line=4", "\noutput name=", " chip=", " line=",
    " line-name=", " active=high", " active=low", " failsafe=", "off", "on", "hold:30000", "duty:60000:900000",
    " max-on-ms=", " min-off-ms=", " starts-per-hour=", " interlock=", " dead-time-ms=", " evidence=",
    " high-limit-mc=", "\n", "\r\n", " ", "=", ":", "\u{0}", "\u{301}", "4095", "86400000",
  ]
  let usualRuns: UInt64 = 200_000

  func madeInputs() -> [[UInt8]] {
    let tables = [
      GuardianTable(
        outputs: [
          OutputLimits(
            name: "heater", chip: "pinctrl-bcm2711", line: 17, maximumOn: 1_800_000, minimumOff: 60_000,
            startsPerHour: 12, evidenceSlot: 0, highLimit: 32_000),
          OutputLimits(
            name: "exhaust", chip: "pinctrl-bcm2711", line: 27, lineName: "GPIO27", isActiveLow: true,
            failsafe: .duty(on: 180_000, period: 900_000), interlock: 2, deadTime: 1_000),
          OutputLimits(
            name: "mister", chip: "pinctrl-bcm2711", line: 22, failsafe: .holdThenOff(milliseconds: 30_000),
            interlock: 2, deadTime: 1_000),
          OutputLimits(name: "循环", chip: "gpio-expander", line: 3, failsafe: .on),
        ], aliveLine: GuardianTable.AliveLine(chip: "pinctrl-bcm2711", line: 4)),
      GuardianTable(outputs: [OutputLimits(name: "light", chip: "c", line: 0)]),
    ]
    return tables.map { Array($0.text.utf8) }
  }

  /// Writes the right checksum on the last line, three times out of four.
  func finish(_ input: inout [UInt8], using random: inout SeededGenerator) {
    guard Int.random(in: 0..<4, using: &random) > 0 else { return }
    let newline = UInt8(ascii: "\n")
    let lines = input.split(separator: newline, omittingEmptySubsequences: false)
    guard lines.count > 2 else { return }
    let body = Array(lines.dropLast(2).joined(separator: [newline])) + [newline]
    let digits = String(CRC32.of(body), radix: 16)
    input = body + "crc32 \(String(repeating: "0", count: 8 - digits.count))\(digits)\n".utf8
  }

  func run(_ input: [UInt8]) throws -> Bool {
    guard let text = String(validating: input, as: UTF8.self) else { return false }
    let table: GuardianTable
    do throws(GuardianTableError) {
      table = try GuardianTable(text: text)
    } catch {
      let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).count
      try require((0...lines).contains(error.line), "the error names line \(error.line) of \(lines)")
      try require(!error.problem.isEmpty, "the error says nothing")
      return false
    }
    let again = Result { () throws(GuardianTableError) in try GuardianTable(text: table.text) }
    try require(again == .success(table), "the table prints to the text of another, or of none: \(again)")
    try require(
      text.unicodeScalars.split(separator: "\n").count { String($0).hasPrefix("alive ") } <= 1,
      "a table with two alive lines is accepted")
    var core = GuardianCore(table: table, now: 0)
    _ = core.initialLines(now: 0)
    _ = core.failsafeLines()
    for now in [1_000, 500_000, 86_400_000] as [Int64] {
      _ = core.cycle(
        now: now, frame: LeaseFrame(boot: 1, sequence: UInt64(now), tableHash: core.tableHash, wanted: .max))
    }
    return true
  }
}

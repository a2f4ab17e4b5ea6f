// The guardian table as a text file: written by `bombyx apply`, read by the guardian and by people.

extension GuardianTable {
  /// First line of every table.
  static let heading = "bombyx-guardian-table 1"

  /// The table as text, closed by the CRC-32 of all that stands before it.
  public var text: String {
    var body = Self.heading + "\n"
    if let alive = aliveLine { body += "alive chip=\(alive.chip) line=\(alive.line)\n" }
    for output in outputs { body += output.text + "\n" }
    return body + "crc32 \(Self.hexadecimal(CRC32.of(Array(body.utf8))))\n"
  }

  /// Identity of the table, carried by every lease frame: 64-bit FNV-1a of its text.
  public var hash: UInt64 { FNV1a.hash(of: Array(text.utf8)) }

  /// Reads a table.
  ///
  /// A table that has been changed by hand, cut short or damaged is refused whole.
  public init(text: String) throws(GuardianTableError) {
    // By scalars: a character may be a separator and a mark that joins it.
    let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard lines.first == Self.heading else {
      throw GuardianTableError(line: 1, problem: "does not begin with \"\(Self.heading)\"; write it with bombyx apply")
    }
    guard lines.count >= 3, lines.last == "", let seal = lines.dropLast().last else {
      throw GuardianTableError(line: 0, problem: "is cut short; write it again with bombyx apply")
    }
    let body = lines.dropLast(2).joined(separator: "\n") + "\n"
    guard seal == "crc32 \(Self.hexadecimal(CRC32.of(Array(body.utf8))))" else {
      throw GuardianTableError(
        line: lines.count - 1,
        problem: "checksum does not fit; the file was damaged or edited, write it again with bombyx apply")
    }
    self.init(outputs: [])
    for (index, line) in lines.dropLast(2).enumerated().dropFirst() {
      try take(line, number: index + 1)
    }
    guard outputs.count <= Self.maximumOutputs else {
      throw GuardianTableError(
        line: 0, problem: "has \(outputs.count) outputs; at most \(Self.maximumOutputs) are possible")
    }
  }

  private mutating func take(_ line: String, number: Int) throws(GuardianTableError) {
    let words = line.unicodeScalars.split(separator: " ").map(String.init)
    var fields = try Fields(words: words.dropFirst(), line: number)
    switch words.first {
    case "alive":
      let alive = AliveLine(chip: try fields.text("chip"), line: UInt32(try fields.number("line", in: 0...4095)))
      try fields.finish()
      try checkUnused(alive.line, of: alive.chip, number: number)
      guard aliveLine == nil else { throw GuardianTableError(line: number, problem: "alive stands twice") }
      aliveLine = alive
    case "output":
      let output = try OutputLimits(&fields)
      guard !outputs.contains(where: { $0.name == output.name }) else {
        throw GuardianTableError(line: number, problem: "output \(output.name) stands twice")
      }
      try checkUnused(output.line, of: output.chip, number: number)
      outputs.append(output)
    default:
      throw GuardianTableError(line: number, problem: "begins with neither \"output\" nor \"alive\"")
    }
    try fields.finish()
  }

  private func checkUnused(_ line: UInt32, of chip: String, number: Int) throws(GuardianTableError) {
    let isAlive = aliveLine.map { $0.chip == chip && $0.line == line } ?? false
    guard !isAlive, !outputs.contains(where: { $0.chip == chip && $0.line == line }) else {
      throw GuardianTableError(line: number, problem: "line \(line) of \(chip) is used twice")
    }
  }

  private static func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}

extension OutputLimits {
  fileprivate var text: String {
    var text =
      "output name=\(name) chip=\(chip) line=\(line) active=\(isActiveLow ? "low" : "high") failsafe=\(failsafe.text)"
    if !lineName.isEmpty { text += " line-name=\(lineName)" }
    if maximumOn > 0 { text += " max-on-ms=\(maximumOn)" }
    if minimumOff > 0 { text += " min-off-ms=\(minimumOff)" }
    if startsPerHour > 0 { text += " starts-per-hour=\(startsPerHour)" }
    if interlock > 0 { text += " interlock=\(interlock) dead-time-ms=\(deadTime)" }
    if let evidenceSlot { text += " evidence=\(evidenceSlot)" }
    if evidenceSlot != nil, highLimit < .max { text += " high-limit-mc=\(highLimit)" }
    return text
  }

  fileprivate init(_ fields: inout Fields) throws(GuardianTableError) {
    let day: Int64 = 86_400_000
    // A limit that has no effect would be believed to have one.
    try fields.require("evidence", with: "high-limit-mc")
    try fields.require("interlock", with: "dead-time-ms")
    self.init(
      name: try fields.text("name"), chip: try fields.text("chip"),
      line: UInt32(try fields.number("line", in: 0...4095)), lineName: fields.optionalText("line-name") ?? "",
      isActiveLow: try fields.choice("active", ["high", "low"]) == "low",
      failsafe: try Failsafe(text: try fields.text("failsafe"), line: fields.line),
      maximumOn: try fields.optionalNumber("max-on-ms", in: 1...day) ?? 0,
      minimumOff: try fields.optionalNumber("min-off-ms", in: 1...day) ?? 0,
      startsPerHour: Int(try fields.optionalNumber("starts-per-hour", in: 1...3600) ?? 0),
      interlock: Int(try fields.optionalNumber("interlock", in: 1...64) ?? 0),
      deadTime: try fields.optionalNumber("dead-time-ms", in: 0...day) ?? 0,
      evidenceSlot: try fields.optionalNumber("evidence", in: 0...Int64(LeaseFrame.evidenceSlots - 1)).map(Int.init),
      highLimit: Int32(try fields.optionalNumber("high-limit-mc", in: -50_000...200_000) ?? Int64(Int32.max)))
  }
}

extension Failsafe {
  fileprivate var text: String {
    switch self {
    case .off: "off"
    case .on: "on"
    case .holdThenOff(let milliseconds): "hold:\(milliseconds)"
    case .duty(let on, let period): "duty:\(on):\(period)"
    }
  }

  fileprivate init(text: String, line: Int) throws(GuardianTableError) {
    let parts = text.split(separator: ":").map(String.init)
    switch (parts.first, parts.dropFirst().map { Int64($0) }) {
    case ("off", let rest) where rest.isEmpty: self = .off
    case ("on", let rest) where rest.isEmpty: self = .on
    case ("hold", let rest):
      guard rest.count == 1, let hold = rest.first ?? nil, (1...3_600_000).contains(hold) else { fallthrough }
      self = .holdThenOff(milliseconds: hold)
    case ("duty", let rest):
      guard rest.count == 2, let on = rest.first ?? nil, let period = rest.last ?? nil,
        (1_000...86_400_000).contains(period),
        (0...period).contains(on)
      else { fallthrough }
      self = .duty(on: on, period: period)
    default:
      throw GuardianTableError(
        line: line, problem: "failsafe \"\(text)\" is none of off, on, hold:<ms>, duty:<on ms>:<period ms>")
    }
  }
}

/// The `name=value` words of one line.
private struct Fields {
  let line: Int
  private var values: [String: String] = [:]

  init(words: ArraySlice<String>, line: Int) throws(GuardianTableError) {
    self.line = line
    for word in words {
      let parts = word.unicodeScalars.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = parts.first.map(String.init) ?? word
      guard values[name] == nil else { throw GuardianTableError(line: line, problem: "\(name)=… stands twice") }
      values[name] = parts.count == 2 ? String(parts[1]) : ""
    }
  }

  /// Refuses a field that means nothing without another.
  func require(_ needed: String, with name: String) throws(GuardianTableError) {
    guard values[name] == nil || values[needed] != nil else {
      throw GuardianTableError(line: line, problem: "\(name)=… needs \(needed)=…")
    }
  }

  mutating func optionalText(_ name: String) -> String? { values.removeValue(forKey: name) }

  mutating func text(_ name: String) throws(GuardianTableError) -> String {
    guard let value = optionalText(name), !value.isEmpty else {
      throw GuardianTableError(line: line, problem: "has no \(name)=…")
    }
    return value
  }

  mutating func choice(_ name: String, _ choices: [String]) throws(GuardianTableError) -> String {
    let value = try text(name)
    guard choices.contains(value) else {
      throw GuardianTableError(line: line, problem: "\(name)=\(value) is none of \(choices.joined(separator: ", "))")
    }
    return value
  }

  mutating func optionalNumber(_ name: String, in range: ClosedRange<Int64>) throws(GuardianTableError) -> Int64? {
    guard let value = optionalText(name) else { return nil }
    guard let number = Int64(value), range.contains(number) else {
      throw GuardianTableError(
        line: line, problem: "\(name)=\(value) is no whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  mutating func number(_ name: String, in range: ClosedRange<Int64>) throws(GuardianTableError) -> Int64 {
    guard let number = try optionalNumber(name, in: range) else {
      throw GuardianTableError(line: line, problem: "has no \(name)=…")
    }
    return number
  }

  func finish() throws(GuardianTableError) {
    if let name = values.keys.min() {
      throw GuardianTableError(line: line, problem: "\(name)=… is not known")
    }
  }
}

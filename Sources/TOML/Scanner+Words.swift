// Numbers, truth values, dates.

extension Scanner {
  mutating func parseWord() throws(TOMLError) -> TOMLValue.Payload {
    let start = location
    var word = takeWord()
    // A date may be parted from its time by one blank instead of a T.
    if DateText.isDate(word), peek == " ", let digit = scalar(1), ("0"..."9").contains(digit) {
      skip()
      word += " " + takeWord()
    }
    if let payload = Self.payload(of: word) { return payload }
    if word.isEmpty {
      throw TOMLError(location: start, english: "expected a value", chinese: "此处应为值")
    }
    throw TOMLError(
      location: start, english: "\"\(word)\" is no number, date, true or false; text needs quotation marks",
      chinese: "“\(word)”不是数字、日期、true 或 false；文本须加引号")
  }

  private mutating func takeWord() -> String {
    var word = ""
    while let next = peek, !Self.endsWord(next) {
      word.unicodeScalars.append(next)
      skip()
    }
    return word
  }

  private static func endsWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case " ", "\t", "\n", "\r", ",", "]", "}", "#", "=", "[", "{", "\"", "'": true
    default: isControl(scalar)
    }
  }

  private static func payload(of word: String) -> TOMLValue.Payload? {
    switch word {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "inf", "+inf": return .float(.infinity)
    case "-inf": return .float(-.infinity)
    case "nan", "+nan", "-nan": return .float(.nan)
    default: break
    }
    if let integer = integer(word) { return .integer(integer) }
    if let float = float(word) { return .float(float) }
    return DateText.isDateOrTime(word) ? .dateTime(word) : nil
  }

  private static func integer(_ word: String) -> Int64? {
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where word.hasPrefix(prefix) {
      guard let digits = withoutUnderscores(String(word.dropFirst(2)), radix: radix) else { return nil }
      return Int64(digits, radix: radix)
    }
    let hasSign = word.hasPrefix("+") || word.hasPrefix("-")
    let unsigned = hasSign ? String(word.dropFirst()) : word
    guard let digits = withoutUnderscores(unsigned, radix: 10), digits == "0" || !digits.hasPrefix("0") else {
      return nil
    }
    return Int64((word.hasPrefix("-") ? "-" : "") + digits)
  }

  private static func float(_ word: String) -> Double? {
    let hasSign = word.hasPrefix("+") || word.hasPrefix("-")
    let unsigned = hasSign ? String(word.dropFirst()) : word
    let parts = unsigned.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
    let lowered =
      parts.count == 1 ? unsigned.split(separator: "E", maxSplits: 1, omittingEmptySubsequences: false) : parts
    guard let mantissa = lowered.first, isMantissa(String(mantissa)) else { return nil }
    if lowered.count == 2 {
      let exponent = lowered[1].hasPrefix("+") || lowered[1].hasPrefix("-") ? lowered[1].dropFirst() : lowered[1]
      guard withoutUnderscores(String(exponent), radix: 10) != nil else { return nil }
    } else if !mantissa.contains(".") {
      return nil
    }
    return Double(word.filter { $0 != "_" })
  }

  private static func isMantissa(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard (1...2).contains(parts.count), let whole = parts.first, let digits = withoutUnderscores(whole, radix: 10),
      digits == "0" || !digits.hasPrefix("0")
    else { return false }
    return parts.dropFirst().allSatisfy { withoutUnderscores($0, radix: 10) != nil }
  }

  /// The digits without underscores, each of which must stand between two digits; `nil` if anything else is there.
  private static func withoutUnderscores(_ text: String, radix: Int) -> String? {
    let groups = text.split(separator: "_", omittingEmptySubsequences: false)
    guard groups.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isASCII && ($0.hexDigitValue ?? 99) < radix } }) else {
      return nil
    }
    return groups.joined()
  }
}

/// Dates and times in the forms of RFC 3339.
enum DateText {
  static func isDate(_ text: String) -> Bool {
    guard let parts = numbers(text, lengths: [4, 2, 2], separator: "-") else { return false }
    return (1...12).contains(parts[1]) && (1...days(in: parts[1], of: parts[0])).contains(parts[2])
  }

  static func isDateOrTime(_ text: String) -> Bool {
    if isDate(text) || isTime(text) { return true }
    guard text.utf8.count > 11, text.allSatisfy(\.isASCII) else { return false }
    let split = text.index(text.startIndex, offsetBy: 10)
    guard isDate(String(text[..<split])), "Tt ".contains(text[split]) else { return false }
    return isTime(withoutOffset(String(text[text.index(after: split)...])))
  }

  private static func isTime(_ text: String) -> Bool {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let clock = parts.first, let numbers = numbers(clock, lengths: [2, 2, 2], separator: ":"), numbers[0] < 24,
      numbers[1] < 60, numbers[2] < 61
    else { return false }
    return parts.dropFirst().allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }
  }

  private static func withoutOffset(_ time: String) -> String {
    if time.hasSuffix("Z") || time.hasSuffix("z") { return String(time.dropLast()) }
    let offset = String(time.suffix(6))
    guard let sign = offset.first, "+-".contains(sign),
      let numbers = numbers(String(offset.dropFirst()), lengths: [2, 2], separator: ":"), numbers[0] < 24,
      numbers[1] < 60
    else { return time }
    return String(time.dropLast(6))
  }

  private static func numbers(_ text: String, lengths: [Int], separator: Character) -> [Int]? {
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    guard parts.count == lengths.count else { return nil }
    var numbers: [Int] = []
    for (part, length) in zip(parts, lengths) {
      guard part.utf8.count == length, part.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(part) else {
        return nil
      }
      numbers.append(number)
    }
    return numbers
  }

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
  }
}

// Strings and their escapes.

extension Scanner {
  mutating func parseBasicString() throws(TOMLError) -> String {
    var text = ""
    skip()
    while let next = peek, next != "\n" {
      if take("\"") { return text }
      if next == "\\" {
        text.unicodeScalars.append(try parseEscape())
      } else {
        try append(next, to: &text)
      }
    }
    throw error("the text is not closed with a quotation mark", "文本缺少结束引号")
  }

  mutating func parseLiteralString() throws(TOMLError) -> String {
    var text = ""
    skip()
    while let next = peek, next != "\n" {
      if take("'") { return text }
      try append(next, to: &text)
    }
    throw error("the text is not closed with an apostrophe", "文本缺少结束单引号")
  }

  mutating func parseLongString(quote: Unicode.Scalar) throws(TOMLError) -> String {
    let start = location
    var text = ""
    skip(3)
    _ = takeNewline()
    while let next = peek {
      if next == quote, scalar(1) == quote, scalar(2) == quote {
        // One or two quotation marks may stand directly before the closing three.
        for _ in 0..<2 where scalar(3) == quote {
          text.unicodeScalars.append(quote)
          skip()
        }
        skip(3)
        return text
      }
      if next == "\\", quote == "\"" {
        if !skipLineEndingBackslash() { text.unicodeScalars.append(try parseEscape()) }
      } else if takeNewline() {
        text.append("\n")
      } else {
        try append(next, to: &text)
      }
    }
    throw TOMLError(
      location: start, english: "the text over several lines is never closed", chinese: "多行文本没有结束")
  }

  private mutating func append(_ scalar: Unicode.Scalar, to text: inout String) throws(TOMLError) {
    guard !Self.isControl(scalar) else {
      throw error("a control character in the text; write it as \\u00XX", "文本中有控制字符，请写成 \\u00XX")
    }
    text.unicodeScalars.append(scalar)
    skip()
  }

  /// A backslash at the end of a line takes all white space up to the next text away.
  private mutating func skipLineEndingBackslash() -> Bool {
    var ahead = 1
    while let next = scalar(ahead), next == " " || next == "\t" || next == "\r" { ahead += 1 }
    guard scalar(ahead) == "\n" else { return false }
    skip(ahead + 1)
    while let next = peek, next == " " || next == "\t" || next == "\r" || next == "\n" { skip() }
    return true
  }

  private mutating func parseEscape() throws(TOMLError) -> Unicode.Scalar {
    let plain: [Unicode.Scalar: Unicode.Scalar] = [
      "b": "\u{08}", "t": "\t", "n": "\n", "f": "\u{0C}", "r": "\r", "\"": "\"", "\\": "\\",
    ]
    let letter = scalar(1)
    if let letter, let meaning = plain[letter] {
      skip(2)
      return meaning
    }
    guard letter == "u" || letter == "U" else {
      throw error(
        "unknown escape; known are \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX",
        "未知转义；可用 \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX")
    }
    let count = letter == "u" ? 4 : 8
    var digits = ""
    for ahead in 2..<(2 + count) {
      if let digit = scalar(ahead) { digits.unicodeScalars.append(digit) }
    }
    guard digits.allSatisfy({ $0.isHexDigit && $0.isASCII }), let value = UInt32(digits, radix: 16),
      digits.unicodeScalars.count == count, let result = Unicode.Scalar(value)
    else {
      throw error(
        "\\\(letter == "u" ? "u" : "U") needs \(count) hexadecimal digits of a character", "转义需要 \(count) 位十六进制数")
    }
    skip(2 + count)
    return result
  }
}

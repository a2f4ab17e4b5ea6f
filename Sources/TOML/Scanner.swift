// Characters, keys and values.

/// Reads a document's characters.
struct Scanner {
  private let scalars: [Unicode.Scalar]
  private let file: String
  private var position = 0
  private var line = 1
  private var lineStart = 0

  init(text: String, file: String) {
    scalars = Array(text.unicodeScalars)
    self.file = file
  }

  // MARK: Characters

  var isAtEnd: Bool { position >= scalars.count }

  var peek: Unicode.Scalar? { scalar(0) }

  var location: SourceLocation { SourceLocation(file: file, line: line, column: position - lineStart + 1) }

  func scalar(_ ahead: Int) -> Unicode.Scalar? {
    let index = position + ahead
    return scalars.indices.contains(index) ? scalars[index] : nil
  }

  func error(_ english: String, _ chinese: String) -> TOMLError {
    TOMLError(location: location, english: english, chinese: chinese)
  }

  mutating func skip(_ count: Int = 1) {
    for _ in 0..<count {
      guard let scalar = peek else { return }
      position += 1
      if scalar == "\n" { (line, lineStart) = (line + 1, position) }
    }
  }

  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == scalar else { return false }
    skip()
    return true
  }

  mutating func takeNewline() -> Bool {
    if peek == "\r", scalar(1) == "\n" { skip() }
    return take("\n")
  }

  mutating func skipBlanks() {
    while peek == " " || peek == "\t" { skip() }
  }

  mutating func skipLine() {
    while let next = peek, next != "\n" { skip() }
    skip()
  }

  mutating func skipComment() throws(TOMLError) {
    guard peek == "#" else { return }
    while let next = peek, next != "\n", !(next == "\r" && scalar(1) == "\n") {
      guard !Self.isControl(next) else { throw error("a control character in a comment", "注释中有控制字符") }
      skip()
    }
  }

  /// Blanks, comments and line ends between the elements of an array.
  private mutating func skipWhitespace() throws(TOMLError) {
    while true {
      skipBlanks()
      try skipComment()
      guard takeNewline() else { return }
    }
  }

  static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    (scalar.value < 0x20 && scalar != "\t") || scalar.value == 0x7F
  }

  // MARK: Keys

  mutating func parseKey() throws(TOMLError) -> [KeyPart] {
    var parts: [KeyPart] = []
    repeat {
      skipBlanks()
      let start = location
      let name: String
      switch peek {
      case "\"": name = try parseBasicString()
      case "'": name = try parseLiteralString()
      default: name = parseBareKey()
      }
      if name.isEmpty, scalar(-1) != "\"", scalar(-1) != "'" {
        throw error(
          "expected a key of letters, digits, - and _; other characters need quotes", "此处应为键名（字母、数字、- 和 _，其他字符需加引号）")
      }
      parts.append(KeyPart(name: name, location: start))
      guard parts.count <= TOMLDocument.depthLimit else { throw error("the key is too deep", "键嵌套过深") }
      skipBlanks()
    } while take(".")
    return parts
  }

  private mutating func parseBareKey() -> String {
    var name = ""
    while let next = peek, Self.isBareKey(next) {
      name.unicodeScalars.append(next)
      skip()
    }
    return name
  }

  private static func isBareKey(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
    default: false
    }
  }

  // MARK: Values

  mutating func parseValue(depth: Int) throws(TOMLError) -> TOMLValue {
    guard depth < TOMLDocument.depthLimit else {
      throw error("arrays and tables are nested too deep", "数组或表嵌套过深")
    }
    let start = location
    switch peek {
    case "\"":
      let isLong = scalar(1) == "\"" && scalar(2) == "\""
      return TOMLValue(.string(try isLong ? parseLongString(quote: "\"") : parseBasicString()), at: start)
    case "'":
      let isLong = scalar(1) == "'" && scalar(2) == "'"
      return TOMLValue(.string(try isLong ? parseLongString(quote: "'") : parseLiteralString()), at: start)
    case "[": return TOMLValue(.array(try parseArray(depth: depth)), at: start)
    case "{": return TOMLValue(.table(try parseInlineTable(depth: depth)), at: start)
    default: return TOMLValue(try parseWord(), at: start)
    }
  }

  private mutating func parseArray(depth: Int) throws(TOMLError) -> [TOMLValue] {
    var values: [TOMLValue] = []
    skip()
    while true {
      try skipWhitespace()
      if take("]") { return values }
      values.append(try parseValue(depth: depth + 1))
      try skipWhitespace()
      if take("]") { return values }
      guard take(",") else { throw error("expected , or ] in the array", "数组中应为 , 或 ]") }
    }
  }

  private mutating func parseInlineTable(depth: Int) throws(TOMLError) -> TOMLTable {
    var builder = DocumentBuilder(at: location)
    skip()
    skipBlanks()
    if take("}") { return builder.root.frozen }
    while true {
      let path = try parseKey()
      guard take("=") else { throw error("expected = after the key", "键之后应为 =") }
      skipBlanks()
      try builder.add(path, try parseValue(depth: depth + 1))
      skipBlanks()
      if take("}") { return builder.root.frozen }
      guard take(",") else {
        throw error("expected , or } in the table; it must stand on one line", "内联表中应为 , 或 }，且须写在一行")
      }
    }
  }
}

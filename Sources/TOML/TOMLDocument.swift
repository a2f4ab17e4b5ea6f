// A TOML 1.0 parser that remembers where every key and value stands.
//
// It exists because a configuration's faults must be told with file, line and column, and no Swift library for TOML keeps the
// places of keys and values.

/// A parsed document.
public struct TOMLDocument: Sendable {
  /// Largest document, bytes.
  public static let sizeLimit = 1 << 20
  /// Deepest nesting of arrays and inline tables.
  public static let depthLimit = 64

  /// The document's top table; what could be read of it if there were errors.
  public let root: TOMLTable
  /// All that is wrong, in the order of the file.
  public let errors: [TOMLError]

  /// Parses a document. After an error it goes on with the next line, so that one pass finds them all.
  public init(parsing text: String, file: String) {
    guard text.utf8.count <= Self.sizeLimit else {
      let start = SourceLocation(file: file, line: 1, column: 1)
      root = TOMLTable(at: start)
      errors = [
        TOMLError(location: start, english: "the file is larger than 1 MiB", chinese: "文件超过1 MiB")
      ]
      return
    }
    var parser = Parser(text: text, file: file)
    parser.parseDocument()
    (root, errors) = (parser.builder.root.frozen, parser.errors)
  }
}

/// Reads lines: headings and key–value pairs.
struct Parser {
  var scanner: Scanner
  var builder: DocumentBuilder
  var errors: [TOMLError] = []

  init(text: String, file: String) {
    scanner = Scanner(text: text, file: file)
    builder = DocumentBuilder(at: scanner.location)
  }

  mutating func parseDocument() {
    while !scanner.isAtEnd {
      do throws(TOMLError) {
        try parseLine()
      } catch {
        errors.append(error)
        scanner.skipLine()
      }
    }
  }

  private mutating func parseLine() throws(TOMLError) {
    scanner.skipBlanks()
    switch scanner.peek {
    case nil: return
    case "\n", "\r", "#": break
    case "[": try parseHeading()
    default: try parsePair()
    }
    try endLine()
  }

  private mutating func endLine() throws(TOMLError) {
    scanner.skipBlanks()
    try scanner.skipComment()
    guard scanner.isAtEnd || scanner.takeNewline() else {
      throw scanner.error("unexpected text after the value; begin a new line", "值之后有多余内容，请另起一行")
    }
  }

  private mutating func parseHeading() throws(TOMLError) {
    let location = scanner.location
    scanner.skip()
    let isArray = scanner.take("[")
    scanner.skipBlanks()
    let path = try parseKey()
    guard scanner.take("]"), !isArray || scanner.take("]") else {
      throw scanner.error(
        "the heading is not closed with \(isArray ? "]]" : "]")", "表头缺少 \(isArray ? "]]" : "]")")
    }
    try builder.open(path, isArray: isArray, at: location)
  }

  private mutating func parsePair() throws(TOMLError) {
    let path = try parseKey()
    guard scanner.take("=") else { throw scanner.error("expected = after the key", "键之后应为 =") }
    scanner.skipBlanks()
    let value = try scanner.parseValue(depth: 0)
    try builder.add(path, value)
  }

  private mutating func parseKey() throws(TOMLError) -> [KeyPart] { try scanner.parseKey() }
}

/// A part of a dotted key.
struct KeyPart {
  var name: String
  var location: SourceLocation
}

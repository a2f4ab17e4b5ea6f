// Values of a TOML document, each with its place.

/// A place in a file.
public struct SourceLocation: Equatable, Comparable, Hashable, Sendable, CustomStringConvertible {
  /// Name of the file.
  public var file: String
  /// Line, from 1.
  public var line: Int
  /// Column in characters, from 1.
  public var column: Int

  /// A place from its parts.
  public init(file: String, line: Int, column: Int) {
    (self.file, self.line, self.column) = (file, line, column)
  }

  /// `file:line:column`, as editors and compilers write it.
  public var description: String { "\(file):\(line):\(column)" }

  /// Earlier in the file comes first.
  public static func < (left: SourceLocation, right: SourceLocation) -> Bool {
    (left.file, left.line, left.column) < (right.file, right.line, right.column)
  }
}

/// A value with its place.
public struct TOMLValue: Equatable, Sendable {
  /// What a value can be.
  public enum Payload: Equatable, Sendable {
    /// Text.
    case string(String)
    /// A whole number.
    case integer(Int64)
    /// A number with a fraction or an exponent, or `inf`, or `nan`.
    case float(Double)
    /// `true` or `false`.
    case boolean(Bool)
    /// A date, a time or both, as written.
    case dateTime(String)
    /// Values in brackets.
    case array([TOMLValue])
    /// Keys with values.
    case table(TOMLTable)
  }

  /// The value.
  public var payload: Payload
  /// Where it begins.
  public var location: SourceLocation

  /// A value at a place.
  public init(_ payload: Payload, at location: SourceLocation) {
    (self.payload, self.location) = (payload, location)
  }
}

/// Keys with values, in the order of the file.
public struct TOMLTable: Equatable, Sendable {
  /// A key with its value.
  public struct Entry: Equatable, Sendable {
    /// The key, without quotes.
    public var key: String
    /// Where the key stands.
    public var keyLocation: SourceLocation
    /// The value.
    public var value: TOMLValue
  }

  /// The entries, in the order of the file.
  public internal(set) var entries: [Entry] = []
  /// Where the table begins.
  public var location: SourceLocation

  /// A table without entries.
  public init(at location: SourceLocation) { self.location = location }

  /// The entry of a key.
  public func entry(_ key: String) -> Entry? { entries.first { $0.key == key } }

  /// The value of a key.
  public subscript(key: String) -> TOMLValue? { entry(key)?.value }

  /// Adds an entry, or replaces the one with the same key.
  public mutating func set(_ entry: Entry) {
    if let index = entries.firstIndex(where: { $0.key == entry.key }) {
      entries[index] = entry
    } else {
      entries.append(entry)
    }
  }

  /// This table laid over another: tables merge, arrays of tables merge by their `name`, everything else is replaced.
  public func laying(over base: TOMLTable) -> TOMLTable {
    var result = base
    for entry in entries {
      var merged = entry
      if let below = base[entry.key] { merged.value = entry.value.laying(over: below) }
      result.set(merged)
    }
    return result
  }
}

extension TOMLValue {
  fileprivate func laying(over base: TOMLValue) -> TOMLValue {
    switch (payload, base.payload) {
    case (.table(let upper), .table(let lower)):
      return TOMLValue(.table(upper.laying(over: lower)), at: location)
    case (.array(let upper), .array(let lower)):
      guard upper.allSatisfy({ $0.name != nil }), lower.allSatisfy({ $0.name != nil }) else { return self }
      var result = lower
      for element in upper {
        if let index = result.firstIndex(where: { $0.name == element.name }) {
          result[index] = element.laying(over: result[index])
        } else {
          result.append(element)
        }
      }
      return TOMLValue(.array(result), at: location)
    default:
      return self
    }
  }

  /// The `name` of an element of an array of tables.
  private var name: String? {
    guard case .table(let table) = payload, case .string(let name) = table["name"]?.payload else { return nil }
    return name
  }
}

/// What is wrong with a document, and where.
public struct TOMLError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Where.
  public var location: SourceLocation
  /// What, and what would be right, in English.
  public var english: String
  /// The same in Chinese.
  public var chinese: String

  /// The value's type, for messages to people.
  public var description: String { "\(location): \(english)" }
}

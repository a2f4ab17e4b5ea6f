// From headings and pairs to tables: who may define what, and how often.

/// A table while the document is being read, with what the format's rules need to know of it.
final class TableBuilder {
  enum Child {
    case value(TOMLValue)
    case table(TableBuilder)
    case array([TableBuilder])
  }

  /// How a table came to be, which decides who may add to it.
  enum Origin {
    /// By a heading below it: `[a.b]` makes `a`.
    case implied
    /// By its own heading.
    case heading
    /// By a dotted key: `a.b = 1` makes `a`.
    case dotted
  }

  let location: SourceLocation
  var origin: Origin
  private(set) var children: [(key: String, location: SourceLocation, child: Child)] = []

  init(at location: SourceLocation, origin: Origin) {
    (self.location, self.origin) = (location, origin)
  }

  func child(_ key: String) -> (location: SourceLocation, child: Child)? {
    children.first { $0.key == key }.map { ($0.location, $0.child) }
  }

  func set(_ part: KeyPart, _ child: Child) {
    if let index = children.firstIndex(where: { $0.key == part.name }) {
      children[index].child = child
    } else {
      children.append((part.name, part.location, child))
    }
  }

  /// The finished table.
  var frozen: TOMLTable {
    var table = TOMLTable(at: location)
    table.entries = children.map { key, location, child in
      let value: TOMLValue
      switch child {
      case .value(let plain): value = plain
      case .table(let builder): value = TOMLValue(.table(builder.frozen), at: location)
      case .array(let builders):
        value = TOMLValue(.array(builders.map { TOMLValue(.table($0.frozen), at: $0.location) }), at: location)
      }
      return TOMLTable.Entry(key: key, keyLocation: location, value: value)
    }
    return table
  }
}

/// Puts headings and pairs where they belong.
struct DocumentBuilder {
  let root: TableBuilder
  private var current: TableBuilder

  init(at location: SourceLocation) {
    root = TableBuilder(at: location, origin: .heading)
    current = root
  }

  /// Opens the table of a heading.
  mutating func open(_ path: [KeyPart], isArray: Bool, at location: SourceLocation) throws(TOMLError) {
    guard let last = path.last else { return }
    var table = root
    for part in path.dropLast() { table = try step(into: part, of: table) }
    current = isArray ? try appendElement(last, to: table, at: location) : try openTable(last, in: table, at: location)
  }

  /// Adds a pair to the open table.
  mutating func add(_ path: [KeyPart], _ value: TOMLValue) throws(TOMLError) {
    guard let last = path.last else { return }
    var table = current
    for part in path.dropLast() { table = try dottedStep(into: part, of: table) }
    if let existing = table.child(last.name) { throw Self.redefinition(of: last, first: existing.location) }
    table.set(last, .value(value))
  }

  private func step(into part: KeyPart, of table: TableBuilder) throws(TOMLError) -> TableBuilder {
    switch table.child(part.name)?.child {
    case nil:
      let new = TableBuilder(at: part.location, origin: .implied)
      table.set(part, .table(new))
      return new
    case .table(let existing): return existing
    case .array(let elements):
      guard let last = elements.last else { throw Self.notATable(part) }
      return last
    case .value: throw Self.notATable(part)
    }
  }

  private func dottedStep(into part: KeyPart, of table: TableBuilder) throws(TOMLError) -> TableBuilder {
    switch table.child(part.name) {
    case nil:
      let new = TableBuilder(at: part.location, origin: .dotted)
      table.set(part, .table(new))
      return new
    case (_, .table(let existing))?:
      guard existing.origin == .dotted else { throw Self.redefinition(of: part, first: existing.location) }
      return existing
    case (let first, .array)?: throw Self.redefinition(of: part, first: first)
    case (_, .value)?: throw Self.notATable(part)
    }
  }

  private func openTable(
    _ part: KeyPart, in table: TableBuilder, at location: SourceLocation
  ) throws(TOMLError) -> TableBuilder {
    switch table.child(part.name) {
    case nil:
      let new = TableBuilder(at: location, origin: .heading)
      table.set(part, .table(new))
      return new
    case (_, .table(let existing))?:
      guard existing.origin == .implied else { throw Self.redefinition(of: part, first: existing.location) }
      existing.origin = .heading
      return existing
    case (let first, .array)?, (let first, .value)?: throw Self.redefinition(of: part, first: first)
    }
  }

  private func appendElement(
    _ part: KeyPart, to table: TableBuilder, at location: SourceLocation
  ) throws(TOMLError) -> TableBuilder {
    let new = TableBuilder(at: location, origin: .heading)
    switch table.child(part.name) {
    case nil: table.set(part, .array([new]))
    case (_, .array(let elements))?: table.set(part, .array(elements + [new]))
    case (let first, .table)?, (let first, .value)?: throw Self.redefinition(of: part, first: first)
    }
    return new
  }

  private static func redefinition(of part: KeyPart, first: SourceLocation) -> TOMLError {
    TOMLError(
      location: part.location, english: "\"\(part.name)\" is defined twice; first at line \(first.line)",
      chinese: "“\(part.name)”重复定义，首次在第 \(first.line) 行")
  }

  private static func notATable(_ part: KeyPart) -> TOMLError {
    TOMLError(
      location: part.location, english: "\"\(part.name)\" already has a value and cannot hold keys",
      chinese: "“\(part.name)”已有值，不能再包含键")
  }
}

// CBOR (RFC 8949) as this protocol reads it: what CBORWriter writes, with heads and keys as the other side likes them.

/// An item.
enum CBORValue: Equatable {
  case integer(Int64)
  case double(Double)
  case boolean(Bool)
  case null
  case bytes([UInt8])
  case text(String)
  case array([CBORValue])
  case map([String: CBORValue])
}

/// Reads one item from bytes that may be anything. Refused are indefinite lengths, tags, other simple values, floats that are no
/// number, texts with NUL or longer than a text may be, keys that are no text or come twice, and nesting beyond what is needed.
struct CBORReader {
  /// A batch needs five: the map, its entries, an entry, a value, and one to spare.
  private static let deepest = 6

  private let bytes: [UInt8]
  private var position = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The item that the bytes are, all of them.
  static func value(of bytes: [UInt8]) throws(SyncFault) -> CBORValue {
    var reader = CBORReader(bytes)
    let value = try reader.value(depth: 1)
    guard reader.position == bytes.count else { throw .form("bytes follow the item") }
    return value
  }

  private mutating func byte() throws(SyncFault) -> UInt8 {
    guard position < bytes.count else { throw .form("the item is cut short") }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func slice(_ count: UInt64) throws(SyncFault) -> ArraySlice<UInt8> {
    guard let count = Int(exactly: count), count <= bytes.count - position else { throw .form("the item is cut short") }
    defer { position += count }
    return bytes[position..<position + count]
  }

  private mutating func argument(_ head: UInt8) throws(SyncFault) -> UInt64 {
    let short = head & 31
    switch short {
    case ..<24: return UInt64(short)
    case 24...27:
      var value: UInt64 = 0
      for byte in try slice(1 << UInt64(short - 24)) { value = value << 8 | UInt64(byte) }
      return value
    default: throw .form("an item has no definite length")
    }
  }

  /// How many items follow; never more than there are bytes for, so that a claim takes no memory.
  private mutating func count(_ head: UInt8, bytesEach: Int) throws(SyncFault) -> Int {
    guard let count = Int(exactly: try argument(head)), count <= (bytes.count - position) / bytesEach else {
      throw .form("the item is cut short")
    }
    return count
  }

  private mutating func value(depth: Int) throws(SyncFault) -> CBORValue {
    guard depth <= Self.deepest else { throw .form("items are nested too deep") }
    let head = try byte()
    switch head >> 5 {
    case 0: return .integer(try whole(head))
    case 1: return .integer(~(try whole(head)))
    case 2: return .bytes(Array(try slice(try argument(head))))
    case 3: return .text(try text(head))
    case 4:
      let count = try count(head, bytesEach: 1)
      var items: [CBORValue] = []
      items.reserveCapacity(count)
      for _ in 0..<count { items.append(try value(depth: depth + 1)) }
      return .array(items)
    case 5: return .map(try map(head, depth: depth))
    case 7: return try simple(head)
    default: throw .form("an item has a tag")
    }
  }

  private mutating func whole(_ head: UInt8) throws(SyncFault) -> Int64 {
    guard let value = Int64(exactly: try argument(head)) else { throw .form("a number is too large") }
    return value
  }

  private mutating func text(_ head: UInt8) throws(SyncFault) -> String {
    let bytes = try slice(try argument(head))
    guard bytes.count <= SyncLimits.text else { throw .tooLarge("a text is too long") }
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
      throw .form("a text is not UTF-8, or holds NUL")
    }
    return text
  }

  private mutating func map(_ head: UInt8, depth: Int) throws(SyncFault) -> [String: CBORValue] {
    let count = try count(head, bytesEach: 2)
    var map: [String: CBORValue] = [:]
    for _ in 0..<count {
      let keyHead = try byte()
      guard keyHead >> 5 == 3 else { throw .form("a key is not a text") }
      let key = try text(keyHead)
      guard map.updateValue(try value(depth: depth + 1), forKey: key) == nil else {
        throw .form("the key \(key) comes twice")
      }
    }
    return map
  }

  private mutating func simple(_ head: UInt8) throws(SyncFault) -> CBORValue {
    switch head & 31 {
    case 20: return .boolean(false)
    case 21: return .boolean(true)
    case 22: return .null
    case 26, 27:
      let bits = try argument(head)
      let value =
        head & 31 == 27 ? Double(bitPattern: bits) : Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
      guard value.isFinite else { throw .form("a float is not a number") }
      return .double(value)
    default: throw .form("a simple value that is not used here")
    }
  }
}

/// A map that was read, with what a key must be.
struct CBORFields {
  private let map: [String: CBORValue]

  init(_ value: CBORValue, _ what: String) throws(SyncFault) {
    guard case .map(let map) = value else { throw .form("\(what) is not a map") }
    self.map = map
  }

  private func wrong(_ key: String, _ what: String) -> SyncFault {
    .form(map[key] == nil ? "\(key) is missing" : "\(key) is not \(what)")
  }

  /// Whether the key is there.
  func has(_ key: String) -> Bool { map[key] != nil }

  func integer(_ key: String) throws(SyncFault) -> Int64 {
    guard case .integer(let value) = map[key] else { throw wrong(key, "a whole number") }
    return value
  }

  func integer(_ key: String, in range: ClosedRange<Int64>) throws(SyncFault) -> Int64 {
    let value = try integer(key)
    guard range.contains(value) else { throw .form("\(key) is \(value)") }
    return value
  }

  func text(_ key: String) throws(SyncFault) -> String {
    guard case .text(let value) = map[key] else { throw wrong(key, "a text") }
    return value
  }

  func optionalText(_ key: String) throws(SyncFault) -> String? { has(key) ? try text(key) : nil }

  func optionalInteger(_ key: String) throws(SyncFault) -> Int64? { has(key) ? try integer(key) : nil }

  /// A number that need not be whole.
  func optionalNumber(_ key: String) throws(SyncFault) -> Double? {
    switch map[key] {
    case nil: nil
    case .double(let value): value
    case .integer(let value): Double(value)
    default: throw wrong(key, "a number")
    }
  }

  func boolean(_ key: String) throws(SyncFault) -> Bool {
    guard case .boolean(let value) = map[key] else { throw wrong(key, "true or false") }
    return value
  }

  func bytes(_ key: String) throws(SyncFault) -> [UInt8] {
    guard case .bytes(let value) = map[key] else { throw wrong(key, "bytes") }
    return value
  }

  /// An array.
  /// - Parameter count: how many items it must have; `nil` for any number.
  func array(_ key: String, count: Int?) throws(SyncFault) -> [CBORValue] {
    guard case .array(let items) = map[key] else { throw wrong(key, "an array") }
    guard count == nil || count == items.count else { throw .form("\(key) has \(items.count) items") }
    return items
  }

  func integers(_ key: String, count: Int?) throws(SyncFault) -> [Int64] {
    var column: [Int64] = []
    for item in try array(key, count: count) {
      guard case .integer(let value) = item else { throw .form("\(key) holds what is not a whole number") }
      column.append(value)
    }
    return column
  }

  /// Indices into a table of so many items, or other numbers of 0 and above.
  func indices(_ key: String, count: Int?, below limit: Int) throws(SyncFault) -> [Int] {
    var column: [Int] = []
    for value in try integers(key, count: count) {
      guard value >= 0, value < limit else { throw .form("\(key) holds \(value)") }
      column.append(Int(value))
    }
    return column
  }

  func optionalIntegers(_ key: String, count: Int?) throws(SyncFault) -> [Int64?] {
    var column: [Int64?] = []
    for item in try array(key, count: count) {
      switch item {
      case .integer(let value): column.append(value)
      case .null: column.append(nil)
      default: throw .form("\(key) holds what is neither a whole number nor null")
      }
    }
    return column
  }

  func texts(_ key: String, count: Int? = nil) throws(SyncFault) -> [String] {
    var column: [String] = []
    for item in try array(key, count: count) {
      guard case .text(let value) = item else { throw .form("\(key) holds what is not a text") }
      column.append(value)
    }
    return column
  }
}

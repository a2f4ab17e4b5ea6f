// CBOR (RFC 8949) as this protocol writes it: definite lengths, shortest heads, keys in order (§4.2.1).

/// Appends items to bytes.
struct CBORWriter {
  private(set) var bytes: [UInt8] = []

  /// Major types, RFC 8949 §3.1, in the place of the head where they stand.
  private enum Major {
    static let unsigned: UInt8 = 0 << 5
    static let negative: UInt8 = 1 << 5
    static let bytes: UInt8 = 2 << 5
    static let text: UInt8 = 3 << 5
    static let array: UInt8 = 4 << 5
    static let map: UInt8 = 5 << 5
    static let simple: UInt8 = 7 << 5
  }

  private mutating func head(_ major: UInt8, _ value: UInt64) {
    switch value {
    case ..<24: bytes.append(major | UInt8(value))
    case ...0xFF: number(major | 24, value, bytes: 1)
    case ...0xFFFF: number(major | 25, value, bytes: 2)
    case ...0xFFFF_FFFF: number(major | 26, value, bytes: 4)
    default: number(major | 27, value, bytes: 8)
    }
  }

  private mutating func number(_ head: UInt8, _ value: UInt64, bytes count: Int) {
    bytes.append(head)
    for place in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(place)))) }
  }

  mutating func write(_ value: Int64) {
    if value >= 0 { head(Major.unsigned, UInt64(value)) } else { head(Major.negative, UInt64(bitPattern: ~value)) }
  }

  /// `nil` is null.
  mutating func write(_ value: Int64?) {
    if let value { write(value) } else { bytes.append(Major.simple | 22) }
  }

  mutating func write(_ value: Bool) { bytes.append(Major.simple | (value ? 21 : 20)) }

  /// A float of 64 bits.
  mutating func write(_ value: Double) { number(Major.simple | 27, value.bitPattern, bytes: 8) }

  mutating func write(_ value: [UInt8]) {
    head(Major.bytes, UInt64(value.count))
    bytes += value
  }

  /// A text. What databases do not take is replaced, and what is longer than a text may be is cut.
  mutating func write(_ value: String) {
    var text = value.utf8.contains(0) ? value.replacing("\0", with: "\u{FFFD}") : value
    while text.utf8.count > SyncLimits.text { text = String(text.unicodeScalars.prefix(SyncLimits.text / 4)) }
    head(Major.text, UInt64(text.utf8.count))
    bytes += text.utf8
  }

  /// The head of an array: so many items are to follow.
  mutating func array(_ count: Int) { head(Major.array, UInt64(count)) }

  /// A map. Its keys must differ.
  mutating func write(_ map: CBORMap) {
    head(Major.map, UInt64(map.items.count))
    for item in map.items.sorted(by: { Self.precedes($0.key, $1.key) }) {
      write(item.key)
      bytes += item.value
    }
  }

  /// Order of the encoded keys: a shorter text has a smaller head.
  private static func precedes(_ left: String, _ right: String) -> Bool {
    let (left, right) = (left.utf8, right.utf8)
    return left.count == right.count ? left.lexicographicallyPrecedes(right) : left.count < right.count
  }
}

/// A map to be written.
struct CBORMap {
  private(set) var items: [(key: String, value: [UInt8])] = []

  mutating func put(_ key: String, _ write: (inout CBORWriter) -> Void) {
    var writer = CBORWriter()
    write(&writer)
    items.append((key, writer.bytes))
  }

  mutating func put(_ key: String, _ value: Int64) { put(key) { $0.write(value) } }
  mutating func put(_ key: String, _ value: String) { put(key) { $0.write(value) } }

  /// Left out if there is none.
  mutating func put(_ key: String, _ value: String?) {
    if let value { put(key, value) }
  }

  /// Left out if there is none, or none that is a number.
  mutating func put(_ key: String, _ value: Double?) {
    if let value, value.isFinite { put(key) { $0.write(value) } }
  }

  /// Left out if there is none.
  mutating func put(_ key: String, _ value: Int64?) {
    if let value { put(key, value) }
  }

  mutating func put(_ key: String, column: some Collection<Int64>) {
    put(key) { writer in
      writer.array(column.count)
      for value in column { writer.write(value) }
    }
  }

  mutating func put(_ key: String, column: some Collection<Int64?>) {
    put(key) { writer in
      writer.array(column.count)
      for value in column { writer.write(value) }
    }
  }

  mutating func put(_ key: String, texts: [String]) {
    put(key) { writer in
      writer.array(texts.count)
      for text in texts { writer.write(text) }
    }
  }

  mutating func put(_ key: String, maps: [CBORMap]) {
    put(key) { writer in
      writer.array(maps.count)
      for map in maps { writer.write(map) }
    }
  }
}

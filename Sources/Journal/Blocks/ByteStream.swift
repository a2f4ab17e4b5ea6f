// Whole numbers in as few bytes as they need.

/// A signed number as one that is small when the number is near zero, on either side (0, -1, 1, -2 … become 0, 1, 2, 3 …).
enum ZigZag {
  static func encode(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }
  static func decode(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
}

/// Appends numbers to bytes: seven bits a byte, the lowest first (LEB128, DWARF 5 §7.6).
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func write(byte: UInt8) { bytes.append(byte) }

  mutating func write(bytes more: [UInt8]) { bytes += more }

  mutating func write(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func write(_ count: Int) { write(UInt64(count)) }

  mutating func write(signed number: Int64) { write(ZigZag.encode(number)) }
}

/// Reads what ``ByteWriter`` has written, from bytes that may be anything.
struct ByteReader {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  var isAtEnd: Bool { position >= bytes.endIndex }

  mutating func byte() throws(BlockDamage) -> UInt8 {
    guard position < bytes.endIndex else { throw .form }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func number() throws(BlockDamage) -> UInt64 {
    var number: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try byte()
      guard shift < 63 || (shift == 63 && byte <= 1) else { throw .form }
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return number }
      shift += 7
    }
  }

  mutating func signed() throws(BlockDamage) -> Int64 { ZigZag.decode(try number()) }

  /// A number that may not be greater than `limit`.
  mutating func count(_ limit: Int) throws(BlockDamage) -> Int {
    guard let count = Int(exactly: try number()), count <= limit else { throw .form }
    return count
  }

  /// The next so many bytes.
  mutating func slice(_ count: Int) throws(BlockDamage) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.endIndex - position else { throw .form }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// All that is left.
  var rest: ArraySlice<UInt8> { bytes[position...] }
}

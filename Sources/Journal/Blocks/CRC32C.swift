// The checksum of a block.

/// CRC-32C (Castagnoli), reflected, as in RFC 3720 §12.1 and its test vectors in appendix B.4.
struct CRC32C {
  private static let table: [UInt32] = (0..<256).map { (byte: UInt32) in
    (0..<8).reduce(byte) { remainder, _ in remainder & 1 == 0 ? remainder >> 1 : remainder >> 1 ^ 0x82F6_3B78 }
  }

  private var remainder: UInt32 = .max

  /// The checksum of what has been added.
  var value: UInt32 { ~remainder }

  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      remainder = remainder >> 8 ^ Self.table[Int(UInt8(truncatingIfNeeded: remainder) ^ byte)]
    }
  }

  /// Adds a number, lowest byte first.
  mutating func add(_ number: Int64) {
    add((0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })
  }
}

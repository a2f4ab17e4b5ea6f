// Checksums of frames and tables.

/// CRC-32 as in IEEE 802.3 and zlib: polynomial 0x04C11DB7 reflected, initial and final 0xFFFFFFFF.
public enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? (value >> 1) ^ 0xEDB8_8320 : value >> 1 }
  }

  /// The checksum of some bytes; of `123456789` it is 0xCBF43926.
  public static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var value: UInt32 = 0xFFFF_FFFF
    for byte in bytes { value = (value >> 8) ^ table[Int((value ^ UInt32(byte)) & 0xFF)] }
    return value ^ 0xFFFF_FFFF
  }
}

/// 64-bit FNV-1a (Fowler, Noll, Vo; RFC 9923).
///
/// It tells one table from another. It is no defence against forgery: the table's file permissions are.
public enum FNV1a {
  /// The hash of some bytes.
  public static func hash(of bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }
}

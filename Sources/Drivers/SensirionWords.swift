// Words with checksums, as all Sensirion sensors and the AHT20 send them.

/// CRC-8 with polynomial 0x31 and initial value 0xFF (SHT3x data sheet §4.12): of 0xBE 0xEF it is 0x92.
enum CRC8 {
  static func of(_ bytes: some Sequence<UInt8>) -> UInt8 {
    var crc: UInt8 = 0xFF
    for byte in bytes {
      crc ^= byte
      for _ in 0..<8 { crc = crc & 0x80 != 0 ? (crc << 1) ^ 0x31 : crc << 1 }
    }
    return crc
  }
}

/// Words of two bytes and a checksum each.
enum SensirionWords {
  /// The words of an answer, every checksum verified.
  static func decode(_ bytes: [UInt8]) throws(SensorError) -> [UInt16] {
    var words: [UInt16] = []
    var rest = bytes[...]
    while rest.count >= 3 {
      let word = rest.prefix(3)
      guard CRC8.of(word.dropLast()) == word[word.startIndex + 2] else { throw .checksum(word: words.count) }
      words.append(UInt16(word[word.startIndex]) << 8 | UInt16(word[word.startIndex + 1]))
      rest = rest.dropFirst(3)
    }
    return words
  }

  /// A command of two bytes.
  static func command(_ code: UInt16) -> [UInt8] { [UInt8(code >> 8), UInt8(code & 0xFF)] }

  /// A command with one word and its checksum.
  static func command(_ code: UInt16, _ word: UInt16) -> [UInt8] {
    let argument = [UInt8(word >> 8), UInt8(word & 0xFF)]
    return command(code) + argument + [CRC8.of(argument)]
  }
}

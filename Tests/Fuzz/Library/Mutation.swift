// Small damages, the same for the same seed.

import Simulator

/// Damages inputs.
struct Mutation {
  private let words: [[UInt8]]
  private let limit: Int

  /// - Parameters:
  ///   - words: that mean something to the parser.
  ///   - limit: longest result, bytes.
  init(words: [String], limit: Int) {
    self.words = words.map { Array($0.utf8) }
    self.limit = limit
  }

  /// Values at which integers of one, two, four and eight bytes change their nature.
  private static let boundaries: [UInt64] = [
    0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF,
    0x1_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_FFFF,
  ]
  /// The same as text, with numbers that few expect.
  private static let numbers = [
    "0", "-0", "-1", "1", "255", "256", "32768", "65536", "2147483647", "2147483648", "-2147483648", "4294967296",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616", "1e308", "1e400",
    "-1e308", "0.1", "1e-320", "nan", "inf", "99999999999999999999999999999999999999", "+1", "00", "0x7f", "1_000",
  ].map { Array($0.utf8) }

  /// Damages an input one to a few times.
  /// - Parameter other: an input from which pieces are taken.
  func apply(to bytes: inout [UInt8], other: [UInt8], using random: inout SeededGenerator) {
    // Mostly few damages, so that most of the input stays plausible; sometimes many.
    var count = 1
    while count < 32, Int.random(in: 0..<5, using: &random) < 3 { count += 1 }
    for _ in 0..<count { damage(&bytes, other, &random) }
    if bytes.count > limit { bytes.removeLast(bytes.count - limit) }
  }

  private func damage(_ bytes: inout [UInt8], _ other: [UInt8], _ random: inout SeededGenerator) {
    let kind = Int.random(in: 0..<13, using: &random)
    guard !bytes.isEmpty else {
      bytes = kind < 6 ? other : Array(other.prefix(1))
      return
    }
    let position = Int.random(in: 0..<bytes.count, using: &random)
    switch kind {
    case 0, 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 2: bytes[position] = UInt8.random(in: 0...255, using: &random)
    case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: position)
    case 4: bytes.removeSubrange(position..<end(position, of: bytes, &random))
    case 5: bytes.insert(contentsOf: bytes[position..<end(position, of: bytes, &random)], at: position)
    case 6: copyWithin(&bytes, position, &random)
    case 7: splice(&bytes, position, other, &random)
    case 8: bytes.removeLast(bytes.count - position)
    case 9: putBoundary(&bytes, position, &random)
    case 10: putNumber(&bytes, position, &random)
    default: putWord(&bytes, position, &random)
    }
  }

  /// The end of a piece: mostly short.
  private func end(_ start: Int, of bytes: [UInt8], _ random: inout SeededGenerator) -> Int {
    let longest = Int.random(in: 0..<4, using: &random) == 0 ? bytes.count : 16
    return min(bytes.count, start + Int.random(in: 1...longest, using: &random))
  }

  private func copyWithin(_ bytes: inout [UInt8], _ position: Int, _ random: inout SeededGenerator) {
    let source = Int.random(in: 0..<bytes.count, using: &random)
    for (offset, byte) in Array(bytes[source..<end(source, of: bytes, &random)]).enumerated()
    where position + offset < bytes.count {
      bytes[position + offset] = byte
    }
  }

  /// The beginning of one input and the end of another, or a piece of the other in the middle.
  private func splice(
    _ bytes: inout [UInt8], _ position: Int, _ other: [UInt8], _ random: inout SeededGenerator
  ) {
    guard !other.isEmpty else { return }
    let start = Int.random(in: 0..<other.count, using: &random)
    if Bool.random(using: &random) {
      bytes.replaceSubrange(position..., with: other[start...])
    } else {
      bytes.insert(contentsOf: other[start..<end(start, of: other, &random)], at: position)
    }
  }

  private func putBoundary(_ bytes: inout [UInt8], _ position: Int, _ random: inout SeededGenerator) {
    let value = Self.boundaries[Int.random(in: 0..<Self.boundaries.count, using: &random)]
    let size = 1 << Int.random(in: 0...3, using: &random)
    let isBig = Bool.random(using: &random)
    for index in 0..<size where position + index < bytes.count {
      let shift = UInt64(isBig ? size - 1 - index : index) * 8
      bytes[position + index] = UInt8(truncatingIfNeeded: value >> shift)
    }
  }

  /// A number in the place of the number that stands there, or inserted.
  private func putNumber(_ bytes: inout [UInt8], _ position: Int, _ random: inout SeededGenerator) {
    let number = Self.numbers[Int.random(in: 0..<Self.numbers.count, using: &random)]
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
    let start = bytes[position...].firstIndex(where: isDigit) ?? position
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
    bytes.replaceSubrange(start..<(isDigit(bytes[start]) ? end : start), with: number)
  }

  private func putWord(_ bytes: inout [UInt8], _ position: Int, _ random: inout SeededGenerator) {
    guard !words.isEmpty else { return }
    let word = words[Int.random(in: 0..<words.count, using: &random)]
    let replaced = Bool.random(using: &random) ? min(bytes.count, position + word.count) : position
    bytes.replaceSubrange(position..<replaced, with: word)
  }
}

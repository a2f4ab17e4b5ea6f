// Numbers that are mostly small, in bits.

/// Which Rice code fits the numbers to come, learned from those before: the parameter of a number is the least k for which
/// 2^(k + 1) is not less than their mean. Old numbers count half after every 16.
///
/// Rice coding: Rice and Plaunt, "Adaptive Variable-Length Coding for Efficient Compression of Spacecraft Television Data", IEEE Trans.
/// Commun. 19 (1971). The way to adapt is that of LOCO-I (ISO/IEC 14495-1 §A.5.1).
struct RiceModel {
  /// From so many zeros on a number is written out, so that an outlier costs 88 bits and not a million.
  static let longestPrefix = 24
  private static let memory: UInt64 = 16
  /// Keeps the sum in range; the code of so large numbers is their 64 bits anyhow.
  private static let largest: UInt64 = 1 << 40

  private var sum: UInt64 = 4
  private var count: UInt64 = 1

  var parameter: Int {
    // Shifted so far, the count has its highest bit where the sum has it: either that is enough, or one more.
    let shift = count.leadingZeroBitCount - sum.leadingZeroBitCount
    guard shift > 0 else { return 0 }
    return shift - (count &<< shift < sum ? 0 : 1)
  }

  mutating func learn(_ number: UInt64) {
    sum += min(number, Self.largest)
    count += 1
    guard count >= Self.memory else { return }
    sum >>= 1
    count >>= 1
  }

  /// Bits that a number takes.
  func cost(_ number: UInt64) -> Int {
    let parameter = parameter
    let prefix = number &>> parameter
    return prefix < Self.longestPrefix ? Int(prefix) + 1 + parameter : Self.longestPrefix + 64
  }
}

/// Writes Rice-coded numbers, the highest bit of a byte first.
struct RiceWriter {
  private(set) var bytes: [UInt8] = []
  private var model = RiceModel()
  private var bits: UInt64 = 0
  private var count = 0
  /// Bits that find room beside the seven that may wait for their byte to be full.
  private static let longest = 56

  mutating func write(_ number: UInt64) {
    let parameter = model.parameter
    let prefix = number &>> parameter
    if prefix < RiceModel.longestPrefix {
      let rest = number & (1 &<< parameter &- 1)
      let length = Int(truncatingIfNeeded: prefix) &+ 1 &+ parameter
      if length <= Self.longest {
        put(1 &<< parameter | rest, bits: length)
      } else {
        put(1, bits: length &- parameter)
        put(rest, bits: parameter)
      }
    } else {
      put(0, bits: RiceModel.longestPrefix)
      put(number >> 32, bits: 32)
      put(number & 0xFFFF_FFFF, bits: 32)
    }
    model.learn(number)
  }

  /// Fills the last byte.
  mutating func finish() {
    if count > 0 { put(0, bits: 8 - count) }
  }

  /// - Parameter length: at most ``longest``.
  private mutating func put(_ value: UInt64, bits length: Int) {
    bits = bits &<< length | value
    count &+= length
    while count >= 8 {
      count &-= 8
      bytes.append(UInt8(truncatingIfNeeded: bits &>> count))
    }
  }
}

/// Reads what ``RiceWriter`` has written, from bytes that may be anything.
struct RiceReader {
  private let bytes: ArraySlice<UInt8>
  private var position: Int
  private var model = RiceModel()
  /// The next bits, from the highest on.
  private var bits: UInt64 = 0
  private var count = 0

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  mutating func next() throws(BlockDamage) -> UInt64 {
    fill()
    let prefix = min(bits.leadingZeroBitCount, RiceModel.longestPrefix)
    var number: UInt64
    if prefix < RiceModel.longestPrefix {
      _ = try take(prefix + 1)
      let parameter = model.parameter
      number = UInt64(prefix) << parameter | (try take(parameter))
    } else {
      _ = try take(prefix)
      number = try take(32) << 32
      number |= try take(32)
    }
    model.learn(number)
    return number
  }

  /// - Parameter length: at most 56.
  private mutating func take(_ length: Int) throws(BlockDamage) -> UInt64 {
    guard length > 0 else { return 0 }
    if count < length { fill() }
    guard count >= length else { throw .form }
    let value = bits >> (64 - length)
    bits <<= length
    count -= length
    return value
  }

  private mutating func fill() {
    while count <= 56, position < bytes.endIndex {
      bits |= UInt64(bytes[position]) << (56 - count)
      position += 1
      count += 8
    }
  }
}

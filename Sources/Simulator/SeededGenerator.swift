// Chance that can be had again.

import RealModule

/// A generator of random numbers that gives the same sequence for the same seed, on every machine: SplitMix64 (Steele, Lea, Flood,
/// "Fast splittable pseudorandom number generators", OOPSLA 2014).
public struct SeededGenerator: RandomNumberGenerator, Equatable, Sendable {
  @usableFromInline var state: UInt64

  /// A generator from a seed.
  public init(seed: UInt64) { state = seed }

  /// A generator for one purpose, independent of those for others of the same seed.
  public init(seed: UInt64, purpose: String) {
    state = purpose.utf8.reduce(seed ^ 0x9E37_79B9_7F4A_7C15) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }

  /// The next 64 bits of the SplitMix64 sequence.
  @inlinable public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number of 0…1, 1 excluded.
  @inlinable public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number of a normal distribution with mean 0 and standard deviation 1 (Box and Muller, 1958).
  public mutating func nextGaussian() -> Double {
    let radius = (-2 * Double.log(1 - uniform())).squareRoot()
    return radius * Double.cos(2 * .pi * uniform())
  }

  /// Puts each of these numbers of a value up to 30 % off, evenly.
  mutating func vary<Value>(_ value: inout Value, _ numbers: [WritableKeyPath<Value, Double>]) {
    for number in numbers { value[keyPath: number] *= 0.7 + 0.6 * uniform() }
  }
}

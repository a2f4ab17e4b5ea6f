// How long to wait before the next attempt.

/// A time that doubles with each failure, with a share that depends on the device's name, so that a county's devices do not come back at
/// once.
struct BackOff: Sendable {
  static let shortest = Duration.seconds(2)
  static let longest = Duration.seconds(600)

  private var state: UInt64
  private var failures = 0

  init(device: String) {
    // FNV-1a, 64 bits.
    state = device.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }

  /// The time before the next attempt: from a half to three halves of one that doubles from 2 s on, at most 10 min.
  mutating func next() -> Duration {
    let doubled = Self.shortest * (1 << min(failures, 10))
    failures += 1
    return min(min(doubled, Self.longest) * (0.5 + share()), Self.longest)
  }

  /// The hub has answered: failures before count no more.
  mutating func reset() { failures = 0 }

  /// 0…1, another each time (SplitMix64).
  private mutating func share() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
  }
}

// Blocks of samples: whatever goes in comes out, and no bytes stop the reader.

import Foundation
import Testing

@testable import Journal

/// SplitMix64, so that a test gives the same samples at every run.
struct TestGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  mutating func oneIn(_ number: Int) -> Bool { Int.random(in: 0..<number, using: &self) == 0 }

  /// About 0, with a deviation of about 1 (sum of twelve, Irwin–Hall).
  mutating func noise() -> Double { (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &self) } }
}

@Suite("Blocks of samples")
struct BlockTests {
  /// What samples may be like.
  enum Kind: String, CaseIterable {
    case calm, noisy, outliers, absent, gapsInTime, anyQuality, anyNumbers, manyPatterns, constant

    func samples(_ count: Int, seed: UInt64) -> [StoredSample] {
      var dice = TestGenerator(state: seed)
      var samples: [StoredSample] = []
      var id = Int64.random(in: 1...1_000_000, using: &dice)
      var second: Int64 = 0
      while samples.count < count {
        second += self == .gapsInTime && dice.oneIn(20) ? .random(in: 1...9_000, using: &dice) : 1
        let jitter: Int64 = self == .calm || self == .constant ? 0 : .random(in: 0...3, using: &dice)
        let channels = self == .manyPatterns ? Int.random(in: 1...6, using: &dice) : 8
        for channel in 0..<channels {
          let place = self == .manyPatterns ? Int.random(in: 0..<8, using: &dice) : channel
          var value: Int64? = 240_000 + Int64(place) * 10_000
          switch self {
          case .calm: value = 240_000 + second / 60 * 100
          case .noisy, .gapsInTime, .manyPatterns: value = 240_000 + Int64((dice.noise() * 2).rounded()) * 100
          case .outliers: value = dice.oneIn(30) ? .random(in: .min...(.max), using: &dice) : 240_000
          case .absent: value = dice.oneIn(3) ? nil : 240_000 + Int64(dice.noise() * 300)
          case .anyNumbers: value = dice.oneIn(3) ? [.min, .max, 0, -1, 1].randomElement(using: &dice) : value
          case .anyQuality, .constant: break
          }
          let quality: UInt8 = self == .anyQuality ? .random(in: 0...255, using: &dice) : value == nil ? 5 : 0
          samples.append(
            StoredSample(
              id: id, boot: 3, mono: second * 1_000_000_000 + jitter * 1_000_000,
              wall: dawn + second * 1_000 + jitter, trust: 0, channel: Int64(place) * 7 + 1, value: value,
              quality: quality))
          id += dice.oneIn(40) ? 2 : 1
        }
      }
      return samples
    }
  }

  private func block(_ samples: [StoredSample]) throws -> SampleBlock {
    let first = try #require(samples.first)
    var block = SampleBlock(boot: first.boot, trust: first.trust)
    for sample in samples {
      let isTaken = block.append(sample)
      #expect(isTaken)
    }
    block.endScan()
    return block
  }

  private func samples(_ block: SampleBlock) -> [StoredSample] {
    var samples: [StoredSample] = []
    block.forEachSample { samples.append($0) }
    return samples
  }

  private func decoded(_ block: SampleBlock, channels: Set<Int64>? = nil) throws -> SampleBlock {
    try SampleBlock(block.encoded, id: block.id, boot: block.boot, trust: block.trust, channels: channels)
  }

  @Test("Samples of every kind come back as they were", arguments: Kind.allCases)
  func roundTrip(_ kind: Kind) throws {
    for seed in 1...40 as ClosedRange<UInt64> {
      let given = kind.samples(Int(seed * seed), seed: seed)
      let block = try block(given)
      #expect(try samples(decoded(block)) == given, "seed \(seed)")
      #expect(block.id == given.first?.id && block.last == given.last?.id && block.count == given.count)
    }
  }

  @Test("Only the channels asked for are read, and the others change nothing in them")
  func channels() throws {
    let given = Kind.manyPatterns.samples(2_000, seed: 1)
    let read = try decoded(block(given), channels: [8, 22])
    #expect(samples(read) == given.filter { [8, 22].contains($0.channel) })
    #expect(try samples(decoded(block(given), channels: [])).isEmpty)
  }

  @Test("A single bit changed anywhere is noticed, and so is a block in another's place")
  func checksum() throws {
    let block = try block(Kind.noisy.samples(400, seed: 1))
    let bytes = block.encoded
    for bit in 0..<bytes.count * 8 {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: BlockDamage.checksum) {
        try SampleBlock(damaged, id: block.id, boot: block.boot, trust: block.trust)
      }
    }
    for (id, boot, trust) in [(block.id + 1, block.boot, 0), (block.id, block.boot + 1, 0), (block.id, block.boot, 1)] {
      #expect(throws: BlockDamage.checksum) { try SampleBlock(bytes, id: id, boot: boot, trust: Int64(trust)) }
    }
  }

  @Test("The checksum is CRC-32C: the vectors of RFC 3720")
  func vectors() {
    func checksum(_ bytes: [UInt8]) -> UInt32 {
      var checksum = CRC32C()
      checksum.add(bytes)
      return checksum.value
    }
    #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(checksum((0..<32).map { $0 }) == 0x46DD_794E)
    #expect(checksum([UInt8]("123456789".utf8)) == 0xE306_9283)
  }

  @Test("Bytes with a right checksum and anything before it are refused or read, and never more than a block may hold")
  func anyBytes() throws {
    var dice = TestGenerator(state: 1)
    let sound = try block(Kind.absent.samples(300, seed: 1)).encoded.dropLast(4)
    var read = 0
    for _ in 0..<20_000 {
      var body = Array(sound)
      for _ in 0..<Int.random(in: 1...4, using: &dice) {
        body[Int.random(in: 0..<body.count, using: &dice)] = UInt8.random(in: 0...255, using: &dice)
      }
      if dice.oneIn(3) { body.removeLast(Int.random(in: 0..<body.count, using: &dice)) }
      let checksum = SampleBlock.checksum(of: body[...], id: 1, boot: 1, trust: 0)
      let bytes = body + (0..<4).map { UInt8(truncatingIfNeeded: checksum >> ($0 * 8)) }
      guard let block = try? SampleBlock(bytes, id: 1, boot: 1, trust: 0) else { continue }
      read += 1
      #expect(samples(block).count <= SampleBlock.most)
    }
    #expect(read > 100)
  }

  @Test("A block takes no sample of another boot or trust, before the last, or a day after the first")
  func belonging() throws {
    let sample = StoredSample(
      id: 10, boot: 1, mono: 5, wall: 1_000, trust: 0, channel: 1, value: 1, quality: 0)
    func isTaken(_ change: (inout StoredSample) -> Void) -> Bool {
      var block = SampleBlock(boot: 1, trust: 0)
      var next = sample
      next.id = 11
      change(&next)
      return block.append(sample) && block.append(next)
    }
    #expect(!isTaken { $0.boot = 2 })
    #expect(!isTaken { $0.trust = 1 })
    #expect(!isTaken { $0.id = 10 })
    #expect(!isTaken { $0.wall = 999 })
    #expect(!isTaken { $0.wall = 1_001 + SampleBlock.longest })
    #expect(!isTaken { $0.wall = .max })
    #expect(isTaken { $0.wall = 1_000 + SampleBlock.longest })
  }
}

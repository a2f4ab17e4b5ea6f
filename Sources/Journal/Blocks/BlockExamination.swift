// A look at bytes that may be a block, for those who have others than the log's.

/// What bytes that are taken for a block hold. For fuzzing: the log reads its blocks by the same code.
package struct BlockExamination {
  /// Most samples that a block may hold.
  package static let most = SampleBlock.most
  private static let (id, boot, trust): (Int64, Int64, Int64) = (1, 1, 0)
  private static let checksumSize = 4

  private let block: SampleBlock
  private let bytes: [UInt8]

  /// `nil` if the bytes are refused.
  package init?(_ bytes: [UInt8]) {
    guard let block = try? SampleBlock(bytes, id: Self.id, boot: Self.boot, trust: Self.trust) else { return nil }
    (self.block, self.bytes) = (block, bytes)
  }

  /// Number of samples.
  package var samples: Int { all(block).count }

  /// Whether each channel alone gives the samples that it gives with the others.
  package var isReadInPart: Bool {
    let whole = all(block)
    return Set(block.columns.map(\.channel)).allSatisfy { channel in
      let part = try? SampleBlock(bytes, id: Self.id, boot: Self.boot, trust: Self.trust, channels: [channel])
      return part.map(all) == whole.filter { $0.channel == channel }
    }
  }

  /// Whether the block's own bytes give the same samples.
  package var comesBack: Bool {
    let again = try? SampleBlock(block.encoded, id: Self.id, boot: Self.boot, trust: Self.trust)
    return again.map(all) == all(block)
  }

  private func all(_ block: SampleBlock) -> [StoredSample] {
    var samples: [StoredSample] = []
    block.forEachSample { samples.append($0) }
    return samples
  }

  /// The bytes of a block with a scan a second of so many channels.
  package static func bytes(scans: Int, channels: Int, _ sample: (Int, Int) -> (value: Int64?, quality: UInt8))
    -> [UInt8]
  {
    block(scans: scans, channels: channels, sample).encoded
  }

  /// How long it takes to code such a block and to read it again, so many times, s.
  package static func cost(
    scans: Int, channels: Int, times: Int, _ sample: (Int, Int) -> (value: Int64?, quality: UInt8)
  ) -> (encode: Double, decode: Double) {
    let block = block(scans: scans, channels: channels, sample)
    let clock = ContinuousClock()
    let encode = clock.measure { for _ in 0..<times { precondition(!block.encoded.isEmpty) } }
    let bytes = block.encoded
    let decode = clock.measure { for _ in 0..<times { precondition(BlockExamination(bytes) != nil) } }
    return (encode / .seconds(1), decode / .seconds(1))
  }

  private static func block(
    scans: Int, channels: Int, _ sample: (Int, Int) -> (value: Int64?, quality: UInt8)
  ) -> SampleBlock {
    var block = SampleBlock(boot: boot, trust: trust)
    for scan in 0..<scans {
      for channel in 0..<channels {
        let (value, quality) = sample(scan, channel)
        _ = block.append(
          StoredSample(
            id: id + Int64(scan * channels + channel), boot: boot, mono: Int64(scan) * 1_000_000_000,
            wall: Int64(scan) * 1_000, trust: trust, channel: Int64(channel), value: value, quality: quality))
      }
    }
    block.endScan()
    return block
  }

  /// Makes the checksum at the end of bytes right.
  package static func seal(_ bytes: inout [UInt8]) {
    guard bytes.count > checksumSize else { return }
    let body = bytes.dropLast(checksumSize)
    let checksum = SampleBlock.checksum(of: body, id: id, boot: boot, trust: trust)
    bytes = body + (0..<checksumSize).map { UInt8(truncatingIfNeeded: checksum >> ($0 * 8)) }
  }
}

// Blocks of samples in the log.

import Journal
import Simulator

/// Blocks: whatever the bytes, they are refused or give no more samples than a block may hold, and what is accepted can be
/// written and read again.
struct SampleBlockTarget: FuzzTarget {
  let name = "sample-block"
  let longestInput = 4_096
  let usualRuns: UInt64 = 1_000_000

  /// Blocks of all forms that a column can have.
  func madeInputs() -> [[UInt8]] {
    var random = SeededGenerator(seed: 1)
    return (0..<24).map { form in
      BlockExamination.bytes(scans: 1 + form * 3, channels: 1 + form % 5) { scan, channel in
        switch form % 6 {
        case 0: (240_000, 0)
        case 1: (240_000 + Int64(scan) * 100, 0)
        case 2: (240_000 + Int64.random(in: -4...4, using: &random) * 100, 0)
        case 3: (Int64.random(in: 0..<3, using: &random) == 0 ? nil : 7, UInt8(channel))
        case 4: (Int64.random(in: .min ... .max, using: &random), UInt8.random(in: 0...255, using: &random))
        default: (scan.isMultiple(of: 9) ? .max : 1, 0)
        }
      }
    }
  }

  /// Makes the checksum right again, most of the time.
  func finish(_ input: inout [UInt8], using random: inout SeededGenerator) {
    if Int.random(in: 0..<8, using: &random) > 0 { BlockExamination.seal(&input) }
  }

  func run(_ input: [UInt8]) throws -> Bool {
    guard let examination = BlockExamination(input) else { return false }
    try require(examination.samples <= BlockExamination.most, "a block gives \(examination.samples) samples")
    try require(examination.isReadInPart, "a block cannot be read for a channel alone, but can for all")
    try require(examination.comesBack, "the samples of a block are others when they are written and read again")
    return true
  }
}

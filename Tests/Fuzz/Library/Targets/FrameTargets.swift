// Frames between controller and guardian.

import Guardian
import Simulator

/// Makes the CRC-32 at the end of a frame right again, three times out of four.
private func seal(_ input: inout [UInt8], _ random: inout SeededGenerator) {
  guard input.count >= 4, Int.random(in: 0..<4, using: &random) > 0 else { return }
  let body = input.dropLast(4)
  let checksum = CRC32.of(body)
  input = body + (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (8 * $0)) }
}

/// Lease frames: what is accepted encodes to the same bytes, and the core that is given them keeps its limits.
struct LeaseFrameTarget: FuzzTarget {
  let name = "lease-frame"
  let longestInput = 512
  let usualRuns: UInt64 = 1_000_000
  /// An output that heats, one that does not, and two that exclude each other.
  private let table = GuardianTable(outputs: [
    OutputLimits(name: "heater", chip: "c", line: 0, maximumOn: 600_000, evidenceSlot: 0, highLimit: 30_000),
    OutputLimits(name: "fan", chip: "c", line: 1, failsafe: .duty(on: 1_000, period: 10_000), startsPerHour: 6),
    OutputLimits(name: "up", chip: "c", line: 2, interlock: 1, deadTime: 500),
    OutputLimits(name: "down", chip: "c", line: 3, minimumOff: 2_000, interlock: 1, deadTime: 500),
  ])
  private let core: GuardianCore

  init() { core = GuardianCore(table: table, now: 0) }

  func madeInputs() -> [[UInt8]] {
    var frame = LeaseFrame(boot: 0x0123_4567_89AB_CDEF, sequence: 1, tableHash: core.tableHash, wanted: 0b0111)
    frame.evidence[0] = TemperatureEvidence(temperature: 24_500, age: 900)
    frame.evidence[7] = TemperatureEvidence(temperature: -5_000, age: 60_000)
    return [frame.encoded, LeaseFrame(boot: .max, sequence: .max, tableHash: 0, wanted: .max).encoded]
  }

  func finish(_ input: inout [UInt8], using random: inout SeededGenerator) { seal(&input, &random) }

  func run(_ input: [UInt8]) throws -> Bool {
    guard var frame = input.withUnsafeBytes({ LeaseFrame($0) }) else { return false }
    try require(frame.encoded == input, "an accepted frame encodes to other bytes")
    var core = core
    _ = core.initialLines(now: 10_000)
    for cycle in 1...6 {
      let on = core.cycle(now: 10_000 + Int64(cycle) * 1_000, frame: frame)
      frame.sequence &+= 1
      try require(on & ~0b1111 == 0, "outputs \(on) are on that the table does not have")
      try require(on & 0b1100 != 0b1100, "both outputs of an interlock are on")
      let evidence = frame.evidence[0]
      let isSafe = evidence.isPresent && evidence.temperature < 30_000 && evidence.age <= 60_000
      try require(on & 1 == 0 || isSafe, "the heater is on by the evidence \(evidence)")
      try require(on & 0b1101 & ~frame.wanted == 0, "outputs \(on) are on that were not asked for")
    }
    return true
  }
}

/// Status frames: what is accepted encodes to the same bytes.
struct StatusFrameTarget: FuzzTarget {
  let name = "status-frame"
  let longestInput = 512
  let usualRuns: UInt64 = 1_000_000

  func madeInputs() -> [[UInt8]] {
    var frame = StatusFrame(lease: .held, boot: 7, sequence: 1_234_567, tableHash: 0xFEDC_BA98_7654_3210)
    (frame.on, frame.held, frame.mismatched) = (0b0101, 0b1010, 0b1000)
    (frame.causes[1], frame.remaining[1]) = (.minimumOff, 30_000)
    (frame.causes[3], frame.remaining[3]) = (.highLimit, 0)
    return [frame.encoded]
  }

  func finish(_ input: inout [UInt8], using random: inout SeededGenerator) { seal(&input, &random) }

  func run(_ input: [UInt8]) throws -> Bool {
    guard let frame = input.withUnsafeBytes({ StatusFrame($0) }) else { return false }
    try require(frame.encoded == input, "an accepted frame encodes to other bytes")
    return true
  }
}

extension LeaseFrame {
  fileprivate var encoded: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.size)
    bytes.withUnsafeMutableBytes { encode(into: $0) }
    return bytes
  }
}

extension StatusFrame {
  fileprivate var encoded: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.size)
    bytes.withUnsafeMutableBytes { encode(into: $0) }
    return bytes
  }
}

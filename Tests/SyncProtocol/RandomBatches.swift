// Batches of all kinds, with anything in them that a log can hold.

import Simulator
import SyncProtocol

extension SeededGenerator {
  mutating func oneIn(_ number: Int) -> Bool { Int.random(in: 0..<number, using: &self) == 0 }

  /// A number as a column holds it, or one at an end of the range.
  mutating func number() -> Int64 {
    switch Int.random(in: 0..<8, using: &self) {
    case 0: [Int64.min, .max, 0, -1, 1, 23, 24, -24, -25, 255, 256][Int.random(in: 0..<11, using: &self)]
    case 1: Int64.random(in: .min ... .max, using: &self)
    default: Int64.random(in: -300_000...300_000, using: &self)
    }
  }

  mutating func optionalNumber() -> Int64? { oneIn(5) ? nil : number() }

  mutating func real() -> Double? { oneIn(4) ? nil : Double.random(in: -1e6...1e6, using: &self) }

  mutating func word() -> String {
    ["", "shed.temperature", "heater", "文峰-3号蚕室", "a\tb\n", "\u{FFFD}", "é🐛"][Int.random(in: 0..<7, using: &self)]
  }

  mutating func optionalWord() -> String? { oneIn(3) ? nil : word() }

  mutating func trust() -> StampTrust { StampTrust.allCases[Int.random(in: 0..<3, using: &self)] }
}

/// Batches for tests.
enum RandomBatches {
  static let device = DeviceName("wenfeng-3")

  static func batch(kind: Int, records: Int, seed: UInt64) throws -> Batch {
    var random = SeededGenerator(seed: seed)
    var (mono, wall) = (random.number(), random.number())
    let boots = (0..<3).map { _ in random.word() }
    var stamp: (boot: String, mono: Int64, wall: Int64, trust: StampTrust) = (boots[0], mono, wall, .trusted)
    func nextStamp() {
      guard random.oneIn(3) else { return }
      let step = random.oneIn(9) ? random.number() : 60_000
      (mono, wall) = (mono &+ step, wall &+ (random.oneIn(9) ? random.number() : step))
      stamp = (random.oneIn(20) ? boots[Int.random(in: 0..<3, using: &random)] : stamp.boot, mono, wall, random.trust())
    }
    var samples = SampleGroup()
    var means = MeanGroup()
    var entries = EntryGroup()
    var decisions = DecisionGroup()
    for _ in 0..<records {
      nextStamp()
      switch kind {
      case 0:
        samples.add(
          boot: stamp.boot, mono: stamp.mono, wall: stamp.wall, trust: stamp.trust,
          channel: "c\(Int.random(in: 0..<12, using: &random))",
          value: random.oneIn(40) ? random.optionalNumber() : 240_000 + Int64.random(in: -9...9, using: &random) * 100,
          quality: UInt8.random(in: 0...5, using: &random))
      case 1:
        let channels = (0..<Int.random(in: 0...8, using: &random)).map { channel in
          SyncMean(
            channel: "c\(channel)", mean: random.optionalNumber(), minimum: random.optionalNumber(),
            maximum: random.optionalNumber(), good: random.number(), bad: random.number())
        }
        means.add(
          boot: stamp.boot, mono: stamp.mono, wall: stamp.wall, trust: stamp.trust, length: random.number(),
          means: channels)
      case 2: entries.add(boot: stamp.boot, mono: stamp.mono, wall: stamp.wall, trust: stamp.trust, entry(&random))
      default:
        decisions.add(
          boot: stamp.boot, mono: stamp.mono, wall: stamp.wall, trust: stamp.trust,
          SyncDecision(
            output: random.word(), isOn: random.oneIn(2), demand: random.real(), rule: random.word(),
            channel: random.optionalWord(), value: random.optionalNumber(), setpoint: random.optionalNumber(),
            heldBy: random.optionalWord(), until: random.optionalNumber()))
      }
    }
    let (lane, content): (Lane, BatchContent) =
      switch kind {
      case 0: (.backlog, .samples(samples))
      case 1: (.live, .means(means))
      case 2: (.alarm, .entries(entries))
      default: (.diagnostic, .decisions(decisions))
      }
    return Batch(
      device: try requireDevice(), install: InstallID(), lane: lane,
      first: Int64.random(in: 1...1_000_000_000, using: &random), content: content)
  }

  static func requireDevice() throws -> DeviceName {
    guard let device else { throw SyncFault.form("no device") }
    return device
  }

  private static func entry(_ random: inout SeededGenerator) -> SyncEntryContent {
    switch Int.random(in: 0..<3, using: &random) {
    case 0:
      .alarm(
        kind: random.word(), subject: random.word(), severity: "critical", transition: "raised",
        value: random.optionalNumber(),
        by: random.optionalWord())
    case 1: .event(kind: random.word(), subject: random.word(), detail: random.word(), by: random.optionalWord())
    default:
      .anchor(
        utc: random.number(), error: Int64.random(in: 0...Int64.max, using: &random),
        source: SyncAnchorSource.allCases[Int.random(in: 0..<3, using: &random)])
    }
  }
}

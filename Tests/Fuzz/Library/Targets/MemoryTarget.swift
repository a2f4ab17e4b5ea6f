// What the log keeps for the controller over a restart.

import Climate
import Configuration
import Controller
import Foundation
import Journal

/// The memory of the controller: one that can be read lets it run, and is written again as something that can be read.
struct MemoryTarget: FuzzTarget {
  let name = "memory"
  let words = [
    "\"infinity\"", "\"-infinity\"", "\"nan\"", "null", "[9223372036854775807,18446744073709551615]",
    "[-9223372036854775808,0]", "[0,0]", "[-1,18446744073709551615]", "1e308", "-1e308", "\"heater\"", "\"exhaust\"",
    "\"pump\"", "\"valve\"", "\"shed\"", "\"greenhouse\"", "\"litres\":", "\"age\":", "\"demand\":", "\"integral\":",
    "\"remaining\":", "\"elapsed\":", "\"sums\":", "\"share\":", "\"means\":", "\"ago\":", "{", "}", "[", "]", ",", ":",
  ]
  let usualRuns: UInt64 = 100_000
  private let plans: [Plan]

  init(root: String) throws {
    plans = ["silkworm-shed", "greenhouse"].compactMap { name in
      ConfigurationFiles(configuration: "\(root)/deploy/examples/\(name).toml", share: root).load().configuration?.plan
    }
    guard plans.count == 2 else { throw Finding("there are no examples under \(root)") }
  }

  func run(_ input: [UInt8]) throws -> Bool {
    guard let memory = try? MemoryCoding.decode(Data(input)) else { return false }
    for plan in plans { try run(plan, memory) }
    return true
  }

  private func run(_ plan: Plan, _ memory: Memory) throws {
    var controller = Controller(plan: plan, memory: memory, at: Instant(seconds: 100))
    let mask: UInt32 = (1 << UInt32(plan.outputs.count)) - 1
    for second in [101, 102, 200, 4_000, 100_000] as [Double] {
      let now = Instant(seconds: second)
      // Dry and cold, so that all laws have something to do.
      let samples = plan.channels.indices.map { Sample(channel: ChannelID($0), value: 10, at: now) }
      let decision = controller.step(
        now: now, wall: WallTime(unixMilliseconds: Int64(second) * 1_000, trust: .trusted),
        inputs: Inputs(samples: samples, feedback: OutputFeedback(on: mask, held: 0)))
      try require(decision.wanted & ~mask == 0, "outputs are wanted that the plan does not have")
      let saved = try MemoryCoding.encode(controller.memory(at: now))
      try require((try? MemoryCoding.decode(saved)) != nil, "the memory is written as what cannot be read")
    }
  }
}

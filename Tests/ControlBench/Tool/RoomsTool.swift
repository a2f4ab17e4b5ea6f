// room-bench: whole recipes in brooding rooms, stores and dryers of many seeds.

import ArgumentParser
import ControlBench
import Dispatch
import Synchronization

struct RoomsTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rooms", abstract: "Brood chicks, store potatoes and dry nuts, roots and cocoons in randomised rooms.")

  @Option(help: "How many rooms of each kind.")
  var seeds = 5

  @Option(help: "Directory of boards, recipes and examples: the checkout.")
  var share = "."

  @Option(help: "One of: \(RoomScenario.allCases.map(\.rawValue).joined(separator: ", ")); all if left out.")
  var only: String?

  @Option(help: "Days; the whole recipe if left out.")
  var days: Double?

  func run() throws {
    var violations = 0
    var summaries: [String] = []
    for scenario in RoomScenario.allCases where only == nil || only == scenario.rawValue {
      let results = Mutex<[Int: RoomScenario.Outcome]>([:])
      DispatchQueue.concurrentPerform(iterations: max(seeds, 1)) { index in
        guard let outcome = scenario.run(seed: UInt64(index + 1), days: days, share: share) else { return }
        results.withLock { $0[index] = outcome }
      }
      let outcomes = results.withLock { $0 }
      guard outcomes.count == max(seeds, 1) else {
        throw ValidationError("the examples and recipes of \(share) are not in order")
      }
      for index in outcomes.keys.sorted() {
        guard let outcome = outcomes[index] else { continue }
        print("\(scenario.rawValue) \(index + 1)\n\(outcome.text)")
        violations += outcome.figures.violations.count
      }
      summaries.append(scenario.summary(outcomes.keys.sorted().compactMap { outcomes[$0] }))
    }
    for summary in summaries { print(summary) }
    print("safety violations: \(violations)")
    if violations > 0 { throw ExitCode(1) }
  }
}

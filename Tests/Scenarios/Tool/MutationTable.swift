// ./dev mutate: each check taken out in turn, and the run that notices.

import ArgumentParser
import Scenarios

/// Takes each check out in turn.
struct MutationTable {
  let seeds: ClosedRange<UInt64>
  let threads: Int

  func run() throws {
    let runs = seeds.map { ScenarioOptions(seed: $0, mode: .usual(for: $0)) }
    var survivors = 0
    print("| check | noticed by | seed |")
    print("|---|---|---|")
    for mutation in Mutation.all {
      Mutation.remove(mutation)
      var campaign = Campaign(runs: runs, threads: threads)
      campaign.stopsAtFirst = true
      let first = campaign.run().failures.first
      if first == nil { survivors += 1 }
      let found = first?.violations.first?.text ?? "NOTHING"
      print("| `\(mutation.name)` | \(found) | \(first.map { String($0.options.seed) } ?? "–") |")
    }
    Mutation.remove(nil)
    print("\n\(Mutation.all.count - survivors) of \(Mutation.all.count) noticed within \(seeds.count) seeds")
    if survivors > 0 { throw ExitCode(1) }
  }
}

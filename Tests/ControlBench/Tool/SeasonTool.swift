// season-bench: whole rearing seasons in randomised sheds, run three ways.

import ArgumentParser
import Climate
import Configuration
import ControlBench
import Controller
import Dispatch
import Synchronization

struct SeasonTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "season",
    abstract: "Rear silkworms in randomised sheds with Bombyx, with plain hysteresis, and with a hobbyist's PID.")

  @Option(help: "How many sheds.")
  var seeds = 20

  @Option(help: "Seed of the first shed.")
  var first: UInt64 = 1

  @Option(help: "Directory of boards and recipes: the checkout.")
  var share = "."

  @Option(help: "Configuration of the device.")
  var config = "deploy/examples/silkworm-hall.toml"

  @Option(help: "Recipe of the eggs, which comes first.")
  var incubation = "silkworm-incubation-farm"

  @Flag(help: "Tune the heater of each shed by a relay test before the season.")
  var tuned = false

  @Option(help: "How many minutes earlier than the recipe says Bombyx goes over to the next stage.")
  var lead = 0

  @Flag(help: "Say shed by shed what the equipment cannot reach.")
  var reach = false

  func run() throws {
    let files = ConfigurationFiles(configuration: config, share: share)
    let (loaded, faults) = files.load(isSimulated: true)
    guard let loaded else {
      throw ValidationError(faults.map { "\($0.location): \($0.english)" }.joined(separator: "\n"))
    }
    guard let eggs = files.recipes().recipes.first(where: { $0.name == incubation }) else {
      throw ValidationError("there is no recipe \(incubation)")
    }
    var violations = 0
    for (name, month) in [("spring", 4), ("late autumn", 10)] {
      let report = SeasonReport(sheds: run(loaded, eggs, month: month), first: first)
      print("\(name), \(seeds) sheds")
      print(report.text)
      if reach { print(report.reach) }
      violations += report.sheds.reduce(0) { $0 + ($1.first?.violations.count ?? 0) }
    }
    print("safety violations: \(violations)")
    if violations > 0 { throw ExitCode(1) }
  }

  /// As many sheds at a time as there are processors.
  private func run(_ configuration: DeviceConfiguration, _ eggs: Recipe, month: Int) -> [[SeasonFigures]] {
    let (isTuned, lead, first) = (tuned, Duration.minutes(lead), first)
    let results = Mutex<[Int: [SeasonFigures]]>([:])
    DispatchQueue.concurrentPerform(iterations: max(seeds, 1)) { index in
      let season = Season(configuration, incubation: eggs, seed: first + UInt64(index), month: month)
      let figures = season.run(isTuned: isTuned, lead: lead)
      results.withLock { $0[index] = figures }
    }
    return results.withLock { sheds in sheds.keys.sorted().compactMap { sheds[$0] } }
  }
}

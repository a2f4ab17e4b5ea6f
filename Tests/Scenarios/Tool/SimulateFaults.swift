// ./dev simulate-faults: months of trouble in seconds, and what became of the promises.

public import ArgumentParser
import Platform
public import Scenarios

@main
struct SimulateFaults: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "./dev simulate-faults",
    abstract: "Runs simulated houses with faults and checks the invariants of docs/safety-case.md at their contactors.",
    discussion:
      "A run that breaks a promise is printed with the command that makes it again, its events reduced to those needed."
  )

  @Option(help: "Seeds, each a house for a month: A..B, both included.") var seeds = SeedRange(first: 1, last: 200)
  @Option(help: "safety, liveness or calm; both of the first two if left out.") var mode: ScenarioOptions.Mode?
  @Option(help: "Simulated days of each run.") var days = 30.0
  @Option(help: "The events that take place, by number: 3,7. All if left out.") var events: EventList?
  @Option(help: "Threads; as many as cores if left out.") var threads: Int?
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Print the digest of all traces.") var hash = false
  @Flag(help: "Fail if a situation of the list was never reached.") var allSituations = false
  @Flag(help: "Print the events of each run that breaks a promise as they were drawn.") var verbose = false

  @Flag(help: "Print what the device decided in each run, for one seed.") var log = false
  @Flag(help: "Take each check of both cores out, one after the other, and say which run notices.") var mutate = false
  @Option(help: "Take out one check, by the name in the table of --mutate.") var without: String?

  mutating func run() throws {
    if mutate || without != nil, !Mutation.isPossible {
      throw ValidationError("the checks of this build cannot be taken out; ./dev mutate makes one whose can")
    }
    if mutate { return try MutationTable(seeds: seeds.numbers, threads: threads ?? Processors.count).run() }
    if let without {
      guard let mutation = Mutation(named: without) else {
        throw ValidationError(
          "there is no check \(without); known: \(Mutation.all.map(\.name).joined(separator: ", "))")
      }
      Mutation.remove(mutation)
    }
    let began = MonotonicTime.now()
    let options = seeds.numbers.map { seed in
      var options = ScenarioOptions(seed: seed, mode: mode ?? .usual(for: seed), days: days, events: events?.numbers)
      options.keepsLog = log
      return options
    }
    if log, let only = options.first, options.count == 1 {
      var world = ScenarioWorld(only)
      for line in world.run().log { print(line) }
    }
    let campaign = Campaign(runs: options, threads: threads ?? Processors.count)
    let report = campaign.run()
    let seconds = Double(MonotonicTime.now() - began) / 1e9
    if json { printObject(report, seconds) } else { printText(report, seconds) }
    let missing = Situation.allCases.filter { !report.situations.contains($0) }
    if !report.failures.isEmpty || (allSituations && !missing.isEmpty) { throw ExitCode(1) }
  }

  private func printText(_ report: Campaign.Report, _ seconds: Double) {
    // One of each kind before a second of any.
    var shown: Set<String> = []
    for failure in report.failures {
      guard let invariant = failure.violations.first?.invariant, shown.insert(invariant).inserted else { continue }
      printFailure(failure)
    }
    let missing = Situation.allCases.filter { !report.situations.contains($0) }
    print("house-months \(round1(report.houseMonths))  violations \(report.failures.count)  seconds \(round1(seconds))")
    print("situations \(Situation.allCases.count - missing.count) of \(Situation.allCases.count)", terminator: "")
    print(missing.isEmpty ? "" : "; not reached: \(missing.map(\.name).joined(separator: ", "))")
    let invariants = Dictionary(grouping: report.failures.compactMap(\.violations.first), by: \.invariant)
    if !invariants.isEmpty {
      print(
        "broken \(invariants.sorted { $0.key < $1.key }.map { "\($0.key) × \($0.value.count)" }.joined(separator: ", "))"
      )
    }
    print("steps \(report.steps)")
    if hash { print("trace \(String(report.trace.value, radix: 16))") }
  }

  private func printFailure(_ failure: ScenarioResult) {
    let small = Campaign.shrink(failure)
    for violation in small.violations.prefix(1) { print(violation.text) }
    print("  again: \(small.options.command)")
    for event in verbose ? failure.events : small.events {
      print("  \(Double(event.at) / 1_000) s +\(event.duration / 1_000) s \(event.kind)")
    }
  }

  private func printObject(_ report: Campaign.Report, _ seconds: Double) {
    let situations = Situation.allCases.map { "\"\($0.name)\":\(report.situations.contains($0))" }
    print(
      """
      {"house_months":\(round1(report.houseMonths)),"violations":\(report.failures.count),\
      "situations":{\(situations.joined(separator: ","))},"seconds":\(round1(seconds))}
      """)
  }

  private func round1(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}

/// `A..B`.
struct SeedRange: ExpressibleByArgument {
  var numbers: ClosedRange<UInt64>

  init(first: UInt64, last: UInt64) { numbers = first...last }

  init?(argument: String) {
    let ends = argument.split(separator: ".", omittingEmptySubsequences: true).map { UInt64($0) }
    guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last else { return nil }
    numbers = first...last
  }

  var defaultValueDescription: String { "\(numbers.lowerBound)..\(numbers.upperBound)" }
}

/// `3,7`; empty for none.
struct EventList: ExpressibleByArgument {
  var numbers: Set<Int>

  init?(argument: String) {
    let parts = argument.split(separator: ",").map { Int($0) }
    guard !parts.contains(nil) else { return nil }
    numbers = Set(parts.compactMap { $0 })
  }
}

extension ScenarioOptions.Mode: ExpressibleByArgument {
  /// Every third seed is about the way back.
  static func usual(for seed: UInt64) -> Self { seed % 3 == 2 ? .liveness : .safety }
}

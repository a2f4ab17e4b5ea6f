// control-bench: what a relay test finds out on four plants, and what the law that follows from it does there.

import ArgumentParser
import ControlBench

@main struct ControlBenchTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "control-bench", abstract: "What the laws are worth, beside what others use.",
    subcommands: [LawsTool.self, SeasonTool.self, RoomsTool.self], defaultSubcommand: LawsTool.self)
}

struct LawsTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "laws",
    abstract:
      "Tune and control four plants of textbook form, beside improved SIMC and ESPHome, and check what is promised.")

  @Option(help: "How many seeds of noise.")
  var seeds = 20

  func validate() throws {
    guard (1...10_000).contains(seeds) else { throw ValidationError("--seeds goes from 1 to 10000") }
  }

  func run() throws {
    let report = BenchReport(seeds: seeds)
    print(report.text)
    for broken in report.broken { print("FAIL  \(broken)") }
    if !report.broken.isEmpty { throw ExitCode(1) }
    print("every promise is kept on \(report.rows.count) plants and \(seeds) seeds")
  }
}

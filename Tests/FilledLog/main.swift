// Fills a log with months of a shed, and says what a log holds: for tests of the way to the county.

import ArgumentParser
import Foundation
import Journal

/// The command line.
struct FilledLog: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "filled-log", abstract: "Fills a log with months of a shed, and says what a log holds.",
    subcommands: [Fill.self, Rows.self])
}

/// `filled-log fill`
struct Fill: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Writes a log with twelve channels a minute, with means, decisions, events and alarms; the last scan is of now.")

  @Argument(help: "The directory of the log.")
  var directory: String

  @Option(help: "How many days.")
  var days = 90

  @Option(help: "Seconds between two scans.")
  var every = 60

  @Option(help: "How many probes, each with temperature and humidity: 1 to 6.")
  var probes = 6

  @Option(help: "Of what is chance in it.")
  var seed: UInt64 = 1

  func validate() throws {
    guard (1...3_600).contains(every), (1...6).contains(probes) else { throw ValidationError("--every or --probes") }
  }

  func run() throws {
    var history = History(
      days: days, seconds: every, probes: probes, end: Int64(Date().timeIntervalSince1970 * 1_000), seed: seed)
    guard history.write(to: directory) else { throw ExitCode(1) }
    let state = try Outbox(directory: directory).state()
    for lane in LogLane.allCases { print(lane.rawValue, state[lane].newest) }
  }
}

/// `filled-log rows`
struct Rows: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the first records of each lane of a log into a file LANE.log, as PostgreSQL's COPY would.")

  @Argument(help: "The directory of the log.")
  var log: String

  @Argument(
    help: "The directory of a copy from before anything was deleted: samples come from there as far as it goes.")
  var history: String

  @Argument(help: "Where the files go.")
  var output: String

  @Argument(help: "How many records of each lane: alarm=12 live=3 …")
  var counts: [String]

  func run() throws {
    var limits: [LogLane: Int64] = [:]
    for count in counts {
      let parts = count.split(separator: "=")
      guard parts.count == 2, let lane = LogLane(rawValue: String(parts[0])), let number = Int64(parts[1]) else {
        throw ValidationError("\(count) is no count of a lane")
      }
      limits[lane] = number
    }
    var rows = LogRows(of: log, into: output)
    try rows.write(history: history, limits: limits)
  }
}

FilledLog.main()

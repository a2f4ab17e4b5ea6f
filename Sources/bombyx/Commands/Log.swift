// bombyx log, bombyx plot: what was.

import ArgumentParser
import FoundationEssentials
import LocalService
import TerminalUI

/// Which part of the past.
struct RangeOptions: ParsableArguments {
  @Option(help: help("Only the last so long: 30m, 6h, 7d.", "仅最近一段时间：30m、6h、7d。"))
  var since: String?

  @Option(help: help("Most rows, the newest.", "最多行数（取最新）。"))
  var last: Int?

  func validate() throws {
    if let since, DurationText.seconds(since) == nil {
      throw ValidationError(text("\"\(since)\" is no duration; write 30m, 6h or 7d", "“\(since)”不是时间；请写 30m、6h 或 7d"))
    }
    if let last, last < 1 { throw ValidationError(text("--last must be at least 1", "--last 至少为1")) }
  }

  /// The range, counted back from the device's own clock, which may be a simulated one.
  func parameters(_ daemon: DaemonOptions, standardRows: Int) throws -> ServiceParameters {
    var parameters = ServiceParameters()
    parameters.last = last ?? (since == nil ? standardRows : 100_000)
    if let seconds = since.flatMap(DurationText.seconds) {
      let now = try daemon.call(.status, returning: StatusMessage.self).time
      parameters.from = now - Int64(seconds * 1_000)
    }
    return parameters
  }
}

struct Log: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: text("History of channels, events, decisions or alarms.", "通道、事件、决策或报警的历史。"),
    discussion: text(
      "bombyx log shed.temperature --since 6h\nbombyx log events\nbombyx log decisions",
      "bombyx log shed.temperature --since 6h\nbombyx log events\nbombyx log decisions"))

  @Argument(help: help("Channels; or events, decisions, alarms.", "通道名；或 events、decisions、alarms。"))
  var subjects: [String] = []

  @Flag(help: help("Print comma-separated values.", "输出CSV。"))
  var csv = false

  @OptionGroup var range: RangeOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    try bombyx.run {
      let parameters = try range.parameters(daemon, standardRows: 50)
      switch subjects {
      case ["events"]: try show(daemon.call(.events, parameters, returning: [EntryMessage].self))
      case ["decisions"]: try show(daemon.call(.decisions, parameters, returning: [EntryMessage].self))
      case ["alarms"]: try show(daemon.call(.alarmHistory, parameters, returning: [EntryMessage].self))
      default:
        var parameters = parameters
        parameters.channels = subjects
        try show(daemon.call(.samples, parameters, returning: [SampleMessage].self))
      }
    }
  }

  private func show(_ entries: [EntryMessage]) throws {
    if output.json { return try output.printJSON(entries) }
    let lines = csv ? EntryTable.csv(entries) : EntryTable(currentLanguage).lines(entries, output.style)
    print(lines.joined(separator: "\n"))
  }

  private func show(_ samples: [SampleMessage]) throws {
    if output.json { return try output.printJSON(samples) }
    let lines = csv ? SampleTable.csv(samples) : SampleTable(currentLanguage).lines(samples, output.style)
    print(lines.joined(separator: "\n"))
  }
}

struct Plot: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: text("Draw the history of channels in the terminal.", "在终端绘制通道历史曲线。"))

  @Argument(help: help("Channels.", "通道名。"))
  var channels: [String]

  @OptionGroup var range: RangeOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    try bombyx.run {
      var parameters = try range.parameters(daemon, standardRows: 20_000)
      for channel in channels {
        parameters.channels = [channel]
        let samples = try daemon.call(.samples, parameters, returning: [SampleMessage].self)
        if output.json {
          try output.printJSON(samples)
        } else {
          print(TerminalPlot(title: channel, currentLanguage).lines(samples, output.style).joined(separator: "\n"))
        }
      }
    }
  }
}

// bombyx log, bombyx plot: what was.

import ArgumentParser
import FoundationEssentials
import LocalService
import TerminalUI

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

  @OptionGroup var past: PastOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    try bombyx.run {
      switch subjects {
      case ["events"]: try show(past.entries(.events, standardRows: Self.standardRows))
      case ["decisions"]: try show(past.entries(.decisions, standardRows: Self.standardRows))
      case ["alarms"]: try show(past.entries(.alarmHistory, standardRows: Self.standardRows))
      default: try show(past.samples(subjects, standardRows: Self.standardRows))
      }
    }
  }

  private static let standardRows = 50

  private func show(_ entries: [EntryMessage]) throws {
    if output.json { return try output.printJSON(entries) }
    let lines = csv ? EntryTable.csv(entries) : EntryTable(currentLanguage).lines(entries, output.style)
    print(lines.joined(separator: "\n"))
  }

  private func show(_ samples: [SampleMessage]) throws {
    tellUnreadable(samples)
    if output.json { return try output.printJSON(samples) }
    let lines = csv ? SampleTable.csv(samples) : SampleTable(currentLanguage).lines(samples, output.style)
    print(lines.joined(separator: "\n"))
  }
}

/// Says where the log has samples that cannot be read, so that a gap is not taken for a time without sensors.
private func tellUnreadable(_ samples: [SampleMessage]) {
  for time in Set(samples.filter { $0.quality == SampleMessage.unreadable }.map(\.time)).sorted() {
    let time = Format.localTime(unixMilliseconds: time)
    StandardError.write(
      text(
        "the log is damaged: samples from \(time) on cannot be read; what follows them can",
        "记录已损坏：自 \(time) 起的一段数据无法读取，其后的数据不受影响"))
  }
}

struct Plot: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: text("Draw the history of channels in the terminal.", "在终端绘制通道历史曲线。"))

  @Argument(help: help("Channels.", "通道名。"))
  var channels: [String]

  @OptionGroup var past: PastOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    try bombyx.run {
      for channel in channels {
        let samples = try past.samples([channel], standardRows: 20_000)
        tellUnreadable(samples)
        if output.json {
          try output.printJSON(samples)
        } else {
          print(TerminalPlot(title: channel, currentLanguage).lines(samples, output.style).joined(separator: "\n"))
        }
      }
    }
  }
}

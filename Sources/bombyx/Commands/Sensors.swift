// bombyx sensors, bombyx outputs, bombyx why: what is measured, what is switched, and why.

import ArgumentParser
import LocalService
import TerminalUI

struct Sensors: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: text("Every channel with value, quality and age.", "所有通道的数值、质量和时效。"))

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    try bombyx.run {
      let status = try daemon.status()
      let channels = status.channels + status.zones.flatMap { $0.quantities.map(\.channel) }
      if output.json { return try output.printJSON(channels) }
      let language = currentLanguage
      var table = TextTable([
        .text(text("channel", "通道")), .number(text("value", "数值")), .text(text("quality", "质量")),
        .number(text("age", "时效")), .text(""),
      ])
      for channel in channels {
        table.add([
          channel.name, Format.value(channel.value, unit: channel.unit), language.quality(channel.quality),
          channel.age.map { Format.duration($0, language) } ?? "–", channel.fault.map(language.fault) ?? "",
        ])
      }
      print(table.lines(output.style).joined(separator: "\n"))
      for bus in status.health.buses {
        let sweep = Format.number(bus.lastSweep, decimals: 1)
        print("\(bus.name): \(bus.sweeps) " + text("sweeps, last \(sweep) ms", "次巡检，最近 \(sweep) 毫秒"))
        for failure in bus.failures { print("  " + output.style(failure, .warning)) }
      }
    }
  }
}

struct Outputs: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: text("Every output with state, read-back, operations and why.", "所有输出的状态、回读、动作次数及原因。"))

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    try bombyx.run {
      let status = try daemon.status()
      if output.json { return try output.printJSON(status.outputs) }
      var table = TextTable([
        .text(text("output", "输出")), .text(text("kind", "类型")), .text(text("state", "状态")),
        .number(text("demand", "需求")), .number(text("operations", "动作次数")), .text(text("read-back", "回读")),
        .text(text("why", "原因")),
      ])
      for item in status.outputs {
        let readBack = item.on == nil ? "–" : item.mismatched ? text("MISMATCH", "不符") : text("ok", "正常")
        table.add([
          item.name, currentLanguage.kind(item.kind), (item.on ?? item.wanted) ? text("on", "开") : text("off", "关"),
          Format.number(item.demand * 100, decimals: 0) + " %", "\(item.operations)", readBack,
          ReasonText(currentLanguage).short(item),
        ])
      }
      print(table.lines(output.style).joined(separator: "\n"))
      print(currentLanguage.lease(status.health.lease))
    }
  }
}

struct Why: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: text("Why an output is as it is.", "某个输出为何处于当前状态。"))

  @Argument(help: help("Name of the output.", "输出名称。"))
  var name: String

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    try bombyx.run {
      let status = try daemon.status()
      guard let item = status.outputs.first(where: { $0.name == name }) else {
        let names = status.outputs.map(\.name).joined(separator: ", ")
        throw Failure("there is no output \(name); outputs: \(names)", "没有输出 \(name)；现有：\(names)")
      }
      if output.json { return try output.printJSON(item) }
      print(ReasonText(currentLanguage).long(item).joined(separator: "\n"))
    }
  }
}

// bombyx set, bombyx auto: driving an output by hand, for a while.

import ArgumentParser
import LocalService
import TerminalUI

struct SetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: text("Drive an output by hand. It always expires.", "手动控制输出，到时自动恢复。"),
    discussion: text(
      "Limits of the output and of the guardian still hold: a heater goes off at its high limit whatever you set.",
      "输出和守护进程的限制仍然有效：无论如何设置，加热器达到上限即关闭。"))

  @Argument(help: help("Name of the output.", "输出名称。"))
  var name: String

  @Argument(help: help("on, off, or a percentage such as 40 or 40%.", "on、off 或百分比，如 40 或 40%。"))
  var state: String

  @Option(name: .customLong("for"), help: help("How long: 90s, 10m, 2h.", "多久：90s、10m、2h。"))
  var duration: String?

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard demand != nil else {
      throw ValidationError(
        text("\"\(state)\" is none of on, off, or a percentage from 0 to 100", "“\(state)”应为 on、off 或0到100的百分比"))
    }
    guard let duration else {
      throw ValidationError(
        text(
          "say how long: bombyx set \(name) \(state) --for 10m. An override always ends by itself",
          "请给出时间：bombyx set \(name) \(state) --for 10m。手动控制总会自动结束"))
    }
    guard DurationText.seconds(duration) != nil else {
      throw ValidationError(
        text("\"\(duration)\" is no duration; write 90s, 10m or 2h", "“\(duration)”不是时间；请写 90s、10m 或 2h"))
    }
  }

  func run() throws {
    try bombyx.run {
      var parameters = ServiceParameters()
      parameters.output = name
      parameters.demand = demand
      parameters.duration = duration.flatMap(DurationText.seconds)
      let result = try daemon.call(.override, parameters, returning: Acknowledgement.self)
      if output.json { return try output.printJSON(result) }
      let time = Format.duration(parameters.duration ?? 0, currentLanguage)
      print(text("\(name): \(state) by hand for \(time)", "\(name)：手动 \(state)，持续 \(time)"))
      print(
        text("see: bombyx why \(name); end it: bombyx auto \(name)", "查看：bombyx why \(name)；结束：bombyx auto \(name)"))
    }
  }

  private var demand: Double? { DemandText.share(state) }
}

struct Auto: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: text("End an override: the output follows its laws again.", "结束手动，恢复自动。"))

  @Argument(help: help("Name of the output.", "输出名称。"))
  var name: String

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    try bombyx.run {
      var parameters = ServiceParameters()
      parameters.output = name
      let result = try daemon.call(.automatic, parameters, returning: Acknowledgement.self)
      if output.json { return try output.printJSON(result) }
      print(text("\(name): automatic", "\(name)：自动"))
    }
  }
}

// bombyx isolate: no air from outside, for a while.

import ArgumentParser
import LocalService
import TerminalUI

struct Isolate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: text(
      "Keep the air outside: all fans off, all vents closed, for a while.", "隔离外界空气：所有风机停、所有天窗关，到时自动恢复。"),
    discussion: text(
      """
      For the time in which neighbours spray: silkworms die of traces of most insecticides. Minimum ventilation rests as well; watch \
      temperature and CO2, whose alarms call as always. It always ends by itself; failsafe still airs the house if the controller \
      fails.
      """,
      """
      用于邻近喷药期间：多数杀虫剂的微量即可致蚕死亡。最小通风同时暂停，请注意温度和CO2，报警照常。到时自动结束；控制器失效时故障安全仍会通风。
      """))

  @Option(name: .customLong("for"), help: help("How long: 30m, 2h.", "多久：30m、2h。"))
  var duration: String?

  @Flag(help: help("End it now: all fans and vents follow their laws again.", "立即结束：所有风机和天窗恢复自动。"))
  var end = false

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard !end else {
      guard duration == nil else {
        throw ValidationError(text("say either --for or --end", "--for 和 --end 只能写一个"))
      }
      return
    }
    guard let duration else {
      throw ValidationError(
        text("say how long: bombyx isolate --for 2h. It always ends by itself", "请给出时间：bombyx isolate --for 2h。到时自动结束"))
    }
    guard DurationText.seconds(duration) != nil else {
      throw ValidationError(
        text("\"\(duration)\" is no duration; write 30m or 2h", "“\(duration)”不是时间；请写 30m 或 2h"))
    }
  }

  func run() throws {
    try bombyx.run {
      var parameters = ServiceParameters()
      parameters.duration = duration.flatMap(DurationText.seconds)
      let result = try daemon.call(end ? .endIsolation : .isolate, parameters, returning: IsolationMessage.self)
      if output.json { return try output.printJSON(result) }
      let names = result.outputs.joined(separator: text(", ", "、"))
      guard let seconds = parameters.duration else {
        return print(text("\(names): automatic", "\(names)：自动"))
      }
      let time = Format.duration(seconds, currentLanguage)
      print(text("no air from outside for \(time): \(names)", "\(time)内不进外界空气：\(names)"))
      print(text("end it: bombyx isolate --end", "结束：bombyx isolate --end"))
    }
  }
}

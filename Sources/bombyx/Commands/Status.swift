// bombyx status: one screen.

import ArgumentParser
import Glibc
import LocalService
import TerminalUI

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: text("Climate against setpoints, outputs and why, alarms, health.", "环境与设定、输出及原因、报警、运行状况。"))

  @Flag(name: .shortAndLong, help: help("Refresh in place until Ctrl-C.", "原位刷新，按 Ctrl-C 结束。"))
  var watch = false

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    try bombyx.run {
      if watch { try watchStatus() } else { try show(daemon.status()) }
    }
  }

  private func show(_ status: StatusMessage) throws {
    if output.json {
      try output.printJSON(status)
    } else {
      print(StatusScreen(currentLanguage, output.style).lines(status).joined(separator: "\n"))
    }
  }

  private func watchStatus() throws {
    let client = try daemon.connect()
    var parameters = ServiceParameters()
    parameters.interval = 1
    try client.send(.subscribe, parameters)
    let screen = LiveScreen()
    while true {
      let status = try client.next(StatusMessage.self)
      Format.useTimeZone(status.timeZone)
      if output.json {
        try output.printJSON(status)
        fflush(nil)
      } else {
        screen.show(StatusScreen(currentLanguage, output.style).lines(status))
      }
    }
  }
}

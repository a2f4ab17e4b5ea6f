// bombyx sync, bombyx sync now: how records go upstream.

import ArgumentParser
import LocalService
import TerminalUI

struct SyncCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync", abstract: text("How records go upstream: backlog, acknowledged, errors.", "上传情况：积压、已确认、错误。"),
    subcommands: [Show.self, Now.self], defaultSubcommand: Show.self)

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: text("Backlog per lane, last acknowledged, rate, errors.", "各通道积压、已确认、速率与错误。"))

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      try bombyx.run {
        guard let sync = try daemon.status().sync else {
          throw Failure("there is no [uplink] in the configuration", "配置中没有 [uplink]")
        }
        if output.json { return try output.printJSON(sync) }
        print(SyncText(currentLanguage, output.style).lines(sync).joined(separator: "\n"))
      }
    }
  }

  struct Now: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: text("Send everything that waits, without gathering or waiting for the next attempt.", "立即上传全部等待的记录。"))

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      try bombyx.run {
        let result = try daemon.call(.syncNow, returning: Acknowledgement.self)
        if output.json { return try output.printJSON(result) }
        print(text("sending; see bombyx sync", "正在上传；可用 bombyx sync 查看"))
      }
    }
  }
}

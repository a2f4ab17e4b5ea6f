// bombyx alarms, bombyx alarm ack: what is wrong, and having seen it.

import ArgumentParser
import LocalService
import TerminalUI

struct Alarms: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: text("Open alarms; with --past, what became of earlier ones.", "当前报警；加 --past 查看历史。"))

  @Flag(help: help("Past changes of alarms.", "历史报警。"))
  var past = false

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    try bombyx.run {
      if past {
        _ = try daemon.status()
        let entries = try daemon.call(.alarmHistory, returning: [EntryMessage].self)
        if output.json { return try output.printJSON(entries) }
        return EntryTable(currentLanguage).lines(entries, output.style).forEach { print($0) }
      }
      let alarms = try daemon.status().alarms
      if output.json { return try output.printJSON(alarms) }
      guard !alarms.isEmpty else { return print(text("no alarms", "无报警")) }
      var table = TextTable([
        .text(text("severity", "级别")), .text(text("alarm", "报警")), .text(text("what", "内容")),
        .number(text("for", "持续")), .text(text("seen by", "确认人")),
      ])
      for alarm in alarms {
        table.add([
          currentLanguage.severity(alarm.severity), alarm.id, currentLanguage.alarm(alarm.kind),
          Format.duration(alarm.age, currentLanguage), alarm.acknowledgedBy ?? "",
        ])
      }
      print(table.lines(output.style).joined(separator: "\n"))
    }
  }
}

struct AlarmCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alarm", abstract: text("Acknowledge alarms.", "确认报警。"), subcommands: [Acknowledge.self])

  struct Acknowledge: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ack", abstract: text("Say that you have seen an alarm, or all.", "确认一个或全部报警。"))

    @Argument(help: help("The alarm, as \"bombyx alarms\" names it; none for all.", "报警名称（见 bombyx alarms）；不给则全部确认。"))
    var alarm: String?

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      try bombyx.run {
        var parameters = ServiceParameters()
        parameters.alarm = alarm
        let result = try daemon.call(.acknowledge, parameters, returning: Acknowledgement.self)
        if output.json { return try output.printJSON(result) }
        print(text("acknowledged", "已确认"))
      }
    }
  }
}

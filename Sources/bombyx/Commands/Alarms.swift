// bombyx alarms, bombyx alarm ack|test: what is wrong, having seen it, and proving that it would be heard.

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
    commandName: "alarm",
    abstract: text("Acknowledge alarms; try siren and message path.", "确认报警；试验警报器与消息通路。"),
    subcommands: [Acknowledge.self, Test.self])

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

  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "test",
      abstract: text(
        "Raise an alarm for some seconds, to prove that siren and message path work.", "触发试验报警数秒，检验警报器与消息通路。"),
      discussion: text(
        "The alarm relay falls, so the siren must sound; the alarm and its end are in the log and go upstream like any other.",
        "报警继电器释放，警报器应鸣响；该报警及其结束会像其他报警一样记录并上传。"))

    @Option(name: .customLong("for"), help: help("How long: 3s to 60s.", "多久：3s 到 60s。"))
    var duration = "10s"

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      guard DurationText.seconds(duration) != nil else {
        throw ValidationError(text("\"\(duration)\" is no duration; write 10s", "“\(duration)”不是时间；请写 10s"))
      }
    }

    func run() throws {
      try bombyx.run {
        let report = try AlarmTrial(daemon: daemon, seconds: DurationText.seconds(duration) ?? 0).run(
          tells: !output.json)
        if output.json { try output.printJSON(report) }
        if !report.isInOrder { throw ExitCodes.notInOrder }
      }
    }
  }
}

// bombyx recipe: programmes over days, and where zones stand in them.

import ArgumentParser
import Configuration
import Controller
import LocalService
import TerminalUI

struct RecipeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipe",
    abstract: text(
      "Recipes: which there are, where zones stand in them, and what has happened.", "工艺：有哪些、各区进度、录入事件。"),
    subcommands: [
      List.self, Show.self, Start.self, Event.self, Hold.self, Resume.self, Offset.self, Stop.self,
    ], defaultSubcommand: Show.self)

  struct Start: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: text("Put a zone at the beginning of a stage.", "使某区从某阶段开始。"))

    @Argument(help: help("Name of the zone.", "区名。"))
    var zone: String

    @Argument(help: help("Name of the stage.", "阶段名。"))
    var stage: String

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      try bombyx.run {
        var parameters = ServiceParameters()
        (parameters.zone, parameters.stage) = (zone, stage)
        let result = try daemon.call(.startStage, parameters, returning: Acknowledgement.self)
        if output.json { return try output.printJSON(result) }
        print(text("\(zone): \(stage) begins", "\(zone)：\(stage) 开始"))
      }
    }
  }

  struct Event: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: text("Enter what has happened: the rest of the recipe moves with it.", "录入事件，其后阶段随之推移。"),
      discussion: text(
        "Events of silkworms: brushing, moult-begin, moult-end, mounting, pigment, hatching. Others: bombyx recipe show NAME",
        "蚕的事件：收蚁、眠、起、上蔟、点青、孵化。其他：bombyx recipe show 名称"))

    @Argument(help: help("The event: moult-begin.", "事件，如“眠”。"))
    var event: String

    @Option(help: help("How long ago it was: 2h.", "多久之前：2h。"))
    var ago: String?

    @OptionGroup var zone: ZoneOption
    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { try checkDuration(ago) }

    func run() throws {
      try bombyx.run {
        var parameters = ServiceParameters()
        (parameters.zone, parameters.event) = (zone.zone, Language.event(typed: event))
        parameters.duration = ago.flatMap(DurationText.seconds)
        let begun = try daemon.call(.recipeEvent, parameters, returning: StageBegun.self)
        if output.json { return try output.printJSON(begun) }
        print(
          text(
            "\(begun.zone): \(begun.stage) begins (\(begun.title.en))",
            "\(begun.zone)：\(begun.title.zh)开始（\(begun.stage)）"))
      }
    }
  }

  struct Hold: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: text("Stop a recipe's clock; the setpoints stay as they are.", "暂停工艺计时，设定值不变。"))

    @OptionGroup var request: PlainRequest

    func run() throws {
      try request.send(.recipeHold, text("on hold; go on: bombyx recipe resume", "已暂停；继续：bombyx recipe resume"))
    }
  }

  struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: text("Let a recipe go on that was held or ended.", "继续已暂停或已结束的工艺。"))

    @OptionGroup var request: PlainRequest

    func run() throws { try request.send(.recipeResume, text("goes on", "继续")) }
  }

  struct Stop: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: text(
        "End a recipe: the zone keeps to the setpoints of its configuration.", "结束工艺，改用配置中的设定值。"))

    @OptionGroup var request: PlainRequest

    func run() throws {
      try request.send(
        .recipeStop, text("ended; take it up again: bombyx recipe resume", "已结束；重新启用：bombyx recipe resume"))
    }
  }

  struct Offset: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: text("Move all setpoints for a while. Without values: end that.", "临时整体偏移设定值；不给数值则取消。"))

    @Option(help: help("Kelvins, −5 to 5: --temperature=-1.", "温度偏移，−5到5 K：--temperature=-1。"))
    var temperature: Double?

    @Option(help: help("Points of relative humidity, −15 to 15.", "相对湿度偏移，−15到15个百分点。"))
    var humidity: Double?

    @Option(name: .customLong("for"), help: help("How long: 6h. At most 72h.", "多久：6h，最长72h。"))
    var duration: String?

    @OptionGroup var request: PlainRequest

    func validate() throws {
      try checkDuration(duration)
      guard (temperature ?? 0) != 0 || (humidity ?? 0) != 0, duration == nil else { return }
      throw ValidationError(
        text(
          "say how long: bombyx recipe offset --temperature=1 --for 6h. An offset always ends by itself",
          "请给出时间：bombyx recipe offset --temperature=1 --for 6h。偏移总会自动结束"))
    }

    func run() throws {
      var parameters = ServiceParameters()
      (parameters.temperatureOffset, parameters.humidityOffset) = (temperature, humidity)
      parameters.duration = duration.flatMap(DurationText.seconds)
      let isEnd = (temperature ?? 0) == 0 && (humidity ?? 0) == 0
      let time = Format.duration(parameters.duration ?? 0, currentLanguage)
      try request.send(
        .recipeOffset,
        isEnd ? text("no offset", "已取消偏移") : text("setpoints moved for \(time)", "设定值已偏移，持续 \(time)"), parameters)
    }
  }
}

/// The zone a command is about.
struct ZoneOption: ParsableArguments {
  @Option(help: help("Name of the zone; may be left out if only one has a recipe.", "区名；仅一个区使用工艺时可省略。"))
  var zone: String?
}

/// A request to one zone that has no answer but done.
struct PlainRequest: ParsableArguments {
  @OptionGroup var zone: ZoneOption
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var output: OutputOptions

  func send(_ method: ServiceMethod, _ words: String, _ parameters: ServiceParameters = ServiceParameters()) throws {
    try bombyx.run {
      var parameters = parameters
      parameters.zone = zone.zone
      let result = try daemon.call(method, parameters, returning: Acknowledgement.self)
      if output.json { return try output.printJSON(result) }
      print((zone.zone.map { $0 + text(": ", "：") } ?? "") + words)
    }
  }
}

/// Refuses what is no duration.
private func checkDuration(_ duration: String?) throws {
  guard let duration, DurationText.seconds(duration) == nil else { return }
  throw ValidationError(
    text("\"\(duration)\" is no duration; write 90s, 10m or 2h", "“\(duration)”不是时间；请写 90s、10m 或 2h"))
}

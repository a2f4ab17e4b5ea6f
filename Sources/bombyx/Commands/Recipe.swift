// bombyx recipe: where the zones stand in their programmes.

import ArgumentParser
import Controller
import LocalService
import TerminalUI

struct RecipeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipe",
    abstract: text("Where zones stand in their recipes; begin a stage.", "各区工艺进度；开始某一阶段。"),
    subcommands: [Show.self, Start.self], defaultSubcommand: Show.self)

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: text("Recipe and stage of every zone.", "各区的工艺与阶段。"))

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      try bombyx.run {
        let zones = try daemon.status().zones
        if output.json { return try output.printJSON(zones.compactMap(\.stage)) }
        var table = TextTable([
          .text(text("zone", "区")), .text(text("recipe", "工艺")), .text(text("stage", "阶段")),
          .number(text("elapsed", "已过")), .number(text("lasts", "时长")),
        ])
        for zone in zones {
          guard let stage = zone.stage else {
            table.add([zone.name, "–"])
            continue
          }
          table.add([
            zone.name, stage.recipe, "\(stage.stage) \(text(stage.title.en, stage.title.zh))",
            Format.duration(stage.elapsed, currentLanguage), Format.duration(stage.duration, currentLanguage),
          ])
        }
        print(table.lines(output.style).joined(separator: "\n"))
      }
    }
  }

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
}

// The command line of Bombyx.

import ArgumentParser

/// The root command.
@main
struct Bombyx: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bombyx",
    abstract: text(
      "Climate control for silkworm sheds and greenhouses.", "蚕室与温室环境控制。"),
    discussion: text(
      "Try \"bombyx simulate\": a whole shed without any hardware.", "可先运行 \"bombyx simulate\"：无需硬件即可体验整座蚕室。"),
    version: "0.1.0",
    subcommands: [
      Simulate.self, Check.self, Apply.self, Status.self, Sensors.self, Outputs.self, Why.self, SetCommand.self,
      Auto.self, Isolate.self,
      Alarms.self, AlarmCommand.self, Log.self, Plot.self, RecipeCommand.self, Scan.self, SyncCommand.self, Doctor.self,
      CoSimulate.self, Tune.self,
    ])
}

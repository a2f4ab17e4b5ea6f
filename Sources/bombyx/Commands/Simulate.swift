// bombyx simulate: a whole shed without any hardware.

public import ArgumentParser
import Climate
import Configuration
import Controller
import Cryptography
import FoundationEssentials
import Glibc
import Journal
import LocalService
import Platform
public import Simulator
public import Station
import TerminalUI

extension SimulationSite: ExpressibleByArgument {}
extension Scenario: ExpressibleByArgument {}

struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: text("Run the whole controller against a simulated house.", "让整套控制器运行于模拟的房屋中。"),
    discussion: text(
      "Live with a screen at --speed times real time; with --report json as fast as possible, for --days days. "
        + "In a second terminal: bombyx status, bombyx why heater, bombyx log, bombyx set heater on --for 2m.",
      "默认以 --speed 倍速实时显示；加 --report json 则以最快速度运行 --days 天。另开终端可用：bombyx status、bombyx why heater、bombyx log、bombyx set heater on --for 2m。"
    ))

  enum ReportForm: String, ExpressibleByArgument, CaseIterable {
    case json
    case text
  }

  @Option(help: help("What is simulated.", "模拟对象。"))
  var site = SimulationSite.silkwormShed

  @Option(help: help("The device's configuration instead of the site's example.", "使用指定配置代替示例。"))
  var config: String?

  @Option(help: help("Recipe instead of the configured one.", "工艺。"))
  var recipe: String?

  @Option(help: help("Stage the shed is in, and stays in.", "所处并保持的阶段。"))
  var stage = "instar-5"

  @Option(help: help("How many days.", "模拟天数。"))
  var days: Double?

  @Option(help: help("How many times faster than real time, 1 to 10000.", "倍速，1到10000。"))
  var speed = 10.0

  @Option(help: help("Seed of weather, noise and building.", "随机种子。"))
  var seed: UInt64 = 1

  @Option(help: help("What goes wrong.", "情景。"))
  var scenario = Scenario.calm

  @Option(help: help("First day, such as 2026-04-01.", "起始日期，如 2026-04-01。"))
  var start = "2026-04-01"

  @Option(help: help("Without a screen: as fast as possible, then print the report.", "不显示屏幕，以最快速度运行后输出报告。"))
  var report: ReportForm?

  @Option(help: help("Directory of the log; a temporary one is removed at the end.", "记录目录；临时目录在结束时删除。"))
  var stateDirectory: String?

  @OptionGroup var share: ShareOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...10_000).contains(speed) else {
      throw ValidationError(text("--speed goes from 1 to 10000", "--speed 应在1到10000之间"))
    }
    if let days, !(days > 0 && days <= 3_650) {
      throw ValidationError(text("--days must be above 0 and at most 3650", "--days 应大于0且不超过3650"))
    }
    if report != nil, days == nil {
      throw ValidationError(text("--report needs --days", "--report 需要 --days"))
    }
    guard PlantTime(date: start) != nil else {
      throw ValidationError(text("\"\(start)\" is no date; write it like 2026-04-01", "“\(start)”不是日期；应写成如 2026-04-01"))
    }
  }

  func run() throws {
    try bombyx.run {
      let directory = try makeDirectory()
      defer { if stateDirectory == nil { try? FileManager.default.removeItem(atPath: directory) } }
      let options = SimulationOptions(
        site: site, configuration: try configuration(), seed: seed, days: days, speed: report == nil ? speed : nil,
        scenario: scenario, start: PlantTime(date: start) ?? PlantTime(year: 2026, month: 4, day: 1),
        stage: SilkwormStage(rawValue: stage) ?? .fifth, stateDirectory: directory,
        runtimeDirectory: report == nil ? SimulationPaths.directory : nil)
      var result = try report == nil ? runLive(options) : runFast(options)
      result.logDigest = try Self.digest(of: directory)
      if report == .json || output.json {
        try output.printJSON(result)
      } else {
        print(ReportText(result).lines.joined(separator: "\n"))
      }
      if !result.violations.isEmpty { throw ExitCodes.notInOrder }
    }
  }

  // MARK: Configuration

  private func configuration() throws -> DeviceConfiguration {
    // Installed, and in a checkout, whose own folder of examples is for other things.
    let candidates = ["examples", "deploy/examples"].map { "\(share.directory)/\($0)/\(site.rawValue).toml" }
    let readable = candidates.first { access($0, R_OK) == 0 }
    let path: String = config ?? readable ?? candidates[0]
    let files = ConfigurationFiles(configuration: path, share: share.directory)
    let (sources, unreadable) = files.sources()
    let (boards, boardFaults) = files.boards()
    let (recipes, recipeFaults) = files.recipes()
    let (configuration, faults) = ConfigurationLoader.load(
      sources, boards: boards, recipes: recipes, isSimulated: true)
    let errors = (unreadable + boardFaults + recipeFaults + faults).filter { $0.severity == .error }
    guard var configuration, errors.isEmpty else {
      let lines = errors.map { "\($0.location): \(text($0.english, $0.chinese))" }
      throw Failure(lines.joined(separator: "\n"), lines.joined(separator: "\n"))
    }
    try choose(recipes.first { $0.name == recipe }, in: &configuration)
    return configuration
  }

  private func choose(_ chosen: Recipe?, in configuration: inout DeviceConfiguration) throws {
    if let recipe, chosen == nil {
      throw Failure(
        "there is no recipe \(recipe) in \(share.directory)/recipes", "\(share.directory)/recipes 中没有工艺 \(recipe)")
    }
    for index in configuration.plan.zones.indices {
      if let chosen { configuration.plan.zones[index].recipe = chosen }
      guard let recipe = configuration.plan.zones[index].recipe else { continue }
      guard let stage = recipe.stage(named: stage) else {
        let names = recipe.stages.map(\.name).joined(separator: ", ")
        throw Failure(
          "recipe \(recipe.name) has no stage \(self.stage); stages: \(names)",
          "工艺 \(recipe.name) 没有阶段 \(self.stage)；现有：\(names)")
      }
      configuration.plan.zones[index].firstStage = stage
      configuration.plan.zones[index].holdsStage = true
    }
  }

  private func makeDirectory() throws -> String {
    let path = stateDirectory ?? (environment("TMPDIR") ?? "/" + "tmp") + "/bombyx-simulation-\(getpid())"
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      if report == nil {
        try FileManager.default.createDirectory(
          atPath: SimulationPaths.directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      }
    } catch {
      throw Failure("\(path) cannot be made: \(error)", "无法创建 \(path)：\(error)")
    }
    return path
  }

  // MARK: Running

  private func runFast(_ options: SimulationOptions) throws -> SimulationReport {
    var options = options
    // Nobody cuts the power here: waiting for the disk once a minute would only cost time.
    if scenario != .powerCut { options.configuration.log.commitInterval = .minutes(15) }
    return try Simulation(options).run()
  }

  private func runLive(_ options: SimulationOptions) throws -> SimulationReport {
    let stop = try Signals.stopDescriptor()
    let simulation = Simulation(options)
    let result = Monitor<Result<SimulationReport, any Error>?>(nil)
    let thread = try Platform.Thread(name: "simulation") {
      let outcome = Result { try simulation.run() }
      result.update { $0 = outcome }
    }
    Format.useTimeZone(options.configuration.site.timeZone)
    let screen = LiveScreen()
    let renderer = StatusScreen(currentLanguage, output.style)
    while result.withLock({ $0 == nil }) {
      if let status = simulation.status() { screen.show(renderer.lines(status) + hint) }
      var wait = pollfd(fd: stop.number, events: Int16(POLLIN), revents: 0)
      if poll(&wait, 1, 500) > 0 { simulation.stop() }
      if simulation.isStopping { break }
    }
    thread.join()
    guard let outcome = result.withLock({ $0 }) else {
      throw Failure("the simulation ended without a report", "模拟未给出报告")
    }
    return try outcome.get()
  }

  private var hint: [String] {
    [
      "",
      output.style(
        text(
          "\(Format.number(speed, decimals: 0)) times real time; Ctrl-C ends and prints the report. Second terminal: bombyx why heater",
          "\(Format.number(speed, decimals: 0)) 倍速；Ctrl-C 结束并输出报告。另开终端：bombyx why heater"), .faint),
    ]
  }

  /// SHA-256 of the log in its canonical form.
  private static func digest(of directory: String) throws -> String {
    var hash = SHA256()
    do throws(JournalError) {
      try JournalReader(directory: directory).forEachRowCanonically { line in
        hash.update((line + "\n").utf8)
      }
    } catch {
      throw Failure("the log could not be read: \(error)", "无法读取记录：\(error)")
    }
    return hash.finish().hexadecimal
  }
}

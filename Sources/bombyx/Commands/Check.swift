// bombyx check, bombyx apply: is the configuration right, and putting it in force.

import ArgumentParser
import Configuration
import Controller
import FoundationEssentials
import Glibc
import Guardian
import LocalService
import Platform
import TOML
import TerminalUI

/// Where boards and recipes are.
struct ShareOptions: ParsableArguments {
  @Option(help: help("Directory of boards and recipes.", "板型与工艺目录。"))
  var share: String?

  /// The directory given, or the package's, or that of the checkout the program was built in.
  var directory: String {
    if let share { return share }
    for candidate in [ConfigurationFiles.standardShare] + Self.besideExecutable
    where access(candidate + "/recipes", R_OK) == 0 {
      return candidate
    }
    return ConfigurationFiles.standardShare
  }

  private static var besideExecutable: [String] {
    var buffer = [CChar](repeating: 0, count: 4_096)
    guard readlink("/proc/self/exe", &buffer, buffer.count - 1) > 0 else { return [] }
    var parts = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      .split(separator: "/")
    var candidates: [String] = []
    // <prefix>/bin/bombyx, or <checkout>/.build/<triple>/<configuration>/bombyx.
    for _ in 0..<5 where !parts.isEmpty {
      parts.removeLast()
      let directory = "/" + parts.joined(separator: "/")
      candidates += [directory + "/share/bombyx", directory]
    }
    return candidates
  }
}

/// One fault as JSON.
struct FaultMessage: Codable {
  var file: String
  var line: Int
  var column: Int
  var severity: String
  var message: String

  init(_ fault: ConfigurationFault) {
    (file, line, column) = (fault.location.file, fault.location.line, fault.location.column)
    severity = fault.severity.rawValue
    message = text(fault.english, fault.chinese)
  }
}

/// Faults in words.
enum FaultText {
  static func write(_ faults: [ConfigurationFault], _ output: OutputOptions) {
    for fault in faults {
      let isError = fault.severity == .error
      let word = isError ? text("error", "错误") : text("warning", "提醒")
      let place = "\(fault.location): "
      StandardError.write(
        place + output.style(word, isError ? .bad : .warning) + ": " + text(fault.english, fault.chinese))
    }
  }

  static func failure(_ faults: [ConfigurationFault], _ what: String, _ chinese: String) -> Failure {
    let count = faults.count { $0.severity == .error }
    return Failure(
      "\(count) error\(count == 1 ? "" : "s"); \(what) cannot be used", "共 \(count) 处错误，\(chinese)不可用",
      code: ExitCodes.notInOrder)
  }
}

/// Loads a configuration and tells its faults.
struct ConfigurationCheck {
  let files: ConfigurationFiles

  func load(_ output: OutputOptions) throws -> DeviceConfiguration {
    guard access(files.configuration, F_OK) == 0 else {
      throw Failure(
        "there is no \(files.configuration); begin with an example: deploy/examples, or /usr/share/bombyx/examples",
        "没有 \(files.configuration)；可从示例开始：deploy/examples 或 /usr/share/bombyx/examples")
    }
    let (configuration, faults) = files.load()
    FaultText.write(faults, output)
    guard let configuration else { throw FaultText.failure(faults, "the configuration", "配置") }
    return configuration
  }
}

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: text(
      "Validate a configuration or a recipe: every fault with file, line and column.", "检查配置或工艺：逐一指出文件、行、列。"))

  @Argument(help: help("The configuration, or a recipe.", "配置文件或工艺文件。"))
  var file = "/etc/bombyx/bombyx.toml"

  @OptionGroup var share: ShareOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    try bombyx.run {
      if let text = try? TextFile.read(file, limit: 1 << 20), RecipeFile.isRecipe(text) { return try checkRecipe(text) }
      let files = ConfigurationFiles(configuration: file, share: share.directory)
      if output.json {
        let (configuration, faults) = files.load()
        try output.printJSON(faults.map(FaultMessage.init))
        if configuration == nil { throw ExitCodes.notInOrder }
        return
      }
      let configuration = try ConfigurationCheck(files: files).load(output)
      let plan = configuration.plan
      let sensors = configuration.buses.reduce(0) { $0 + $1.sensors.count }
      print(
        text(
          "in order: \(plan.zones.count) zones, \(sensors) sensors, \(plan.outputs.count) outputs",
          "配置正确：\(plan.zones.count) 个区，\(sensors) 个传感器，\(plan.outputs.count) 个输出"))
    }
  }

  private func checkRecipe(_ text: String) throws {
    let (document, faults) = RecipeFile.read(text, file: file)
    if output.json { try output.printJSON(faults.map(FaultMessage.init)) } else { FaultText.write(faults, output) }
    guard let document else {
      if output.json { throw ExitCodes.notInOrder }
      throw FaultText.failure(faults, "the recipe", "工艺")
    }
    if output.json { return }
    let (stages, values) = (document.recipe.stages.count, document.values.count)
    print(
      bombyx.text(
        "in order: \(stages) stages, \(values) values, \(document.unverified) of them not verified; \(document.recipe.stamp)",
        "工艺正确：\(stages) 个阶段，\(values) 个值，其中 \(document.unverified) 个未核实；\(document.recipe.stamp)"))
  }
}

struct Apply: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: text(
      "Put a configuration in force: check it, install it, write the guardian's table.", "应用配置：检查、安装并写出守护表。"))

  @Argument(help: help("The new configuration; without it the installed one.", "新配置；不给则使用已安装的配置。"))
  var file: String?

  @Option(help: help("Where the configuration is installed.", "配置安装位置。"))
  var installed = "/etc/bombyx/bombyx.toml"

  @Option(help: help("Where the guardian's table is written.", "守护表位置。"))
  var table = "/etc/bombyx/guardian.table"

  @OptionGroup var share: ShareOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    try bombyx.run {
      let source = file ?? installed
      let files = ConfigurationFiles(configuration: source, share: share.directory)
      let configuration = try ConfigurationCheck(files: files).load(output)
      do throws(SystemError) {
        if source != installed { try install(source) }
        try TextFile.replace(table, with: configuration.guardianTable.text)
      } catch {
        throw Failure("\(error); run the command with sudo", "\(error)；请用 sudo 运行")
      }
      let hash = String(configuration.guardianTable.hash, radix: 16)
      if output.json { return try output.printJSON(["table": table, "hash": hash]) }
      print(text("written: \(installed), \(table) (table \(hash))", "已写入：\(installed)、\(table)（表 \(hash)）"))
      print(
        text(
          "now restart both: sudo systemctl restart bombyx-guardian bombyxd",
          "请重启两个服务：sudo systemctl restart bombyx-guardian bombyxd"))
    }
  }

  /// Installs the new file and keeps the old one beside it.
  private func install(_ source: String) throws(SystemError) {
    let new = try TextFile.read(source, limit: 1 << 20)
    if access(installed, F_OK) == 0 {
      try TextFile.replace(installed + ".previous", with: try TextFile.read(installed, limit: 1 << 20))
    }
    try TextFile.replace(installed, with: new)
  }
}

// bombyx recipe list, bombyx recipe show: recipes as their files give them.

import ArgumentParser
import Climate
import Configuration
import Controller
import LocalService
import TerminalUI

extension RecipeCommand {
  /// A recipe in a list, as JSON.
  private struct Entry: Codable {
    var name: String
    var title: LocalizedText
    var version: String
    var digest: String
    var subject: String
    var variety: LocalizedText
    var season: LocalizedText
    var stages: Int
    var values: Int
    var unverified: Int

    init(_ document: RecipeDocument) {
      let recipe = document.recipe
      (name, title, version, digest) = (recipe.name, recipe.title, recipe.version, recipe.digest)
      (subject, variety, season) = (document.subject.rawValue, document.variety, document.season)
      (stages, values, unverified) = (recipe.stages.count, document.values.count, document.unverified)
    }
  }

  /// A recipe with its values, as JSON.
  private struct Detail: Codable {
    struct Value: Codable {
      var key: String
      var value: String
      var source: String
      var verified: Bool
    }
    struct StageEntry: Codable {
      var name: String
      var title: LocalizedText
      var event: String?
      var duration: Double
      var waits: Bool
      var values: [Value]

      enum CodingKeys: String, CodingKey {
        case name, title, event, waits, values
        case duration = "duration_s"
      }
    }

    var recipe: Entry
    var sources: [String: String]
    var stages: [StageEntry]

    init(_ document: RecipeDocument) {
      (recipe, sources) = (Entry(document), document.sources)
      stages = document.recipe.stages.map { stage in
        let values = document.values.filter { $0.stage == stage.name }.map { value in
          Value(
            key: value.key, value: Show.words(value.key, stage, document), source: value.provenance.source,
            verified: value.provenance.isVerified)
        }
        return StageEntry(
          name: stage.name, title: stage.title, event: stage.event, duration: stage.duration.inSeconds,
          waits: stage.end == .event, values: values)
      }
    }
  }

  /// Where recipes are looked for.
  struct FileOptions: ParsableArguments {
    @Option(help: help("The configuration; recipes of the site lie beside it.", "配置文件；本地工艺与其同目录。"))
    var config = "/etc/bombyx/bombyx.toml"

    @OptionGroup var share: ShareOptions

    func documents() throws -> [RecipeDocument] {
      let (documents, faults) = ConfigurationFiles(configuration: config, share: share.directory).recipeDocuments()
      for fault in faults where fault.severity == .error {
        StandardError.write("\(fault.location): " + text(fault.english, fault.chinese))
      }
      return documents.sorted { $0.recipe.name < $1.recipe.name }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: text("Recipes of the package and of the site.", "已安装的工艺与本地工艺。"))

    @OptionGroup var files: FileOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      try bombyx.run {
        let documents = try files.documents()
        if output.json { return try output.printJSON(documents.map(Entry.init)) }
        var table = TextTable([
          .text(text("recipe", "工艺")), .text(text("for", "对象")), .text(text("season", "季节")),
          .number(text("stages", "阶段")), .number(text("not verified", "未核实")), .text(text("hash", "版本")),
        ])
        for document in documents {
          let recipe = document.recipe
          table.add([
            recipe.name, text(recipe.title.en, recipe.title.zh), text(document.season.en, document.season.zh),
            "\(recipe.stages.count)", "\(document.unverified)/\(document.values.count)",
            "\(recipe.version) #\(recipe.digest.prefix(8))",
          ])
        }
        print(table.lines(output.style).joined(separator: "\n"))
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: text(
        "Where every zone stands; with a name, a recipe with its sources.", "各区进度；给出名称则显示该工艺及其依据。"))

    @Argument(help: help("Name of a recipe.", "工艺名称。"))
    var name: String?

    @OptionGroup var files: FileOptions
    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      try bombyx.run {
        if let name { try show(name) } else { try showZones() }
      }
    }

    private func showZones() throws {
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
      var lines = table.lines(output.style)
      for zone in zones {
        let words = RecipeText(currentLanguage, output.style)
        let notes = words.notes(zone).dropLast(zone.stage?.ahead?.isEmpty == false ? 1 : 0)
        let ahead = (zone.stage?.ahead ?? []).map(words.forecast)
        guard !notes.isEmpty || !ahead.isEmpty else { continue }
        lines += ["", zone.name] + (notes + ahead).map { "  " + $0 }
      }
      print(lines.joined(separator: "\n"))
    }

    private func show(_ name: String) throws {
      let documents = try files.documents()
      guard let document = documents.first(where: { $0.recipe.name == name }) else {
        let names = documents.map(\.recipe.name)
        throw Failure(
          "there is no recipe \(name); recipes: \(names.joined(separator: ", "))",
          "没有工艺 \(name)；现有：\(names.joined(separator: "、"))")
      }
      if output.json { return try output.printJSON(Detail(document)) }
      let recipe = document.recipe
      let variety = text(document.variety.en, document.variety.zh)
      print(
        output.style(text(recipe.title.en, recipe.title.zh), .strong) + "  \(recipe.stamp)\n" + variety + " · "
          + text(document.season.en, document.season.zh))
      for stage in recipe.stages { print((["", heading(stage)] + lines(stage, of: document)).joined(separator: "\n")) }
      guard !document.sources.isEmpty else { return }
      print("\n" + text("sources", "来源"))
      for (key, source) in document.sources.sorted(by: {
        $0.key.count == $1.key.count ? $0.key < $1.key : $0.key.count < $1.key.count
      }) {
        print("  \(key)  \(source)")
      }
    }

    private func heading(_ stage: Stage) -> String {
      var line = output.style(stage.name, .strong) + "  " + text(stage.title.en, stage.title.zh) + "  "
      line += Format.duration(stage.duration.inSeconds, currentLanguage)
      if let event = stage.event { line += text("  begins with \(event)", "  起始事件：\(currentLanguage.event(event))") }
      switch stage.end {
      case .time: break
      case .degreeHours(let sum, let base):
        line += text("  ends at \(Int(sum)) K·h above \(base) °C", "  积温达 \(Int(sum)) K·h（基点 \(base) °C）时结束")
      case .event: line += text("  waits for the next event", "  等待下一事件")
      }
      return line
    }

    private func lines(_ stage: Stage, of document: RecipeDocument) -> [String] {
      var table = TextTable([.text(""), .text(""), .text(""), .text("")])
      for value in document.values where value.stage == stage.name {
        let mark = value.provenance.isVerified ? text("verified", "已核实") : text("suggestion", "未核实/建议值")
        table.add([
          "  " + currentLanguage.recipeValue(value.key), Self.words(value.key, stage, document), mark,
          value.provenance.source,
        ])
      }
      return Array(table.lines(output.style).dropFirst())
    }

    /// A value in words.
    fileprivate static func words(_ key: String, _ stage: Stage, _ document: RecipeDocument) -> String {
      func band(_ band: BandSetpoint?, _ course: Course, _ unit: String, _ widthUnit: String) -> String {
        guard let band else { return "–" }
        let night = course.night.map {
          text(", night \(Format.value($0, unit: unit))", "，夜 \(Format.value($0, unit: unit))")
        }
        return Format.value(band.setpoint, unit: unit) + " ± " + Format.value(band.band, unit: widthUnit)
          + (night ?? "")
      }
      switch key {
      case "temperature": return band(stage.setpoints.temperature, stage.temperature, "°C", "K")
      case "humidity":
        let place = document.humidityPlaces[stage.name].map { " (\(currentLanguage.humidityPlace($0.rawValue)))" } ?? ""
        guard let aim = stage.humidityAim else {
          return band(stage.setpoints.humidity, stage.humidity, "%", "%") + place
        }
        return "\(aim.value) ± \(aim.band) \(aim.form.unit)" + place
      case "co2": return "≤ " + Format.value(stage.setpoints.co2?.limit, unit: "ppm")
      case "ammonia": return "≤ " + Format.value(stage.setpoints.ammonia?.limit, unit: "ppm")
      case "load": return Format.number(stage.waterPerBox ?? 0, decimals: 2) + " kg/h"
      case "soil-moisture": return band(stage.setpoints.soilMoisture, Course(), "%", "%")
      case "ventilation":
        guard let timer = stage.setpoints.ventilation else { return "–" }
        let on = Format.duration(timer.on.inSeconds, currentLanguage)
        let period = Format.duration(timer.period.inSeconds, currentLanguage)
        return text("\(on) every \(period)", "每 \(period) \(on)")
      case "light": return stage.light == .blackout ? text("dark", "遮光") : text("by programme", "按程序")
      default: return Format.duration(stage.duration.inSeconds, currentLanguage)
      }
    }
  }
}

// A recipe as it is written.

import Climate
import Controller
import Guardian
import TOML

/// Reads recipes.
public enum RecipeFile {
  /// Reads a recipe.
  /// - Returns: the recipe with what its file says about it, if it can be used, and all faults.
  public static func read(
    _ text: String, file: String
  ) -> (document: RecipeDocument?, faults: [ConfigurationFault]) {
    let faults = Faults()
    let document = TOMLDocument(parsing: text, file: file)
    faults.add(document.errors)
    let reader = TableReader(document.root, faults)
    checkSchema(reader)
    let name = reader.required("name") ?? ""
    let title = localized(reader, "title")
    let version = reader.required("version") ?? ""
    if !reader.has("subject") { reader.missing("subject") }
    let subject = reader.named("subject", ("subject", "对象"), RecipeSubject.self)
    let variety = localized(reader, "variety")
    let season = localized(reader, "season")
    let context = RecipeContext(subject: subject ?? .crop, sources: sources(reader))
    let watches = watches(reader)
    let tables = reader.tables("stage")
    let stages = tables.map { (StageReader(context: context).stage($0), $0) }
    reader.finish()
    check(stages, faults)
    if tables.isEmpty { faults.error(reader.location, "the recipe has no [[stage]]", "工艺没有 [[stage]]") }
    guard !faults.hasErrors, let subject,
      var recipe = Recipe(
        name: name, title: title, version: version, digest: digest(of: text), stages: stages.compactMap(\.0))
    else { return (nil, faults.sorted) }
    recipe.watches = watches
    let read = RecipeDocument(
      recipe: recipe, subject: subject, variety: variety, season: season, sources: context.sources,
      humidityPlaces: context.humidityPlaces, values: context.values)
    return (read, faults.sorted)
  }

  /// Whether a text is meant as a recipe: it has stages, and no site.
  public static func isRecipe(_ text: String) -> Bool {
    let root = TOMLDocument(parsing: text, file: "").root
    return root.entry("stage") != nil && root.entry("site") == nil
  }

  /// Hash of a recipe's text, which tells one version from another.
  static func digest(of text: String) -> String {
    let hash = String(FNV1a.hash(of: text.utf8), radix: 16)
    return String(repeating: "0", count: 16 - hash.count) + hash
  }

  private static func localized(_ reader: TableReader, _ key: String) -> LocalizedText {
    if !reader.has(key) {
      reader.missing(key, because: ": write it in both languages, { en = \"…\", zh = \"…\" }", "：请写两种语言")
    }
    return reader.title(key) ?? LocalizedText(en: "", zh: "")
  }

  private static func watches(_ reader: TableReader) -> [WatchedDisease] {
    (reader.strings("watch") ?? []).compactMap { word in
      if let disease = WatchedDisease(rawValue: word.text) { return disease }
      reader.faults.unknown(
        ("disease", "病害"), word.text, at: word.location, among: WatchedDisease.allCases.map(\.rawValue))
      return nil
    }
  }

  private static func sources(_ reader: TableReader) -> [String: String] {
    guard let table = reader.subtable("sources") else { return [:] }
    let keys = table.table.entries.map(\.key)
    for key in keys where ["C", "M", "E"].contains(key) || key.contains(",") {
      table.faults.error(table.location(of: key), "\"\(key)\" cannot name a source", "“\(key)”不能作为来源的键")
    }
    let pairs = keys.compactMap { key in table.string(key).map { (key, $0) } }
    table.finish()
    return Dictionary(pairs) { first, _ in first }
  }

  /// What only the stages together show.
  private static func check(_ stages: [(stage: Stage?, table: TableReader)], _ faults: Faults) {
    var names: Set<String> = []
    var lastEvent: String?
    for (index, (stage, table)) in stages.enumerated() {
      guard let stage else { continue }
      if !names.insert(stage.name).inserted {
        faults.error(
          table.valueLocation(of: "name"), "there is already a stage \"\(stage.name)\"", "阶段“\(stage.name)”重名")
      }
      if let event = stage.event {
        if event == lastEvent {
          faults.error(
            table.valueLocation(of: "event"),
            "two events \"\(event)\" without another between them: nobody could say which is meant",
            "两个“\(event)”事件之间没有其他事件：无法区分")
        }
        lastEvent = event
      }
      guard stage.end == .event else { continue }
      let next = stages.indices.contains(index + 1) ? stages[index + 1].stage : nil
      if index == stages.count - 1 {
        faults.error(
          table.valueLocation(of: "ends"), "the last stage cannot end with an event: nothing follows it",
          "最后阶段之后没有阶段，不能以事件结束")
      } else if let next, next.event == nil {
        faults.error(
          table.valueLocation(of: "ends"),
          "ends = \"event\", but the next stage \"\(next.name)\" has no event that begins it",
          "ends = “event”，但下一阶段“\(next.name)”没有起始事件")
      }
    }
  }
}

/// The schema that this version reads.
func checkSchema(_ reader: TableReader) {
  guard reader.has("schema") else { return reader.missing("schema", because: "; write schema = 1", "；请写 schema = 1") }
  guard let schema = reader.integer("schema"), schema != 1 else { return }
  reader.faults.error(
    reader.valueLocation(of: "schema"), "schema \(schema) is not known; this version reads schema 1",
    "不支持 schema \(schema)；本版本使用 schema 1")
}

extension TableReader {
  /// A text in both languages.
  func title(_ key: String) -> LocalizedText? {
    section(key) { table in
      guard let en = table.required("en"), let zh = table.required("zh") else { return nil }
      return LocalizedText(en: en, zh: zh)
    }
  }

  /// Reads a subtable and checks that nothing in it was overlooked.
  func section<Value>(_ key: String, _ read: (TableReader) -> Value?) -> Value? {
    guard let table = subtable(key) else { return nil }
    defer { table.finish() }
    return read(table)
  }
}

// A recipe as it is written.

import Climate
public import Controller
import TOML

/// Reads recipes.
public enum RecipeFile {
  /// Reads a recipe.
  /// - Returns: the recipe, if it can be used, and all faults.
  public static func read(_ text: String, file: String) -> (recipe: Recipe?, faults: [ConfigurationFault]) {
    let faults = Faults()
    let document = TOMLDocument(parsing: text, file: file)
    faults.add(document.errors)
    let reader = TableReader(document.root, faults)
    checkSchema(reader)
    let name = reader.required("name") ?? ""
    let title = reader.title("title") ?? LocalizedText(en: name, zh: name)
    let version = reader.string("version") ?? "1"
    let stages = reader.tables("stage").compactMap(stage)
    reader.finish()
    let names = stages.map(\.name)
    if Set(names).count < names.count {
      faults.error(reader.location, "two stages have the same name", "有两个阶段同名")
    }
    if names.isEmpty { faults.error(reader.location, "the recipe has no [[stage]]", "工艺没有 [[stage]]") }
    let recipe = faults.hasErrors ? nil : Recipe(name: name, title: title, version: version, stages: stages)
    return (recipe, faults.sorted)
  }

  private static func stage(_ reader: TableReader) -> Stage? {
    let name = reader.required("name")
    let title = reader.title("title")
    if !reader.has("duration") { reader.missing("duration") }
    let duration = reader.duration("duration", in: .minutes(1)...Duration.hours(24 * 400))
    var setpoints = Setpoints()
    setpoints.temperature = reader.section("temperature") { $0.band(.temperature) }
    setpoints.humidity = reader.section("humidity") { table in
      _ = table.string("measured")
      return table.band(.humidity)
    }
    setpoints.soilMoisture = reader.section("soil-moisture") { $0.band(.soilMoisture) }
    setpoints.co2 = reader.section("co2") { table in
      let limit = table.quantity("limit", .concentration, in: 400...40_000)
      let alarm = table.quantity("alarm", .concentration, in: 400...40_000)
      _ = table.quantity("warn", .concentration, in: 400...40_000)
      let provenance = table.provenance()
      return limit.map { GasLimit(limit: $0, alarm: alarm, provenance: provenance) }
    }
    setpoints.ventilation = reader.section("ventilation") { table in
      _ = table.provenance()
      return table.ventilation("minimum")
    }
    reader.finish()
    guard let name, let duration else { return nil }
    return Stage(
      name: name, title: title ?? LocalizedText(en: name, zh: name), duration: duration, setpoints: setpoints)
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

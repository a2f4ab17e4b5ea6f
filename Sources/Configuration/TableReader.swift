// Typed access to a table, with a fault for everything that is not as it should be.

import TOML

/// Reads the keys of one table. Keys that nobody asked for are faults when it is finished.
final class TableReader {
  let table: TOMLTable
  let faults: Faults
  private var asked: [String] = []

  init(_ table: TOMLTable, _ faults: Faults) { (self.table, self.faults) = (table, faults) }

  var location: SourceLocation { table.location }

  func location(of key: String) -> SourceLocation { table.entry(key)?.keyLocation ?? table.location }

  func valueLocation(of key: String) -> SourceLocation { table[key]?.location ?? table.location }

  func has(_ key: String) -> Bool { table.entry(key) != nil }

  /// Reports unknown keys with the nearest known one.
  func finish() {
    for entry in table.entries where !asked.contains(entry.key) {
      let nearest = nearestKey(to: entry.key, among: asked)
      let known = asked.sorted().joined(separator: ", ")
      faults.error(
        entry.keyLocation,
        "unknown key \"\(entry.key)\"" + (nearest.map { "; did you mean \"\($0)\"?" } ?? "; known here: \(known)"),
        "未知的键“\(entry.key)”" + (nearest.map { "；是否为“\($0)”？" } ?? "；此处可用：\(known)"))
    }
  }

  // MARK: Plain values

  func string(_ key: String) -> String? {
    value(key, "text in quotation marks", "带引号的文本") { if case .string(let text) = $0 { text } else { nil } }
  }

  func integer(_ key: String) -> Int? {
    value(key, "a whole number", "整数") { if case .integer(let number) = $0 { Int(exactly: number) } else { nil } }
  }

  func number(_ key: String) -> Double? {
    value(key, "a number", "数字") {
      switch $0 {
      case .integer(let number): Double(number)
      case .float(let number) where number.isFinite: number
      default: nil
      }
    }
  }

  func boolean(_ key: String) -> Bool? {
    value(key, "true or false", "true 或 false") { if case .boolean(let flag) = $0 { flag } else { nil } }
  }

  func strings(_ key: String) -> [(text: String, location: SourceLocation)]? {
    value(key, "names in brackets, such as [\"heater\"]", "方括号内的名称，如 [\"heater\"]") { payload in
      guard case .array(let values) = payload else { return nil }
      var texts: [(String, SourceLocation)] = []
      for value in values {
        guard case .string(let text) = value.payload else { return nil }
        texts.append((text, value.location))
      }
      return texts
    }
  }

  func subtable(_ key: String) -> TableReader? {
    let table: TOMLTable? = value(key, "a table", "表") { if case .table(let table) = $0 { table } else { nil } }
    return table.map { TableReader($0, faults) }
  }

  func tables(_ key: String) -> [TableReader] {
    let tables: [TOMLTable]? = value(key, "tables under [[\(key)]]", "[[\(key)]] 表") { payload in
      guard case .array(let values) = payload else { return nil }
      var tables: [TOMLTable] = []
      for value in values {
        guard case .table(let table) = value.payload else { return nil }
        tables.append(table)
      }
      return tables
    }
    return (tables ?? []).map { TableReader($0, faults) }
  }

  /// Reports a key that has no meaning here, but has one elsewhere.
  func refuse(_ key: String, _ english: String, _ chinese: String) {
    guard has(key) else { return }
    asked.append(key)
    faults.error(location(of: key), english, chinese)
  }

  /// Leaves keys alone: whether they belong here cannot be told.
  func leave(_ keys: [String]) { asked += keys }

  func required(_ key: String) -> String? {
    if !has(key) { missing(key) }
    return string(key)
  }

  func missing(_ key: String, because english: String = "", _ chinese: String = "") {
    asked.append(key)
    faults.error(location, "\"\(key)\" is missing" + english, "缺少“\(key)”" + chinese)
  }

  // MARK: Quantities

  func quantity(_ key: String, _ kind: QuantityText.Kind, in range: ClosedRange<Double>) -> Double? {
    guard let text = quantityText(key, example: kind.example) else { return nil }
    guard let number = QuantityText.number(text, kind) else {
      faults.error(
        valueLocation(of: key), "\"\(text)\" is no \(key); write it like \"\(kind.example)\"",
        "“\(text)”无法作为 \(key)；应写成如“\(kind.example)”")
      return nil
    }
    return check(number, key, in: range)
  }

  func duration(_ key: String, in range: ClosedRange<Duration>) -> Duration? {
    guard let text = quantityText(key, example: "90s") else { return nil }
    guard let duration = QuantityText.duration(text) else {
      faults.error(
        valueLocation(of: key), "\"\(text)\" is no duration; write it like \"90s\", \"10m\" or \"1h30m\"",
        "“\(text)”不是时间；应写成如“90s”“10m”“1h30m”")
      return nil
    }
    guard range.contains(duration) else {
      let (least, most) = (QuantityText.text(range.lowerBound), QuantityText.text(range.upperBound))
      faults.error(
        valueLocation(of: key), "\(key) must be from \(least) to \(most)", "\(key) 应在 \(least) 到 \(most) 之间")
      return nil
    }
    return duration
  }

  func check(_ number: Double, _ key: String, in range: ClosedRange<Double>) -> Double? {
    guard range.contains(number) else {
      faults.error(
        valueLocation(of: key), "\(key) is \(number); it must be from \(range.lowerBound) to \(range.upperBound)",
        "\(key) 为 \(number)，应在 \(range.lowerBound) 到 \(range.upperBound) 之间")
      return nil
    }
    return number
  }

  func named<Name: RawRepresentable & CaseIterable>(
    _ key: String, _ what: (en: String, zh: String), _: Name.Type
  ) -> Name? where Name.RawValue == String {
    guard let text = string(key) else { return nil }
    if let name = Name(rawValue: text) { return name }
    faults.unknown(what, text, at: valueLocation(of: key), among: Name.allCases.map(\.rawValue))
    return nil
  }

  private func quantityText(_ key: String, example: String) -> String? {
    if case .integer? = table[key]?.payload { return needsUnit(key, example) }
    if case .float? = table[key]?.payload { return needsUnit(key, example) }
    return string(key)
  }

  private func needsUnit(_ key: String, _ example: String) -> String? {
    asked.append(key)
    faults.error(
      valueLocation(of: key), "\(key) needs a unit; write it like \"\(example)\"", "\(key) 需要单位；应写成如“\(example)”")
    return nil
  }

  private func value<Value>(
    _ key: String, _ english: String, _ chinese: String, _ convert: (TOMLValue.Payload) -> Value?
  ) -> Value? {
    asked.append(key)
    guard let value = table[key] else { return nil }
    if let converted = convert(value.payload) { return converted }
    faults.error(value.location, "\(key) must be \(english)", "\(key) 应为\(chinese)")
    return nil
  }
}

// Many sheds in one season, as a table.

import Controller

/// Many sheds in one season, each run three ways.
public struct SeasonReport: Sendable {
  /// Figures of the three ways, one entry a shed.
  public let sheds: [[SeasonFigures]]

  /// Seed of the first of them; those of the others follow.
  public let first: UInt64

  /// Puts the figures of sheds together.
  public init(sheds: [[SeasonFigures]], first: UInt64 = 1) { (self.sheds, self.first) = (sheds, first) }

  /// What is compared: name, figure, and whether more of it is better.
  private static let columns: [(name: String, value: @Sendable (SeasonFigures) -> Double, isMoreBetter: Bool)] = [
    ("T in band %", { 100 * $0.temperature.isIn / max($0.seconds, 1) }, true),
    ("of reachable %", { 100 * $0.temperature.isIn / max($0.temperature.reachable, 1) }, true),
    ("RH in band %", { 100 * $0.humidity.isIn / max($0.seconds, 1) }, true),
    ("of reachable %", { 100 * $0.humidity.isIn / max($0.humidity.reachable, 1) }, true),
    ("K·h", { $0.temperature.exceedance }, false), ("%·h", { $0.humidity.exceedance }, false),
    ("kWh", { $0.energy }, false), ("water l", { $0.water }, false),
    ("operations", { Double($0.relays.reduce(0) { $0 + $1.operations }) }, false),
    ("heater a day", { $0.operationsADay(of: .heater) }, false),
    ("fan a day", { $0.operationsADay(of: .fan) }, false),
    ("mister a day", { $0.operationsADay(of: .mister) }, false),
    ("most a day", { Double($0.relays.map(\.mostADay).max() ?? 0) }, false),
  ]

  /// Differences by less than this share are none: the noise of the probes makes as much.
  private static let equal = 0.002

  /// The table: means, worst sheds, and in how many sheds Bombyx is better or equal.
  public var text: String {
    var lines = ["| | " + Self.columns.map(\.name).joined(separator: " | ") + " |"]
    for (index, way) in Season.ways.enumerated() {
      let means = Self.columns.map { column in
        Self.short(sheds.reduce(0) { $0 + column.value($1[index]) } / Double(sheds.count))
      }
      lines.append("| \(way), mean | " + means.joined(separator: " | ") + " |")
    }
    let worst = Self.columns.map { column in
      let values = sheds.map { column.value($0[0]) }
      return Self.short((column.isMoreBetter ? values.min() : values.max()) ?? 0)
    }
    lines.append("| Bombyx, worst shed | " + worst.joined(separator: " | ") + " |")
    for index in 1..<Season.ways.count {
      let shares = Self.columns.map { column in
        let count = sheds.count { shed in
          let (own, other) = (column.value(shed[0]), column.value(shed[index]))
          let tolerance = Self.equal * abs(other)
          return column.isMoreBetter ? own >= other - tolerance : own <= other + tolerance
        }
        return "\(count)/\(sheds.count)"
      }
      lines.append("| no worse than \(Season.ways[index]) in | " + shares.joined(separator: " | ") + " |")
    }
    return lines.joined(separator: "\n")
  }

  /// What was violated, and shed by shed what its equipment cannot reach: as it was in the run with Bombyx.
  public var reach: String {
    var lines: [String] = []
    for (index, shed) in sheds.enumerated() {
      guard let own = shed.first else { continue }
      let starts = Self.short(own.fewestStarts.rounded())
      lines.append(
        "shed \(first + UInt64(index)): \(own.violations.count) violations; temperature \(Self.text(own.temperature)); "
          + "humidity \(Self.text(own.humidity)); \(Self.operations(own)); one relay for all its heat would need "
          + "\(starts) starts a day")
      lines += own.violations.prefix(3).map { "  VIOLATION \($0)" }
    }
    return lines.joined(separator: "\n")
  }

  private static func operations(_ figures: SeasonFigures) -> String {
    let kinds: [(String, OutputKind)] = [("heater", .heater), ("fan", .fan), ("mister", .mister)]
    return "operations a day of the busiest "
      + kinds.map { "\($0.0) \(short(figures.operationsADay(of: $0.1).rounded()))" }.joined(separator: ", ")
  }

  private static func text(_ quantity: SeasonFigures.Quantity) -> String {
    let parts = quantity.outOfReach.sorted { $0.key < $1.key }.flatMap { stage, hours in
      [("too high", hours.above), ("too low", hours.below)].filter { $0.1 >= 0.5 }
        .map { "\(stage) \(Self.short($0.1.rounded())) h \($0.0)" }
    }
    return parts.isEmpty ? "in reach" : "out of reach in " + parts.joined(separator: ", ")
  }

  private static func short(_ number: Double) -> String {
    let scale = abs(number) < 100 ? 100.0 : 1
    let rounded = (number * scale).rounded() / scale
    return scale == 1 || rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }
}

extension SeasonFigures {
  /// Of the busiest relay of a kind.
  fileprivate func operationsADay(of kind: OutputKind) -> Double {
    Double(relays.filter { $0.kind == kind }.map(\.operations).max() ?? 0) / max(seconds / 86_400, 1e-9)
  }
}

// A table of text.

/// A table with a heading, columns as wide as their widest cell.
public struct TextTable {
  /// One column.
  public struct Column {
    let title: String
    let isNumber: Bool

    /// A column of text.
    public static func text(_ title: String) -> Column { Column(title: title, isNumber: false) }

    /// A column of numbers, aligned to the right.
    public static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
  }

  private let columns: [Column]
  private var rows: [[String]] = []

  /// A table without rows.
  public init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row; missing cells are empty.
  public mutating func add(_ cells: [String]) {
    rows.append(columns.indices.map { cells.indices.contains($0) ? cells[$0] : "" })
  }

  /// The lines of the table.
  public func lines(_ style: Style) -> [String] {
    let widths = columns.indices.map { index in
      rows.reduce(DisplayWidth.of(columns[index].title)) { max($0, DisplayWidth.of($1[index])) }
    }
    func line(_ cells: [String]) -> String {
      var line = columns.indices.map { index in
        DisplayWidth.pad(cells[index], to: widths[index], right: columns[index].isNumber)
      }.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
    return [style(line(columns.map(\.title)), .faint)] + rows.map(line)
  }
}

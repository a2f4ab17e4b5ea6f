// A curve drawn with Braille dots.

public import LocalService

/// Draws the history of one channel in the terminal: 2 × 4 Braille dots a character (Unicode block U+2800).
public struct TerminalPlot {
  private let title: String
  private let language: Language
  private let width: Int
  private let height: Int

  /// A plot.
  /// - Parameters:
  ///   - width: columns of the drawing.
  ///   - height: lines of the drawing.
  public init(title: String, _ language: Language, width: Int = 72, height: Int = 12) {
    self.title = title
    self.language = language
    self.width = max(width, 8)
    self.height = max(height, 2)
  }

  /// The lines of the plot.
  public func lines(_ samples: [SampleMessage], _ style: Style) -> [String] {
    let points = samples.compactMap { sample in sample.value.map { (time: sample.time, value: $0) } }
    guard let first = points.map(\.time).min(), let last = points.map(\.time).max(),
      let lowest = points.map(\.value).min(), let highest = points.map(\.value).max()
    else { return [style(title, .strong), language("no values in this range", "该时段无数据")] }
    // A flat line is drawn in the middle of a range of one unit.
    let (bottom, top) = highest > lowest ? (lowest, highest) : (lowest - 0.5, highest + 0.5)
    var dots = Array(repeating: Array(repeating: UInt32(0), count: width), count: height)
    for point in points {
      let x = Self.position(Double(point.time - first), of: Double(max(last - first, 1)), in: width * 2)
      let y = height * 4 - 1 - Self.position(point.value - bottom, of: top - bottom, in: height * 4)
      dots[y / 4][x / 2] |= Self.dot(column: x % 2, row: y % 4)
    }
    return [style(title, .strong)] + drawing(dots, bottom: bottom, top: top) + [axis(from: first, to: last)]
  }

  private func drawing(_ dots: [[UInt32]], bottom: Double, top: Double) -> [String] {
    dots.enumerated().map { line, row in
      let value = top - (top - bottom) * Double(line) / Double(height - 1)
      let label = line == 0 || line == height - 1 || line == height / 2 ? Format.number(value, decimals: 1) : ""
      var text = DisplayWidth.pad(label, to: 9, right: true) + " ┤"
      for cell in row { text.unicodeScalars.append(Unicode.Scalar(0x2800 + cell) ?? " ") }
      return text
    }
  }

  private func axis(from first: Int64, to last: Int64) -> String {
    let end = Format.localTime(unixMilliseconds: last)
    let start = Format.localTime(unixMilliseconds: first)
    return String(repeating: " ", count: 11) + DisplayWidth.pad(start, to: width - end.count) + end
  }

  private static func position(_ value: Double, of range: Double, in count: Int) -> Int {
    min(max(Int(value / range * Double(count - 1)), 0), count - 1)
  }

  /// Bits of the dots in a Braille character (Unicode standard, chapter 21.1).
  private static func dot(column: Int, row: Int) -> UInt32 {
    let bits: [[UInt32]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]
    return bits[column][row]
  }
}

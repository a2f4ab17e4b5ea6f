// What an output is to do, as people type it.

/// Reads what an output is to do as it is typed on a command line.
public enum DemandText {
  /// The mean, 0…1, of `on`, `off`, `40` or `40%`; `nil` for anything else.
  public static func share(_ text: String) -> Double? {
    switch text.lowercased() {
    case "on", "开": return 1
    case "off", "关": return 0
    default:
      let digits = text.hasSuffix("%") ? String(text.dropLast()) : text
      // The standard library reads more than people mean: signs, exponents, and whatever stands behind a zero byte.
      guard digits.utf8.allSatisfy({ ("0"..."9").contains(Unicode.Scalar($0)) || $0 == UInt8(ascii: ".") }),
        let percent = Double(digits), (0...100).contains(percent)
      else { return nil }
      return percent / 100
    }
  }
}

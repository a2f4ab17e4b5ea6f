// Durations as people type them.

/// Reads durations as they are typed on a command line.
public enum DurationText {
  /// A hundred years: what is longer is a slip, and its milliseconds might not fit an integer.
  private static let longest = 36_525 * 86_400.0

  /// Seconds of `90s`, `10m`, `1h30m`, `2d`; `nil` for anything else, a bare number and more than a hundred years included.
  public static func seconds(_ text: String) -> Double? {
    var total = 0.0
    var digits = ""
    var hasUnit = false
    for character in text {
      if character.isASCII, character.isNumber || character == "." {
        digits.append(character)
        continue
      }
      guard let unit = units[character], let number = Double(digits) else { return nil }
      total += number * unit
      digits = ""
      hasUnit = true
    }
    return hasUnit && digits.isEmpty && total > 0 && total <= longest ? total : nil
  }

  private static let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
}

// How wide text is on a terminal.

/// Widths on a terminal, where a Chinese character takes two columns.
public enum DisplayWidth {
  /// Columns that a text takes. Colour codes take none.
  public static func of(_ text: String) -> Int {
    var width = 0
    var isCode = false
    for scalar in text.unicodeScalars {
      if isCode {
        if scalar == "m" { isCode = false }
      } else if scalar == "\u{1B}" {
        isCode = true
      } else {
        width += columns(of: scalar)
      }
    }
    return width
  }

  /// The text with blanks up to a width.
  public static func pad(_ text: String, to width: Int, right: Bool = false) -> String {
    let blanks = String(repeating: " ", count: max(0, width - of(text)))
    return right ? blanks + text : text + blanks
  }

  /// Two columns for the East Asian wide and full-width blocks (UAX #11), none for combining marks.
  private static func columns(of scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0x0300...0x036F, 0x200B...0x200F, 0xFE00...0xFE0F: 0
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      2
    default: 1
    }
  }
}

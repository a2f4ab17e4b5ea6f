// Messages that are not the result.

import Glibc

/// The standard error.
public enum StandardError {
  /// Writes a line.
  public static func write(_ line: String) {
    var text = line + "\n"
    text.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
  }
}

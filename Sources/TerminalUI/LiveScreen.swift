// A screen that is refreshed in place.

import Glibc

/// Draws lines over the last ones without flicker. On anything but a terminal it prints them one after the other.
public struct LiveScreen {
  private let isTerminal: Bool

  /// A screen on the standard output.
  public init() { isTerminal = isatty(1) == 1 }

  /// Shows lines, cut to the height of the terminal.
  public func show(_ lines: [String]) {
    guard isTerminal else {
      write(lines.joined(separator: "\n") + "\n\n")
      return
    }
    let shown = lines.prefix(max(1, height - 1))
    // Home; each line and erase to its end; erase what is left below (ECMA-48: CUP, EL, ED).
    write("\u{1B}[H" + shown.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J")
  }

  private var height: Int {
    var size = winsize()
    guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return 50 }
    return Int(size.ws_row)
  }

  private func write(_ text: String) {
    print(text, terminator: "")
    fflush(nil)
  }
}

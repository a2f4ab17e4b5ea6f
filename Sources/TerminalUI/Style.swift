// Colour, where a terminal shows it.

/// Whether and how text is coloured.
public struct Style: Sendable {
  /// A meaning that has a colour.
  public enum Tone: Sendable {
    /// As it should be.
    case good
    /// To be looked at.
    case warning
    /// Wrong.
    case bad
    /// Of no weight.
    case faint
    /// A heading.
    case strong
  }

  private let isColoured: Bool

  /// A style.
  /// - Parameter isColoured: only on a terminal, and never with `NO_COLOR`.
  public init(isColoured: Bool) { self.isColoured = isColoured }

  /// Text in a tone.
  public func callAsFunction(_ text: String, _ tone: Tone) -> String {
    guard isColoured else { return text }
    let code =
      switch tone {
      case .good: "32"
      case .warning: "33"
      case .bad: "1;31"
      case .faint: "2"
      case .strong: "1"
      }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}

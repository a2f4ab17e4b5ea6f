// The words of outputs whose motor runs either way.

import Controller

/// What is written, and made, of an output whose motor has a relay for either way: a vent, or a shade screen.
struct Motor {
  /// The kind of the output, which is its way forth.
  let kind: OutputKind
  /// The kind of its way back.
  let wayBack: OutputKind
  /// Key of the pin of its way back.
  let pinKey: String
  /// That of another kind of motor.
  let otherPinKey: String
  /// What its name ends in on its way back.
  let suffix: String
  /// The failsafe in which it goes back.
  let closes: String
  /// Its name in Chinese.
  let chinese: String

  /// `nil` for kinds that are on or off.
  init?(_ kind: OutputKind) {
    self.kind = kind
    switch kind {
    case .vent:
      (wayBack, pinKey, otherPinKey, suffix) = (.ventClosing, "pin-close", "pin-retract", "-close")
      (closes, chinese) = ("close", "天窗")
    case .shade:
      (wayBack, pinKey, otherPinKey, suffix) = (.shadeRetracting, "pin-retract", "pin-close", "-retract")
      (closes, chinese) = ("retract", "遮阳")
    default: return nil
    }
  }
}

extension TableReader {
  /// A kind of output, as a person writes it: never the way back of a motor, which is made of its way forth.
  func outputKind(_ key: String) -> OutputKind? {
    guard let text = string(key) else { return nil }
    if let kind = OutputKind.written(text) { return kind }
    faults.unknown(("kind of output", "输出类型"), text, at: valueLocation(of: key), among: OutputKind.writable)
    return nil
  }
}

extension OutputKind {
  /// The kind of a name that a person may write.
  static func written(_ text: String) -> OutputKind? {
    OutputKind(rawValue: text).flatMap { $0.isWayBack ? nil : $0 }
  }

  /// The names that a person may write.
  static var writable: [String] { allCases.filter { !$0.isWayBack }.map(\.rawValue) }
}

// "2m every 15m", "duty 20% of 15m", "hold 30s".

import Climate
import Controller

/// Texts that say what an output does over time.
enum PeriodText {
  /// `2m every 15m`.
  static func ventilation(_ text: String) -> VentilationTimer? {
    let parts = text.split(separator: " ").map(String.init)
    guard parts.count == 3, parts[1] == "every", let on = QuantityText.duration(parts[0]),
      let period = QuantityText.duration(parts[2]), on > .zero, on <= period
    else { return nil }
    return VentilationTimer(on: on, period: period)
  }

  /// `off`, `on`, `hold 30s`, `duty 20% of 15m`.
  static func policy(_ text: String) -> LossPolicy? {
    let parts = text.split(separator: " ").map(String.init)
    switch parts.first {
    case "off" where parts.count == 1: return .off
    case "on" where parts.count == 1: return .on
    case "hold" where parts.count == 2:
      return QuantityText.duration(parts[1]).flatMap { $0 > .zero && $0 <= .hours(1) ? .holdThenOff($0) : nil }
    case "duty" where parts.count == 4 && parts[2] == "of":
      guard let percent = QuantityText.number(parts[1], .percent), (0...100).contains(percent), percent > 0,
        let period = QuantityText.duration(parts[3]), (.seconds(10)...Duration.hours(24)).contains(period)
      else { return nil }
      return .duty(share: percent / 100, period: period)
    default: return nil
    }
  }
}

extension TableReader {
  func policy(_ key: String) -> LossPolicy? {
    guard let text = string(key) else { return nil }
    if let policy = PeriodText.policy(text) { return policy }
    faults.error(
      valueLocation(of: key),
      "\"\(text)\" is no \(key); write \"off\", \"on\", \"hold 30s\" (at most 1h) or \"duty 20% of 15m\"",
      "“\(text)”无法作为 \(key)；应为“off”“on”“hold 30s”（最长1h）或“duty 20% of 15m”")
    return nil
  }

  func ventilation(_ key: String) -> VentilationTimer? {
    guard let text = string(key) else { return nil }
    if let timer = PeriodText.ventilation(text) { return timer }
    faults.error(
      valueLocation(of: key), "\"\(text)\" is no \(key); write it like \"2m every 15m\"",
      "“\(text)”无法作为 \(key)；应写成如“2m every 15m”")
    return nil
  }
}

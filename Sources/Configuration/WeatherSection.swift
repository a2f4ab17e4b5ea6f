// wind = { … } of a vent or a screen, and rain = { … } of a vent

import Climate
import Controller
import TOML

/// How far a vent may open in wind or rain, as it is written; which sensor tells of them is not known yet.
///
/// Defaults are engineering proposals of `agronomy.md` §5.1 and §5.2 (evidence E): 30 % in wind, 10 % in rain, and 20 % and 10 % where
/// they are not known.
struct WeatherSection {
  var steps: [WeatherLimit.Step]
  var hysteresis: Double
  var hold: Duration
  var unknown: Double
  var location: SourceLocation

  /// `wind = { cap-above = "8 m/s", cap = "30 %", close-above = "14 m/s" }`.
  static func wind(_ reader: TableReader) -> WeatherSection? {
    let capAbove = reader.quantity("cap-above", .speed, in: 1...40)
    let cap = share("cap", reader)
    let closeAbove = reader.quantity("close-above", .speed, in: 1...40)
    let hysteresis = reader.quantity("hysteresis", .speed, in: 0...20) ?? 2
    let hold = reader.duration("hold", in: .zero...Duration.hours(6)) ?? .minutes(10)
    let unknown = share("unknown", reader)
    if !reader.has("cap-above"), !reader.has("close-above") {
      reader.faults.error(
        reader.location, "wind needs cap-above, close-above or both; write wind = { close-above = \"14 m/s\" }",
        "wind 需要 cap-above 或 close-above；应写成如 wind = { close-above = \"14 m/s\" }")
      return nil
    }
    if reader.has("cap"), !reader.has("cap-above") {
      reader.faults.error(
        reader.location(of: "cap"), "cap without cap-above: say from which wind it holds", "有 cap 而无 cap-above：请写明风速")
    }
    if let capAbove, let closeAbove, closeAbove <= capAbove {
      reader.faults.error(
        reader.valueLocation(of: "close-above"), "close-above must be above cap-above of \(capAbove) m/s",
        "close-above 应高于 cap-above（\(capAbove) m/s）")
    }
    if let least = capAbove ?? closeAbove, hysteresis >= least {
      reader.faults.error(
        reader.valueLocation(of: "hysteresis"),
        "hysteresis of \(hysteresis) m/s is no less than the \(least) m/s from which it holds: it would never end",
        "hysteresis（\(hysteresis) m/s）不小于起点 \(least) m/s：限制将永不解除")
    }
    let capStep = capAbove.map { WeatherLimit.Step(from: $0, most: cap ?? 0.3) }
    let closeStep = closeAbove.map { WeatherLimit.Step(from: $0, most: 0) }
    let steps = [capStep, closeStep].compactMap { $0 }
    // Without a cap only a storm closes: what holds in a wind that nobody knows is then what is proposed.
    return section(reader, steps, hysteresis, hold, unknown, usual: 0.2, most: capStep?.most ?? 1)
  }

  /// `rain = { cap = "10 %", hold = "15m" }`.
  static func rain(_ reader: TableReader) -> WeatherSection? {
    let cap = share("cap", reader) ?? 0.1
    let wetAbove = reader.quantity("wet-above", .percent, in: 5...95) ?? 50
    let hold = reader.duration("hold", in: .zero...Duration.hours(6)) ?? .minutes(15)
    let unknown = share("unknown", reader)
    let steps = [WeatherLimit.Step(from: wetAbove, most: cap)]
    return section(reader, steps, wetAbove * 0.4, hold, unknown, usual: 0.1, most: cap)
  }

  private static func section(
    _ reader: TableReader, _ steps: [WeatherLimit.Step], _ hysteresis: Double, _ hold: Duration, _ unknown: Double?,
    usual: Double, most: Double
  ) -> WeatherSection {
    if let unknown, unknown > most {
      reader.faults.error(
        reader.valueLocation(of: "unknown"), "unknown allows more than cap does: write it no larger",
        "unknown 的开度大于 cap：不应更大")
    }
    return WeatherSection(
      steps: steps, hysteresis: hysteresis, hold: hold, unknown: unknown ?? min(usual, most),
      location: reader.location)
  }

  private static func share(_ key: String, _ reader: TableReader) -> Double? {
    reader.quantity(key, .percent, in: 0...100).map { $0 / 100 }
  }

  /// The same with the channel that tells of the weather.
  func limit(_ channel: ChannelID) -> WeatherLimit {
    WeatherLimit(channel: channel, steps: steps, hysteresis: hysteresis, hold: hold, unknown: unknown)
  }
}

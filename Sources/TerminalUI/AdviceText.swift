// Advice in words.

import Controller
public import LocalService

/// Says what a zone's last day says about its equipment.
public struct AdviceText {
  private let language: Language
  private let style: Style

  /// Words in a language and style.
  public init(_ language: Language, _ style: Style) { (self.language, self.style) = (language, style) }

  /// A line for each piece of advice on a zone.
  public func lines(_ zone: ZoneMessage) -> [String] {
    (zone.advice ?? []).map { style(language("advice: ", "建议：") + words($0), .warning) }
  }

  private func words(_ advice: AdviceMessage) -> String {
    let quantity = language.quantity(advice.quantity ?? "")
    let hours = Format.number(advice.hours ?? 0, decimals: 1)
    let probe = advice.probe ?? ""
    let outputs = (advice.outputs ?? []).joined(separator: language(", ", "、"))
    let difference = difference(advice)
    switch advice.kind {
    case .ventilationShortfall:
      let times = Format.number(advice.airFactor ?? 1, decimals: 1)
      return language(
        "too little air: \(outputs) at full, and \(quantity) \(difference) above its band for \(hours) h of the last 24; "
          + "at least \(times) times as much air is needed" + suffices(advice),
        "通风不足：近24小时内有\(hours)小时 \(outputs) 全开，\(quantity)仍高出允差\(difference)；至少需要\(times)倍的风量" + suffices(advice))
    case .fanTooSmall: return fanTooSmall(advice, outputs)
    case .outsideAir where advice.quantity == "humidity":
      return language(
        "\(quantity) above its band for \(hours) h of the last 24, and the air outside too moist to help: more fans would not",
        "近24小时内有\(hours)小时\(quantity)高于允差，而室外空气过湿：增加风机无用")
    case .outsideAir:
      return language(
        "\(quantity) above its band for \(hours) h of the last 24, and the air outside too warm to help: more fans would not",
        "近24小时内有\(hours)小时\(quantity)高于允差，而室外空气过热：增加风机无用")
    case .probeInStream:
      return language(
        "\(probe) answers \(outputs) within a minute, and the other probes do not: move it out of the stream",
        "\(probe) 在 \(outputs) 启动后1分钟内即有反应，其他探头没有：请移出其气流")
    case .probeInSun:
      return language(
        "\(probe) shows \(difference) more than the others only while the sun shines: shade it or move it",
        "仅在有日照时 \(probe) 比其他探头高\(difference)：请遮阳或移位")
    case .probeAtHeater:
      return language(
        "\(probe) shows \(difference) more than the others only while the heaters run: move it away from them",
        "仅在加热时 \(probe) 比其他探头高\(difference)：请远离加热器")
    case .probeLags:
      let minutes = Format.number(advice.lag ?? 0, decimals: 0)
      return language(
        "\(probe) answers about \(minutes) min later than the others: hang it free, where the air moves",
        "\(probe) 比其他探头滞后约\(minutes)分钟：请挂在空气流通处")
    }
  }

  /// For how many boxes of silkworms the air suffices, where the zone says how many it has.
  private func suffices(_ advice: AdviceMessage) -> String {
    guard let boxes = advice.boxes, let enough = advice.sufficesFor else { return "" }
    return language(
      ": it is enough for \(count(enough)) of \(count(boxes)) boxes", "：只够\(count(boxes))张中的\(count(enough))张")
  }

  private func fanTooSmall(_ advice: AdviceMessage, _ outputs: String) -> String {
    let ahead = advice.expectedIn ?? 0
    let time = Format.duration(ahead * 3_600, language)
    let (flow, needed) = (count(advice.flow ?? 0), count(advice.neededFlow ?? 0))
    let when = ahead > 0 ? language(", in about \(time)", "（约\(time)后）") : language(", now", "（当前）")
    let stage = advice.stage.map { language($0.en, $0.zh) } ?? ""
    return language(
      "\(outputs) too small for “\(stage)”\(when): \(count(advice.boxes ?? 0)) boxes need \(needed) m³/h in air outside like the last "
        + "day's, there are \(flow) m³/h" + suffices(advice),
      "“\(stage)”\(when)\(outputs) 风量不足：按近一日室外空气，\(count(advice.boxes ?? 0))张需 \(needed) m³/h，现有 \(flow) m³/h"
        + suffices(advice))
  }

  /// Whole numbers without decimals, others with one.
  private func count(_ value: Double) -> String { Format.number(value, decimals: value == value.rounded() ? 0 : 1) }

  private func difference(_ advice: AdviceMessage) -> String {
    let unit = advice.unit ?? ""
    return Format.number(advice.difference ?? 0, decimals: Format.decimals(ofUnit: unit)) + language(" ", "") + unit
  }
}

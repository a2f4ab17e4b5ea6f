// Advice in words.

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
          + "at least \(times) times as much air is needed",
        "通风不足：近24小时内有\(hours)小时 \(outputs) 全开，\(quantity)仍高出允差\(difference)；至少需要\(times)倍的风量")
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

  private func difference(_ advice: AdviceMessage) -> String {
    let unit = advice.unit ?? ""
    return Format.number(advice.difference ?? 0, decimals: Format.decimals(ofUnit: unit)) + language(" ", "") + unit
  }
}

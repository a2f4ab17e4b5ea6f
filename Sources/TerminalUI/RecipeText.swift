// A recipe in words: what comes next, what it waits for, what a person has changed.

import Controller
public import LocalService

/// Says what a person should know of a zone's recipe.
public struct RecipeText {
  private let language: Language
  private let style: Style

  /// Words in a language and style.
  public init(_ language: Language, _ style: Style) { (self.language, self.style) = (language, style) }

  /// A line each for what is out of the ordinary, and one for the next stage.
  public func notes(_ zone: ZoneMessage) -> [String] {
    var lines: [String] = []
    if let stage = zone.stage { lines += notes(stage) }
    if let offset = zone.offset {
      let left = Format.duration(offset.remaining, language)
      let by = signed(offset.temperature, "K") + ", " + signed(offset.humidity, "%")
      lines.append(
        style(
          language(
            "setpoints moved by \(by), \(left) left, by \(offset.by)", "设定值偏移 \(by)，还有 \(left)，操作人 \(offset.by)"),
          .warning))
    }
    for risk in zone.risks ?? [] where risk.isMet { lines.append(style(words(risk), .warning)) }
    return lines
  }

  private func words(_ risk: RiskMessage) -> String {
    let disease = language.disease(risk.disease)
    let mark = risk.isVerified ? "" : "*"
    return language(
      "conditions favour \(disease)\(mark): \(risk.hours) h (from \(risk.limit) h)",
      "\(disease)诱发条件\(mark)：\(risk.hours)小时（起点\(risk.limit)小时）")
  }

  private func notes(_ stage: StageMessage) -> [String] {
    var lines: [String] = []
    if stage.isHeld == true {
      lines.append(
        style(language("on hold; go on: bombyx recipe resume", "已暂停计时；继续：bombyx recipe resume"), .warning))
    }
    if let event = stage.waitsFor, stage.elapsed >= stage.duration {
      lines.append(
        style(
          language(
            "waits for \(event); enter it: bombyx recipe event \(event)",
            "等待“\(language.event(event))”；录入：bombyx recipe event \(event)"), .warning))
    }
    if let sum = stage.degreeHours, let end = stage.degreeHoursEnd {
      lines.append(
        language("warmth ", "积温 ") + Format.number(sum, decimals: 0) + " / " + Format.number(end, decimals: 0) + " K·h")
    }
    if let next = stage.ahead?.first { lines.append(style(forecast(next), .faint)) }
    return lines
  }

  /// When a later stage is expected: `next: Second instar in 9 h 30 min (moult-end)`.
  public func forecast(_ next: StageForecast) -> String {
    let title = language(next.title.en, next.title.zh)
    let time = Format.duration(next.expectedIn, language)
    let when =
      next.expectedIn > 0 ? language("in about \(time)", "约\(time)后") : language("due", "已到时间")
    let event = next.event.map { language(" (event \($0))", "（事件：\(language.event($0))）") } ?? ""
    return language("next: \(title) ", "下一阶段：\(title)，") + when + event
  }

  private func signed(_ value: Double, _ unit: String) -> String {
    (value > 0 ? "+" : "") + Format.number(value, decimals: 1) + " \(unit)"
  }
}

extension Language {
  /// Events of the recipes that Bombyx brings, as growers say them.
  private static let events = [
    ("brushing", "收蚁"), ("moult-begin", "眠"), ("moult-end", "起蚕"), ("mounting", "上蔟"), ("shortening", "戊3"),
    ("pigment", "点青"), ("hatching", "孵化"), ("emergence", "出苗"), ("sowing", "播种"), ("transplanting", "定植"),
    ("pricking-out", "分苗"), ("new-growth", "发新叶"), ("hardening", "炼苗"), ("bud", "现蕾"), ("flower", "开花"),
    ("fruit", "坐果"), ("harvest", "采收"), ("tubers", "结薯"), ("pinning", "出菇"), ("fruiting", "子实体"),
    ("browning", "转色"), ("placing", "进雏"), ("disinfect", "消毒"), ("airing", "排气"), ("aired", "排气完毕"), ("pre-heat", "预热"),
    ("clear", "清室"),
  ]

  /// Other words for the same.
  private static let otherWords = [("入眠", "moult-begin"), ("眠起", "moult-end"), ("饷食", "moult-end"), ("起", "moult-end")]

  /// An event of a recipe in this language.
  public func event(_ name: String) -> String {
    self == .zh ? Self.events.first { $0.0 == name }?.1 ?? name : name
  }

  /// The event that a person means, typed in either language.
  public static func event(typed word: String) -> String {
    events.first { $0.1 == word }?.0 ?? otherWords.first { $0.0 == word }?.1 ?? word
  }

  /// Name of the form of a humidity setpoint.
  public func humidityForm(_ name: String) -> String {
    switch name {
    case "dry-wet-difference": self("dry–wet difference", "干湿差")
    case "vpd": self("vapour pressure deficit", "饱和差")
    case "absolute-humidity": self("absolute humidity", "绝对湿度")
    default: name
    }
  }

  /// Name of a disease.
  public func disease(_ name: String) -> String {
    switch name {
    case "muscardine": self("white muscardine", "白僵病")
    case "grasserie": self("grasserie", "脓病")
    case "flacherie": self("flacherie", "细菌病")
    case "aspergillus": self("aspergillus", "曲霉病")
    case "late-blight": self("late blight", "晚疫病")
    case "downy-mildew": self("downy mildew", "霜霉病")
    default: name
    }
  }

  /// Name of a value of a recipe, by its key in the file.
  public func recipeValue(_ key: String) -> String {
    switch key {
    case "duration": self("duration", "时长")
    case "ventilation": self("minimum ventilation", "最小通风")
    case "light": self("light", "光照")
    case "load": self("water of a box", "每张散水量")
    case "day": self("day", "昼夜划分")
    default: quantity(key)
    }
  }

  /// Where a humidity is measured.
  public func humidityPlace(_ name: String) -> String {
    switch name {
    case "room": self("room", "室内")
    case "tray": self("under the film of trays", "蚕匾膜内")
    case "canopy": self("among the leaves", "冠层")
    default: name
    }
  }
}

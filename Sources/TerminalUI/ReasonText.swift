// Why an output is as it is, in a sentence.

import Controller
public import LocalService

/// Explains outputs.
public struct ReasonText {
  private let language: Language

  /// Explanations in a language.
  public init(_ language: Language) { self.language = language }

  /// The rule in a few words, for a table.
  public func short(_ output: OutputMessage) -> String {
    var text = rule(output.reason)
    if let hold = output.guardianHold {
      text += language("; guardian: ", "；守护：") + language.guardianHold(hold)
    } else if let constraint = output.reason.heldBy, constraint != .guardian {
      text += language("; ", "；") + language.constraint(constraint) + remaining(output.reason.remaining)
    }
    return text
  }

  /// The whole story, a line each: rule, reading and setpoint, constraint, guardian, override.
  public func long(_ output: OutputMessage) -> [String] {
    var lines = [headline(output)]
    lines.append(language("because: ", "原因：") + rule(output.reason))
    if let channel = output.reason.channel {
      let unit = output.reason.unit ?? ""
      lines.append(
        "\(channel): \(Format.value(output.reason.value, unit: unit))" + language(", compared with ", "，对照 ")
          + Format.value(output.reason.setpoint, unit: unit))
    }
    if let constraint = output.reason.heldBy {
      lines.append(language("held: ", "限制：") + language.constraint(constraint) + remaining(output.reason.remaining))
    }
    if let weather = output.weather {
      let limit =
        weather.from.map { language(", limited from ", "，限制起点 ") + Format.value($0, unit: weather.unit) } ?? ""
      lines.append(
        "\(weather.channel): \(Format.value(weather.value, unit: weather.unit))" + limit
          + language(": at most ", "：开度至多 ") + percent(weather.most) + language(" open", ""))
    }
    if let water = output.water {
      lines.append(
        language("water, last 24 h: ", "24小时水量：") + Format.number(water.used, decimals: 1)
          + language(" of ", " / ") + Format.number(water.cap, decimals: 0) + " l")
    }
    if let drain = output.water?.drain {
      lines.append(
        language("drained off, estimated: ", "排液率（估算）：") + percent(drain.last)
          + language(" of the last dose, ", "（上次），") + percent(drain.day) + language(" of 24 h", "（24小时）"))
    }
    if let hold = output.guardianHold {
      lines.append(
        language("guardian: ", "守护：") + language.guardianHold(hold) + remaining(output.guardianRemaining))
    }
    if let override = output.override {
      lines.append(
        language("by hand: ", "手动：") + percent(override.demand) + language(", by ", "，操作人 ") + override.by
          + remaining(override.remaining))
    }
    if output.mismatched { lines.append(language("the line does not read as it was set", "线路电平与设定不符")) }
    return lines
  }

  private func headline(_ output: OutputMessage) -> String {
    let state = output.on ?? output.wanted
    let since = Format.duration(output.timeInState, language)
    return "\(output.name): " + (state ? language("on", "开") : language("off", "关"))
      + language(", demand ", "，需求 ") + percent(output.demand) + language(", for ", "，已持续 ") + since
  }

  private func percent(_ share: Double) -> String { Format.number(share * 100, decimals: 0) + " %" }

  private func remaining(_ seconds: Double?) -> String {
    guard let seconds else { return "" }
    return language(", ", "，还有 ") + Format.duration(seconds, language) + language(" left", "")
  }

  private func rule(_ reason: ReasonMessage) -> String {
    let unit = reason.unit ?? ""
    let value = Format.value(reason.value, unit: unit)
    let setpoint = Format.value(reason.setpoint, unit: unit)
    switch reason.rule {
    case .idle:
      guard reason.value != nil else { return language("nothing asks for it", "无需求") }
      return language("\(value) needs nothing (from \(setpoint))", "\(value)，无需动作（起点 \(setpoint)）")
    case .heating: return language("heating: \(value), setpoint \(setpoint)", "加热：\(value)，设定 \(setpoint)")
    case .cooling: return language("cooling: \(value), from \(setpoint)", "降温：\(value)，起点 \(setpoint)")
    case .humidifying: return language("humidifying: \(value), from \(setpoint)", "加湿：\(value)，起点 \(setpoint)")
    case .drying:
      return language("drying with drier outside air: \(value), from \(setpoint)", "以室外干空气排湿：\(value)，起点 \(setpoint)")
    case .circulation: return language("moves the air inside", "室内空气循环")
    case .co2: return language("airing: CO2 \(value), limit \(setpoint)", "换气：CO2 \(value)，限值 \(setpoint)")
    case .ammonia: return language("airing: ammonia \(value), limit \(setpoint)", "换气：氨气 \(value)，限值 \(setpoint)")
    case .carbonMonoxide:
      return reason.value == nil
        ? language("fire off: nobody knows the carbon monoxide", "炉火关闭：一氧化碳读数丢失")
        : language(
          "carbon monoxide \(value), limit \(setpoint): fires off, fans on",
          "一氧化碳 \(value)，限值 \(setpoint)：炉火关闭，风机运转")
    case .co2Dosing: return language("CO2 for plants: \(value), setpoint \(setpoint)", "补CO2：\(value)，设定 \(setpoint)")
    case .minimumVentilation: return language("minimum ventilation", "最小通风")
    case .irrigation: return language("watering: \(value), from \(setpoint)", "灌溉：\(value)，起点 \(setpoint)")
    case .waterUse:
      return language("watering: the plants have drunk a dose since the last", "灌溉：自上次灌水后作物已耗一次水量")
    case .soaking:
      return language("water of the last dose sinks in", "上次灌水正在下渗") + remaining(reason.remaining)
    case .waterCap: return language("dry, but the daily water cap is used up", "土壤干，但当日水量已用完")
    case .shading: return language("shading: \(value), from \(setpoint)", "遮阳：\(value)，起点 \(setpoint)")
    case .dewPoint:
      return reason.value == nil
        ? language("off: nobody knows how near the dew point is", "关闭：无法判断距露点多近")
        : language(
          "against dew: surface \(value), safe from \(setpoint)", "防结露：表面 \(value)，安全起点 \(setpoint)")
    case .light: return language("light programme", "光照程序")
    case .blackout: return language("off: the recipe keeps the zone dark", "关闭：工艺要求遮光")
    case .stageLock: return language("off: the recipe's stage does not allow it", "关闭：工艺当前阶段不允许")
    case .override: return language("driven by hand", "手动") + remaining(reason.remaining)
    case .highLimit:
      return language("off at its high limit: \(value), limit \(setpoint)", "达到温度上限，关闭：\(value)，上限 \(setpoint)")
    case .noEffect:
      return language("off: it ran without effect, \(value), setpoint \(setpoint)", "关闭：运行无效果，\(value)，设定 \(setpoint)")
        + remaining(reason.remaining)
    case .brownOut:
      return language("off: the power comes and goes", "关闭：电源反复中断") + remaining(reason.remaining)
    case .stuckOn:
      return language(
        "something heats though all heaters are off: \(value), end of band \(setpoint)",
        "加热器全部关闭仍在升温：\(value)，允差上限 \(setpoint)")
    case .readingLost: return language("its reading is lost: loss policy", "读数丢失：按失测策略")
    case .noEvidence: return language("off: no trustworthy temperature", "关闭：无可信温度")
    case .allWell: return language("on: no alarm calls anybody; the siren is silent", "吸合：无待处理报警，警报器静音")
    case .alarm:
      return language(
        "off: an alarm is open that nobody has seen; the siren sounds until bombyx alarm ack",
        "释放：有未确认的报警，警报器鸣响，直到 bombyx alarm ack")
    }
  }
}

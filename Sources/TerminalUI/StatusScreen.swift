// One screen: climate against setpoints, outputs and why, alarms, recipe stage, health.

import Controller
public import LocalService

/// Renders the state of a device for a terminal.
public struct StatusScreen {
  private let language: Language
  private let style: Style

  /// A screen in a language and style.
  public init(_ language: Language, _ style: Style) {
    self.language = language
    self.style = style
  }

  /// The lines of the screen.
  public func lines(_ status: StatusMessage) -> [String] {
    var lines = heading(status)
    for zone in status.zones { lines += [""] + self.zone(zone) }
    if !status.outputs.isEmpty { lines += [""] + outputs(status.outputs) }
    lines += [""] + alarms(status.alarms)
    lines += [""] + health(status)
    return lines
  }

  private func heading(_ status: StatusMessage) -> [String] {
    let time = Format.localTime(unixMilliseconds: status.time)
    var line = style(status.site, .strong) + "  " + time
    if status.clock != .trusted { line += style(language("  (clock not confirmed)", "（时钟未确认）"), .warning) }
    if status.isSimulated { line += style(language("  SIMULATED", "  模拟"), .warning) }
    return [line]
  }

  // MARK: Climate

  private func zone(_ zone: ZoneMessage) -> [String] {
    var title = style(zone.name, .strong)
    if let stage = zone.stage {
      title += "  \(language == .zh ? stage.title.zh : stage.title.en)  "
      title += style(
        Format.duration(stage.elapsed, language) + " / " + Format.duration(stage.duration, language), .faint)
    }
    var table = TextTable([
      .text(""), .number(language("now", "当前")), .number(language("setpoint", "设定")), .text(language("band", "允差")),
      .text(language("state", "状态")),
    ])
    for quantity in zone.quantities { table.add(row(quantity)) }
    if zone.dryWetDifference != nil || zone.dryWetSetpoint != nil { table.add(dryWetRow(zone)) }
    if let aim = zone.humidityAim, aim.unit != "K" {
      let decimals = aim.unit == "kPa" ? 2 : 1
      table.add([
        language.humidityForm(aim.form),
        aim.value.map { Format.number($0, decimals: decimals) + " \(aim.unit)" } ?? "–",
        Format.number(aim.setpoint, decimals: decimals) + " \(aim.unit)",
        "± " + Format.number(aim.band, decimals: decimals),
      ])
    }
    if let water = zone.water {
      table.add([
        language("water, last 24 h", "24小时水量"), Format.number(water.used, decimals: 1) + " l", "",
        "≤ " + Format.number(water.cap, decimals: 0) + " l",
      ])
    }
    if let drain = zone.water?.drain {
      table.add([
        language("drain, last 24 h, estimated", "24小时排液率（估算）"), Format.number(drain.day * 100, decimals: 0) + " %", "",
      ])
    }
    let notes = (RecipeText(language, style).notes(zone) + AdviceText(language, style).lines(zone)).map { "  " + $0 }
    return [title] + notes + table.lines(style).map { "  " + $0 }
  }

  private func dryWetRow(_ zone: ZoneMessage) -> [String] {
    func kelvins(_ value: Double?) -> String { value.map { Format.number($0, decimals: 1) + " K" } ?? "–" }
    let aim = zone.humidityAim.flatMap { $0.unit == "K" ? $0 : nil }
    return [
      language("dry–wet difference", "干湿差"), kelvins(zone.dryWetDifference),
      zone.dryWetSetpoint == nil ? "" : kelvins(zone.dryWetSetpoint),
      aim.map { "± " + Format.number($0.band, decimals: 1) } ?? "",
    ]
  }

  private func row(_ quantity: ZoneQuantityMessage) -> [String] {
    let channel = quantity.channel
    let unit = channel.unit
    var setpoint = quantity.setpoint.map { Format.value($0, unit: unit) } ?? ""
    if quantity.setpoint != nil, quantity.band == nil { setpoint = "≤ " + setpoint }
    if quantity.isVerified == false { setpoint += "*" }
    let band = quantity.band.map { "± " + Format.number($0, decimals: Format.decimals(ofUnit: unit)) } ?? ""
    return [
      language.quantity(channel.quantity), Format.value(channel.value, unit: unit), setpoint, band, state(of: quantity),
    ]
  }

  private func state(of quantity: ZoneQuantityMessage) -> String {
    let channel = quantity.channel
    if channel.quality != "good", channel.quality != "simulated" {
      let why = channel.fault.map { language(": ", "：") + language.fault($0) } ?? ""
      return style(language.quality(channel.quality) + why, .bad)
    }
    switch quantity.isInBand {
    case .some(true): return style(language("in band", "正常"), .good)
    case .some(false): return style(language("out of band", "超出允差"), .warning)
    case .none: return ""
    }
  }

  // MARK: Outputs

  private func outputs(_ outputs: [OutputMessage]) -> [String] {
    var table = TextTable([
      .text(language("output", "输出")), .text(""), .number(language("demand", "需求")), .number(language("for", "持续")),
      .text(language("why", "原因")),
    ])
    let reasons = ReasonText(language)
    for output in outputs {
      let isOn = output.on ?? output.wanted
      table.add([
        output.name, isOn ? style(language("ON", "开"), .good) : style(language("off", "关"), .faint),
        Format.number(output.demand * 100, decimals: 0) + " %", Format.duration(output.timeInState, language),
        reasons.short(output),
      ])
    }
    return table.lines(style)
  }

  // MARK: Alarms and health

  private func alarms(_ alarms: [AlarmMessage]) -> [String] {
    guard !alarms.isEmpty else { return [style(language("no alarms", "无报警"), .good)] }
    return alarms.map { alarm in
      let tone: Style.Tone = alarm.severity == .warning ? .warning : .bad
      var line = style(language.severity(alarm.severity), tone) + "  \(alarm.subject)  \(language.alarm(alarm.kind))  "
      line += style(Format.duration(alarm.age, language), .faint)
      if let person = alarm.acknowledgedBy {
        line += language("  seen by ", "  已确认：") + person
      } else {
        line += style(language("  acknowledge: bombyx alarm ack ", "  确认：bombyx alarm ack ") + alarm.id, .faint)
      }
      return line
    }
  }

  /// What wears the card.
  private func written(_ health: HealthMessage) -> [String] {
    func megabytes(_ bytes: Int64) -> String { Format.number(Double(bytes) / 1e6, decimals: 1) + " MB" }
    guard let written = health.writtenBytes else { return [] }
    guard let perDay = health.writtenPerDay else { return [language("written ", "已写 ") + megabytes(written)] }
    return [
      language("written ", "24小时已写 ") + megabytes(written) + language(" in 24 h, ", "，每天约 ") + megabytes(perDay)
        + language(" a day", "")
    ]
  }

  private func health(_ status: StatusMessage) -> [String] {
    let health = status.health
    let lease = style(language.lease(health.lease), health.lease == "held" ? .good : .bad)
    let journal =
      health.journal == "ready"
      ? language("log ", "记录 ")
        + (health.journalBytes.map { Format.number(Double($0) / 1e6, decimals: 1) + " MB" } ?? "–")
      : style(language("log: ", "记录：") + health.journal, .bad)
    let step = language("step late ", "步骤延迟 ") + Format.number(health.lateness, decimals: 1) + " ms"
    let up = language("up ", "运行 ") + Format.duration(status.uptime, language)
    var lines = [([lease, journal] + written(health) + [step, up]).joined(separator: " · ")]
    if let sync = status.sync { lines.append(SyncText(language, style).line(sync)) }
    for bus in health.buses {
      for failure in bus.failures { lines.append(style("\(bus.name): \(failure)", .warning)) }
    }
    if status.zones.contains(where: { $0.quantities.contains { $0.isVerified == false } }) {
      lines.append(style(language("* suggestion, not verified by an agronomist", "* 未核实/建议值"), .faint))
    }
    return lines
  }
}

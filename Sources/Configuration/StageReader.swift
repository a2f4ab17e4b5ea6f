// [[stage]] of a recipe.

import Climate
import Controller
import TOML

/// Reads the stages of a recipe.
struct StageReader {
  let context: RecipeContext

  func stage(_ reader: TableReader) -> Stage? {
    let name = reader.required("name")
    context.stage = name ?? ""
    let title = reader.title("title")
    if !reader.has("duration") {
      reader.missing(
        "duration", because: ": a stage needs an end; where something else ends it, write how long it usually lasts",
        "：阶段须有终点；若由其他条件结束，请写通常时长")
    }
    let duration = reader.duration("duration", in: .minutes(1)...Duration.hours(24 * 400))
    let event = reader.string("event")
    if event?.isEmpty == true {
      reader.faults.error(reader.valueLocation(of: "event"), "event is empty", "event 为空")
    }
    let end = end(reader)
    let allowed = allowed(reader)
    _ = reader.evidence(context, of: "duration")
    guard let values = values(reader), let name, let title, let duration else {
      reader.finish()
      return nil
    }
    reader.finish()
    var stage = Stage(
      name: name, title: title, duration: duration, end: end, event: event, setpoints: values.setpoints,
      temperature: values.temperature, humidity: values.humidity.course, humidityAim: values.humidity.aim,
      day: values.day, light: values.light, allowed: allowed)
    stage.waterPerBox = values.waterPerBox
    return stage
  }

  // MARK: End

  private func end(_ reader: TableReader) -> StageEnd {
    let words = ["time", "degree-hours", "event"]
    let sum = reader.quantity("degree-hours", .degreeHours, in: 1...1e6)
    // Up to what a dryer has: its hours count from where the product is hot.
    let base = reader.quantity("base", .temperature, in: -10...100)
    guard let word = reader.string("ends"), word != "time" else {
      if reader.has("degree-hours") {
        reader.faults.error(
          reader.location(of: "degree-hours"), "degree-hours without ends = \"degree-hours\"",
          "有 degree-hours 而无 ends = “degree-hours”")
      }
      return .time
    }
    switch word {
    case "event": return .event
    case "degree-hours":
      for key in ["degree-hours", "base"] where !reader.has(key) { reader.missing(key) }
      return .degreeHours(sum: sum ?? 1, base: base ?? 0)
    default:
      reader.faults.unknown(("end of a stage", "结束方式"), word, at: reader.valueLocation(of: "ends"), among: words)
      return .time
    }
  }

  /// Outputs are locked only where nothing lives: a fan that is locked would stifle larvae.
  private func allowed(_ reader: TableReader) -> Set<OutputKind>? {
    guard let words = reader.strings("allow") else { return nil }
    if context.subject != .emptyRoom {
      reader.faults.error(
        reader.location(of: "allow"), "allow locks outputs off; only the subject \"empty-room\" may do that",
        "allow 会锁定输出；只有对象为“empty-room”时可用")
    }
    let kinds = words.compactMap { word -> OutputKind? in
      if let kind = OutputKind.written(word.text) { return kind }
      reader.faults.unknown(
        ("kind of output", "输出类型"), word.text, at: word.location, among: OutputKind.writable)
      return nil
    }
    return Set(kinds)
  }

  // MARK: Values

  private struct Values {
    var setpoints = Setpoints()
    var temperature = Course()
    var humidity: (course: Course, aim: HumidityAim?) = (Course(), nil)
    var day = DayPeriod.sun
    var light: LightProgramme?
    var waterPerBox: Double?
  }

  /// `nil` never: what cannot be read has a fault.
  private func values(_ reader: TableReader) -> Values? {
    var values = Values()
    values.setpoints.temperature = reader.section("temperature") { table in
      values.temperature = course(table, .temperature)
      values.temperature.drop = drop(table)
      return table.band(
        .temperature, in: context.subject.temperatures, night: values.temperature.night,
        drop: values.temperature.drop?.depth ?? 0, subject: context.subject,
        provenance: table.evidence(context, of: "temperature"))
    }
    let celsius = values.setpoints.temperature?.setpoint
    values.setpoints.humidity = reader.section("humidity") { table in
      let place = table.named("measured", ("place", "位置"), HumidityPlace.self)
      if !table.has("measured") {
        table.missing("measured", because: ": \"room\", \"tray\" or \"canopy\"", "：应为“room”“tray”或“canopy”")
      }
      context.humidityPlaces[context.stage] = place
      let provenance = table.evidence(context, of: "humidity")
      let form = table.humidityForm()
      values.humidity.course = course(table, form.kind)
      let (band, aim) = table.humidity(
        form, at: celsius, night: values.humidity.course.night, provenance: provenance)
      values.humidity.aim = aim
      return band
    }
    values.setpoints.soilMoisture = reader.section("soil-moisture") { table in
      table.band(.soilMoisture, provenance: table.evidence(context, of: "soil-moisture"))
    }
    values.setpoints.co2 = reader.section("co2") { gas($0, .co2) }
    values.setpoints.ammonia = reader.section("ammonia") { gas($0, .ammonia) }
    values.setpoints.ventilation = reader.section("ventilation") { table in
      _ = table.evidence(context, of: "ventilation")
      if !table.has("minimum") { table.missing("minimum") }
      return table.ventilation("minimum")
    }
    reader.section("day") { table -> Void? in
      _ = table.evidence(context, of: "day")
      values.day = table.period("from", "to") ?? .sun
      return nil
    }
    values.light = reader.section("light") { light($0) }
    values.waterPerBox = reader.section("load") { load($0) }
    return values
  }

  private func course(_ table: TableReader, _ kind: QuantityText.Kind) -> Course {
    Course(
      night: table.quantity("night", kind, in: -50...200), ramp: table.quantity("ramp", .hourlyChange, in: 0.01...60))
  }

  /// `drop = "4 K"`, and where it is another than usual `drop-from = "sunrise-30m"` and `drop-for = "2h"`.
  private func drop(_ table: TableReader) -> Drop? {
    let depth = table.quantity("drop", .difference, in: 0.5...10)
    let usual = Drop(depth: depth ?? 1)
    let begin = table.timeOfDay("drop-from") ?? usual.begin
    let length = table.duration("drop-for", in: .minutes(10)...Duration.hours(12)) ?? usual.length
    for key in ["drop-from", "drop-for"] where table.has(key) && !table.has("drop") {
      table.faults.error(
        table.location(of: key), "\(key) without drop: say how far, drop = \"4 K\"",
        "有 \(key) 而无 drop：请写降幅，如 drop = \"4 K\"")
    }
    return depth.map { Drop(depth: $0, begin: begin, length: length) }
  }

  /// Of carbon dioxide 400 ppm are outside. A limit of ammonia above 25 ppm is a slip of the pen: no rule for animals allows it
  /// (`agronomy.md` §2.3).
  private func gas(_ table: TableReader, _ quantity: Quantity) -> GasLimit? {
    let isAmmonia = quantity == .ammonia
    let kind: QuantityText.Kind = isAmmonia ? .traceGas : .concentration
    let range: ClosedRange<Double> = isAmmonia ? GasLimit.ammoniaAlarms : 400...40_000
    let limit = table.quantity("limit", kind, in: isAmmonia ? GasLimit.ammoniaLimits : range)
    let alarm = table.quantity("alarm", kind, in: range)
    let warn = table.quantity("warn", kind, in: range)
    let provenance = table.evidence(context, of: quantity.rawValue)
    if !table.has("limit") { table.missing("limit") }
    if let limit, let alarm, alarm <= limit {
      table.faults.error(
        table.valueLocation(of: "alarm"), "alarm must be above the limit of \(limit) ppm",
        "alarm 应高于 limit \(limit) ppm")
    }
    if let warn, let alarm, alarm <= warn {
      table.faults.error(table.valueLocation(of: "warn"), "warn must be below alarm", "warn 应低于 alarm")
    }
    return limit.map { GasLimit(limit: $0, alarm: alarm, isVerified: provenance.isVerified) }
  }

  /// `load = { water = "0.56 kg/h", … }`: of one box. Ten times what grown larvae give off is a slip of the pen.
  private func load(_ table: TableReader) -> Double? {
    _ = table.evidence(context, of: "load")
    if context.subject != .silkworms {
      table.faults.error(
        table.location, "load is what a box of silkworms gives off; only the subject \"silkworms\" has it",
        "load 指每张蚕的散水量；只有对象为“silkworms”时可用")
    }
    if !table.has("water") { table.missing("water") }
    return table.quantity("water", .evaporation, in: 0.001...10)
  }

  private func light(_ table: TableReader) -> LightProgramme? {
    _ = table.evidence(context, of: "light")
    guard table.boolean("blackout") == true else { return table.period("on", "off").map { .on($0) } }
    for key in ["on", "off"] where table.has(key) {
      table.faults.error(
        table.location(of: key), "\(key) with blackout = true: the lamps are locked out",
        "blackout = true 时不能有 \(key)：灯已锁定")
      _ = table.string(key)
    }
    return .blackout
  }
}

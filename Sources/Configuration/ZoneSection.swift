// [[zone]]

import Climate
import Controller
import TOML

/// A zone as it is written; names are not resolved yet.
struct ZoneSection {
  typealias Name = (text: String, location: SourceLocation)

  /// `temperature = { … }` or `humidity = { … }`.
  struct Climate {
    var band: BandSetpoint?
    /// The humidity, where it is not written as relative humidity.
    var aim: HumidityAim?
    var isHysteresis = false
    var raise: [Name] = []
    var lower: [Name] = []
    var lowerSetpoint: Double?
    /// How the band of what cools grows with the cold outside.
    var widening: (plan: BandWidening, location: SourceLocation)?
    var pid: PIDParameters
    /// How the zone answers to its heaters, as a test has found out.
    var model: ProcessModel?
    /// Whether air from outside is used only while it helps.
    var isCoupled = false
    var location: SourceLocation
  }

  /// `co2 = { … }`: carbon dioxide for plants.
  struct Dosing {
    var raise: [Name]
    var setpoint: Double
    var band: Double
    var lightAbove: Double
    var location: SourceLocation
  }

  struct Bed {
    var band: BandSetpoint?
    var pump: Name?
    var valve: Name?
    var plan: IrrigationPlan
    var location: SourceLocation
  }

  var name = ""
  var recipe: Name?
  var stage: Name?
  var holdsStage = false
  var rotation: (period: Duration, location: SourceLocation)?
  var temperature: Climate?
  var humidity: Climate?
  var minimumVentilation: VentilationTimer?
  var co2Limit: GasLimit?
  var ammoniaLimit: GasLimit?
  /// Carbon monoxide from which fires are off, ppm.
  var carbonMonoxideLimit: Double?
  var ventilationOutputs: [Name]?
  var ventilationLocation: SourceLocation
  var bed: Bed?
  var lights: [Name] = []
  var dosing: Dosing?
  var shade: ShadeSection?
  var dew: DewSection?
  /// Boxes of silkworms (张).
  var boxes: Double?
  var alarmDelay = Duration.minutes(5)
  var redundancy = Redundancy.median
  var location: SourceLocation

  init?(_ reader: TableReader) {
    defer { reader.finish() }
    location = reader.location
    ventilationLocation = reader.location(of: "ventilation")
    let name = reader.name()
    recipe = reader.string("recipe").map { ($0, reader.valueLocation(of: "recipe")) }
    stage = reader.string("stage").map { ($0, reader.valueLocation(of: "stage")) }
    holdsStage = reader.boolean("hold-stage") ?? false
    rotation = reader.duration("rotate", in: Duration.minutes(10)...Duration.hours(168)).map {
      ($0, reader.valueLocation(of: "rotate"))
    }
    redundancy = reader.named("redundancy", ("kind of redundancy", "冗余方式"), Redundancy.self) ?? .median
    boxes = reader.number("boxes").flatMap { reader.check($0, "boxes", in: 0.1...1_000) }
    alarmDelay = reader.duration("alarm-delay", in: .zero...Duration.hours(2)) ?? .minutes(5)
    temperature = reader.section("temperature") { Self.temperature($0) }
    let celsius = temperature?.band?.setpoint
    humidity = reader.section("humidity") { Self.humidity($0, at: celsius) }
    reader.section("light") { lights = $0.strings("outputs") ?? [] }
    reader.section("ventilation") { readVentilation($0) }
    bed = reader.section("irrigation") { Self.bed($0) }
    dosing = reader.section("co2") { Self.dosing($0, airedFrom: co2Limit?.limit) }
    shade = reader.section("shade") { ShadeSection($0) }
    dew = reader.section("dew-guard") { DewSection($0) }
    if stage != nil, recipe == nil {
      reader.faults.error(reader.location(of: "stage"), "stage without a recipe", "有 stage 而无 recipe")
    }
    guard let name else { return nil }
    guard name != "outside" else {
      reader.faults.error(
        reader.valueLocation(of: "name"), "\"outside\" is the air outside and cannot be a zone", "“outside”指室外，不能作区名")
      return nil
    }
    self.name = name
  }

  private static func temperature(_ reader: TableReader) -> Climate {
    var climate = Climate(pid: PIDParameters(gain: 0.3, integralTime: .minutes(20)), location: reader.location)
    climate.band = reader.band(.temperature)
    climate.raise = reader.strings("heat") ?? []
    climate.lower = reader.strings("cool") ?? []
    climate.lowerSetpoint = reader.quantity("cool-setpoint", .temperature, in: 0...45)
    climate.isCoupled = reader.boolean("coupled") ?? false
    climate.isHysteresis = isHysteresis(reader)
    climate.widening = reader.section("cool-widening") { widening($0, band: climate.band?.band ?? 1) }
    if reader.has("cool-widening"), climate.isHysteresis {
      reader.faults.error(
        reader.location(of: "cool-widening"), "cool-widening without control = \"pid\": there is no band to widen",
        "有 cool-widening 而 control 不是 “pid”：没有可加宽的比例带")
    }
    if reader.has("cool-widening"), climate.lower.isEmpty {
      reader.faults.error(
        reader.location(of: "cool-widening"), "cool-widening without cool: nothing cools this zone",
        "有 cool-widening 而无 cool：本区没有降温设备")
    }
    readPID(reader, &climate)
    climate.model = reader.section("model") { Self.model($0) }
    reportWithoutPID(["pid", "model"], climate, reader)
    if climate.model != nil, reader.has("pid") {
      reader.faults.error(
        reader.location(of: "pid"), "pid and model are two ways to tune the same law: leave one out",
        "pid 与 model 是同一控制律的两种整定：请删去一个")
    }
    if let heat = climate.band?.setpoint, let cool = climate.lowerSetpoint, heat >= cool {
      reader.faults.error(
        reader.valueLocation(of: "cool-setpoint"), "cool-setpoint must be above the setpoint of \(heat) °C",
        "cool-setpoint 应高于设定值 \(heat) °C")
    }
    reportBoth(climate, reader, "heat", "cool")
    return climate
  }

  /// `cool-widening = { per-kelvin = "0.3 K", most = "10 K" }`.
  private static func widening(
    _ reader: TableReader, band: Double
  ) -> (plan: BandWidening, location: SourceLocation)? {
    if !reader.has("per-kelvin") { reader.missing("per-kelvin") }
    let slope = reader.quantity("per-kelvin", .difference, in: 0.01...2)
    // The wider end of the bands in use (`agronomy.md` §5.1, evidence M).
    let most = reader.quantity("most", .difference, in: 0.5...30) ?? 10
    if most <= band {
      reader.faults.error(
        reader.has("most") ? reader.valueLocation(of: "most") : reader.location,
        "most of \(most) K is no wider than the band of \(band) K", "most（\(most) K）不大于允差 \(band) K")
    }
    return slope.map { (BandWidening(perKelvin: $0, most: most), reader.location) }
  }

  private static func model(_ reader: TableReader) -> ProcessModel? {
    for key in ["gain", "time-constant", "dead-time"] where !reader.has(key) { reader.missing(key) }
    let gain = reader.quantity("gain", .difference, in: 0.01...1_000)
    let time = reader.duration("time-constant", in: .seconds(1)...Duration.hours(48))
    let lag = reader.duration("lag", in: .zero...Duration.hours(12)) ?? .zero
    let dead = reader.duration("dead-time", in: .zero...Duration.hours(4))
    guard let gain, let time, let dead else { return nil }
    guard lag <= time else {
      reader.faults.error(
        reader.valueLocation(of: "lag"), "lag is the shorter of the two times: exchange it with time-constant",
        "lag 应为两个时间中较短者：请与 time-constant 对调")
      return nil
    }
    return ProcessModel(gain: gain, timeConstant: time, lag: lag, deadTime: dead)
  }

  private static func humidity(_ reader: TableReader, at celsius: Double?) -> Climate {
    var climate = Climate(pid: PIDParameters(gain: 0.1, integralTime: .minutes(15)), location: reader.location)
    (climate.band, climate.aim) = reader.humidity(reader.humidityForm(), at: celsius)
    climate.raise = reader.strings("raise") ?? []
    climate.lower = reader.strings("lower") ?? []
    climate.isCoupled = reader.boolean("coupled") ?? false
    climate.isHysteresis = isHysteresis(reader)
    readPID(reader, &climate)
    reportWithoutPID(["pid"], climate, reader)
    reportBoth(climate, reader, "raise", "lower")
    return climate
  }

  private static func readPID(_ reader: TableReader, _ climate: inout Climate) {
    reader.section("pid") { table -> Void? in
      if let gain = table.number("gain"), let checked = table.check(gain, "gain", in: 0.001...100) {
        climate.pid.gain = checked
      }
      if let time = table.duration("integral-time", in: .seconds(10)...Duration.hours(24)) {
        climate.pid.integralTime = time
      }
      if let time = table.duration("derivative-time", in: .zero...Duration.hours(1)) {
        climate.pid.derivativeTime = time
      }
      return nil
    }
  }

  private static func reportWithoutPID(_ keys: [String], _ climate: Climate, _ reader: TableReader) {
    for key in keys where climate.isHysteresis && reader.has(key) {
      reader.faults.error(reader.location(of: key), "\(key) without control = \"pid\"", "有 \(key) 而 control 不是 “pid”")
    }
  }

  private static func isHysteresis(_ reader: TableReader) -> Bool {
    guard let control = reader.string("control") else { return false }
    guard control == "pid" || control == "hysteresis" else {
      reader.faults.unknown(
        ("control law", "控制方式"), control, at: reader.valueLocation(of: "control"), among: ["pid", "hysteresis"])
      return false
    }
    return control == "hysteresis"
  }

  private static func reportBoth(_ climate: Climate, _ reader: TableReader, _ up: String, _ down: String) {
    for name in climate.lower where climate.raise.contains(where: { $0.text == name.text }) {
      reader.faults.error(
        name.location, "output \"\(name.text)\" stands under both \(up) and \(down)",
        "输出“\(name.text)”同时列于 \(up) 和 \(down)")
    }
  }

  private mutating func readVentilation(_ reader: TableReader) -> Void? {
    minimumVentilation = reader.ventilation("minimum")
    co2Limit = Self.gas(reader, "co2", .concentration, in: (400...10_000, 500...40_000), usualAlarm: 5_000)
    // `agronomy.md` §1.6 and §2.3: alarm at 20 ppm, for larvae and birds alike.
    ammoniaLimit = Self.gas(
      reader, "ammonia", .traceGas, in: (GasLimit.ammoniaLimits, GasLimit.ammoniaAlarms), usualAlarm: 20)
    // Threshold limits at work lie at 20 mg/m³ for a shift and 30 mg/m³ for 15 min (GBZ 2.1-2019), 17 and 26 ppm; house alarms
    // sound from 50 ppm after an hour (EN 50291-1).
    carbonMonoxideLimit = reader.quantity("carbon-monoxide-limit", .traceGas, in: 10...50)
    ventilationOutputs = reader.strings("outputs")
    return nil
  }

  /// `co2-limit = "1500 ppm"`, `co2-alarm = "5000 ppm"`.
  private static func gas(
    _ reader: TableReader, _ name: String, _ kind: QuantityText.Kind,
    in ranges: (limit: ClosedRange<Double>, alarm: ClosedRange<Double>), usualAlarm: Double
  ) -> GasLimit? {
    let (limitKey, alarmKey) = ("\(name)-limit", "\(name)-alarm")
    let limit = reader.quantity(limitKey, kind, in: ranges.limit)
    let alarm = reader.quantity(alarmKey, kind, in: ranges.alarm)
    guard let limit else {
      if alarm != nil, !reader.has(limitKey) {
        reader.faults.error(
          reader.location(of: alarmKey), "\(alarmKey) without \(limitKey)", "有 \(alarmKey) 而无 \(limitKey)")
      }
      return nil
    }
    if alarm ?? usualAlarm <= limit {
      reader.faults.error(
        reader.valueLocation(of: alarm == nil ? limitKey : alarmKey),
        "\(alarmKey) must be above \(limitKey)\(alarm == nil ? "; it is \(usualAlarm) ppm where it is not written" : "")",
        "\(alarmKey) 应高于 \(limitKey)\(alarm == nil ? "；未写时为 \(usualAlarm) ppm" : "")")
    }
    return GasLimit(limit: limit, alarm: alarm ?? usualAlarm)
  }

  private static func dosing(_ reader: TableReader, airedFrom limit: Double?) -> Dosing? {
    for key in ["raise", "setpoint"] where !reader.has(key) { reader.missing(key) }
    let raise = reader.strings("raise")
    // More than 2000 ppm does no crop any good, and people may be inside.
    let setpoint = reader.quantity("setpoint", .concentration, in: 400...2_000)
    let band = reader.quantity("band", .concentration, in: 10...1_000) ?? 100
    let light = reader.quantity("light-above", .illuminance, in: 0...200_000) ?? 2_000
    if let raise, raise.isEmpty { reader.refuseNoOutput("raise") }
    if let setpoint, let limit, setpoint >= limit {
      reader.faults.error(
        reader.valueLocation(of: "setpoint"),
        "the setpoint of \(setpoint) ppm must be below the co2-limit of \(limit) ppm, from which the zone is aired",
        "设定值 \(setpoint) ppm 应低于开始换气的 co2-limit（\(limit) ppm）")
    }
    guard let raise, let setpoint else { return nil }
    return Dosing(raise: raise, setpoint: setpoint, band: band, lightAbove: light, location: reader.location)
  }

  /// What the bed's substrate holds: `substrate = "300 l"`, `substrate-water = "45 %"`.
  private static func drain(_ reader: TableReader) -> DrainPlan? {
    let volume = reader.quantity("substrate", .volume, in: 0.5...100_000)
    let water = reader.quantity("substrate-water", .percent, in: 5...95)
    for (key, other) in [("substrate", "substrate-water"), ("substrate-water", "substrate")]
    where reader.has(key) && !reader.has(other) {
      reader.faults.error(
        reader.location(of: key), "\(key) without \(other): the drain is estimated from both",
        "有 \(key) 而无 \(other)：估算排液率需要两者")
    }
    guard let volume, let water else { return nil }
    return DrainPlan(volume: volume, water: water / 100)
  }

  /// `light-sum = "90 J/cm²"`, or `area = "40 m²"` and `crop-coefficient = 0.9`.
  private static func waterUse(_ reader: TableReader) -> WaterUsePlan? {
    let light = reader.quantity("light-sum", .radiantExposure, in: 5...5_000)
    let area = reader.quantity("area", .area, in: 0.1...100_000)
    let coefficient = reader.number("crop-coefficient").flatMap { reader.check($0, "crop-coefficient", in: 0.1...2) }
    for (key, other) in [("area", "crop-coefficient"), ("crop-coefficient", "area")]
    where reader.has(key) && !reader.has(other) {
      reader.faults.error(
        reader.location(of: key), "\(key) without \(other): evaporation is reckoned from both",
        "有 \(key) 而无 \(other)：估算蒸散需要两者")
    }
    if reader.has("light-sum"), reader.has("area") {
      reader.faults.error(
        reader.location(of: "area"), "light-sum and area are two ways to reckon what the plants drink: leave one out",
        "light-sum 与 area 是估算作物耗水的两种方法：请删去一个")
    }
    if let light { return .light(RadiantExposure(joulesPerSquareCentimetre: light)) }
    guard let area, let coefficient else { return nil }
    return .evapotranspiration(area: area, coefficient: coefficient)
  }

  private static func bed(_ reader: TableReader) -> Bed? {
    let use = waterUse(reader)
    let band = reader.band(.soilMoisture)
    let pump = reader.string("pump").map { ($0, reader.valueLocation(of: "pump")) }
    let valve = reader.string("valve").map { ($0, reader.valueLocation(of: "valve")) }
    for key in ["flow", "dose", "daily-cap"] where !reader.has(key) { reader.missing(key) }
    if !reader.has("setpoint"), use == nil, !reader.has("light-sum"), !reader.has("area"),
      !reader.has("crop-coefficient")
    {
      reader.missing(
        "setpoint", because: ": say at which soil moisture, or by light-sum or area and crop-coefficient, water is due",
        "：请写明土壤湿度设定值，或写 light-sum，或写 area 与 crop-coefficient")
    }
    let flow = reader.quantity("flow", .flow, in: 0.01...1_000)
    let dose = reader.quantity("dose", .volume, in: 0.1...10_000)
    let soak = reader.duration("soak", in: .minutes(1)...Duration.hours(24)) ?? .minutes(20)
    let cap = reader.quantity("daily-cap", .volume, in: 0.1...100_000)
    let lead = reader.duration("valve-lead", in: .zero...Duration.minutes(1)) ?? .seconds(2)
    let drain = drain(reader)
    if pump == nil, valve == nil {
      reader.faults.error(reader.location, "irrigation needs a pump or a valve", "灌溉需要 pump 或 valve")
    }
    if let pump, let valve, pump.0 == valve.0 {
      reader.faults.error(valve.1, "pump and valve are the same output", "pump 与 valve 是同一输出")
    }
    if let dose, let cap, dose > cap {
      reader.faults.error(reader.valueLocation(of: "dose"), "a dose is more than the daily cap", "单次用水量超过每日上限")
    }
    guard band != nil || use != nil, let flow, let dose, let cap else { return nil }
    return Bed(
      band: band, pump: pump, valve: valve,
      plan: IrrigationPlan(flow: flow, dose: dose, soak: soak, dailyCap: cap, valveLead: lead, use: use, drain: drain),
      location: reader.location)
  }
}

// [[sensor]]

import Climate
import Controller
import Drivers
import TOML

/// A sensor as it is written.
struct SensorSection {
  var name: String
  var model: SensorModel
  var bus: BoardBus
  var address: I2CAddress
  var zone: String
  var interval: Duration
  var inputs: [SensorSettings.AnalogueInput]
  /// Whether all inputs that are written could be read.
  var hasAllInputs: Bool
  var limits: [Quantity: QualityLimits]
  /// Where the highest plausible value of a quantity is written.
  var maximumLocations: [Quantity: SourceLocation]
  var location: SourceLocation

  init?(_ reader: TableReader, board: Board?) {
    defer { reader.finish() }
    let faults = reader.faults
    let name = reader.name()
    let zone = reader.required("zone")
    if !reader.has("model") { reader.missing("model") }
    let model = reader.named("model", ("sensor model", "传感器型号"), SensorModel.self)
    let busName = reader.required("bus")
    if !reader.has("address") { reader.missing("address") }
    let number = reader.integer("address")
    let interval = reader.duration("interval", in: .seconds(1)...Duration.hours(1))
    let inputs = Self.inputs(reader, model)
    let (limits, maximumLocations) = Self.limits(reader, model, interval: interval)
    let address = number.flatMap { I2CAddress($0) }
    if let number, address == nil {
      faults.error(
        reader.valueLocation(of: "address"), "\(number) is no I2C address; they go from 0x08 to 0x77",
        "\(number) 不是I2C地址；范围为0x08到0x77")
    }
    if let model, let address, !model.addresses.contains(address) {
      let possible = model.addresses.map(\.description).joined(separator: ", ")
      faults.error(
        reader.valueLocation(of: "address"), "a \(model.rawValue) cannot be at \(address); it can be at \(possible)",
        "\(model.rawValue) 不可能在 \(address)；可用地址：\(possible)")
    }
    let bus = board?.bus(named: busName ?? "")
    if let board, let busName, bus == nil {
      faults.unknown(("bus", "总线"), busName, at: reader.valueLocation(of: "bus"), among: board.buses.map(\.name))
    }
    guard let name, let model, let bus, let address, let zone, inputs != nil || !model.isCalibrated else { return nil }
    self.name = name
    self.model = model
    self.bus = bus
    self.address = address
    self.zone = zone
    self.interval = max(interval ?? .seconds(1), model.minimumInterval)
    self.inputs = inputs ?? []
    hasAllInputs = model != .ads1115 || self.inputs.count == reader.tables("inputs").count
    (self.limits, self.maximumLocations) = (limits, maximumLocations)
    location = reader.location
  }

  private static func inputs(_ reader: TableReader, _ model: SensorModel?) -> [SensorSettings.AnalogueInput]? {
    let counts = counts(reader, model)
    let tables = reader.tables("inputs")
    guard model == .ads1115 else {
      if model != nil, reader.has("inputs") {
        reader.faults.error(reader.location(of: "inputs"), "only an ads1115 has inputs", "只有 ads1115 有 inputs")
      }
      return counts.map { [$0] }
    }
    let inputs = tables.compactMap(input)
    let numbers = inputs.map(\.input)
    if Set(numbers).count < numbers.count {
      reader.faults.error(reader.location(of: "inputs"), "an input is given twice", "同一输入重复")
    }
    guard !inputs.isEmpty else {
      if tables.isEmpty {
        reader.faults.error(
          reader.location, "an ads1115 needs inputs = [{ input = 0, dry = \"2.60 V\", wet = \"1.15 V\" }]",
          "ads1115 需要 inputs = [{ input = 0, dry = \"2.60 V\", wet = \"1.15 V\" }]")
      }
      return nil
    }
    return inputs
  }

  /// `dry = 330` and `wet = 1020` of a seesaw: its counts in air and in water.
  private static func counts(_ reader: TableReader, _ model: SensorModel?) -> SensorSettings.AnalogueInput? {
    guard model == .seesaw else {
      for key in ["dry", "wet"] where model != nil {
        reader.refuse(
          key, "only a seesaw has \(key); an ads1115 has it in inputs", "只有 seesaw 有 \(key)；ads1115 写在 inputs 中")
      }
      return nil
    }
    for key in ["dry", "wet"] where !reader.has(key) {
      reader.missing(
        key, because: ": its counts in air and in water, such as dry = 330 and wet = 1020",
        "：请写空气中和水中的计数，如 dry = 330、wet = 1020")
    }
    let dry = reader.integer("dry").flatMap { reader.check(Double($0), "dry", in: 0...4_095) }
    let wet = reader.integer("wet").flatMap { reader.check(Double($0), "wet", in: 0...4_095) }
    guard let dry, let wet else { return nil }
    guard wet - dry >= 50 else {
      reader.faults.error(
        reader.valueLocation(of: "wet"), "wet must be at least 50 counts above dry: calibrate again",
        "wet 应比 dry 至少大50个计数：请重新标定")
      return nil
    }
    return SensorSettings.AnalogueInput(input: 0, dry: dry, wet: wet)
  }

  private static func input(_ reader: TableReader) -> SensorSettings.AnalogueInput? {
    // Which keys it may have depends on what it measures.
    guard let quantity = measured(reader) else { return nil }
    defer { reader.finish() }
    let number = reader.integer("input").flatMap { reader.check(Double($0), "input", in: 0...3) }
    let (zeroKey, topKey, fullKey) = keys(of: quantity)
    let zero = reader.quantity(zeroKey, .voltage, in: 0...4.096)
    let top = reader.quantity(topKey, .voltage, in: 0...4.096)
    let full = full(reader, quantity)
    let keys = ["input", zeroKey, topKey] + [fullKey].compactMap { $0 }
    guard let number, let zero, let top, let full else {
      if let missing = keys.first(where: { !reader.has($0) }) {
        let (all, last) = (keys.dropLast().joined(separator: ", "), keys[keys.count - 1])
        reader.faults.error(
          reader.location, "an input needs \(all) and \(last); \(missing) is missing",
          "输入需要 \(keys.joined(separator: "、"))；缺少 \(missing)")
      }
      return nil
    }
    guard abs(zero - top) >= 0.1 else {
      reader.faults.error(
        reader.valueLocation(of: topKey), "\(zeroKey) and \(topKey) are less than 0.1 V apart: calibrate again",
        "\(zeroKey) 与 \(topKey) 相差不足0.1 V：请重新标定")
      return nil
    }
    return SensorSettings.AnalogueInput(input: Int(number), quantity: quantity, zero: zero, top: top, full: full)
  }

  /// The keys of the voltages at zero and at the top, and of the value at the top where that is not 100 %.
  private static func keys(of quantity: Quantity) -> (zero: String, top: String, full: String?) {
    switch quantity {
    case .windSpeed: ("calm", "full", "full-speed")
    case .ammonia, .carbonMonoxide: ("clean", "full", "full-scale")
    case .soilTemperature, .surfaceTemperature: ("ice", "warm", "warm-temperature")
    case .conductivity: ("air", "solution", "solution-value")
    default: ("dry", "wet", nil)
    }
  }

  /// The value at the upper calibration point. Cells for ammonia in stables reach from 20 to 1000 ppm, for carbon monoxide from 100 to
  /// 2000; with less a cut wire would not read as impossible. Thermometers are compared with another in warm water, probes of conductivity in
  /// a solution of known one, most often 1.413 or 12.88 mS/cm.
  private static func full(_ reader: TableReader, _ quantity: Quantity) -> Double? {
    switch quantity {
    case .windSpeed: reader.quantity("full-speed", .speed, in: 5...75)
    case .ammonia: reader.quantity("full-scale", .traceGas, in: 20...1_000)
    case .carbonMonoxide: reader.quantity("full-scale", .traceGas, in: 100...2_000)
    case .soilTemperature, .surfaceTemperature: reader.quantity("warm-temperature", .temperature, in: 20...60)
    case .conductivity: reader.quantity("solution-value", .conductivity, in: 0.5...20)
    default: 100
    }
  }

  /// What hangs on an input: soil moisture unless it says otherwise.
  private static func measured(_ reader: TableReader) -> Quantity? {
    guard reader.has("measures") else { return .soilMoisture }
    let possible = SensorModel.ads1115.quantities
    guard let text = reader.string("measures") else { return nil }
    if let quantity = possible.first(where: { $0.rawValue == text }) { return quantity }
    reader.faults.unknown(
      ("quantity of an input", "输入的测量量"), text, at: reader.valueLocation(of: "measures"),
      among: possible.map(\.rawValue))
    return nil
  }

  /// Plausibility limits, where the site knows better than the usual ones.
  private static func limits(
    _ reader: TableReader, _ model: SensorModel?, interval: Duration?
  ) -> (limits: [Quantity: QualityLimits], maximumLocations: [Quantity: SourceLocation]) {
    var result: [Quantity: QualityLimits] = [:]
    var locations: [Quantity: SourceLocation] = [:]
    let interval = max(interval ?? .seconds(1), model?.minimumInterval ?? .zero)
    let overrides = reader.subtable("quality")
    for quantity in model?.quantities ?? [] {
      var limits = QualityLimits.usual(for: quantity, interval: interval)
      overrides?.section(quantity.rawValue) { table -> Void? in
        let low = table.number("min") ?? limits.range.lowerBound
        let high = table.number("max") ?? limits.range.upperBound
        if table.has("max") { locations[quantity] = table.valueLocation(of: "max") }
        if low < high {
          limits.range = low...high
        } else {
          table.faults.error(table.location(of: "min"), "min must be below max", "min 应小于 max")
        }
        if let rate = table.quantity("rate", .rate, in: 0.000_01...1_000_000) { limits.maximumRate = rate }
        if let step = table.number("step") { limits.step = step }
        if let flat = table.duration("flat-line", in: .minutes(1)...Duration.hours(24 * 30)) { limits.flatLine = flat }
        return nil
      }
      result[quantity] = limits
    }
    overrides?.finish()
    return (result, locations)
  }
}

extension SensorModel {
  /// Whether it measures nothing before the site has calibrated it.
  fileprivate var isCalibrated: Bool { self == .ads1115 || self == .seesaw }
}

extension TableReader {
  /// The name of a thing: text without blanks, colons, dots or equals signs, which stand between names elsewhere.
  func name() -> String? {
    guard let name = required("name") else { return nil }
    guard !name.isEmpty, name.utf8.count <= 32, !name.contains(where: { $0.isWhitespace || ".:=,\"".contains($0) })
    else {
      faults.error(
        valueLocation(of: "name"), "\"\(name)\" is no name: at most 32 bytes, without blanks, dots, colons or commas",
        "“\(name)”不能作名称：最长32字节，不含空格、点、冒号、逗号")
      return nil
    }
    return name
  }
}

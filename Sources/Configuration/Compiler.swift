// From sections to a plan and a guardian table: names resolved, everything cross-checked.

import Climate
import Controller
import Drivers
import Guardian
import TOML

/// Resolves the names of a configuration and checks what only the whole shows.
struct Compiler {
  let document: ConfigurationDocument
  let faults: Faults
  private let recipes: [Recipe]
  private let isSimulated: Bool
  private var channels: [ChannelPlan] = []
  private(set) var sensorChannels: [[SensorChannel]] = []
  private(set) var groups: [String: QuantityMap<ChannelID>] = [:]
  private(set) var heaterZone: [OutputID: ZoneID] = [:]
  private(set) var used: Set<OutputID> = []

  init(_ document: ConfigurationDocument, faults: Faults, recipes: [Recipe], isSimulated: Bool) {
    self.document = document
    self.faults = faults
    self.recipes = recipes
    self.isSimulated = isSimulated
  }

  mutating func compile() -> DeviceConfiguration {
    checkNames()
    checkWiring()
    makeProbeChannels()
    makeGroups()
    let zones = document.zones.enumerated().map { zone($1, ZoneID($0)) }
    let outputs = document.outputs.enumerated().map { output($1, OutputID($0)) }
    checkUse()
    checkAlarmRelays()
    let plan = Plan(
      site: document.site.name, altitude: document.site.position.altitude,
      timeZone: document.site.timeZone, place: document.place, channels: channels, outputs: outputs,
      zones: zones, sampleInterval: document.sampleInterval, isSimulated: isSimulated)
    return DeviceConfiguration(
      site: document.site, plan: plan, guardianTable: guardianTable(), buses: buses(), log: document.log,
      uplink: document.uplink)
  }

  // MARK: Names and wires

  private func checkNames() {
    checkUnique(document.sensors.map { ($0.name, $0.location) }, ("sensor", "传感器"))
    checkUnique(document.outputs.map { ($0.name, $0.location) }, ("output", "输出"))
    checkUnique(document.zones.map { ($0.name, $0.location) }, ("zone", "区"))
    let zoneNames = Set(document.zones.map(\.name)).union(document.zoneNames)
    for sensor in document.sensors {
      if zoneNames.contains(sensor.name) || sensor.name == "outside" && sensor.zone != "outside" {
        faults.error(sensor.location, "sensor \"\(sensor.name)\" has the name of a zone", "传感器“\(sensor.name)”与区同名")
      }
      if sensor.zone != "outside", !zoneNames.contains(sensor.zone) {
        faults.unknown(("zone", "区"), sensor.zone, at: sensor.location, among: zoneNames.sorted() + ["outside"])
      }
    }
    if let extra = document.outputs.dropFirst(Plan.maximumOutputs).first {
      faults.error(extra.location, "more than \(Plan.maximumOutputs) outputs", "输出超过 \(Plan.maximumOutputs) 个")
    }
    if let extra = document.zones.dropFirst(Plan.maximumZones).first {
      faults.error(extra.location, "more than \(Plan.maximumZones) zones", "区超过 \(Plan.maximumZones) 个")
    }
  }

  private func checkUnique(_ names: [(String, SourceLocation)], _ what: (en: String, zh: String)) {
    var first: [String: SourceLocation] = [:]
    for (name, location) in names {
      if let earlier = first[name] {
        faults.error(
          location, "\(what.en) \"\(name)\" exists already; first at line \(earlier.line)",
          "\(what.zh)“\(name)”重复，首次在第 \(earlier.line) 行")
      }
      first[name] = first[name] ?? location
    }
  }

  private func checkWiring() {
    var addresses: [String: SensorSection] = [:]
    for sensor in document.sensors {
      let place = "\(sensor.bus.name) \(sensor.address)"
      if let other = addresses[place] {
        faults.error(
          sensor.location,
          "sensors \"\(other.name)\" and \"\(sensor.name)\" are both at \(sensor.address) of \(sensor.bus.name)",
          "传感器“\(other.name)”与“\(sensor.name)”同在 \(sensor.bus.name) 的 \(sensor.address)")
      }
      addresses[place] = sensor
    }
    var lines: [String: String] = [:]
    if let alive = document.aliveLine { lines["\(alive.chip) \(alive.offset)"] = "alive" }
    for output in document.outputs {
      let line = "\(output.pin.chip) \(output.pin.offset)"
      if let other = lines[line] {
        faults.error(
          output.location,
          "outputs \"\(other)\" and \"\(output.name)\" are on the same line, \(output.pin.names.first ?? line)",
          "输出“\(other)”与“\(output.name)”使用同一引脚 \(output.pin.names.first ?? line)")
      }
      lines[line] = output.name
    }
    let interlocks = Dictionary(grouping: document.outputs.filter { $0.interlock != nil }) { $0.interlock ?? "" }
    for (name, members) in interlocks where members.count == 1 {
      faults.error(
        members[0].location, "interlock \"\(name)\" has only one output", "互锁“\(name)”只有一个输出")
    }
  }

  // MARK: Channels

  private mutating func makeProbeChannels() {
    for sensor in document.sensors {
      var own: [SensorChannel] = []
      for (quantity, input, name) in sensor.channelNames {
        own.append(SensorChannel(id: ChannelID(channels.count), quantity: quantity, input: input))
        let limits = sensor.limits[quantity] ?? .usual(for: quantity, interval: sensor.interval)
        channels.append(ChannelPlan(name: name, quantity: quantity, source: .probe(limits)))
      }
      sensorChannels.append(own)
    }
  }

  private mutating func makeGroups() {
    for name in document.zones.map(\.name) + ["outside"] {
      let redundancy = document.zones.first { $0.name == name }?.redundancy ?? .median
      for quantity in Quantity.allCases {
        let (probes, backups) = probes(of: quantity, in: name)
        guard !probes.isEmpty else { continue }
        let id = ChannelID(channels.count)
        let group = ProbeGroup(
          probes: probes, redundancy: quantity == .carbonMonoxide ? .highest : redundancy, backups: backups)
        // A sensor named like its zone, such as "outside", lends the zone its channel.
        if let same = probes.first, probes.count == 1, channels[same.index].name == "\(name).\(quantity.rawValue)" {
          groups[name, default: [:]][quantity] = same
          continue
        }
        channels.append(ChannelPlan(name: "\(name).\(quantity.rawValue)", quantity: quantity, source: .group(group)))
        groups[name, default: [:]][quantity] = id
      }
    }
  }

  /// The probes of a zone's quantity and their backups. The climate of a CO2 sensor, which warms itself (SCD4x data sheet: ±0.8 K,
  /// ±6 %), is a backup where there is another.
  private func probes(of quantity: Quantity, in zone: String) -> (probes: [ChannelID], backups: [ChannelID]) {
    var preferred: [ChannelID] = []
    var others: [ChannelID] = []
    for (sensor, own) in zip(document.sensors, sensorChannels) where sensor.place(of: quantity) == zone {
      let ids = own.filter { $0.quantity == quantity }.map(\.id)
      if sensor.model.quantities.contains(.co2), quantity != .co2 { others += ids } else { preferred += ids }
    }
    return preferred.isEmpty ? (others, []) : (preferred, others)
  }

  // MARK: Zones

  private mutating func zone(_ section: ZoneSection, _ id: ZoneID) -> ZonePlan {
    let own = groups[section.name] ?? [:]
    let outside = (groups["outside"] ?? [:]).only(.temperature, .humidity, .illuminance, .windSpeed, .rain)
    let recipe = recipe(section)
    var plan = ZonePlan(
      name: section.name, channels: own, outside: outside, recipe: recipe, holdsStage: section.holdsStage)
    plan.alarmDelay = section.alarmDelay
    plan.firstStage = firstStage(section, recipe)
    plan.setpoints = Setpoints(
      temperature: section.temperature?.band, humidity: section.humidity?.band, soilMoisture: section.bed?.band,
      co2: section.co2Limit, ammonia: section.ammoniaLimit, ventilation: section.minimumVentilation)
    plan.loops = temperatureLoops(section, id, outside, recipe) + humidityLoops(section, outside, recipe)
    plan.humidityAim = section.humidity?.aim
    plan.boxes = section.boxes
    plan.lights = resolve(section.lights, kinds: [.light], in: section)
    checkLimits(section, recipe)
    plan.ventilation = ventilation(section, recipe)
    plan.bed = bed(section, own, outside)
    plan.dosing = dosing(section, own, outside)
    plan.carbonMonoxideLimit = carbonMonoxideLimit(section, own)
    plan.shade = shade(section, own, outside)
    plan.dew = dew(section, own, outside)
    checkFires(plan)
    if let rotation = section.rotation {
      let lists = plan.loops.map(\.outputs) + [plan.ventilation, plan.dosing?.outputs ?? []]
      if lists.allSatisfy({ $0.count < 2 }) {
        faults.error(
          rotation.location,
          "nothing to rotate: no task of this zone has two outputs, such as heat = [\"heater-1\", \"heater-2\"]",
          "无可轮换：本区没有由两个以上输出分担的任务，如 heat = [\"heater-1\", \"heater-2\"]")
      }
      plan.rotation = rotation.period
    }
    return plan
  }

  private func recipe(_ section: ZoneSection) -> Recipe? {
    guard let name = section.recipe else { return nil }
    if let recipe = recipes.first(where: { $0.name == name.text }) { return recipe }
    faults.unknown(("recipe", "工艺"), name.text, at: name.location, among: recipes.map(\.name))
    return nil
  }

  private func firstStage(_ section: ZoneSection, _ recipe: Recipe?) -> Int {
    guard let recipe, let name = section.stage else { return 0 }
    if let stage = recipe.stage(named: name.text) { return stage }
    faults.unknown(("stage", "阶段"), name.text, at: name.location, among: recipe.stages.map(\.name))
    return 0
  }

  private mutating func temperatureLoops(
    _ section: ZoneSection, _ id: ZoneID, _ outside: QuantityMap<ChannelID>, _ recipe: Recipe?
  ) -> [LoopPlan] {
    guard let climate = section.temperature else { return [] }
    require(.temperature, of: climate, in: section, recipe)
    let band = climate.band?.band ?? 1
    var loops: [LoopPlan] = []
    let heat = resolve(climate.raise, kinds: [.heater], in: section)
    for output in heat {
      if let other = heaterZone[output], other != id {
        faults.error(
          climate.location, "heater \"\(document.outputs[output.index].name)\" serves two zones",
          "加热器“\(document.outputs[output.index].name)”用于两个区")
      }
      heaterZone[output] = id
    }
    if !heat.isEmpty {
      loops.append(
        LoopPlan(
          quantity: .temperature, direction: .raise,
          law: climate.isHysteresis
            ? .hysteresis(band: band / 2) : climate.model.map { .predictive($0) } ?? .pid(climate.pid), outputs: heat))
    }
    let cool = resolve(climate.lower, kinds: [.fan, .mister, .circulation, .vent], in: section)
    if climate.isCoupled { checkOutside(climate, [.temperature], outside) }
    if !cool.isEmpty {
      let offset = zip2(climate.lowerSetpoint, climate.band?.setpoint).map { $0 - $1 } ?? band * 0.3
      loops.append(
        LoopPlan(
          quantity: .temperature, direction: .lower,
          law: climate.isHysteresis ? .hysteresis(band: band / 2) : .proportional(width: band), outputs: cool,
          offset: offset, needsUsefulOutside: climate.isCoupled, widening: widening(climate)))
    }
    return loops
  }

  private func widening(_ climate: ZoneSection.Climate) -> BandWidening? {
    if let widening = climate.widening, groups["outside"]?[.temperature] == nil, document.hasAllSensors {
      faults.error(
        widening.location, "cool-widening needs a temperature sensor with zone = \"outside\"",
        "cool-widening 需要一个 zone = “outside” 的温度传感器")
    }
    return climate.widening?.plan
  }

  private mutating func humidityLoops(
    _ section: ZoneSection, _ outside: QuantityMap<ChannelID>, _ recipe: Recipe?
  ) -> [LoopPlan] {
    guard let climate = section.humidity else { return [] }
    require(.humidity, of: climate, in: section, recipe)
    let band = climate.band?.band ?? 5
    var loops: [LoopPlan] = []
    let raise = resolve(climate.raise, kinds: [.mister], in: section)
    if !raise.isEmpty {
      loops.append(
        LoopPlan(
          quantity: .humidity, direction: .raise,
          law: climate.isHysteresis ? .hysteresis(band: band / 2) : .pid(climate.pid), outputs: raise))
    }
    let lower = resolve(climate.lower, kinds: [.fan, .dehumidifier, .vent], in: section)
    if !lower.isEmpty {
      if climate.isCoupled { checkOutside(climate, [.temperature, .humidity], outside) }
      loops.append(
        LoopPlan(
          quantity: .humidity, direction: .lower, law: .proportional(width: band), outputs: lower, offset: band * 0.3,
          needsUsefulOutside: climate.isCoupled))
    }
    return loops
  }

  /// Who is to look at the air outside must be able to see it.
  private func checkOutside(
    _ climate: ZoneSection.Climate, _ quantities: [Quantity], _ outside: QuantityMap<ChannelID>
  ) {
    guard quantities.contains(where: { outside[$0] == nil }) else { return }
    let needed = quantities.map(\.rawValue).joined(separator: " and ")
    faults.error(
      climate.location, "coupled = true needs a sensor of \(needed) with zone = \"outside\"",
      "coupled = true 需要一个 zone = “outside” 的\(quantities.count > 1 ? "温湿度" : "温度")传感器")
  }

  private func require(
    _ quantity: Quantity, of climate: ZoneSection.Climate, in section: ZoneSection, _ recipe: Recipe?
  ) {
    let name = quantity.rawValue
    if groups[section.name]?[quantity] == nil {
      faults.error(
        climate.location, "zone \"\(section.name)\" has no \(name) sensor to control its \(name) by",
        "区“\(section.name)”没有\(name)传感器，无法控制")
    }
    let isInRecipe = recipe?.stages.contains { $0.setpoints.band(of: quantity) != nil } ?? (section.recipe != nil)
    if climate.band == nil, !isInRecipe {
      faults.error(climate.location, "\(name) has no setpoint, and no recipe gives one", "\(name) 没有设定值，工艺中也没有")
    }
  }

  private mutating func ventilation(_ section: ZoneSection, _ recipe: Recipe?) -> [OutputID] {
    let names =
      section.ventilationOutputs
      ?? (section.temperature?.lower ?? []).filter { name in
        document.outputs.contains { $0.name == name.text && $0.kind == .fan }
      }
    let outputs = resolve(names, kinds: [.fan], in: section)
    let isWanted =
      section.minimumVentilation != nil || section.co2Limit != nil || section.ammoniaLimit != nil
      || section.carbonMonoxideLimit != nil
    if isWanted, outputs.isEmpty, section.ventilationOutputs == nil {
      faults.error(
        section.ventilationLocation, "ventilation has no fan: write outputs = [\"…\"]", "通风没有风机：请写 outputs = [“…”]")
    }
    if section.co2Limit != nil, groups[section.name]?[.co2] == nil {
      faults.error(
        section.ventilationLocation, "co2-limit needs a CO2 sensor in zone \"\(section.name)\"",
        "co2-limit 需要区“\(section.name)”内有CO2传感器")
    }
    if section.ammoniaLimit != nil, groups[section.name]?[.ammonia] == nil, document.hasAllSensors {
      faults.error(
        section.ventilationLocation,
        "ammonia-limit needs a sensor in zone \"\(section.name)\": an input of an ads1115 with measures = \"ammonia\"",
        "ammonia-limit 需要区“\(section.name)”内有氨气传感器：ads1115 的输入，measures = \"ammonia\"")
    }
    checkFailsafeVentilation(section, outputs)
    return outputs
  }

  /// A fire should not burn where nobody measures what it can do to people.
  private func checkFires(_ zone: ZonePlan) {
    guard zone.carbonMonoxideLimit == nil, !faults.hasErrors else { return }
    let used = zone.loops.flatMap(\.outputs) + (zone.dosing?.outputs ?? [])
    for output in used.map({ document.outputs[$0.index] }) where output.burns {
      faults.warning(
        output.location,
        "\"\(output.name)\" burns and nobody measures its carbon monoxide: write carbon-monoxide-limit = \"25 ppm\" in ventilation of its zone",
        "“\(output.name)”为明火而无人监测一氧化碳：请在该区 ventilation 中写 carbon-monoxide-limit = \"25 ppm\"")
    }
  }

  private func carbonMonoxideLimit(_ section: ZoneSection, _ own: QuantityMap<ChannelID>) -> Double? {
    guard let limit = section.carbonMonoxideLimit else { return nil }
    if own[.carbonMonoxide] == nil, document.hasAllSensors {
      faults.error(
        section.ventilationLocation,
        "carbon-monoxide-limit needs a sensor in zone \"\(section.name)\": an input of an ads1115 with measures = \"carbon-monoxide\"",
        "carbon-monoxide-limit 需要区“\(section.name)”内有一氧化碳传感器：ads1115 的输入，measures = \"carbon-monoxide\"")
    }
    return limit
  }

  /// Minimum ventilation must go on without the controller (`safety.md` I9).
  private func checkFailsafeVentilation(_ section: ZoneSection, _ outputs: [OutputID]) {
    guard let minimum = section.minimumVentilation, let first = outputs.first else { return }
    let output = document.outputs[first.index]
    let share: Double
    switch output.failsafe {
    case .on: share = 1
    case .duty(let duty, _): share = duty
    case .off, .holdThenOff: share = 0
    }
    let needed = minimum.on.inSeconds / minimum.period.inSeconds
    if share + 1e-9 < needed {
      let percent = Int((needed * 100).rounded(.up))
      faults.warning(
        output.location,
        "without the controller \"\(output.name)\" runs less than the minimum ventilation; write failsafe = \"duty \(percent)% of 15m\"",
        "控制器失效时“\(output.name)”低于最小通风；应写 failsafe = “duty \(percent)% of 15m”")
    }
  }

  private mutating func bed(
    _ section: ZoneSection, _ own: QuantityMap<ChannelID>, _ outside: QuantityMap<ChannelID>
  ) -> BedPlan? {
    guard let bed = section.bed else { return nil }
    checkWaterUse(bed, section, own, outside)
    if bed.band != nil, own[.soilMoisture] == nil {
      faults.error(
        bed.location, "irrigation needs a soil-moisture sensor in zone \"\(section.name)\"",
        "灌溉需要区“\(section.name)”内有土壤湿度传感器")
    }
    let pump = bed.pump.flatMap { resolve([$0], kinds: [.pump], in: section).first }
    let valve = bed.valve.flatMap { resolve([$0], kinds: [.valve], in: section).first }
    return BedPlan(valve: valve, pump: pump, irrigation: bed.plan)
  }

  /// What plants drink is reckoned from what is measured.
  private func checkWaterUse(
    _ bed: ZoneSection.Bed, _ section: ZoneSection, _ own: QuantityMap<ChannelID>, _ outside: QuantityMap<ChannelID>
  ) {
    guard let use = bed.plan.use, document.hasAllSensors else { return }
    if own[.illuminance] == nil, outside[.illuminance] == nil {
      faults.error(
        bed.location, "watering by light or evaporation needs a light sensor in zone \"\(section.name)\" or outside",
        "按光照或蒸散灌溉需要区“\(section.name)”内或室外有光照传感器")
    }
    guard case .evapotranspiration = use else { return }
    guard [own, outside].allSatisfy({ $0[.temperature] == nil || $0[.humidity] == nil }) else { return }
    faults.error(
      bed.location,
      "watering by evaporation needs a sensor of temperature and humidity in zone \"\(section.name)\" or outside",
      "按蒸散灌溉需要区“\(section.name)”内或室外有温湿度传感器")
  }

  private mutating func dosing(
    _ section: ZoneSection, _ own: QuantityMap<ChannelID>, _ outside: QuantityMap<ChannelID>
  ) -> DosingPlan? {
    guard let dosing = section.dosing else { return nil }
    if own[.co2] == nil {
      faults.error(
        dosing.location, "co2 needs a CO2 sensor in zone \"\(section.name)\"", "co2 需要区“\(section.name)”内有CO2传感器")
    }
    if dosing.lightAbove > 0, own[.illuminance] == nil, outside[.illuminance] == nil {
      faults.error(
        dosing.location,
        "co2 needs a light sensor, inside or outside, or light-above = \"0 lx\" to be given in the dark as well",
        "co2 需要室内或室外光照传感器；若夜间也补气，请写 light-above = “0 lx”")
    }
    let outputs = resolve(dosing.raise, kinds: [.co2], in: section)
    return DosingPlan(
      outputs: outputs, setpoint: dosing.setpoint, width: dosing.band, lightAbove: dosing.lightAbove)
  }

  mutating func resolve(_ names: [ZoneSection.Name], kinds: Set<OutputKind>, in section: ZoneSection)
    -> [OutputID]
  {
    names.compactMap { name in
      guard let index = document.outputs.firstIndex(where: { $0.name == name.text }) else {
        // An output that is at fault itself is not missing, too.
        guard !document.outputNames.contains(name.text) else { return nil }
        faults.unknown(("output", "输出"), name.text, at: name.location, among: document.outputs.map(\.name))
        return nil
      }
      let kind = document.outputs[index].kind
      if !kinds.contains(kind) {
        let possible = kinds.map(\.rawValue).sorted().joined(separator: ", ")
        faults.error(
          name.location,
          "output \"\(name.text)\" is \(kind == .alarm ? "an alarm relay" : "a \(kind.rawValue)"); possible here: \(possible)",
          "输出“\(name.text)”类型为 \(kind.rawValue)；此处可用：\(possible)")
      }
      used.insert(OutputID(index))
      return OutputID(index)
    }
  }

  private func zip2<A, B>(_ a: A?, _ b: B?) -> (A, B)? {
    guard let a, let b else { return nil }
    return (a, b)
  }
}

extension SensorSection {
  /// The channels of the sensor with their names; several inputs of the same quantity are numbered.
  var channelNames: [(quantity: Quantity, input: Int, name: String)] {
    guard model == .ads1115 else { return model.quantities.map { ($0, 0, "\(name).\($0.rawValue)") } }
    return inputs.map { input in
      let isOneOfSeveral = inputs.count { $0.quantity == input.quantity } > 1
      let suffix = isOneOfSeveral ? "-\(input.input)" : ""
      return (input.quantity, input.input, "\(name)\(suffix).\(input.quantity.rawValue)")
    }
  }
}

extension SensorSection {
  /// Where the sensor measures a quantity. Wind and rain are the weather's, whatever else hangs on the same converter.
  func place(of quantity: Quantity) -> String {
    quantity == .windSpeed || quantity == .rain ? "outside" : zone
  }
}

// The site of one run: a configuration as a person would write it, drawn from a seed and read by the product's own loader.

import Climate
public import Configuration
import Controller
import Drivers
import Guardian
import Simulator

/// The site of one run.
public struct ScenarioSite: Sendable {
  /// A vent and what the wind allows it.
  struct Vent: Sendable {
    var opening: Int
    var closing: Int
    /// From closed to open, s.
    var travel: Double
    var wind: WeatherLimit

    /// Its outputs, one bit each.
    var outputs: UInt32 { 1 << UInt32(opening) | 1 << UInt32(closing) }

    /// Most opening in a wind, m/s; `nil` for any.
    func most(in wind: Double) -> Double? { self.wind.steps.last { wind >= $0.from }?.most }
  }

  /// What stands in a zone.
  struct Zone: Sendable {
    var heater: Int
    var fan: Int
    var mister: Int?
    var pump: Int?
    var valve: Int?
    /// The roof vent, by its opening output; the closing one stands after it.
    var vent: Vent?
    /// Channel and limit of carbon monoxide, if its heater is a fire.
    var fumes: (channel: Int, limit: Double)?
    /// Channels of temperature, nearest the crop first; backups after them.
    var temperatures: [Int] = []
    var humidities: [Int] = []
    var co2: Int?
    var soil: [Int] = []
    /// Flow of water, litres a second.
    var flow = 0.0
    /// Most water in 24 hours, litres.
    var cap = Double.infinity
    /// Shortest time the fan runs in each period, and the period, ms.
    var minimumVentilation: (on: Int64, period: Int64)
    var setpoint: Double

    /// Its outputs, one bit each.
    var outputs: UInt32 {
      [heater, fan, mister, pump, valve, vent?.opening, vent?.closing].compactMap(\.self).reduce(0) {
        $0 | 1 << UInt32($1)
      }
    }

    /// Channels of its probes.
    var channels: [Int] { temperatures + humidities + soil + (co2.map { [$0] } ?? []) }
  }

  /// The configuration as text.
  public let text: String
  /// The configuration as the device has it.
  public let configuration: DeviceConfiguration
  /// Whether the guardian's table knows no limits, so that only the controller's hold.
  public let guardianIsPermissive: Bool
  let zones: [Zone]
  /// The heaters, one bit each.
  let heaters: UInt32
  /// The alarm relay.
  let alarmRelay: Int?
  let outsideTemperature: Int
  let outsideHumidity: Int

  /// Draws a site.
  /// - Parameters:
  ///   - guardianIsPermissive: leaves the guardian's limits out.
  ///   - hasRail: whether the coils' supply hangs on the alive line.
  init(seed: UInt64, guardianIsPermissive: Bool, hasRail: Bool) {
    var writer = SiteWriter(
      generator: SeededGenerator(seed: seed, purpose: "site"),
      equipment: SeededGenerator(seed: seed, purpose: "equipment"),
      fire: SeededGenerator(seed: seed, purpose: "fire"))
    let text = writer.write(hasRail: hasRail)
    let board = BoardFile.read(SiteWriter.board, file: "board.toml").board
    let (loaded, faults) = ConfigurationLoader.load(
      [ConfigurationSource(file: "scenario.toml", text: text)], boards: board.map { [$0] } ?? [], recipes: [],
      isSimulated: true)
    guard var configuration = loaded else {
      fatalError("seed \(seed) draws a refused configuration: \(faults)\n\(text)")
    }
    if guardianIsPermissive { configuration.guardianTable.removeLimits() }
    self.text = text
    self.configuration = configuration
    self.guardianIsPermissive = guardianIsPermissive
    let zones = configuration.plan.zones.indices.map { Self.zone($0, configuration) }
    self.zones = zones
    heaters = zones.reduce(0) { $0 | 1 << UInt32($1.heater) }
    alarmRelay = configuration.plan.outputs.firstIndex { $0.kind == .alarm }
    outsideTemperature = configuration.plan.channel(named: "outside.temperature")?.index ?? 0
    outsideHumidity = configuration.plan.channel(named: "outside.humidity")?.index ?? 0
  }

  /// Zones of which no output shares an interlock with another's; empty where there is only one zone.
  var independentZones: [Int] {
    let outputs = configuration.plan.outputs
    func interlocks(_ zone: Int) -> Set<Int> {
      Set(
        outputs.indices.filter { zones[zone].outputs & (1 << UInt32($0)) != 0 }.compactMap {
          outputs[$0].constraints.interlock
        })
    }
    guard zones.count > 1 else { return [] }
    return zones.indices.filter { zone in
      zones.indices.allSatisfy { $0 == zone || interlocks($0).isDisjoint(with: interlocks(zone)) }
    }
  }

  private static func zone(_ index: Int, _ configuration: DeviceConfiguration) -> Zone {
    let plan = configuration.plan
    let zone = plan.zones[index]
    func output(_ kind: String) -> Int? { plan.output(named: "\(zone.name)-\(kind)")?.index }
    let minimum = zone.setpoints.ventilation ?? VentilationTimer(on: .zero, period: .minutes(15))
    var result = Zone(
      heater: output("heater") ?? 0, fan: output("fan") ?? 0, mister: output("mister"), pump: output("pump"),
      valve: output("valve"), minimumVentilation: (minimum.on.milliseconds, minimum.period.milliseconds),
      setpoint: zone.setpoints.temperature?.setpoint ?? 24)
    if let opening = output("vent"), let vent = plan.outputs[opening].vent, let wind = vent.wind {
      result.vent = Vent(
        opening: opening, closing: vent.closing.index, travel: Double(vent.travel.milliseconds) / 1_000, wind: wind)
    }
    for bus in configuration.buses {
      for sensor in bus.sensors where sensor.zone == zone.name {
        for channel in sensor.channels {
          switch channel.quantity {
          case .temperature: result.temperatures.append(channel.id.index)
          case .humidity: result.humidities.append(channel.id.index)
          case .co2: result.co2 = channel.id.index
          case .soilMoisture: result.soil.append(channel.id.index)
          case .carbonMonoxide:
            result.fumes = zone.carbonMonoxideLimit.map { (channel.id.index, $0) }
          default: break
          }
        }
      }
    }
    if let bed = zone.bed {
      result.flow = bed.irrigation.flow / 60
      result.cap = bed.irrigation.dailyCap
    }
    return result
  }
}

extension Duration {
  var milliseconds: Int64 { nanoseconds / 1_000_000 }
}

extension GuardianTable {
  /// Leaves of the limits only the lease and the failsafe states.
  mutating func removeLimits() {
    for index in outputs.indices {
      let old = outputs[index]
      outputs[index] = OutputLimits(name: old.name, chip: old.chip, line: old.line, failsafe: old.failsafe)
    }
  }
}

/// Writes the configuration of a site.
private struct SiteWriter {
  var generator: SeededGenerator
  /// Draws what has been added to the houses since seeds were first kept: a seed's house stays the same but for that.
  var equipment: SeededGenerator
  var fire: SeededGenerator
  private var pins = 0
  private var sensors = ""
  private var outputs = ""
  private var zones = ""

  init(generator: SeededGenerator, equipment: SeededGenerator, fire: SeededGenerator) {
    (self.generator, self.equipment, self.fire) = (generator, equipment, fire)
  }

  /// A board with enough pins, none of which switches a relay on at power-on, and a bus for each zone.
  static let board: String = {
    var text = "schema = 1\nmodel = \"scenario\"\ntitle = \"Scenario\"\nwatchdog-limit = \"15s\"\n"
    text += "[[chip]]\nlabel = \"pins\"\non-release = \"keeps-level\"\n"
    for bus in 1...4 { text += "[[bus]]\nname = \"i2c\(bus)\"\ndevice = \"/dev/i2c-\(bus)\"\n" }
    for pin in 1...24 {
      text += "[[pin]]\nnames = [\"relay\(pin)\"]\nchip = \"pins\"\noffset = \(pin)\nboot-pull = \"down\"\n"
    }
    return text
  }()

  mutating func write(hasRail: Bool) -> String {
    let count = pick([1, 1, 1, 2, 2, 3])
    let hasVent = equipment.uniform() < 0.12
    let hasFire = fire.uniform() < 0.15
    let sharesSupply = count > 1 && chance(0.5)
    for index in 0..<count {
      zone(
        ["a", "b", "c"][index], bus: index + 1, sharesSupply: sharesSupply, isFirst: index == 0,
        hasVent: hasVent && index == 0, hasFire: hasFire && index == 0)
    }
    sensor("outside", "bme280", bus: 4, address: "0x76", zone: "outside")
    // Last, so that what trouble is drawn for does not move.
    if hasVent { vent("a") }
    if hasFire { fumes("a") }
    if equipment.uniform() < 0.4 { output("siren", "alarm", failsafe: "off", "") }
    return """
      schema = 1
      [site]
      name = "scenario"
      latitude = 31.4
      longitude = 109.6
      altitude = 400
      [board]
      model = "scenario"
      \(hasRail ? "[alive]\npin = \"relay24\"" : "")
      [journal]
      sample-interval = "30m"

      """ + sensors + outputs + zones
  }

  private mutating func zone(_ name: String, bus: Int, sharesSupply: Bool, isFirst: Bool, hasVent: Bool, hasFire: Bool)
  {
    let setpoint = Double(pick([18, 20, 22, 24, 25, 27]))
    probes(name, bus: bus)
    let hasCO2 = chance(0.4)
    if hasCO2 { sensor("\(name)air", "scd41", bus: bus, address: "0x62", zone: name) }
    let hasMister = chance(0.6)
    let interlock = sharesSupply ? "supply" : hasMister && chance(0.3) ? "\(name)-supply" : nil
    let interlockText = interlock.map { "\ninterlock = \"\($0)\"\ndead-time = \"\(pick([1, 2, 5, 10]))s\"" } ?? ""
    let starts = chance(0.5) ? "\nstarts-per-hour = \(pick([6, 10, 15, 20]))" : ""
    output(
      "\(name)-heater", "heater", failsafe: pick(["off", "off", "hold 30s", "hold 60s"]),
      """
      min-on = "\(pick([0, 10, 60]))s"
      min-off = "\(pick([10, 30, 60, 120]))s"
      max-on = "\(pick([10, 20, 30, 40]))m"
      high-limit = "\(setpoint + Double(pick([5, 6, 8]))) °C"
      """ + (hasFire ? "\nburns = true" : "") + starts + interlockText)
    let period = pick([10, 15, 20])
    let share = pick([10, 20, 30])
    output(
      "\(name)-fan", "fan", failsafe: chance(0.2) ? "on" : "duty \(share)% of \(period)m",
      "min-on = \"\(pick([0, 30]))s\"\nmin-off = \"\(pick([0, 30, 60]))s\"")
    if hasMister {
      output(
        "\(name)-mister", "mister", failsafe: "off",
        "max-on = \"\(pick([3, 5, 10]))m\"\nmin-off = \"\(pick([0, 30]))s\""
          + (interlock == "\(name)-supply" ? interlockText : ""))
    }
    zones += """
      [[zone]]
      name = "\(name)"
      alarm-delay = "2m"
      temperature = { control = "\(pick(["pid", "hysteresis"]))", setpoint = "\(setpoint) °C", band = "2 K", low-alarm = "\(setpoint - 6) °C", high-alarm = "\(setpoint + 7) °C", heat = ["\(name)-heater"], cool = [\(hasVent ? "\"\(name)-vent\", " : "")"\(name)-fan"] }
      \(hasMister ? "humidity = { setpoint = \"75 %\", band = \"8 %\", raise = [\"\(name)-mister\"] }" : "")
      ventilation = { minimum = "\(period * share / 100)m every \(period)m"\(hasCO2 ? ", co2-limit = \"1500 ppm\"" : "")\(hasFire ? ", carbon-monoxide-limit = \"25 ppm\"" : "") }

      """
    if isFirst, chance(0.5) { bed(name) }
  }

  /// A roof vent with a limit by the wind, and an anemometer.
  private mutating func vent(_ zone: String) {
    sensors += """
      [[sensor]]
      name = "mast"
      model = "ads1115"
      bus = "i2c4"
      address = 0x49
      zone = "outside"
      inputs = [{ input = 0, measures = "wind-speed", calm = "0.40 V", full = "2.00 V", full-speed = "32.4 m/s" }]

      """
    let most = [20, 30, 50][Int(equipment.next() % 3)]
    output(
      "\(zone)-vent", "vent", failsafe: "stay",
      """
      pin-close = "relay23"
      travel = "\([60, 90, 150][Int(equipment.next() % 3)])s"
      wind = { cap-above = "8 m/s", cap = "\(most) %", close-above = "14 m/s", hold = "10m", unknown = "15 %" }
      """)
  }

  /// A transmitter for carbon monoxide.
  private mutating func fumes(_ zone: String) {
    sensors += """
      [[sensor]]
      name = "\(zone)fumes"
      model = "ads1115"
      bus = "i2c4"
      address = 0x4A
      zone = "\(zone)"
      inputs = [{ input = 0, measures = "carbon-monoxide", clean = "0.40 V", full = "2.00 V", full-scale = "500 ppm" }]

      """
  }

  private mutating func probes(_ zone: String, bus: Int) {
    let models = [("sht31", "0x44"), ("sht31", "0x45"), ("bme280", "0x76")]
    for index in 0..<pick([1, 2, 2, 3, 3]) {
      sensor("\(zone)\(index + 1)", models[index].0, bus: bus, address: models[index].1, zone: zone)
    }
  }

  private mutating func bed(_ zone: String) {
    sensors += """
      [[sensor]]
      name = "\(zone)bed"
      model = "ads1115"
      bus = "i2c4"
      address = 0x48
      zone = "\(zone)"
      inputs = [{ input = 0, dry = "2.60 V", wet = "1.15 V" }]

      """
    output("\(zone)-pump", "pump", failsafe: "off", "max-on = \"\(pick([8, 20]))m\"")
    output("\(zone)-valve", "valve", failsafe: "off", "max-on = \"\(pick([8, 20]))m\"")
    zones += """
      irrigation = { valve = "\(zone)-valve", pump = "\(zone)-pump", setpoint = "55 %", band = "6 %", flow = "20 l/min", dose = "\(pick([40, 60, 80])) l", soak = "20m", daily-cap = "\(pick([160, 240, 400])) l" }

      """
  }

  private mutating func sensor(_ name: String, _ model: String, bus: Int, address: String, zone: String) {
    sensors += """
      [[sensor]]
      name = "\(name)"
      model = "\(model)"
      bus = "i2c\(bus)"
      address = \(address)
      zone = "\(zone)"

      """
  }

  private mutating func output(_ name: String, _ kind: String, failsafe: String, _ rest: String) {
    pins += 1
    outputs += """
      [[output]]
      name = "\(name)"
      pin = "relay\(pins)"
      kind = "\(kind)"
      failsafe = "\(failsafe)"
      \(rest)

      """
  }

  private mutating func pick<T>(_ choices: [T]) -> T { choices[Int(generator.next() % UInt64(choices.count))] }

  private mutating func chance(_ probability: Double) -> Bool { generator.uniform() < probability }
}

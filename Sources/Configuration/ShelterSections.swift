// shade = { … } and dew-guard = { … } of a zone

import Climate
import Controller
import TOML

/// `shade = { outputs = ["screen"], light = "45000 lx" }`: when shade screens are drawn.
struct ShadeSection {
  var outputs: [ZoneSection.Name]
  var light: Illuminance
  var temperature: Double?
  var most: Double
  var transmission: Double
  var location: SourceLocation

  init?(_ reader: TableReader) {
    for key in ["outputs", "light"] where !reader.has(key) { reader.missing(key) }
    let outputs = reader.strings("outputs")
    let light = reader.quantity("light", .illuminance, in: 1_000...150_000)
    temperature = reader.quantity("temperature", .temperature, in: 10...45)
    most = (reader.quantity("most", .percent, in: 10...100) ?? 100) / 100
    transmission = (reader.quantity("transmission", .percent, in: 5...95) ?? 50) / 100
    location = reader.location
    if let outputs, outputs.isEmpty { reader.refuseNoOutput("outputs") }
    guard let outputs, let light else { return nil }
    (self.outputs, self.light) = (outputs, Illuminance(lux: light))
  }
}

/// `dew-guard = { margin = "1 K", outputs = ["heater"] }`: how a zone is kept from dew.
struct DewSection {
  var outputs: [ZoneSection.Name]
  var margin: Double
  var lag: Duration?
  var lagLocation: SourceLocation
  var location: SourceLocation

  init?(_ reader: TableReader) {
    outputs = reader.strings("outputs") ?? []
    margin = reader.quantity("margin", .difference, in: 0.2...5) ?? 1
    lag = reader.duration("lag", in: .minutes(1)...Duration.hours(48))
    (lagLocation, location) = (reader.location(of: "lag"), reader.location)
    if reader.has("outputs"), outputs.isEmpty { reader.refuseNoOutput("outputs") }
  }
}

extension Compiler {
  mutating func shade(
    _ section: ZoneSection, _ own: QuantityMap<ChannelID>, _ outside: QuantityMap<ChannelID>
  ) -> ShadePlan? {
    guard let shade = section.shade else { return nil }
    if own[.illuminance] == nil, outside[.illuminance] == nil, document.hasAllSensors {
      faults.error(
        shade.location, "shade needs a light sensor outside, or in zone \"\(section.name)\"",
        "shade 需要室外或区“\(section.name)”内有光照传感器")
    }
    if shade.temperature != nil, own[.temperature] == nil, section.temperature == nil, document.hasAllSensors {
      faults.error(
        shade.location, "zone \"\(section.name)\" has no temperature sensor to shade it by",
        "区“\(section.name)”没有温度传感器，无法按温度遮阳")
    }
    return ShadePlan(
      outputs: resolve(shade.outputs, kinds: [.shade], in: section), light: shade.light,
      temperature: shade.temperature, most: shade.most, transmission: shade.transmission)
  }

  mutating func dew(
    _ section: ZoneSection, _ own: QuantityMap<ChannelID>, _ outside: QuantityMap<ChannelID>
  ) -> DewPlan? {
    guard let dew = section.dew else { return nil }
    let outputs = resolve(dew.outputs, kinds: [.heater, .dehumidifier, .circulation, .fan, .vent], in: section)
    // A zone whose temperature or humidity is to be held has been told so.
    let isTold =
      section.temperature != nil && own[.temperature] == nil || section.humidity != nil && own[.humidity] == nil
    if own[.temperature] == nil || own[.humidity] == nil, !isTold, document.hasAllSensors {
      faults.error(
        dew.location, "dew-guard needs a sensor of temperature and humidity in zone \"\(section.name)\"",
        "dew-guard 需要区“\(section.name)”内有温湿度传感器")
    }
    if dew.lag != nil, own[.surfaceTemperature] != nil {
      faults.error(
        dew.lagLocation, "a probe measures the surface: leave lag out", "已有探头测表面温度：请删去 lag")
    }
    for name in dew.outputs {
      guard let output = document.outputs.first(where: { $0.name == name.text }) else { continue }
      if output.kind == .heater, section.temperature?.raise.contains(where: { $0.text == name.text }) != true {
        faults.error(
          name.location, "heater \"\(name.text)\" does not heat this zone: put it into heat of its temperature as well",
          "加热器“\(name.text)”未列入本区 temperature 的 heat：请一并列入")
      }
      if output.kind.letsAirIn, outside[.temperature] == nil || outside[.humidity] == nil, document.hasAllSensors {
        faults.error(
          name.location,
          "\"\(name.text)\" lets air in: against dew that needs a sensor of temperature and humidity with zone = \"outside\"",
          "“\(name.text)”引入室外空气：防结露需要一个 zone = “outside” 的温湿度传感器")
      }
    }
    return DewPlan(outputs: outputs, margin: dew.margin, lag: dew.lag ?? .hours(1))
  }
}

extension TableReader {
  /// Says that a list of outputs is empty.
  func refuseNoOutput(_ key: String) {
    faults.error(
      valueLocation(of: key), "\(key) names no output; write \(key) = [\"…\"]", "\(key) 未列输出；请写 \(key) = [\"…\"]")
  }
}

// Whether heaters may, and probes can, go as far as a recipe asks.

import Climate
import Controller
import Drivers

extension Compiler {
  /// Warns of heaters that may not, and of probes that cannot, follow a zone to its highest setpoint.
  func checkLimits(_ section: ZoneSection, _ recipe: Recipe?) {
    checkHeaters(section, recipe)
    checkProbes(section, recipe)
  }

  /// A recipe that asks for more warmth than a heater may give would never get there.
  private func checkHeaters(_ section: ZoneSection, _ recipe: Recipe?) {
    guard let recipe, let place = section.recipe?.location else { return }
    for name in section.temperature?.raise ?? [] {
      guard let heater = document.outputs.first(where: { $0.name == name.text && $0.kind == .heater }),
        let wanted = recipe.temperatures.map(\.highest).max()
      else { continue }
      let limit = heater.highLimit ?? 32
      if wanted >= limit {
        faults.warning(
          place,
          "recipe \"\(recipe.name)\" asks for \(wanted) °C, but \"\(heater.name)\" has a high-limit of \(limit) °C",
          "工艺“\(recipe.name)”要求 \(wanted) °C，而“\(heater.name)”的 high-limit 为 \(limit) °C")
      }
    }
  }

  /// Where a right reading counts as a fault, the zone loses its probes, and with them its heat, as soon as it is as hot as it should be.
  private func checkProbes(_ section: ZoneSection, _ recipe: Recipe?) {
    let own = section.temperature?.band.map { [(highest: $0.setpoint, band: $0)] } ?? []
    let bands = (recipe?.temperatures ?? []) + own
    guard let wanted = bands.map(\.highest).max(),
      let needed = bands.map({ max($0.highest + $0.band.band, $0.band.highAlarm ?? 0) }).max()
    else { return }
    let (who, wer) =
      recipe.map { ("recipe \"\($0.name)\"", "工艺“\($0.name)”") }
      ?? ("zone \"\(section.name)\"", "区“\(section.name)”")
    for sensor in document.sensors where sensor.place(of: .temperature) == section.name {
      guard let most = sensor.limits[.temperature]?.range.upperBound, needed >= most else { continue }
      let possible = sensor.model.range(of: .temperature)?.upperBound ?? most
      // Five kelvins and more above the alarm, so that it can ring.
      let better = min(Int(((needed + 5) / 5).rounded(.up)) * 5, Int(possible))
      let (what, was) =
        needed < possible
        ? (
          "write quality = { temperature = { max = \(better) } }", "应写 quality = { temperature = { max = \(better) } }"
        )
        : (
          "the \(sensor.model.rawValue) measures up to \(possible) °C, take another sensor",
          "\(sensor.model.rawValue) 最高只能测 \(possible) °C，请换用其他传感器"
        )
      faults.warning(
        sensor.maximumLocations[.temperature] ?? sensor.location,
        "\(who) asks for \(wanted) °C and needs readings up to \(needed) °C, but those of \"\(sensor.name)\" above \(most) °C "
          + "count as faults; \(what)",
        "\(wer)要求 \(wanted) °C，读数须能到 \(needed) °C，而“\(sensor.name)”高于 \(most) °C 的读数会被判为故障；\(was)")
    }
  }
}

extension Recipe {
  /// Of each stage that has a temperature: the higher of its setpoints by day and by night, °C, and its band.
  fileprivate var temperatures: [(highest: Double, band: BandSetpoint)] {
    stages.compactMap { stage in
      stage.setpoints.temperature.map { (max($0.setpoint, stage.temperature.night ?? $0.setpoint), $0) }
    }
  }
}

// A simulation's report for people.

import Station
import TerminalUI

/// Renders a simulation's report.
struct ReportText {
  private let report: SimulationReport

  init(_ report: SimulationReport) { self.report = report }

  var lines: [String] {
    var lines = [text("\(number(report.days)) days, seed \(report.seed)", "\(number(report.days)) 天，种子 \(report.seed)")]
    for (name, zone) in report.zones.sorted(by: { $0.key < $1.key }) {
      if let temperature = zone.temperature {
        lines.append(
          "\(name): " + text("temperature within 1 K", "温度在±1 K内") + " \(percent(temperature.within1K)), "
            + text("in band", "允差内") + " \(percent(temperature.inBand)), " + text("overshoot", "超调")
            + " \(number(temperature.overshoot)) K")
      }
      if let humidity = zone.humidity {
        lines.append("\(name): " + text("humidity in band", "湿度允差内") + " \(percent(humidity.inBand))")
      }
      if let soil = zone.soilMoisture {
        lines.append("\(name): " + text("soil moisture in band", "土壤湿度允差内") + " \(percent(soil.inBand))")
      }
      if let most = zone.waterMost, let cap = zone.waterCap {
        lines.append("\(name): " + text("most water in 24 h", "24小时最大水量") + " \(number(most)) l / \(number(cap)) l")
      }
    }
    for (name, output) in report.outputs.sorted(by: { $0.key < $1.key }) {
      lines.append(
        "\(name): \(output.operations) " + text("operations", "次动作") + ", \(number(output.onHours)) h "
          + text("on", "开启"))
    }
    lines.append(
      text("energy", "能耗") + " \(number(report.energy)) kWh, " + text("water", "用水") + " \(number(report.water)) l")
    let alarms = report.alarms.sorted { $0.key < $1.key }.map { "\($0.key) ×\($0.value)" }
    lines.append(text("alarms: ", "报警：") + (alarms.isEmpty ? text("none", "无") : alarms.joined(separator: ", ")))
    lines.append(
      text("constraint violations: ", "约束违反：")
        + (report.violations.isEmpty ? text("none", "无") : report.violations.joined(separator: "; ")))
    lines.append("log sha256 \(report.logDigest)")
    return lines
  }

  private func number(_ value: Double) -> String { Format.number(value, decimals: 1) }

  private func percent(_ share: Double) -> String { Format.number(share * 100, decimals: 1) + " %" }
}

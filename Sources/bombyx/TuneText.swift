// What a relay test has come to, in words.

import Controller
import Station
import TerminalUI

/// Texts of `bombyx tune`.
struct TuneText {
  private let language: Language

  init(_ language: Language) { self.language = language }

  /// The result, a line each.
  func lines(_ report: TuneReport) -> [String] {
    var lines = [
      language(
        "\(report.zone): \(report.cycles) cycles in \(number(report.hours, 1)) h, noise of the reading \(number(report.noise, 3)) K",
        "\(report.zone)：\(report.cycles) 个周期，\(number(report.hours, 1)) 小时，读数噪声 \(number(report.noise, 3)) K")
    ]
    switch report.verdict {
    case .firstOrder: lines.append(language("a first-order model with dead time fits", "一阶加纯滞后模型适用"))
    case .secondOrder:
      let left = report.firstOrderResidual.map {
        language(" (it leaves \(number($0, 3)) K)", "（残差 \(number($0, 3)) K）")
      }
      lines.append(
        language(
          "a first-order model does not fit\(left ?? ""); one of second order does", "一阶模型不适用\(left ?? "")；二阶模型适用"))
    case .noModel:
      lines.append(
        language(
          "neither model fits: something else moves the temperature. The law below is a cautious one",
          "两种模型均不适用：有其他因素影响温度。以下为保守参数"))
    }
    if let model = report.model {
      let errors = model.errors.map { "± \(number($0 * 100, 1)) %" }
      lines += zip(
        [
          language("gain", "增益") + "  \(number(model.gain, 2)) K",
          language("time constant", "时间常数") + "  \(number(model.timeConstant, 0)) s",
          language("dead time", "纯滞后") + "  \(number(model.deadTime, 0)) s",
        ], errors
      ).map { "  \($0)  \($1)" }
      if model.lag > 0 { lines.append(language("  lag", "  滞后时间") + "  \(number(model.lag, 0)) s") }
    }
    lines.append(
      language(
        "write into the zone's temperature = { … }, and check and apply it:", "写入区的 temperature = { … }，然后检查并应用："))
    lines.append("  \(report.toml)")
    if let cycle = report.cycle {
      lines.append(
        language("for a heater that may switch more often or seldom: ", "若加热器可更频繁或更少开关：")
          + "cycle = \"\(number(cycle, 0))s\"")
    }
    return lines
  }

  /// Why a test was given up.
  func failure(_ failure: RelayTestFailure) -> String {
    switch failure {
    case .outOfRange:
      language("given up: the temperature came near its alarm limits", "已中止：温度接近报警限值")
    case .cannotReach:
      language(
        "given up: with the heater fully on the temperature did not reach the upper turn; is it working, and strong enough?",
        "已中止：加热全开仍达不到上折返点；请检查加热器是否正常、功率是否足够")
    case .doesNotReturn:
      language(
        "given up: with the heater off the temperature did not fall; something else heats, or it is too warm outside",
        "已中止：加热关闭后温度不下降；另有热源，或室外过暖")
    case .readingLost: language("given up: the temperature was lost", "已中止：温度读数丢失")
    case .notFollowed:
      language(
        "given up: the heater did not do what was asked; bombyx why tells what holds it",
        "已中止：加热器未按要求动作；用 bombyx why 查看原因")
    case .alarm: language("given up: an alarm was raised; see bombyx alarms", "已中止：出现报警；见 bombyx alarms")
    case .guardian: language("given up: the guardian no longer follows the controller", "已中止：守护程序不再跟随控制器")
    case .stopped: language("stopped; the heaters follow their laws again", "已停止；加热恢复自动")
    case .tooSlow: language("given up: the time was over before three cycles were", "已中止：时间用尽而不足三个周期")
    }
  }

  /// Why a test cannot begin.
  func refusal(_ refusal: TuneRefusal) -> String {
    switch refusal {
    case .noHeating: language("the zone has no heater to tune", "该区没有加热器")
    case .noSetpoint: language("the zone has no temperature setpoint now", "该区目前没有温度设定值")
    case .interlocked(let heater, let other):
      language(
        "\(heater) shares an interlock with \(other), which the test would shut out for hours",
        "\(heater) 与 \(other) 互锁，试验会使其数小时无法运行")
    case .maximumOn(let heater):
      language("max-on of \(heater) is too short for a test: five minutes at least", "\(heater) 的 max-on 过短：至少需要五分钟")
    case .noReading: language("there is no trustworthy temperature", "没有可信的温度读数")
    case .notSettled(let value, let setpoint):
      language(
        "the zone is at \(number(value, 1)) °C, too far from its setpoint of \(number(setpoint, 1)) °C; wait until it has settled",
        "当前 \(number(value, 1)) °C，离设定值 \(number(setpoint, 1)) °C 过远；请待其稳定")
    case .alarms(let alarms):
      language("there are open alarms: ", "有未消除的报警：") + alarms.joined(separator: ", ")
        + language("; a zone is tuned when it is well", "；请先处理报警")
    case .noLease: language("the guardian does not follow the controller", "守护程序未跟随控制器")
    case .overridden(let heater):
      language("\(heater) is driven by hand; end it: bombyx auto \(heater)", "\(heater) 处于手动；结束：bombyx auto \(heater)")
    }
  }

  private func number(_ value: Double, _ decimals: Int) -> String { Format.number(value, decimals: decimals) }
}

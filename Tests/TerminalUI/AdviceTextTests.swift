// What screens say of a zone's fans and probes.

import Controller
import LocalService
import TerminalUI
import Testing

@Suite("Advice in words") struct AdviceTextTests {
  private func line(_ language: Language, _ kind: AdviceMessage.Kind, _ change: (inout AdviceMessage) -> Void) -> String
  {
    var zone = ZoneMessage(name: "shed", stage: nil, quantities: [], dryWetDifference: nil, water: nil)
    var advice = AdviceMessage(kind)
    change(&advice)
    zone.advice = [advice]
    return AdviceText(language, Style(isColoured: false)).lines(zone).joined(separator: "|")
  }

  private func shortfall(_ advice: inout AdviceMessage) {
    (advice.quantity, advice.outputs, advice.unit) = ("humidity", ["fan", "fan-2"], "%")
    (advice.hours, advice.difference, advice.airFactor) = (5.5, 8.2, 1.8)
  }

  @Test("a shortfall of air says what, how far, how long, and how much air is needed")
  func shortfall() {
    #expect(
      line(.en, .ventilationShortfall, shortfall)
        == "advice: too little air: fan, fan-2 at full, and humidity 8.2 % above its band for 5.5 h of the last 24; "
        + "at least 1.8 times as much air is needed")
    #expect(
      line(.zh, .ventilationShortfall, shortfall)
        == "建议：通风不足：近24小时内有5.5小时 fan、fan-2 全开，相对湿度仍高出允差8.2%；至少需要1.8倍的风量")
  }

  @Test("where boxes are counted a shortfall says for how many the air is enough")
  func boxes() {
    func counted(_ advice: inout AdviceMessage) {
      shortfall(&advice)
      (advice.boxes, advice.sufficesFor) = (10, 5.6)
    }
    #expect(
      line(.en, .ventilationShortfall, counted).hasSuffix(
        "at least 1.8 times as much air is needed: it is enough for 5.6 of 10 boxes"))
    #expect(line(.zh, .ventilationShortfall, counted).hasSuffix("至少需要1.8倍的风量：只够10张中的5.6张"))
  }

  @Test("a fan that will be too small is named beforehand, with the stage, the need and the boxes that it carries")
  func tooSmall() {
    func shortage(_ advice: inout AdviceMessage) {
      (advice.outputs, advice.stage, advice.expectedIn) = (["fan"], LocalizedText(en: "Mounting", zh: "上蔟"), 150)
      (advice.flow, advice.neededFlow, advice.boxes, advice.sufficesFor) = (2_000, 3_100, 10, 6.5)
    }
    #expect(
      line(.en, .fanTooSmall, shortage)
        == "advice: fan too small for “Mounting”, in about 6 d 6 h: 10 boxes need 3100 m³/h in air outside like the last "
        + "day's, there are 2000 m³/h: it is enough for 6.5 of 10 boxes")
    #expect(
      line(.zh, .fanTooSmall, shortage)
        == "建议：“上蔟”（约6天6小时后）fan 风量不足：按近一日室外空气，10张需 3100 m³/h，现有 2000 m³/h：只够10张中的6.5张")
  }

  @Test("air outside that is too warm and air that is too moist are two sentences")
  func outside() {
    let warm = line(.en, .outsideAir) { ($0.quantity, $0.hours) = ("temperature", 4) }
    #expect(warm.contains("temperature above its band for 4.0 h of the last 24, and the air outside too warm"))
    let moist = line(.zh, .outsideAir) { ($0.quantity, $0.hours) = ("humidity", 4) }
    #expect(moist == "建议：近24小时内有4.0小时相对湿度高于允差，而室外空气过湿：增加风机无用")
  }

  @Test("a probe is named with what is wrong with its place", arguments: [Language.en, .zh])
  func probes(_ language: Language) {
    let stream = line(language, .probeInStream) { ($0.probe, $0.outputs) = ("north.temperature", ["mister"]) }
    #expect(stream.contains("north.temperature") && stream.contains("mister"))
    let lag = line(language, .probeLags) { ($0.probe, $0.lag) = ("north.temperature", 22) }
    #expect(lag.contains(language == .en ? "22 min later" : "滞后约22分钟"))
    let sun = line(language, .probeInSun) { ($0.probe, $0.difference, $0.unit) = ("north.temperature", 1.5, "K") }
    let heater = line(language, .probeAtHeater) { ($0.probe, $0.difference, $0.unit) = ("north.temperature", 1.5, "K") }
    #expect(sun != heater)
    #expect(heater.contains(language == .en ? "1.5 K more" : "高1.5K"))
  }

  @Test("the screen shows advice under its zone")
  func screen() {
    var zone = ZoneMessage(name: "shed", stage: nil, quantities: [], dryWetDifference: nil, water: nil)
    var advice = AdviceMessage(.ventilationShortfall)
    shortfall(&advice)
    zone.advice = [advice]
    let status = StatusMessage(
      site: "site", time: 0, timeZone: "UTC", clock: .trusted, uptime: 0, isSimulated: false, zones: [zone],
      channels: [], outputs: [], alarms: [],
      health: HealthMessage(
        lease: "held", steps: 0, lateness: 0, worstLateness: 0, droppedRecords: 0, journal: "ready", journalBytes: nil,
        buses: []))
    let lines = StatusScreen(.en, Style(isColoured: false)).lines(status)
    #expect(lines.contains { $0.hasPrefix("  advice: too little air: fan, fan-2 at full") })
  }
}

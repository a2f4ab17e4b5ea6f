// What screens say about recipes.

import Controller
import LocalService
import TerminalUI
import Testing

@Suite("Recipes in words") struct RecipeTextTests {
  private static let title = LocalizedText(en: "First instar", zh: "一龄")

  private func zone(_ change: (inout ZoneMessage) -> Void) -> ZoneMessage {
    let stage = StageMessage(recipe: "test", stage: "instar-1", title: Self.title, elapsed: 7_200, duration: 3_600)
    var zone = ZoneMessage(name: "shed", stage: stage, quantities: [], dryWetDifference: 2.61, water: nil)
    change(&zone)
    return zone
  }

  private func notes(_ language: Language, _ change: (inout ZoneMessage) -> Void) -> [String] {
    RecipeText(language, Style(isColoured: false)).notes(zone(change))
  }

  @Test("the next stage stands with its time and its event")
  func next() {
    let next = StageForecast(
      stage: "moult-1", title: LocalizedText(en: "Moult 1", zh: "一眠"), event: "moult-begin", expectedIn: 5_400)
    #expect(notes(.en) { $0.stage?.ahead = [next] } == ["next: Moult 1 in about 1 h 30 min (event moult-begin)"])
    #expect(notes(.zh) { $0.stage?.ahead = [next] } == ["下一阶段：一眠，约1小时30分后（事件：眠）"])
  }

  @Test("a stage that waits says what for and how to enter it, once it is due")
  func waits() {
    #expect(
      notes(.en) { $0.stage?.waitsFor = "pigment" } == ["waits for pigment; enter it: bombyx recipe event pigment"])
    #expect(
      notes(.en) {
        $0.stage?.waitsFor = "pigment"
        $0.stage?.elapsed = 0
      } == [])
  }

  @Test("hold, warmth and offset are said")
  func changed() {
    let lines = notes(.en) {
      $0.stage?.isHeld = true
      $0.stage?.degreeHours = 700
      $0.stage?.degreeHoursEnd = 1_400
      $0.offset = OffsetMessage(temperature: 1, humidity: -5, remaining: 3_600, by: "li")
    }
    #expect(
      lines == [
        "on hold; go on: bombyx recipe resume", "warmth 700 / 1400 K·h",
        "setpoints moved by +1.0 K, -5.0 %, 1 h left, by li",
      ])
  }

  @Test("a disease is named when its conditions are met, and a rule that is a suggestion is marked")
  func risks() {
    let lines = notes(.en) {
      $0.risks = [
        RiskMessage(disease: "muscardine", hours: 12, limit: 10, isMet: true, isVerified: true),
        RiskMessage(disease: "grasserie", hours: 24, limit: 4, isMet: true, isVerified: false),
        RiskMessage(disease: "flacherie", hours: 3, limit: 12, isMet: false, isVerified: false),
      ]
    }
    #expect(
      lines == [
        "conditions favour white muscardine: 12 h (from 10 h)", "conditions favour grasserie*: 24 h (from 4 h)",
      ])
  }

  @Test("relative humidity and dry–wet difference stand side by side, each with its setpoint")
  func bothForms() {
    let status = StatusMessage(
      site: "site", time: 0, timeZone: "UTC", clock: .trusted, uptime: 0, isSimulated: false,
      zones: [
        zone {
          $0.dryWetSetpoint = 1.53
          $0.humidityAim = HumidityAimMessage(form: "vpd", unit: "kPa", setpoint: 0.75, band: 0.25, value: 0.814)
        }
      ], channels: [], outputs: [], alarms: [],
      health: HealthMessage(
        lease: "held", steps: 0, lateness: 0, worstLateness: 0, droppedRecords: 0, journal: "ready", journalBytes: nil,
        buses: []))
    let lines = StatusScreen(.en, Style(isColoured: false)).lines(status)
    func cells(_ title: String) -> [String] {
      lines.first { $0.contains(title) }?.split(separator: "  ").map { $0.trimmingPrefix { $0 == " " } }.map(
        String.init)
        ?? []
    }
    #expect(cells("dry–wet difference") == ["dry–wet difference", "2.6 K", "1.5 K"])
    #expect(cells("vapour pressure deficit") == ["vapour pressure deficit", "0.81 kPa", "0.75 kPa", "± 0.25"])
  }

  @Test(
    "events are typed in either language",
    arguments: [
      ("眠", "moult-begin"), ("收蚁", "brushing"), ("饷食", "moult-end"), ("moult-end", "moult-end"), ("自定", "自定"),
    ])
  func events(typed: String, event: String) { #expect(Language.event(typed: typed) == event) }
}

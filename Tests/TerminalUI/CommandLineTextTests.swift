// What people type behind a command.

import TerminalUI
import Testing

@Suite("Command-line values") struct CommandLineTextTests {
  @Test(
    "durations have units",
    arguments: [("90s", 90), ("10m", 600), ("1h30m", 5_400), ("2d", 172_800), ("0.5h", 1_800)])
  func duration(_ text: String, seconds: Double) {
    #expect(DurationText.seconds(text) == seconds)
  }

  @Test(
    "what is no duration, or longer than a hundred years, is refused",
    arguments: [
      "", "90", "s", "0s", "-5m", "1e3s", "5m3", "36526d", "99999999999999999d",
      String(repeating: "9", count: 400) + "d",
    ])
  func noDuration(_ text: String) {
    #expect(DurationText.seconds(text) == nil)
  }

  @Test(
    "a demand is on, off, or a percentage",
    arguments: [("on", 1), ("OFF", 0), ("开", 1), ("关", 0), ("40", 0.4), ("40%", 0.4), ("99.5%", 0.995), ("100", 1)])
  func demand(_ text: String, share: Double) {
    #expect(DemandText.share(text) == share)
  }

  @Test(
    "what is no demand is refused, even if it begins like one",
    arguments: ["", "%", "101", "-1", "+40%", "4 ", " 4", "2\u{0} 26", "1e1", "0x10", "nan", "4.0.1", ".", "40%%", "٤"])
  func noDemand(_ text: String) {
    #expect(DemandText.share(text) == nil)
  }
}

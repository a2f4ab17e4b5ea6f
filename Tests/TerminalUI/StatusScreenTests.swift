// The line about the parts around the control step.

import Controller
import LocalService
import Testing

@testable import TerminalUI

@Suite("Status screen")
struct StatusScreenTests {
  private func lines(_ language: Language, written: Int64?, perDay: Int64?) -> String {
    let status = StatusMessage(
      site: "site", time: 0, timeZone: "UTC", clock: .trusted, uptime: 0, isSimulated: false, zones: [], channels: [],
      outputs: [], alarms: [],
      health: HealthMessage(
        lease: "held", steps: 0, lateness: 0, worstLateness: 0, droppedRecords: 0, journal: "ready",
        journalBytes: 2_000_000, writtenBytes: written, writtenPerDay: perDay, buses: []))
    return StatusScreen(language, Style(isColoured: false)).lines(status).joined(separator: "\n")
  }

  @Test("What is written to the disk is shown as far as it is known")
  func written() {
    #expect(lines(.en, written: 12_340_000, perDay: 20_100_000).contains("written 12.3 MB in 24 h, 20.1 MB a day"))
    #expect(lines(.zh, written: 12_340_000, perDay: 20_100_000).contains("24小时已写 12.3 MB，每天约 20.1 MB"))
    #expect(lines(.en, written: 500_000, perDay: nil).contains("· written 0.5 MB ·"))
    #expect(!lines(.en, written: nil, perDay: nil).contains("written"))
  }
}

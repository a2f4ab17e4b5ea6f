// Months offline, then connected: every record in the county's database, once, as the log has it.

import Foundation
import LocalService
import Platform
import Servers
import Simulator
import Testing

@Suite(
  "The way to the county after a long time offline",
  .enabled(
    if: Built.isThere && FileManager.default.fileExists(atPath: MosquittoBroker.program),
    "run by ./dev test and ./dev county-drain, which build what they start"))
struct CountyDrainTests {
  /// Bytes on the wire for a record, whatever its lane, with all that MQTT adds; and of ninety days in all.
  private static let bytesPerRecord = 3.5
  private static let megabytes = 10.0
  /// Records a second, and how late a control step may be, ms.
  private static let rate = 2_000.0
  private static let lateness = 100.0

  @Test(
    "Days offline are in the database row by row as the log has them, within their bytes, and control is not held up")
  func drain() async throws {
    try await Machine.shared {
      let history = try History.of(days: DrainEffort.days)
      let county = try CountyRig(history, broker: try MosquittoBroker())
      try county.rig.startHeating()
      try county.rig.status("connected") { $0.sync?.isConnected == true }
      // What the machine does to control without a drain, asked as often.
      let steps = DrainEffort.isFull ? 60 : 1
      try county.wait("steps before the drain", within: 120, hurrying: false) {
        (county.rig.status()?.health.steps ?? 0) >= steps
      }
      let before = try #require(county.rig.status()).health.worstLateness
      let sent = county.proxy.bytes.to
      try county.startWorkers()
      try county.wait("the hub serves", within: 60, hurrying: false) {
        ((try? county.count("SELECT count(*) FROM hub.worker")) ?? 0) > 0
      }
      let begin = MonotonicTime.now()
      county.hurry()
      try county.waitForAll(within: 600, hurrying: false)
      let seconds = elapsed(from: begin, to: MonotonicTime.now())
      let bytes = county.proxy.bytes
      let worst = try #require(county.rig.status()).health.worstLateness
      county.rig.reapController()
      county.endWorkers(SIGTERM)
      let compared = try county.requireSameRows()
      let perRecord = Double(bytes.to - sent) / Double(history.records)
      let megabytes = Double(bytes.to - sent) / 1e6
      let rate = Double(history.records) / seconds
      Measured.note(
        "drain",
        String(
          format:
            "%d days, %lld records (%lld compared), %.2f MB up and %.2f MB down, %.2f B/record, %.0f records/s, worst step %.1f ms late (%.1f before)",
          DrainEffort.days, history.records, compared, megabytes, Double(bytes.from) / 1e6, perRecord,
          rate, worst, before))
      // Not #expect: this thread is no test's.
      try require(perRecord <= Self.bytesPerRecord, "\(perRecord) bytes a record")
      try require(megabytes <= Self.megabytes * Double(DrainEffort.days) / 90, "\(megabytes) MB")
      guard DrainEffort.isFull else { return }
      try require(rate >= Self.rate, "\(rate) records a second")
      try require(worst <= Self.lateness, "a step was \(worst) ms late")
    }
  }

  @Test("Whatever is killed, cut or stands still on the way, nothing is lost and nothing is twice")
  func chaos() async throws {
    try await Machine.shared {
      let history = try History.of(days: DrainEffort.days)
      for run in 0..<DrainEffort.runs {
        let seed = DrainEffort.seed + UInt64(run)
        do {
          let county = try CountyRig(history, broker: try MosquittoBroker(), workers: 2)
          try county.rig.startHeating()
          try county.startWorkers()
          var chaos = CountyChaos(county, seed: seed)
          let begin = MonotonicTime.now()
          try chaos.run()
          try county.waitForAll(within: 900)
          let seconds = elapsed(from: begin, to: MonotonicTime.now())
          county.rig.reapController()
          county.endWorkers(SIGTERM)
          let compared = try county.requireSameRows()
          Measured.note(
            "drain with chaos", "seed \(seed): \(compared) records, 0 lost, 0 twice, \(Int(seconds)) s; \(chaos.told)")
        } catch {
          throw RigError(description: "seed \(seed): \(error)")
        }
      }
    }
  }
}

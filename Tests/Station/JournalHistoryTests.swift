// The past as it is told.

import Climate
import Controller
import Foundation
import GRDB
import Journal
import LocalService
import Station
import Testing

@Suite("The past")
struct JournalHistoryTests {
  @Test("Samples that cannot be read are told as such, without a value, in their place among the others")
  func unreadable() throws {
    let directory = NSTemporaryDirectory() + "bombyx-history-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let start: Int64 = 1_776_643_200_000
    // Every boot begins a block.
    for boot in 0..<3 {
      let stamps = (0..<5).map { index in
        let second = boot * 100 + index
        let wall = WallTime(unixMilliseconds: start + Int64(second) * 1_000, trust: .trusted)
        return Stamp(at: Instant(seconds: Double(second)), wall: wall)
      }
      let journal = Journal(
        directory: directory, names: JournalNames(channels: ["a", "b"], outputs: []), boot: "boot-\(boot)",
        now: stamps[0].at, wall: stamps[0].wall)
      journal.append(stamps.map { .sample($0, channel: ChannelID(0), value: Double(boot), quality: .good) })
      journal.close()
    }
    let queue = try DatabaseQueue(path: directory + "/bombyx.db")
    try queue.write { try $0.execute(sql: "UPDATE blocks SET data = x'00010203040506' WHERE id = 6") }
    try queue.close()

    let history = JournalHistory(directory: directory)
    var parameters = ServiceParameters()
    for from in [nil, start] {
      parameters.from = from
      parameters.last = 1_000
      let told = try history.samples(parameters)
      #expect(told.map(\.value) == [0, 0, 0, 0, 0, nil, nil, 2, 2, 2, 2, 2])
      let gap = told.filter { $0.quality == SampleMessage.unreadable }
      #expect(gap.map(\.channel) == ["a", "b"])
      #expect(gap.map(\.time) == [start + 100_000, start + 100_000])
    }
  }
}

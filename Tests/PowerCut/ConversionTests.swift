// Power cuts while the rows of an earlier version become blocks.

import Climate
import Controller
import GRDB
import Simulator
import Testing
import TornDisk

@testable import Journal

@Suite("Power cuts while an earlier version's log is turned into this one's")
struct ConversionTests {
  private static let channels = 8
  private static let scans = 1_500

  /// A log as the first version left it: a row for every sample, and no table of blocks.
  private func earlierLog() throws -> TornDisk {
    let disk = TornDisk()
    let journal = Workload.open(disk, boot: "boot", at: 0)
    journal.close()
    let queue = try DatabaseQueue(path: "file:\(Workload.file)?vfs=\(disk.vfs ?? "")")
    var dice = SeededGenerator(seed: 1)
    try queue.write { db in
      for scan in 0..<Self.scans {
        let first = 1 + scan * Self.channels
        try db.execute(
          sql: "INSERT INTO stamps (id, last, boot, mono, wall, trust) VALUES (?, ?, 1, ?, ?, 0)",
          arguments: [
            first, first + Self.channels - 1, scan * 10_000_000_000, Workload.wall(Double(scan) * 10).unixMilliseconds,
          ])
        for channel in 0..<Self.channels {
          try db.execute(
            sql: "INSERT INTO samples (id, channel, value, quality) VALUES (?, ?, ?, 0)",
            arguments: [first + channel, channel + 1, 240_000 + Int.random(in: -900...900, using: &dice)])
        }
      }
      try db.execute(
        sql: """
          DROP TABLE origin; DROP TABLE acknowledged; DROP TABLE losses; DROP TABLE backlog; DROP TABLE anchors;
          ALTER TABLE windows DROP COLUMN seq; ALTER TABLE decisions DROP COLUMN seq;
          ALTER TABLE alarms DROP COLUMN seq; ALTER TABLE events DROP COLUMN seq;
          DROP TABLE blocks; DELETE FROM grdb_migrations WHERE identifier IN ('2 blocks', '3 lanes')
          """)
    }
    try queue.close()
    return disk
  }

  private func samples(_ disk: TornDisk) throws -> [String] {
    var lines: [String] = []
    try JournalReader(directory: Workload.directory, storage: disk).forEachRowCanonically { line in
      if line.contains("\tsample\t") { lines.append(line) }
    }
    return lines
  }

  /// Number of samples that go upstream, one after the other from the first on.
  private func backlog(_ disk: TornDisk) throws -> Int {
    let outbox = Outbox(directory: Workload.directory, storage: disk)
    var count = 0
    while case .records(let records) = try outbox.run(of: .backlog, from: Int64(count) + 1, records: 5_000) {
      count += records.count
    }
    return count
  }

  /// Without ages, which would take the samples away.
  private func open(_ disk: TornDisk, at second: Double) -> Journal {
    Journal(
      LogFile(path: Workload.file, storage: disk), names: Workload.names, boot: "later", settings: JournalSettings(),
      now: Instant(seconds: second), wall: Workload.wall(second))
  }

  private func convert(_ journal: Journal, from second: Double) {
    for call in 0..<40 {
      journal.maintain(now: Instant(seconds: second + Double(call)), wall: Workload.wall(second + Double(call)))
    }
  }

  private func rows(_ disk: TornDisk) throws -> Int {
    let queue = try DatabaseQueue(path: "file:\(Workload.file)?vfs=\(disk.vfs ?? "")")
    defer { try? queue.close() }
    return try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM samples") ?? 0 }
  }

  @Test("Whenever power goes, every sample is there once, and the next start carries on to the end")
  func cuts() throws {
    let disk = try earlierLog()
    let given = try samples(disk)
    #expect(given.count == Self.scans * Self.channels)
    var cuts = 0
    var between = 0
    func cut() throws {
      cuts += 1
      let left = disk.powerCut(seed: UInt64(cuts))
      #expect(try samples(left) == given, "operation \(disk.operations)")
      let journal = open(left, at: 100_000)
      #expect(journal.openOutcome == .opened, "operation \(disk.operations)")
      let rows = try rows(left)
      if rows > 0, rows < given.count { between += 1 }
      convert(journal, from: 100_000)
      journal.close()
      #expect(try self.rows(left) == 0)
      #expect(try samples(left) == given, "operation \(disk.operations)")
      #expect(try backlog(left) == given.count, "operation \(disk.operations)")
    }
    var operations = 0
    disk.observe {
      operations += 1
      if operations % 31 == 0 { #expect(throws: Never.self) { try cut() } }
    }
    let journal = open(disk, at: 50_000)
    convert(journal, from: 50_000)
    journal.close()
    disk.observe(nil)
    try cut()
    #expect(try rows(disk) == 0)
    #expect(cuts > 4)
    #expect(between > 1)
  }
}

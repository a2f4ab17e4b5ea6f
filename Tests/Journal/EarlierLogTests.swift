// Logs that an earlier version began, with a row for each sample.

import Climate
import Controller
import Foundation
import GRDB
import Testing

@testable import Journal

/// A log as an earlier version wrote it.
enum EarlierLog {
  /// Takes away what the third version added.
  static let withoutLanes = """
    DROP TABLE origin; DROP TABLE acknowledged; DROP TABLE losses; DROP TABLE backlog; DROP TABLE anchors;
    ALTER TABLE windows DROP COLUMN seq; ALTER TABLE decisions DROP COLUMN seq;
    ALTER TABLE alarms DROP COLUMN seq; ALTER TABLE events DROP COLUMN seq;
    DELETE FROM grdb_migrations WHERE identifier = '3 lanes';
    """

  /// Gives a log of this version, closed, the form of the second version: records without lanes.
  static func takeLanes(from file: String) throws {
    let queue = try DatabaseQueue(path: file)
    try queue.write { try $0.execute(sql: withoutLanes) }
    try queue.close()
  }

  /// Gives a log of this version, closed, the form of the first version: rows for its samples, and no table of blocks.
  static func make(from file: String) throws {
    try takeLanes(from: file)
    let queue = try DatabaseQueue(path: file)
    try queue.write { db in
      var walk = try SampleWalk(db)
      var stamp: (id: Int64, mono: Int64, wall: Int64)?
      while let stored = try walk.next() {
        try stored.content.get().forEachSample { sample in
          if let open = stamp, open.mono == sample.mono, open.wall == sample.wall {
            try db.execute(sql: "UPDATE stamps SET last = ? WHERE id = ?", arguments: [sample.id, open.id])
          } else {
            stamp = (sample.id, sample.mono, sample.wall)
            try db.execute(
              sql: "INSERT INTO stamps (id, last, boot, mono, wall, trust) VALUES (?, ?, ?, ?, ?, ?)",
              arguments: [sample.id, sample.id, sample.boot, sample.mono, sample.wall, sample.trust])
          }
          try db.execute(
            sql: "INSERT INTO samples (id, channel, value, quality) VALUES (?, ?, ?, ?)",
            arguments: [sample.id, sample.channel, sample.value, sample.quality])
        }
      }
      try db.execute(sql: "DROP TABLE blocks; DELETE FROM grdb_migrations WHERE identifier = '2 blocks'")
    }
    try queue.close()
  }
}

@Suite("Logs of an earlier version")
struct EarlierLogTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// Two boots, a clock that steps back, all kinds of record; means taken of the first half.
  private func writeLog(samples: Int = 6_000) throws {
    for (boot, start) in [("one", 0.0), ("two", Double(samples))] {
      let journal = openJournal(directory.path, boot: boot, at: start)
      for step in 0..<samples / 6 {
        let second = start + Double(step) * 10
        let shift: Int64 = step > samples / 9 ? -7_200_000 : 0
        let stamp = stamp(second, trust: step % 5_000 == 3 ? .freeRunning : .trusted, from: dawn + shift)
        journal.append(
          (0..<3).map {
            .sample(
              stamp, channel: ChannelID($0), value: step % 11 == 0 && $0 == 1 ? nil : 20 + Double(step % 13) / 8,
              quality: step % 11 == 0 ? .failed : .good)
          })
        if step % 7 == 0 { journal.append([decision(second)]) }
        if step % 40 == 0 { journal.append([alarm(second), event(second)]) }
        journal.tick(second)
        if boot == "one" { journal.maintain(second) }
      }
      journal.close()
    }
    try EarlierLog.make(from: directory.file)
  }

  private func rows() throws -> Int {
    let queue = try DatabaseQueue(path: directory.file)
    defer { try? queue.close() }
    return try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM samples") ?? 0 }
  }

  @Test("It is read as it is, without a change to its file")
  func read() throws {
    try writeLog()
    let before = try Data(contentsOf: URL(fileURLWithPath: directory.file))
    let reader = try JournalReader(directory: directory.path)
    #expect(try reader.statistics().samples == 6_000)
    #expect(try reader.lines().count { $0.contains("\tsample\t") } == 6_000)
    #expect(try reader.samples(of: ["shed.humidity"], limit: .first(2)).map(\.value) == [nil, 20.125])
    let span = LogSpan(from: dawn + 100_000, to: dawn + 200_000)
    let all = try reader.samples(of: ["shed.temperature"])
    let within = all.filter { (dawn + 100_000...dawn + 200_000).contains($0.stamp.wall.unixMilliseconds) }
    #expect(within.count >= 11)
    #expect(try reader.samples(of: ["shed.temperature"], in: span) == within)
    #expect(try Data(contentsOf: URL(fileURLWithPath: directory.file)) == before)
  }

  @Test("Little by little its rows become blocks; at every moment and in the end it says the same, and goes on")
  func conversion() throws {
    try writeLog(samples: 60_000)
    let reader = try JournalReader(directory: directory.path)
    let lines = try reader.lines()
    let channels = names.channels
    let newest = try reader.samples(of: channels, limit: .last(500))
    let oldest = try reader.samples(of: channels, limit: .first(500))
    let span = LogSpan(from: dawn + 50_000_000, to: dawn + 60_000_000)
    let middle = try reader.samples(of: channels, in: span)
    #expect(middle.count > 1_000)

    let journal = openJournal(directory.path, boot: "three", at: 1_000_000)
    #expect(journal.openOutcome == .opened)
    var rows = try rows()
    var calls = 0
    while rows > 0 {
      journal.maintain(0)
      let left = try self.rows()
      #expect(left < rows)
      rows = left
      calls += 1
      #expect(try reader.samples(of: channels, limit: .last(500)) == newest)
      #expect(try reader.samples(of: channels, limit: .first(500)) == oldest)
      #expect(try reader.samples(of: channels, in: span) == middle)
      if calls % 5 == 0 { #expect(try reader.lines() == lines) }
    }
    #expect(calls > 5)
    #expect(try reader.lines() == lines)
    #expect(try reader.statistics().samples == 60_000)
    journal.append([sample(1_000_001, 0, 21)])
    journal.close()
    #expect(try reader.lines().dropLast() == lines[...])
    #expect(try reader.samples(of: channels, limit: .last(1)).map(\.value) == [21])
  }

  @Test("Means go on from those of before: every sample counts once, whether it was a row or not")
  func means() throws {
    try writeLog()
    let before = try JournalReader(directory: directory.path).means(of: names.channels)
    #expect(before.count > 30)
    let journal = openJournal(directory.path, boot: "three", at: 100_000)
    journal.append([sample(100_000, 0, 20)])
    journal.flush()
    for _ in 0..<200 { journal.maintain(0) }
    journal.close()
    let means = try JournalReader(directory: directory.path).means(of: names.channels)
    #expect(means.prefix(before.count) == before[...])
    #expect(means.reduce(0) { $0 + $1.good + $1.bad } == 6_000)
  }
}

// Power cuts while a damaged log is put aside.

import Climate
import Controller
import GRDB
import Glibc
import Simulator
import Testing
import TornDisk

@testable import Journal

@Suite("Power cuts while a damaged log is put aside")
struct QuarantineTests {
  private static let file = Workload.file
  private static let aside = file + ".quarantined-"
  /// Opening changes the counters in the header.
  private static let changedByOpening = [0]

  /// A damaged log as it stands when the device starts.
  enum Before: String, CaseIterable {
    case closed, withWriteAheadLog, withWriteAheadLogThatCannotBeMerged

    /// A page that is written when the log begins, and not again.
    private static let oldPage = 12

    /// A log whose writer was cut off, with a page of random bytes.
    func disk() -> TornDisk {
      let disk = TornDisk()
      let journal = Workload.open(disk, boot: "boot", at: 0)
      var given = Given()
      for second in stride(from: 0.0, to: 12_000, by: 10) {
        let stamp = Stamp(at: Instant(seconds: second), wall: Workload.wall(second))
        journal.append((0..<8).map { given.record(.sample, at: stamp, channel: $0) })
        journal.tick(now: Instant(seconds: second), wall: Workload.wall(second))
      }
      if self == .closed { journal.close() }
      let left = disk.powerCut(seed: 0)
      left.damagePage(Self.oldPage, of: file, seed: 1)
      return left
    }
  }

  /// Everything that belongs to damaged logs, by contents.
  private func keptFiles(_ disk: TornDisk) -> (databases: [[UInt8]], logs: [[UInt8]]) {
    let names = (1...LogFile.maximumQuarantined).map { Self.aside + String($0) }
    return (names.compactMap { disk.contents(of: $0) }, names.compactMap { disk.contents(of: $0 + "-wal") })
  }

  /// What SQLite makes of a database and its write-ahead log.
  private func merge(_ database: [UInt8], _ log: [UInt8]) throws -> [UInt8] {
    let disk = TornDisk()
    disk.put(database, at: Self.file)
    disk.put(log, at: Self.file + "-wal")
    let queue = try DatabaseQueue(path: "file:\(Self.file)?vfs=\(disk.vfs ?? "")")
    _ = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_schema") }
    try queue.close()
    return disk.contents(of: Self.file) ?? []
  }

  /// Numbers of the pages that differ, or are in one only.
  private func differences(_ first: [UInt8], _ second: [UInt8]) -> [Int] {
    (0..<max(first.count, second.count) / LogFile.pageSize).filter { page in
      let start = page * LogFile.pageSize
      guard min(first.count, second.count) >= start + LogFile.pageSize else { return true }
      return first.withUnsafeBytes { first in
        second.withUnsafeBytes { second in
          guard let first = first.baseAddress, let second = second.baseAddress else { return true }
          return memcmp(first + start, second + start, LogFile.pageSize) != 0
        }
      }
    }
  }

  private func restart(_ disk: TornDisk) -> Journal {
    let journal = Workload.open(disk, boot: "again", at: 100)
    for second in stride(from: 100.0, to: 300, by: 10) {
      journal.tick(now: Instant(seconds: second), wall: Workload.wall(second))
    }
    return journal
  }

  @Test("Whenever power goes, the damaged log is kept, and a new one begins", arguments: Before.allCases)
  func cuts(_ before: Before) throws {
    let disk = before.disk()
    #expect((disk.size(of: Self.file + "-wal") == 0) == (before == .closed))
    // The same without a power cut: what SQLite makes of the damaged file when it merges the write-ahead log.
    let uncut = disk.powerCut(seed: 0)
    _ = restart(uncut)
    let merged = try #require(uncut.contents(of: Self.aside + "1"))

    var dice = SeededGenerator(seed: 1)
    var cuts = 0
    var withLog = 0
    func cut() throws {
      for _ in 0..<3 {
        cuts += 1
        let seed = dice.next()
        let left = disk.powerCut(seed: seed)
        let journal = restart(left)
        #expect(journal.state == .writing, "seed \(seed)")
        let kept = keptFiles(left)
        #expect(kept.databases.count == 1, "seed \(seed)")
        // A write-ahead log put aside must give with its database what it would have given in its place.
        var found = kept.databases.first ?? []
        if let log = kept.logs.first {
          withLog += 1
          found = try merge(found, log)
        }
        let changed = differences(found, merged)
        #expect(changed.allSatisfy(Self.changedByOpening.contains), "seed \(seed): \(changed)")
        journal.close()
      }
    }
    disk.observe {
      // Opening writes a commit; what comes after it and fails is the merging.
      if before == .withWriteAheadLogThatCannotBeMerged { disk.faults.failsWrites = (4..<24).contains(disk.operations) }
      #expect(throws: Never.self) { try cut() }
    }
    let journal = restart(disk)
    disk.observe(nil)
    try cut()
    journal.close()
    #expect(cuts > 100)
    #expect((withLog > 10) == (before == .withWriteAheadLogThatCannotBeMerged))
  }

  @Test(
    "A write-ahead log that was put aside alone, and one that comes after it, are both kept", arguments: 0..<6)
  func numbers(firstFailure: Int) throws {
    let disk = Before.withWriteAheadLog.disk()
    let first = try #require(disk.contents(of: Self.file + "-wal"))
    // As after a power cut at that moment.
    try disk.move(Self.file + "-wal", to: Self.aside + "1-wal")
    disk.observe { disk.faults.failsWrites = (firstFailure..<firstFailure + 20).contains(disk.operations) }
    let journal = restart(disk)
    disk.observe(nil)
    disk.faults = TornDisk.Faults()
    journal.tick(now: Instant(seconds: 400), wall: Workload.wall(400))
    #expect(journal.state == .writing)
    #expect(disk.contents(of: Self.aside + "1-wal") == first)
    #expect(keptFiles(disk).databases.count == 1)
  }
}

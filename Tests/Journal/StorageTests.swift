// What a value costs on disk. bench/storage.py compares it with others.

import Climate
import Foundation
import GRDB
import Testing

import enum Controller.Record

@testable import Controller
@testable import Journal

@Suite("Size of the log")
struct StorageTests {
  private static let channels = 8
  private static let scans = 6 * 3_600

  /// Hundredths of a degree, a column for each channel: a shed whose heater switches, and noise of 0.02 K.
  private static let stream: [[Int]] = (0..<channels).map { channel in
    var dice = TestGenerator(state: UInt64(channel))
    var room = 23 + Double(channel) / 5
    var isHeating = false
    return (0..<scans).map { _ in
      isHeating = room < 23.7 || (isHeating && room < 24.3)
      room += (14 - room + (isHeating ? 18 : 0)) / 7_200
      return Int(((room + dice.noise() * 0.02) * 100).rounded())
    }
  }

  /// Bytes of a value's difference from the one before, if a code could be perfect.
  private static var entropy: Double {
    var counts: [Int: Int] = [:]
    for column in stream {
      for (after, before) in zip(column.dropFirst(), column) { counts[after - before, default: 0] += 1 }
    }
    let total = Double(counts.values.reduce(0, +))
    return -counts.values.reduce(0) { $0 + Double($1) / total * log2(Double($1) / total) } / 8
  }

  private static func pages(_ db: Database, of tables: String) throws -> Int {
    try Int.fetchOne(db, sql: "SELECT count(*) FROM dbstat WHERE name IN (\(tables))") ?? 0
  }

  @Test("A noisy temperature takes little more than half a byte with checksum and index, and every value comes back")
  func stored() throws {
    #expect((0.43...0.46).contains(Self.entropy))
    let directory = try TemporaryDirectory()
    let journal = openJournal(directory.path, names: JournalNames(channels: (0..<8).map { "c\($0)" }, outputs: []))
    for second in 0..<Self.scans {
      let stamp = stamp(Double(second))
      journal.append(
        (0..<Self.channels).map {
          .sample(stamp, channel: ChannelID($0), value: Double(Self.stream[$0][second]) / 100, quality: .good)
        })
      journal.tick(Double(second))
    }
    journal.close()

    let queue = try DatabaseQueue(path: directory.file)
    let pages = try queue.read { try Self.pages($0, of: "'blocks', 'blocksByWall'") }
    try queue.close()
    let values = Self.channels * Self.scans
    #expect(Double(pages * LogFile.pageSize) / Double(values) <= 0.55)

    let reader = try JournalReader(directory: directory.path)
    for (channel, column) in Self.stream.enumerated() {
      let rows = try reader.samples(of: ["c\(channel)"], limit: .first(.max))
      let values = rows.map(\.value)
      #expect(values == column.map { Double($0) / 100 })
    }
  }

  @Test("A commit of samples changes one page or two, however many channels there are")
  func commit() throws {
    let directory = try TemporaryDirectory()
    let journal = openJournal(directory.path)
    var sizes: [Int] = []
    for second in 0..<3_600 {
      let stamp = stamp(Double(second))
      journal.append((0..<3).map { .sample(stamp, channel: ChannelID($0), value: 20, quality: .good) })
      journal.tick(Double(second))
      if second % 60 == 0 {
        let attributes = try FileManager.default.attributesOfItem(atPath: directory.file + "-wal")
        sizes.append(attributes[.size] as? Int ?? 0)
      }
    }
    // A page in the write-ahead log has 24 bytes before it.
    let pages = zip(sizes.dropFirst(), sizes).map { ($0 - $1) / (LogFile.pageSize + 24) }
    #expect(pages.count == 59)
    #expect(pages.allSatisfy { (1...2).contains($0) }, "\(pages)")
  }
}

// Damaged files: put aside, and the log goes on.

import Climate
import Controller
import Foundation
import GRDB
import Testing

@testable import Journal

/// Ways in which a file gets damaged.
enum Damage: String, CaseIterable {
  case randomBytes, truncated, header, pageInTheMiddle, otherDatabase, newerVersion

  /// Damages a log that is closed.
  func apply(to path: String) throws {
    let url = URL(fileURLWithPath: path)
    var data = try Data(contentsOf: url)
    var random = SystemRandomNumberGenerator()
    switch self {
    case .randomBytes: data = Data((0..<20_000).map { _ in UInt8.random(in: 0...255, using: &random) })
    case .truncated: data.removeLast(data.count / 2)
    case .header: data.replaceSubrange(0..<60, with: Data(repeating: 0xA5, count: 60))
    case .pageInTheMiddle:
      let page = data.count / 4096 * 3 / 4 * 4096
      data.replaceSubrange(page..<page + 1024, with: Data(repeating: 0x5A, count: 1024))
    case .otherDatabase:
      try FileManager.default.removeItem(at: url)
      try change(path, "CREATE TABLE cookies (a)")
      return
    case .newerVersion:
      try change(path, "INSERT INTO grdb_migrations VALUES ('99 from the future')")
      return
    }
    try data.write(to: url)
  }

  private func change(_ path: String, _ sql: String) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.write { try $0.execute(sql: sql) }
    try queue.close()
  }
}

@Suite("Damaged logs")
struct DamageTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func writeLog() {
    let journal = openJournal(directory.path)
    // Of little order, so that they take several blocks.
    journal.append((0..<3_000).map { sample(Double($0), $0 % 3, Double($0 * $0 * 7_919 % 1_000_003) / 10_000) })
    journal.append((0..<2_000).map { decision(Double($0)) })
    journal.close()
  }

  @Test("What the county has commanded is not taken again after a log was put aside, whether it can still say or not")
  func keepsVersion() throws {
    func taken() throws -> Int64 { try Outbox(directory: directory.path).state().desired }
    writeLog()
    var journal = openJournal(directory.path)
    journal.take(desired: 7)
    journal.close()
    try Damage.pageInTheMiddle.apply(to: directory.file)
    journal = openJournal(directory.path)
    #expect(journal.openOutcome.isQuarantined)
    #expect(try taken() == 7)
    journal.take(desired: 9)
    journal.close()
    // The new one as well, and now neither a version nor anything else can be read.
    try Damage.randomBytes.apply(to: directory.file)
    journal = openJournal(directory.path)
    #expect(journal.openOutcome.isQuarantined)
    #expect(try taken() == dawn / 1_000)
    journal.close()
  }

  @Test("A damaged log is put aside whole, a new one begins, and the event says so", arguments: Damage.allCases)
  func quarantine(_ damage: Damage) throws {
    writeLog()
    try damage.apply(to: directory.file)
    let damaged = try Data(contentsOf: URL(fileURLWithPath: directory.file))

    let journal = openJournal(directory.path)
    guard case .quarantined(let path, let reason) = journal.openOutcome else {
      Issue.record("not quarantined: \(journal.openOutcome)")
      return
    }
    #expect(reason.kind == (damage == .newerVersion ? .newer : .damaged))
    #expect(path == directory.file + ".quarantined-1")
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == damaged.count)
    #expect(journal.state == .writing)
    journal.append([sample(1, 0, 21)])
    #expect(journal.flush())
    let reader = try JournalReader(directory: directory.path)
    #expect(try reader.samples(of: names.channels).map(\.value) == [21])
    #expect(try reader.events().map(\.kind) == ["journal-quarantined"])
  }

  @Test("All of a log is read once in each boot of the machine: a controller that comes back at once need not wait")
  func checkedOnceABoot() throws {
    writeLog()
    var memory = Memory()
    memory.machineBoot = "first"
    var journal = openJournal(directory.path)
    journal.saveMemory(memory)
    journal.close()
    // Where only a look at every page finds it.
    try Damage.pageInTheMiddle.apply(to: directory.file)
    journal = openJournal(directory.path, machineBoot: "first")
    #expect(journal.openOutcome == .opened)
    #expect(try journal.loadMemory()?.machineBoot == "first")
    journal.append([sample(4_000, 0, 21)])
    #expect(journal.flush())
    journal.close()
    journal = openJournal(directory.path, machineBoot: "second")
    #expect(journal.openOutcome.isQuarantined)
  }

  @Test("An empty file, as a power cut leaves at the very beginning, becomes the log")
  func emptyFile() throws {
    try Data().write(to: URL(fileURLWithPath: directory.file))
    let journal = openJournal(directory.path)
    #expect(journal.openOutcome == .created)
    journal.append([sample(1, 0, 21)])
    #expect(journal.flush())
  }

  @Test("Garbage in the write-ahead log costs what was in it, not the log")
  func writeAheadGarbage() throws {
    writeLog()
    try Data((0..<50_000).map { _ in UInt8.random(in: 0...255) })
      .write(to: URL(fileURLWithPath: directory.file + "-wal"))
    let journal = openJournal(directory.path)
    #expect(journal.openOutcome == .opened)
    journal.append([sample(1, 0, 21)])
    #expect(journal.flush())
    #expect(try JournalReader(directory: directory.path).statistics().samples == 3_001)
  }

  @Test("Damage that shows while the log is open costs the file, not the records that wait")
  func damageWhileOpen() throws {
    writeLog()
    let journal = openJournal(directory.path)
    let other = try DatabaseQueue(path: directory.file)
    try other.write { try $0.execute(sql: "DROP TABLE alarms") }
    try other.close()
    journal.append((0..<100).map { sample(Double($0), 0, 21) } + [alarm(100)])
    for second in 100...110 { journal.tick(Double(second)) }
    #expect(journal.state == .writing)
    guard case .quarantined = journal.openOutcome else {
      Issue.record("not quarantined: \(journal.openOutcome)")
      return
    }
    let reader = try JournalReader(directory: directory.path)
    #expect(try reader.samples(of: names.channels).count == 100)
    #expect(try reader.alarms().count == 1)
  }

  @Test("Damaged logs are numbered and never overwritten; after nine the log stays unavailable until somebody looks")
  func manyQuarantined() throws {
    for number in 1...9 {
      try Data(repeating: UInt8(number), count: 5_000).write(to: URL(fileURLWithPath: directory.file))
      _ = openJournal(directory.path)
      let kept = try Data(contentsOf: URL(fileURLWithPath: directory.file + ".quarantined-\(number)"))
      #expect(kept == Data(repeating: UInt8(number), count: 5_000))
    }
    try Data(repeating: 10, count: 5_000).write(to: URL(fileURLWithPath: directory.file))
    let journal = openJournal(directory.path)
    guard case .unavailable(let error) = journal.state else {
      Issue.record("available: \(journal.state)")
      return
    }
    #expect(error.kind == .tooManyQuarantined)
    try FileManager.default.removeItem(atPath: directory.file + ".quarantined-4")
    journal.tick(5)
    #expect(journal.state == .writing)
  }

  @Test("Reading a damaged file is a typed failure that names the file and says what to do", arguments: Damage.allCases)
  func reader(_ damage: Damage) throws {
    writeLog()
    try damage.apply(to: directory.file)
    if damage == .newerVersion { return }
    let error = #expect(throws: JournalError.self) {
      let reader = try JournalReader(directory: directory.path)
      _ = try reader.lines()
    }
    #expect(error?.kind == .damaged)
    #expect(error?.path == directory.file)
    #expect(error?.description.contains("recover") == true)
  }

  /// Changes rows of a closed log.
  private func change(_ sql: String) throws {
    let queue = try DatabaseQueue(path: directory.file)
    try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try queue.close()
  }

  @Test("A header that names an unknown format is damage of the file, not a read-only disk")
  func unknownFormat() throws {
    writeLog()
    var data = try Data(contentsOf: URL(fileURLWithPath: directory.file))
    data[18] = 3
    try data.write(to: URL(fileURLWithPath: directory.file))
    let journal = openJournal(directory.path)
    guard case .quarantined(_, let reason) = journal.openOutcome else {
      Issue.record("not quarantined: \(journal.openOutcome)")
      return
    }
    #expect(reason.kind == .damaged)
    journal.append([sample(1, 0, 21)])
    #expect(journal.flush())
  }

  @Test("Rows whose ids leave no room for new ones are damage, not a trap", arguments: [Int64.max, .max - 1, .min])
  func lastID(_ id: Int64) throws {
    writeLog()
    try change(
      "DELETE FROM blocks; DELETE FROM decisions; INSERT INTO events VALUES (\(id), 1, 0, 0, 0, 'started', '', '', NULL, 1)"
    )
    let journal = openJournal(directory.path)
    guard case .quarantined(_, let reason) = journal.openOutcome else {
      Issue.record("not quarantined: \(journal.openOutcome)")
      return
    }
    #expect(reason.kind == .damaged)
  }

  @Test("Times at the ends of their range stop neither means nor deleting", arguments: [Int64.max, .min])
  func endsOfTime(_ end: Int64) throws {
    let journal = openJournal(directory.path)
    let stamp = Stamp(at: Instant(nanoseconds: end), wall: WallTime(unixMilliseconds: end, trust: .trusted))
    journal.append((0..<100).map { .sample(stamp, channel: ChannelID($0 % 3), value: 20, quality: .good) })
    journal.append((0..<3_000).map { sample(Double($0), $0 % 3, 20) })
    journal.flush()
    for second in [10_000, 10_000_000, 20_000_000] as [Double] { journal.maintain(second) }
    journal.append([sample(30_000_000, 0, 21)])
    #expect(journal.flush())
    #expect(try JournalReader(directory: directory.path).samples(of: names.channels).count >= 3_001)
  }

  @Test("A file that passes every check and still cannot be written is put aside, and nothing that waits is lost")
  func unwritable() throws {
    writeLog()
    try change("CREATE TRIGGER no BEFORE INSERT ON blocks BEGIN SELECT RAISE(ABORT, 'no'); END")
    let journal = openJournal(directory.path)
    #expect(journal.openOutcome == .opened)
    journal.append((0..<100).map { sample(Double($0), 0, 21) })
    for second in 100...400 { journal.tick(Double(second)) }
    guard case .quarantined(let path, let reason) = journal.openOutcome else {
      Issue.record("not quarantined: \(journal.openOutcome)")
      return
    }
    #expect(reason.kind == .damaged && path == directory.file + ".quarantined-1")
    #expect(try JournalReader(directory: directory.path).samples(of: names.channels).count == 100)
  }

  @Test("Columns of the wrong type are damage, not a trap")
  func wrongTypes() throws {
    writeLog()
    let queue = try DatabaseQueue(path: directory.file)
    try queue.writeWithoutTransaction { db in
      try db.execute(
        sql: """
          PRAGMA writable_schema = ON;
          UPDATE sqlite_schema SET sql = replace(replace(sql, 'until INTEGER NOT NULL', 'until TEXT'), ') STRICT', ')')
          WHERE name = 'blocks';
          PRAGMA writable_schema = RESET;
          UPDATE blocks SET until = 'odd';
          """)
    }
    try queue.close()
    let error = #expect(throws: JournalError.self) {
      try JournalReader(directory: directory.path).samples(of: names.channels)
    }
    #expect(error?.kind == .damaged)
  }

  @Test(
    "Samples of a damaged block are a gap with a message and never values; all others are there, and the log goes on")
  func damagedBlock() throws {
    writeLog()
    let reader = try JournalReader(directory: directory.path)
    let whole = try reader.samples(of: names.channels)
    let blocks = try blocks()
    #expect(blocks.count > 2)
    let hurt = blocks[1]
    try change(
      "UPDATE blocks SET data = CAST(replace(data, substr(data, 99, 3), x'414243') AS BLOB) WHERE id = \(hurt.lowerBound)"
    )

    var gaps: [SampleGap] = []
    let rows = try reader.samples(of: names.channels) { gaps.append($0) }
    #expect(rows == whole.filter { !hurt.contains($0.id) })
    #expect(gaps.map(\.ids) == [hurt])
    #expect(gaps.map(\.from) == [whole.first { $0.id == hurt.lowerBound }?.stamp.wall.unixMilliseconds])
    #expect(gaps.first?.description.contains("damaged: its checksum is wrong") == true)
    #expect(try reader.lines().count { $0.contains("\tgap\t") } == 1)

    let journal = openJournal(directory.path)
    #expect(journal.openOutcome == .opened)
    journal.append([sample(20_000, 0, 21)])
    #expect(journal.flush())
    for second in 0..<20 { journal.maintain(20_000 + Double(second)) }
    let means = try reader.means(of: names.channels)
    #expect(means.reduce(0) { $0 + $1.good } == rows.count)
  }

  /// Ids of the samples in each block.
  private func blocks() throws -> [ClosedRange<Int64>] {
    let queue = try DatabaseQueue(path: directory.file)
    defer { try? queue.close() }
    return try queue.read { db in
      try Row.fetchAll(db, sql: "SELECT id, last FROM blocks ORDER BY id").map { try $0.integer(0)...$0.integer(1) }
    }
  }
}

extension OpenOutcome {
  fileprivate var isQuarantined: Bool {
    if case .quarantined = self { true } else { false }
  }
}

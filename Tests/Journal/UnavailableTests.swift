// Disks that are full, read-only or missing.

import Climate
import Controller
import Foundation
import GRDB
import Testing

@testable import Journal

@Suite("A log that cannot be written")
struct UnavailableTests {
  private func unavailable(_ journal: Journal) -> JournalError? {
    guard case .unavailable(let error) = journal.state else { return nil }
    return error
  }

  @Test("A directory that cannot be made leaves records in memory, tried again at growing intervals until it can")
  func noDirectory() throws {
    let directory = try TemporaryDirectory()
    let blocked = directory.path + "/log"
    try Data("a file".utf8).write(to: URL(fileURLWithPath: blocked))
    let journal = openJournal(blocked)
    #expect(unavailable(journal)?.kind == .cannotOpen)
    #expect(journal.openOutcome == .unavailable(try #require(unavailable(journal))))
    journal.append([sample(0, 0, 20), alarm(0)])
    for second in 0..<3 { journal.tick(Double(second)) }
    #expect(!journal.flush())
    #expect(throws: JournalError.self) { try journal.loadMemory() }

    try FileManager.default.removeItem(atPath: blocked)
    journal.tick(2.5)
    #expect(unavailable(journal) != nil)
    journal.tick(3)
    #expect(journal.state == .writing)
    #expect(journal.openOutcome == .created)
    #expect(try JournalReader(directory: blocked).lines().count == 2)
    #expect(journal.droppedRecords == 0)
  }

  @Test("While another program holds the log, records wait; when it lets go they are written")
  func locked() throws {
    let directory = try TemporaryDirectory()
    let journal = openJournal(directory.path)
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let other = try DatabaseQueue(path: directory.file, configuration: configuration)
    try other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    journal.append([alarm(1)])
    journal.tick(1)
    #expect(unavailable(journal)?.kind == .busy)
    try other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    try other.close()
    journal.tick(2)
    #expect(journal.state == .writing)
    #expect(try JournalReader(directory: directory.path).alarms().count == 1)
  }

  @Test(
    "A full disk: nothing is lost that fits in memory, and all is written when there is space again",
    .enabled(if: SmallVolume.isAvailable, "needs the right to mount"))
  func fullDisk() throws {
    let volume = try SmallVolume(bytes: 1 << 20)
    let journal = openJournal(volume.path)
    journal.append([event(0, "before")])
    journal.tick(0)
    let filler = try volume.fill()
    journal.append((1...5_000).map { sample(Double($0) / 100, $0 % 3, Double($0)) } + [alarm(51)])
    journal.tick(51)
    #expect(unavailable(journal)?.kind == .diskFull)
    for second in 52..<60 { journal.tick(Double(second)) }
    #expect(unavailable(journal) != nil)
    try FileManager.default.removeItem(atPath: filler)
    journal.tick(200)
    #expect(journal.state == .writing)
    #expect(journal.openOutcome == .opened)
    let statistics = try JournalReader(directory: volume.path).statistics()
    #expect(statistics.samples == 5_000)
    #expect(statistics.alarms == 1)
    #expect(statistics.events == 1)
    journal.close()
  }

  @Test(
    "A disk that is full when the log is opened is called full, and not broken; once there is space the log begins",
    .enabled(if: SmallVolume.isAvailable, "needs the right to mount"), arguments: [0, 8, 16, 24, 32, 40])
  func fullFromTheStart(spareKilobytes: Int) throws {
    let volume = try SmallVolume(bytes: 1 << 20)
    let filler = try volume.fill(leaving: spareKilobytes << 10)
    let journal = openJournal(volume.path)
    #expect(unavailable(journal)?.kind == .diskFull)
    journal.append([event(1)])
    try FileManager.default.removeItem(atPath: filler)
    journal.tick(100)
    #expect(journal.state == .writing)
    #expect(try JournalReader(directory: volume.path).events().count == 1)
    journal.close()
  }

  @Test(
    "A file system that goes read-only under the log, as after a disk error, and comes back",
    .enabled(if: SmallVolume.isAvailable, "needs the right to mount"))
  func readOnly() throws {
    let volume = try SmallVolume(bytes: 4 << 20)
    let first = openJournal(volume.path)
    first.append([event(0)])
    first.close()
    try volume.makeReadOnly(true)
    let journal = openJournal(volume.path)
    #expect(unavailable(journal)?.kind == .readOnly || unavailable(journal)?.kind == .cannotOpen)
    journal.append([event(1)])
    journal.tick(30)
    #expect(unavailable(journal) != nil)
    #expect(try JournalReader(directory: volume.path).events().count == 1)
    try volume.makeReadOnly(false)
    journal.tick(200)
    #expect(journal.state == .writing)
    #expect(try JournalReader(directory: volume.path).events().count == 2)
    journal.close()
  }

  @Test("Memory is bounded: the oldest samples go first, then decisions, and alarms stay")
  func bounded() {
    var pending = PendingRecords(limit: 100)
    pending.append((0..<20).map { alarm(Double($0)) } + (0..<30).map { decision(Double($0)) })
    for second in 0..<500 { pending.append([sample(Double(second), 0, Double(second))]) }
    #expect(pending.records.count <= 100)
    #expect(pending.dropped == 550 - pending.records.count)
    #expect(pending.records.last == sample(499, 0, 499))
    #expect(pending.records.filter { if case .alarm = $0 { true } else { false } }.count == 20)
    #expect(pending.records.filter { if case .decision = $0 { true } else { false } }.count == 30)

    pending.append((0..<70).map { event(Double($0)) })
    pending.append((20..<40).map { alarm(Double($0)) })
    #expect(pending.records.count <= 100)
    #expect(pending.records.filter { if case .alarm = $0 { true } else { false } }.count == 40)
    #expect(!pending.records.contains { if case .sample = $0 { true } else { false } })
    #expect(!pending.records.contains(decision(0)))
  }

  @Test("Records of a failed commit that turns out to be on disk are forgotten; those that came later are not")
  func doubt() {
    var pending = PendingRecords(limit: 20)
    pending.append([alarm(0)] + (1..<10).map { sample(Double($0), 0, 20) })
    pending.doubtAll()
    pending.append([decision(10)])
    var kept = pending
    kept.settle(areOnDisk: true)
    #expect(kept.records == [decision(10)])
    #expect(!kept.isUrgent)
    kept.settle(areOnDisk: true)
    #expect(kept.records == [decision(10)])

    kept = pending
    kept.settle(areOnDisk: false)
    #expect(kept.records == pending.records)
    #expect(kept.isUrgent)

    // Some in doubt make room for others.
    pending.append((11..<25).map { event(Double($0)) })
    #expect(pending.dropped > 0)
    pending.settle(areOnDisk: true)
    #expect(pending.records == [decision(10)] + (11..<25).map { event(Double($0)) })
  }

  @Test("The time between attempts doubles up to a minute and begins anew after a success")
  func retryInterval() {
    var retry = RetryInterval()
    #expect((0..<8).map { _ in retry.afterFailure() } == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
    retry.reset()
    #expect(retry.afterFailure() == .seconds(1))
  }
}

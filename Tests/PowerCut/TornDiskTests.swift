// The disk itself: what it keeps, what it loses, and that it does so by its seed alone.

import Climate
import Controller
import GRDB
import Testing
import TornDisk

@testable import Journal

@Suite("A disk that loses what was not synced")
struct TornDiskTests {
  private func open(_ disk: TornDisk, _ sql: String = "") throws -> DatabaseQueue {
    let queue = try DatabaseQueue(path: "file:/a.db?vfs=\(disk.vfs ?? "")")
    try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    return queue
  }

  private func count(_ disk: TornDisk) throws -> Int? {
    try open(disk).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM t") }
  }

  @Test("What was synced survives every cut; what was not survives some")
  func syncs() throws {
    let disk = TornDisk()
    let queue = try open(disk, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a)")
    try queue.writeWithoutTransaction { try $0.execute(sql: "INSERT INTO t VALUES (1)") }
    for seed in 0..<50 { #expect(try count(disk.powerCut(seed: UInt64(seed))) == 1) }
    try queue.writeWithoutTransaction {
      try $0.execute(sql: "PRAGMA synchronous = NORMAL; INSERT INTO t VALUES (2); INSERT INTO t VALUES (3)")
    }
    let counts = Set(try (0..<50).map { try count(disk.powerCut(seed: UInt64($0))) })
    #expect(counts == [1, 2, 3])
  }

  @Test("A write is torn at sectors, and none of its sectors is neither old nor new")
  func sectors() throws {
    let disk = TornDisk()
    let queue = try open(
      disk,
      "PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL; CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(9000))")
    let old = try #require(disk.contents(of: "/a.db"))
    try queue.writeWithoutTransaction {
      try $0.execute(sql: "PRAGMA synchronous = OFF; UPDATE t SET a = randomblob(9000)")
    }
    let new = try #require(disk.contents(of: "/a.db"))
    var torn = 0
    for seed in 0..<50 {
      let left = try #require(disk.powerCut(seed: UInt64(seed)).contents(of: "/a.db"))
      let kept = stride(from: 0, to: new.count, by: 512).map { start in
        let sector = start..<start + 512
        let isNew = left[sector] == new[sector]
        #expect(isNew || left[sector] == old[sector])
        return isNew
      }
      // The page of 4096 bytes that holds nothing but a part of the value.
      if Set(kept[16..<24]).count == 2 { torn += 1 }
    }
    #expect(torn > 5)
  }

  @Test("A file that was never synced may not be there, one whose removal was not synced may be there still")
  func entries() throws {
    let disk = TornDisk()
    var queue = try open(
      disk, "PRAGMA journal_mode = PERSIST; PRAGMA synchronous = OFF; CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    let there = (0..<50).map { disk.powerCut(seed: UInt64($0)).exists("/a.db") }
    #expect(Set(there) == [true, false])
    try queue.close()
    queue = try open(disk, "PRAGMA synchronous = FULL; INSERT INTO t VALUES (2)")
    for seed in 0..<50 { #expect(disk.powerCut(seed: UInt64(seed)).exists("/a.db")) }
    try queue.close()
    try disk.move("/a.db", to: "/b.db")
    for seed in 0..<50 {
      let left = disk.powerCut(seed: UInt64(seed))
      #expect(left.exists("/a.db") != left.exists("/b.db"))
    }
    #expect(throws: TornDisk.CannotMove.self) { try disk.move("/a.db", to: "/c.db") }
  }

  @Test("A sync that fails loses what was to be synced, whatever later syncs say; forgetting the cache shows it")
  func failedSync() throws {
    let disk = TornDisk(seed: 3)
    let queue = try open(disk, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a)")
    disk.faults.failsSyncs = true
    #expect(throws: DatabaseError.self) {
      try queue.writeWithoutTransaction { try $0.execute(sql: "INSERT INTO t VALUES (zeroblob(100000))") }
    }
    disk.faults.failsSyncs = false
    let seen = disk.contents(of: "/a.db-wal")
    #expect(disk.powerCut(seed: 0).contents(of: "/a.db-wal") != seen)
    disk.forgetCache(of: "/a.db-wal")
    #expect(disk.powerCut(seed: 0).contents(of: "/a.db-wal") == disk.contents(of: "/a.db-wal"))
  }

  @Test("When power goes nothing changes any more, until the disk after the cut takes over")
  func power() throws {
    let disk = TornDisk()
    let queue = try open(disk, "PRAGMA synchronous = FULL; CREATE TABLE t (a)")
    disk.losePower(after: 2)
    let operations = disk.operations
    #expect(throws: DatabaseError.self) {
      try queue.writeWithoutTransaction { try $0.execute(sql: "INSERT INTO t VALUES (1)") }
    }
    #expect(disk.operations == operations + 3)
    #expect(throws: DatabaseError.self) { try count(disk) }
    #expect(try count(disk.powerCut(seed: 1)) == 0)
  }

  @Test("When the program is killed its writes stay, and are still to be synced")
  func killed() throws {
    let disk = TornDisk()
    let queue = try open(disk, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE t (a)")
    try queue.writeWithoutTransaction { try $0.execute(sql: "INSERT INTO t VALUES (1)") }
    #expect(try count(disk.processKill()) == 1)
    let counts = Set((0..<50).map { try? count(disk.processKill().powerCut(seed: UInt64($0))) })
    #expect(counts == Set((0..<50).map { try? count(disk.powerCut(seed: UInt64($0))) }))
    #expect(counts.count > 1)
  }

  @Test("The same seeds give the same disk, other seeds another, however many disks there are")
  func deterministic() {
    func digests(_ seed: UInt64) -> [UInt64] {
      let disk = TornDisk(seed: seed)
      var digests: [UInt64] = []
      disk.observe { if disk.operations.isMultiple(of: 50) { digests.append(disk.powerCut(seed: seed).digest) } }
      Workload(on: disk, seed: seed).run(boots: 2, minutesEach: 5)
      return digests + [disk.digest]
    }
    let first = digests(1)
    #expect(first.count > 5)
    #expect(digests(1) == first)
    #expect(digests(2) != first)
  }

  @Test("Readers and the writer share the log as on a real disk")
  func readers() throws {
    let disk = TornDisk()
    let journal = Workload.open(disk, boot: "boot", at: 0)
    var given = Given()
    let stamp = Stamp(at: Instant(seconds: 1), wall: Workload.wall(1))
    let reader = try JournalReader(directory: Workload.directory, storage: disk)
    for count in 1...5 {
      journal.append([given.record(.event, at: stamp)])
      #expect(journal.flush())
      #expect(try reader.events().count == count)
    }
    journal.close()
    #expect(try reader.events().count == 5)
    #expect(try reader.statistics().bytes > 4096)
  }

  @Test("The workload does what a log does: means, ages, quota, pages given back, checkpoints, memories")
  func workload() throws {
    let disk = TornDisk()
    let workload = Workload(on: disk, seed: 1)
    var sizes: [Int] = []
    disk.observe {
      let size = disk.size(of: Workload.file)
      if sizes.last != size { sizes.append(size) }
    }
    workload.run()
    disk.observe(nil)
    let reader = try JournalReader(directory: Workload.directory, storage: disk)
    let statistics = try reader.statistics()
    #expect(statistics.windows > 10)
    #expect(statistics.samples < workload.given.kinds.count { $0 == .sample } / 2)
    #expect(try reader.events().contains { $0.kind == EventKind.journalPruned.rawValue })
    #expect(workload.given.memory > 10)
    #expect(zip(sizes, sizes.dropFirst()).contains { $0 > $1 })
    #expect(sizes.count > 5)
  }
}

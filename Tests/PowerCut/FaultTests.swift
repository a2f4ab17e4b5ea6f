// Disks that fail, fill up, go read-only or hold damaged pages, and power cuts on top of that.

import Climate
import Controller
import Testing
import TornDisk

@testable import Journal

@Suite("A log on a disk that fails")
struct FaultTests {
  private func unavailable(_ journal: Journal) -> JournalError.Kind? {
    guard case .unavailable(let error) = journal.state else { return nil }
    return error.kind
  }

  private func event(_ second: Double) -> Record {
    .event(
      Stamp(at: Instant(seconds: second), wall: Workload.wall(second)), kind: .started, subject: "bombyxd", detail: "",
      by: nil)
  }

  private func run(_ journal: Journal, from first: Int, to last: Int) {
    for second in stride(from: Double(first), through: Double(last), by: 10) {
      journal.tick(now: Instant(seconds: second), wall: Workload.wall(second))
      journal.maintain(now: Instant(seconds: second), wall: Workload.wall(second))
    }
  }

  private func events(_ disk: TornDisk) throws -> Int {
    try JournalReader(directory: Workload.directory, storage: disk).events().count { $0.kind == "started" }
  }

  /// A disk with a log of some hundred samples, closed.
  private func diskWithLog() -> TornDisk {
    let disk = TornDisk()
    let workload = Workload(on: disk, seed: 1)
    workload.run(boots: 1, minutesEach: 10)
    return disk
  }

  // MARK: Now and then

  @Test(
    "While the disk fails now and then, nothing acknowledged is lost, nothing is written twice, and all is written in the end",
    arguments: Trouble.allCases)
  func trouble(_ trouble: Trouble) {
    var exploration = Exploration()
    exploration.stride = max(1, 97 * 600 / PowerCutTests.states)
    exploration.trouble = trouble
    let tally = exploration.run()
    print("power cuts, \(trouble.rawValue): \(tally.all) states, \(tally.corrupt) corrupt, \(tally.lost) lost")
    #expect(tally.all > 50)
    #expect(tally.lost == 0)
    #expect(tally.corrupt == 0)
    #expect(tally.complaints == [])
  }

  // MARK: When the log begins

  @Test(
    "A disk that fails at any operation while the log is begun: it is tried again, and the log begins",
    arguments: Trouble.allCases)
  func beginning(_ trouble: Trouble) throws {
    for first in stride(from: 0, to: 100, by: 3) {
      let disk = TornDisk(seed: UInt64(first))
      disk.observe { disk.faults = disk.operations >= first ? trouble.faults : TornDisk.Faults() }
      let journal = Workload.open(disk, boot: "boot", at: 0)
      journal.append([event(0)])
      run(journal, from: 0, to: 50)
      disk.observe(nil)
      disk.faults = TornDisk.Faults()
      run(journal, from: 60, to: 200)
      #expect(journal.state == .writing, "operation \(first)")
      #expect(journal.droppedRecords == 0)
      #expect(try events(disk) == 1, "operation \(first)")
      #expect(try events(disk.powerCut(seed: UInt64(first))) == 1, "operation \(first)")
    }
  }

  // MARK: For a while

  @Test("A disk with little space left when the log is opened is called full, and once there is space the log begins")
  func fullFromTheStart() throws {
    for kilobytes in stride(from: 0, to: 200, by: 8) {
      let disk = TornDisk()
      disk.faults.capacity = kilobytes << 10
      let journal = Workload.open(disk, boot: "boot", at: 0)
      if journal.state != .writing { #expect(unavailable(journal) == .diskFull, "\(kilobytes) KiB") }
      journal.append([event(0)])
      run(journal, from: 0, to: 100)
      disk.faults.capacity = nil
      run(journal, from: 170, to: 170)
      #expect(journal.state == .writing, "\(kilobytes) KiB")
      #expect(try events(disk) == 1, "\(kilobytes) KiB")
    }
  }

  @Test(
    "While the disk is full, read-only or fails, records wait and the kind of the fault is told; then they are written once",
    arguments: Trouble.allCases)
  func aWhile(_ trouble: Trouble) throws {
    let disk = diskWithLog()
    let journal = Workload.open(disk, boot: "again", at: 2_000)
    disk.faults = trouble.faults
    journal.append([event(2_000)])
    run(journal, from: 2_000, to: 2_600)
    let kind = unavailable(journal)
    switch trouble {
    case .writesFail, .syncsFail: #expect(kind == .inputOutput)
    case .full: #expect(kind == .diskFull)
    case .readOnly: #expect(kind == .readOnly || kind == .cannotOpen)
    }
    #expect(!journal.flush())
    let cut = disk.powerCut(seed: 1)
    disk.faults = TornDisk.Faults()
    run(journal, from: 2_700, to: 2_700)
    #expect(journal.state == .writing)
    #expect(journal.openOutcome == .opened)
    #expect(try events(disk) == 1)
    #expect(try events(disk.powerCut(seed: 2)) == 1)
    #expect(Workload.open(cut, boot: "after", at: 3_000).openOutcome == .opened)
  }

  @Test("A program that is started anew after a failed sync does not build on what only the system's memory holds")
  func restartAfterFailedSync() throws {
    for seed in 0..<20 as Range<UInt64> {
      let disk = TornDisk(seed: seed)
      let first = Workload.open(disk, boot: "first", at: 0)
      disk.faults.failsSyncs = true
      first.append((0..<20).map { event(Double($0)) })
      run(first, from: 0, to: 30)
      #expect(unavailable(first) == .inputOutput)

      let killed = disk.processKill()
      killed.faults = TornDisk.Faults()
      let second = Workload.open(killed, boot: "second", at: 100)
      let before = try events(killed)
      second.append([event(100)])
      #expect(second.flush())
      #expect(try events(killed.powerCut(seed: seed)) == before + 1, "seed \(seed)")
    }
  }

  @Test("A log on a read-only disk can be read")
  func readOnly() throws {
    let disk = diskWithLog()
    disk.faults.isReadOnly = true
    #expect(try JournalReader(directory: Workload.directory, storage: disk).statistics().samples > 100)
    let journal = Workload.open(disk, boot: "again", at: 2_000)
    #expect(unavailable(journal) == .readOnly || unavailable(journal) == .cannotOpen)
  }

  // MARK: Damage

  @Test("A page of random bytes anywhere, found when the log is opened or while it is open, never stops the log")
  func damagedPages() {
    let sound = diskWithLog()
    let pages = sound.size(of: Workload.file) / LogFile.pageSize
    #expect(pages > 20)
    var quarantined = 0
    for page in 0..<pages {
      for isOpen in [false, true] {
        let disk = sound.powerCut(seed: 0)
        if !isOpen { disk.damagePage(page, of: Workload.file, seed: UInt64(page)) }
        let journal = Workload.open(disk, boot: "again", at: 2_000)
        if isOpen { disk.damagePage(page, of: Workload.file, seed: UInt64(page)) }
        journal.append([event(2_000)])
        run(journal, from: 2_000, to: 2_100)
        #expect(journal.state == .writing, "page \(page)")
        #expect(journal.flush())
        if case .quarantined(let path, _) = journal.openOutcome {
          quarantined += 1
          #expect(disk.size(of: path) >= sound.size(of: Workload.file))
        }
      }
    }
    #expect(quarantined > pages / 2)
  }
}

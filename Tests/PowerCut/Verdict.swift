// Whether a log that has been through a power cut is what it must be.

import Climate
import Controller
import GRDB
import TornDisk

@testable import Journal

/// What a log is worth after a power cut.
enum Verdict: Equatable {
  case sound
  /// A commit that was acknowledged is not there.
  case lost(String)
  /// Anything else that is not as it must be.
  case corrupt(String)
}

/// Opens a log as the product does and compares it with what was given to it.
struct Judge {
  let given: Given

  /// - Parameter second: Time at which the device starts again.
  func judge(_ disk: TornDisk, synchronous: LogFile.Synchronous = .full, at second: Double = 1_000_000) -> Verdict {
    let journal = Workload.open(disk, boot: "boot-after", at: second, synchronous: synchronous)
    switch journal.openOutcome {
    case .opened, .created: break
    case .quarantined, .unavailable: return .corrupt("\(journal.openOutcome)")
    }
    do {
      let memory = try journal.loadMemory().map { Given.number(of: $0) ?? -1 } ?? 0
      journal.append([
        .event(
          Stamp(at: Instant(seconds: second), wall: Workload.wall(second)), kind: .started, subject: "bombyxd",
          detail: "", by: nil)
      ])
      guard journal.flush() else { return .corrupt("takes no more: \(journal.state)") }
      let queue = try DatabaseQueue(path: "file:\(Workload.file)?vfs=\(disk.vfs ?? "")")
      defer { try? queue.close() }
      let verdict = try queue.read { try compare($0, memory: memory) }
      journal.close()
      return verdict
    } catch {
      return .corrupt("\(error)")
    }
  }

  private func compare(_ db: Database, memory: Int) throws -> Verdict {
    let integrity = try String.fetchOne(db, sql: "PRAGMA integrity_check") ?? "no answer"
    guard integrity == "ok" else { return .corrupt(integrity) }
    guard try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") == nil else {
      return .corrupt("a row without its parent")
    }
    guard try Int.fetchOne(db, sql: "SELECT count(*) FROM events WHERE kind = 'started'") ?? 0 >= 1 else {
      return .corrupt("the event after the restart is not there")
    }

    let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? .max
    guard pages <= Workload.settings.quota / 4_096 else { return .corrupt("\(pages) pages are more than the quota") }

    let rest = try numbers(
      db,
      """
      SELECT id, value FROM decisions UNION ALL SELECT id, value FROM alarms
      UNION ALL SELECT id, CAST(detail AS INTEGER) FROM events WHERE kind = 'override-set' ORDER BY id
      """)
    var samples: [Int] = []
    var withoutMeans = 0
    let inWindows = try Int64.fetchOne(db, sql: "SELECT max(last) FROM windows") ?? 0
    var walk = try SampleWalk(db)
    while let stored = try walk.next() {
      guard case .success(let block) = stored.content else { return .corrupt("block \(stored.id) cannot be read") }
      block.forEachSample { sample in
        samples.append(Given.number(ofSample: sample.value))
        if sample.id > inWindows { withoutMeans += 1 }
      }
    }
    let count = max(rest.last ?? -1, samples.last ?? -1) + 1
    let due = given.commits[given.acknowledged]
    guard count >= due.records, memory >= due.memory else {
      return .lost("found \(count) of \(due.records) records and memory \(memory) of \(due.memory)")
    }
    let through = try LaneAcknowledgements.through(.alarm, db)
    let found = Given.Commit(records: count, memory: memory, through: through)
    guard given.commits[given.acknowledged...].contains(found) else { return .corrupt("\(found) is half a commit") }

    let givenRest = (0..<count).filter { given.kinds[$0] != .sample }
    guard rest == givenRest else { return .corrupt("decisions, alarms and events are \(rest), not \(givenRest)") }
    let givenSamples = (0..<count).filter { given.kinds[$0] == .sample }
    guard samples == givenSamples.suffix(samples.count) else { return .corrupt("a hole in the samples") }
    let inMeans = try Int.fetchOne(db, sql: "SELECT total(good + bad) FROM means") ?? 0
    guard inMeans + withoutMeans == givenSamples.count else {
      return .corrupt("\(inMeans) samples in means and \(withoutMeans) without, of \(givenSamples.count)")
    }
    return try compareLanes(db, samples: givenSamples.count)
  }

  /// The sequences of each lane follow one another without a gap, up to the newest ever given.
  private func compareLanes(_ db: Database, samples: Int) throws -> Verdict {
    for lane in [LogLane.alarm, .live, .diagnostic] {
      let tables = LaneRows.tables(lane).map { "SELECT seq FROM \($0)" }.joined(separator: " UNION ALL ")
      let sequences = try Int64.fetchAll(db, sql: "\(tables) ORDER BY seq")
      let newest = try LaneRows.newest(lane, db)
      guard sequences == Array(newest + 1 - Int64(sequences.count)..<newest + 1) else {
        return .corrupt("the sequences of \(lane) are \(sequences)")
      }
    }
    var next: Int64?
    for row in try Row.fetchAll(
      db, sql: "SELECT seq, samples FROM blocks LEFT JOIN backlog ON block = blocks.id ORDER BY blocks.id")
    {
      let sequence: Int64 = row[0] ?? -1
      guard sequence == next ?? sequence else { return .corrupt("sample \(sequence) follows \(next ?? 0)") }
      next = sequence + row[1]
    }
    let newest = try LaneRows.newest(.backlog, db)
    guard newest == Int64(samples), next ?? 1 == newest + 1 else {
      return .corrupt("the newest sample is \(newest), of \(samples)")
    }
    return .sound
  }

  /// The numbers of the records of a query for ids and numbers, in the order of the ids.
  private func numbers(_ db: Database, _ sql: String) throws -> [Int] {
    try Row.fetchAll(db, sql: sql).map { Int(($0[1] as Double?) ?? -1) }
  }
}

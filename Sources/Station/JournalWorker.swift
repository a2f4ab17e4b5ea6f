// The journal's thread: from the queue to the disk.

import Climate
import Controller
import Journal
import Platform

/// What the control step hands to the journal.
enum JournalItem: Sendable {
  case record(Record)
  case memory(Memory)

  /// Samples may be lost when the disk stands still for too long; alarms, events and the memory go last.
  var mayBeLost: Bool {
    if case .record(let record) = self { return !record.isUrgent }
    return false
  }
}

/// Keeps the journal going on behalf of the control step: a commit when one is due, maintenance now and then, and the journal's
/// state shown to the control step, which raises the alarms.
struct JournalKeeper {
  /// How often maintenance is done.
  static let maintenanceInterval = Duration.seconds(10)

  private let journal: Journal
  private var nextMaintenance: Instant
  private var wasQuarantined = false
  /// Bytes on disk when maintenance was last done; looking asks the file system.
  private var size: Int

  init(_ journal: Journal, at now: Instant) {
    self.journal = journal
    nextMaintenance = now.advanced(by: Self.maintenanceInterval)
    size = journal.size
    if case .quarantined = journal.openOutcome { wasQuarantined = true }
  }

  mutating func take(_ items: [JournalItem], now: Instant, wall: WallTime) {
    var records: [Record] = []
    records.reserveCapacity(items.count)
    for item in items {
      switch item {
      case .record(let record): records.append(record)
      case .memory(let memory): journal.saveMemory(memory)
      }
    }
    if !records.isEmpty { journal.append(records) }
    journal.tick(now: now, wall: wall)
    if now >= nextMaintenance {
      nextMaintenance = now.advanced(by: Self.maintenanceInterval)
      journal.maintain(now: now, wall: wall)
      size = journal.size
    }
    if case .quarantined = journal.openOutcome { wasQuarantined = true }
  }

  /// Writes what waits and closes the log.
  func close() { journal.close() }

  /// What the control step shows of the journal.
  func view(queueDropped: Int) -> JournalView {
    var view = JournalView()
    view.bytes = Int64(size)
    view.dropped = journal.droppedRecords + queueDropped
    let subject = "journal"
    if wasQuarantined { view.conditions.insert(AlarmID(kind: .journalQuarantined, subject: subject)) }
    if case .unavailable(let error) = journal.state {
      view.problem = error.description
      view.conditions.insert(AlarmID(kind: .journalUnavailable, subject: subject))
      if error.kind == .diskFull { view.conditions.insert(AlarmID(kind: .diskFull, subject: subject)) }
    }
    if view.dropped > 0 { view.conditions.insert(AlarmID(kind: .recordsDropped, subject: subject)) }
    return view
  }
}

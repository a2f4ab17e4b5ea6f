// The journal's thread: from the queue to the disk.

import Climate
import Controller
import Journal
import Platform

/// What the control step hands to the journal.
enum JournalItem: Sendable {
  case record(Record)
  case memory(Memory)
  /// What the hub has in its database.
  case acknowledgement(LaneAcknowledgement)
  /// A note with what the county wants has been taken: its version.
  case desired(Int64)
  /// The log needs another identity: why.
  case newInstall(String)

  /// Samples may be lost when the disk stands still for too long, and the hub says again what it has; alarms, events and the memory go
  /// last.
  var mayBeLost: Bool {
    switch self {
    case .record(let record): !record.isUrgent
    case .acknowledgement: true
    case .memory, .desired, .newInstall: false
    }
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
  private var budget: WriteBudget?
  private let bytesWritten: () -> Int64?
  private let moment: MomentMemory?
  private let sampleCommit: Duration

  /// - Parameters:
  ///   - writeCap: Most bytes to be written in a day; `nil` for no limit.
  ///   - bytesWritten: Bytes that the process has written.
  ///   - moment: Where a controller that comes back at once looks first; `nil` for nowhere.
  init(
    _ journal: Journal, writeCap: Int? = nil, bytesWritten: @escaping () -> Int64? = { nil },
    moment: MomentMemory? = nil, at now: Instant
  ) {
    self.journal = journal
    self.moment = moment
    budget = writeCap.map { WriteBudget(cap: $0, at: now) }
    self.bytesWritten = bytesWritten
    sampleCommit = journal.sampleCommit
    nextMaintenance = now.advanced(by: Self.maintenanceInterval)
    size = journal.size
    if case .quarantined = journal.openOutcome { wasQuarantined = true }
  }

  mutating func take(_ items: [JournalItem], now: Instant, wall: WallTime) {
    var records: [Record] = []
    var newest: Memory?
    records.reserveCapacity(items.count)
    for item in items {
      switch item {
      case .record(let record): records.append(record)
      case .memory(let memory): newest = memory
      case .acknowledgement(let acknowledgement): journal.acknowledge(acknowledgement)
      case .desired(let version): journal.take(desired: version)
      case .newInstall(let reason): journal.beginInstall(because: reason)
      }
    }
    if let newest {
      // First, because the commit may have to wait for the disk.
      moment?.write(newest)
      journal.saveMemory(newest)
    }
    if !records.isEmpty { journal.append(records) }
    journal.tick(now: now, wall: wall)
    if now >= nextMaintenance {
      nextMaintenance = now.advanced(by: Self.maintenanceInterval)
      journal.maintain(now: now, wall: wall)
      size = journal.size
      keepBudget(Stamp(at: now, wall: wall))
    }
    if case .quarantined = journal.openOutcome { wasQuarantined = true }
  }

  private mutating func keepBudget(_ stamp: Stamp) {
    guard let bytes = bytesWritten(), budget?.take(bytes, now: stamp.at) == true, let budget else { return }
    journal.sampleCommit = budget.commitInterval(usually: sampleCommit)
    let (written, cap) = (budget.written / 1_000_000, budget.cap / 1_000_000)
    let wait = Int(journal.sampleCommit.inSeconds)
    let detail =
      budget.isOver
      ? "\(written) MB written in 24 h, more than write-cap = \(cap) MB: samples wait up to \(wait) s for the disk"
      : "\(written) MB written in 24 h, write-cap = \(cap) MB is kept again: samples wait up to \(wait) s for the disk"
    journal.append([.event(stamp, kind: .writeBudget, subject: "journal", detail: detail, by: nil)])
  }

  /// Writes what waits and closes the log.
  func close() { journal.close() }

  /// What the control step shows of the journal.
  func view(queueDropped: Int) -> JournalView {
    var view = JournalView()
    view.bytes = Int64(size)
    view.dropped = journal.droppedRecords + queueDropped
    view.written = budget?.written
    view.writtenPerDay = budget?.perDay
    let subject = "journal"
    if journal.hasDamage { view.conditions.insert(AlarmID(kind: .journalDamaged, subject: subject)) }
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

// The log on disk, as its one writer sees it.

public import Climate
public import Controller
import Foundation
import GRDB

public import enum Controller.Record

/// What was found when the log was opened.
public enum OpenOutcome: Equatable, Sendable {
  /// There was no log; a new one has begun.
  case created
  /// The log of before goes on.
  case opened
  /// The log was damaged: it is kept at `path`, and a new one has begun.
  case quarantined(path: String, reason: JournalError)
  /// Neither could be done yet; it is tried again.
  case unavailable(JournalError)
}

/// Whether records reach the disk.
public enum JournalState: Equatable, Sendable {
  /// They do.
  case writing
  /// They wait in memory, and the disk is tried again at growing intervals.
  case unavailable(JournalError)
}

/// The log of one device: samples, decisions, alarms, events, and what must survive a restart.
///
/// Synchronous and without a clock: it is called by one thread, which passes the time in, and which it may hold for as long as
/// the disk takes. Nothing it does can fail for the caller. While the disk is full, read-only or failing, records wait in a
/// bounded memory (``JournalSettings/pendingLimit``); a damaged file is put aside and a new one begun.
///
/// After an error the connection is closed and the file opened and checked anew, because a failed `fsync` leaves it unknown what
/// the disk holds (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020).
public final class Journal {
  /// Name of the log's file in its directory.
  public static let fileName = "bombyx.db"

  /// What was found when the log was last opened, at start or after a failure.
  public private(set) var openOutcome: OpenOutcome
  /// Whether records reach the disk.
  public private(set) var state: JournalState
  /// Records lost so far, because they waited too long for the disk or named an unknown channel or output.
  public var droppedRecords: Int { pending.dropped + unknown }
  /// Path of the log's file.
  public var path: String { file.path }
  /// Size of the log with what has not been merged into its file yet, bytes.
  public var size: Int { file.size }
  /// Whether a part of the log was found since it was opened that cannot be read.
  public private(set) var hasDamage = false
  /// Longest time that samples and decisions wait in memory: ``JournalSettings/sampleCommit`` unless it was made longer, so that less
  /// is written.
  public var sampleCommit: Duration

  private let file: LogFile
  private let names: JournalNames
  private let boot: String
  private let settings: JournalSettings
  private let drawInstall: () -> LogInstall

  private var queue: DatabaseQueue?
  private var writer: RecordWriter?
  private var maintenance: Maintenance
  private var pending: PendingRecords
  private var notes = UpstreamNotes()
  private var memory: Memory?
  private var savedMemory: Memory?
  /// Whether a memory has come that no commit has taken yet.
  private var isMemoryDue = false
  private var unknown = 0
  private var doubt: Doubt?
  private var now: Stamp
  private var commitDue: Instant
  private var retry = RetryInterval()
  private var retryDue: Instant
  private var mustCheckAll = false
  /// Whether all of the file was checked when it was opened, and maintenance has not gone well since.
  private var isCheckedWhole = false
  /// Why the file is to be put aside although it passes every check: it cannot be written.
  private var unusable: JournalError?

  /// Opens the log in a directory, or begins one. What was found is in ``openOutcome``.
  /// - Parameters:
  ///   - directory: Where the log is kept; made if it does not exist.
  ///   - names: Names of the channels and outputs that records mean.
  ///   - boot: Identity of this boot: monotonic times are comparable only within one.
  ///   - machineBoot: Name of the machine's present boot. A log whose memory is of the same has been checked in it, and is not checked again
  ///     when it is opened; `nil` if the boot cannot be told.
  ///   - settings: How often to write and how much to keep.
  ///   - storage: The file system that the directory is on.
  ///   - drawInstall: Draws the identity of a log that is begun; chance, unless the run is to be repeated.
  ///   - now: Monotonic time.
  ///   - wall: Wall time.
  public convenience init(
    directory: String, names: JournalNames, boot: String, machineBoot: String? = nil,
    settings: JournalSettings = JournalSettings(), storage: any JournalStorage = HostStorage(),
    drawInstall: @escaping () -> LogInstall = LogInstall.random, now: Instant, wall: WallTime
  ) {
    let path = (directory as NSString).appendingPathComponent(Self.fileName)
    let file = LogFile(path: path, storage: storage, machineBoot: machineBoot)
    self.init(file, names: names, boot: boot, settings: settings, drawInstall: drawInstall, now: now, wall: wall)
  }

  init(
    _ file: LogFile, names: JournalNames, boot: String, settings: JournalSettings,
    drawInstall: @escaping () -> LogInstall = LogInstall.random, now: Instant, wall: WallTime
  ) {
    self.file = file
    self.names = names
    self.boot = boot
    self.settings = settings
    self.drawInstall = drawInstall
    sampleCommit = settings.sampleCommit
    self.now = Stamp(at: now, wall: wall)
    maintenance = Maintenance(settings: settings)
    pending = PendingRecords(limit: settings.pendingLimit)
    commitDue = now.advanced(by: settings.sampleCommit)
    retryDue = now
    openOutcome = .created
    state = .writing
    open(thorough: false)
  }

  deinit { closeConnection() }

  // MARK: Records

  /// Takes records in. They reach the disk with the next ``tick(now:wall:)`` at which a commit is due.
  public func append(_ records: [Record]) {
    pending.append(records)
  }

  /// Writes what is due: everything at once if an alarm, an event or a memory waits, otherwise every ``sampleCommit``, or sooner if so
  /// much waits that some would have to be dropped before long. Where less is to be written, a memory waits for the samples.
  /// Opens the log again if it was unavailable and it is time to try.
  public func tick(now: Instant, wall: WallTime) {
    self.now = Stamp(at: now, wall: wall)
    if queue == nil, now >= retryDue { open(thorough: mustCheckAll) }
    let isUrgent = pending.isUrgent || notes.isUrgent || (isMemoryDue && sampleCommit <= settings.sampleCommit)
    guard queue != nil, isUrgent || pending.isHalfFull || now >= commitDue else { return }
    commit()
  }

  /// Writes everything that waits, due or not.
  /// - Returns: whether it is on disk now.
  @discardableResult
  public func flush() -> Bool {
    commit()
    return queue != nil && pending.records.isEmpty && notes.isEmpty
  }

  /// Writes everything that waits, and closes the file. The log is of no use afterwards.
  public func close() {
    flush()
    closeConnection()
    state = .unavailable(JournalError(kind: .other, path: path, detail: "the log has been closed"))
    retryDue = Instant(nanoseconds: .max)
  }

  private func commit() {
    let memory = self.memory == savedMemory ? nil : self.memory
    let encoded = memory.flatMap { try? MemoryCoding.encode($0) }
    guard !pending.records.isEmpty || encoded != nil || !notes.isEmpty, var writer else {
      isMemoryDue = isMemoryDue && encoded != nil
      commitDue = now.at.advanced(by: sampleCommit)
      return
    }
    let first = writer.nextID
    var unknown = 0
    let isDone: Void? = perform { db in
      try db.inTransaction(.immediate) {
        unknown = try writer.write(pending.records, to: db)
        if let encoded { try MemoryCoding.write(encoded, to: db) }
        try notes.write(to: db)
        return .commit
      }
    }
    guard isDone != nil else {
      if writer.nextID > first {
        doubt = Doubt(nextID: writer.nextID, unknown: unknown)
        pending.doubtAll()
      }
      return
    }
    self.unknown += unknown
    self.writer = writer
    if let memory { savedMemory = memory }
    isMemoryDue = false
    pending.removeAll()
    notes = UpstreamNotes()
    commitDue = now.at.advanced(by: sampleCommit)
    retry.reset()
  }

  /// A commit that failed. It may be on disk all the same, whole: then it must not be made again.
  private struct Doubt {
    /// The id that the next record gets if it is.
    var nextID: Int64
    var unknown: Int
  }

  private func settleDoubt(_ writer: RecordWriter) {
    guard let doubt else { return }
    let areOnDisk = writer.nextID == doubt.nextID
    pending.settle(areOnDisk: areOnDisk)
    if areOnDisk { unknown += doubt.unknown }
    self.doubt = nil
  }

  // MARK: Upstream

  /// Takes in what the hub has acknowledged; it is written with the next commit. What is said of another log is left out.
  public func acknowledge(_ acknowledgement: LaneAcknowledgement) {
    notes.acknowledge(acknowledgement)
  }

  /// A note with what the county wants has been taken: its version, and all before, are not to be taken again. It is written with the
  /// next ``tick(now:wall:)``.
  public func take(desired version: Int64) {
    notes.take(desired: version)
  }

  /// Gives the log a new identity: the hub holds records under the old one that this log does not have, or has with other content.
  /// Sequences go on; nothing is acknowledged any more, so all that the log still has goes upstream again.
  public func beginInstall(because reason: String) {
    let install = drawInstall()
    notes.begin(install)
    note(.installBegan, detail: "\(install): \(reason)")
  }

  // MARK: Memory

  /// Keeps what must survive a restart; the next ``tick(now:wall:)`` writes it, in the same transaction as the records before it.
  public func saveMemory(_ memory: Memory) {
    self.memory = memory
    isMemoryDue = true
  }

  /// What was saved last; `nil` if nothing was.
  /// - Throws: ``JournalError`` if the log is unavailable, or what it holds cannot be understood.
  public func loadMemory() throws(JournalError) -> Memory? {
    if let memory { return memory }
    guard let queue else {
      if case .unavailable(let error) = state { throw error }
      return nil
    }
    do {
      return try queue.read(MemoryCoding.read)
    } catch let error as DecodingError {
      throw JournalError(kind: .unreadableMemory, path: path, detail: "\(error)")
    } catch {
      throw JournalError(error, path: path)
    }
  }

  // MARK: Maintenance

  /// Takes means, deletes what is too old and keeps the quota, a little at each call; to be called every few seconds.
  public func maintain(now: Instant, wall: WallTime) {
    self.now = Stamp(at: now, wall: wall)
    var maintenance = self.maintenance
    let losses = perform { db in try maintenance.run(db, now: now, wall: wall) }
    guard let losses else { return }
    isCheckedWhole = false
    self.maintenance = maintenance
    hasDamage = hasDamage || maintenance.hasFoundDamage
    guard notes.told.isEmpty else { return }
    for loss in losses {
      note(loss.why == .damaged ? .journalDamaged : .journalPruned, detail: loss.text(quota: settings.quota))
    }
    notes.tell(losses)
  }

  private func note(_ kind: EventKind, detail: String) {
    append([.event(now, kind: kind, subject: "journal", detail: detail, by: nil)])
  }

  // MARK: Connection

  private func open(thorough: Bool) {
    do {
      do {
        openOutcome = try connect(thorough: thorough) ? .created : .opened
        isCheckedWhole = thorough
      } catch let error where error.isDamage {
        try startAnew(because: error)
      }
      state = .writing
      mustCheckAll = false
      commitDue = now.at
    } catch {
      openOutcome = .unavailable(error)
      giveUp(error)
    }
  }

  /// Puts the damaged file aside and begins a new one.
  private func startAnew(because reason: JournalError) throws(JournalError) {
    let kept = try file.quarantine()
    (savedMemory, unusable, isCheckedWhole) = (nil, nil, false)
    notes = UpstreamNotes()
    _ = try connect(thorough: false)
    openOutcome = .quarantined(path: kept, reason: reason)
    note(.journalQuarantined, detail: "\(reason.detail); the old log is kept as \(kept)")
  }

  /// - Returns: whether the log is new.
  private func connect(thorough: Bool) throws(JournalError) -> Bool {
    if let unusable { throw unusable }
    file.forgetCache()
    let (queue, isNew) = try file.open(thorough: thorough)
    do {
      let writer = try queue.write { db in
        try LogOrigin.begin(db, drawing: drawInstall) { file.desiredOfQuarantined(now: now.wall) }
        return try RecordWriter(db, boot: boot, names: names, blocks: settings.blocks)
      }
      settleDoubt(writer)
      self.writer = writer
    } catch {
      try? queue.close()
      throw file.failure(error)
    }
    self.queue = queue
    return isNew
  }

  /// Uses the connection; on a failure closes it and sees what can be done.
  /// - Returns: `nil` without a connection, and after a failure.
  private func perform<Result>(_ body: (Database) throws -> Result) -> Result? {
    guard let queue else { return nil }
    do {
      return try queue.writeWithoutTransaction(body)
    } catch {
      closeConnection()
      let error = file.failure(error)
      if isCheckedWhole, error.isDamage { unusable = error }
      giveUp(error)
      return nil
    }
  }

  /// Waits before the next attempt. After an error that may have left the file half written that one checks all of it, and puts
  /// it aside if it is damaged.
  private func giveUp(_ error: JournalError) {
    state = .unavailable(error)
    mustCheckAll = mustCheckAll || error.leavesFileInDoubt
    retryDue = now.at.advanced(by: retry.afterFailure())
  }

  private func closeConnection() {
    writer = nil
    try? queue?.close()
    queue = nil
  }
}

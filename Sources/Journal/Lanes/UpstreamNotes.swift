// What the log has yet to write down about its way upstream.

import GRDB

/// What waits for the next commit besides records: acknowledgements, a new identity, losses that have been told.
struct UpstreamNotes {
  private var acknowledgements: [LogLane: LaneAcknowledgement] = [:]
  private var desired: Int64?
  private var install: LogInstall?
  /// Losses that events which wait tell of.
  private(set) var told: [Loss] = []

  var isEmpty: Bool { acknowledgements.isEmpty && desired == nil && install == nil && told.isEmpty }

  /// Whether something must reach the disk at once: what was taken must not be taken again after a power cut.
  var isUrgent: Bool { desired != nil || install != nil }

  mutating func acknowledge(_ acknowledgement: LaneAcknowledgement) {
    acknowledgements[acknowledgement.lane] = acknowledgement
  }

  mutating func take(desired version: Int64) { desired = max(desired ?? .min, version) }

  /// All that was acknowledged was acknowledged to another.
  mutating func begin(_ install: LogInstall) {
    self.install = install
    acknowledgements.removeAll()
  }

  mutating func tell(_ losses: [Loss]) { told += losses }

  /// In a transaction of the caller's.
  func write(to db: Database) throws {
    if let install {
      try LogOrigin.write(install, to: db)
      try db.execute(sql: "DELETE FROM acknowledged")
    }
    if let desired { try LogOrigin.write(desired: desired, to: db) }
    let current = try acknowledgements.isEmpty ? nil : LogOrigin(db).install
    for lane in LogLane.allCases {
      guard let acknowledgement = acknowledgements[lane], acknowledgement.install == current else { continue }
      try LaneAcknowledgements.write(acknowledgement, to: db)
    }
    for loss in told { try Losses.tell(loss, db) }
  }
}

// What the hub has acknowledged: the table `acknowledged`.

import Foundation
import GRDB

/// The table of what the hub has acknowledged.
enum LaneAcknowledgements {
  static func read(_ lane: LogLane, _ db: Database) throws -> OutboxLane {
    var standing = OutboxLane()
    let row = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT db, through FROM acknowledged WHERE lane = ?"), arguments: [lane.rawValue])
    guard let row else { return standing }
    standing.database = Data.fromDatabaseValue(row[0]).map { [UInt8]($0) }
    standing.through = try row.sequence(1)
    return standing
  }

  /// Sequence up to which a lane's records are acknowledged.
  static func through(_ lane: LogLane, _ db: Database) throws -> Int64 { try read(lane, db).through }

  static func write(_ acknowledgement: LaneAcknowledgement, to db: Database) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO acknowledged (lane, db, through) VALUES (?, ?, ?)
        ON CONFLICT (lane) DO UPDATE SET db = excluded.db, through = excluded.through
        """
    ).execute(
      arguments: [
        acknowledgement.lane.rawValue, Data(acknowledgement.database), acknowledgement.through,
      ])
  }
}

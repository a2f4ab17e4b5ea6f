// What goes upstream, read beside the daemon's writer.

import Foundation
import GRDB
import Synchronization

/// Reads the records that go upstream, by lane and sequence. Any thread; it never writes, and holds the writer up with nothing.
///
/// Acknowledgements go the other way, through the log's one writer: ``Journal/acknowledge(_:)``.
public final class Outbox: Sendable {
  private struct Connection {
    var queue: DatabaseQueue
    var identity: UInt64?
  }

  private let file: LogFile
  private let connection = Mutex<Connection?>(nil)

  /// The log in a directory; on the host's file system unless told otherwise. It is opened with the first question, and anew when it
  /// has been put aside as damaged and another has begun.
  public init(directory: String, storage: any JournalStorage = HostStorage()) {
    file = LogFile(path: (directory as NSString).appendingPathComponent(Journal.fileName), storage: storage)
  }

  /// Whose records there are, the newest of each lane, and what the hub has acknowledged.
  public func state() throws(JournalError) -> OutboxState {
    try read { db in
      let origin = try LogOrigin(db)
      guard let install = origin.install else {
        throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the log does not say whose it is")
      }
      var state = OutboxState(install: install, desired: origin.desired, lanes: [:])
      for lane in LogLane.allCases {
        var standing = try LaneAcknowledgements.read(lane, db)
        standing.newest = try LaneRows.newest(lane, db)
        state.lanes[lane] = standing
      }
      return state
    }
  }

  /// What a lane has from a sequence on: records that follow one another, or a stretch that is lost.
  /// - Parameters:
  ///   - first: Sequence of the first record; from 1.
  ///   - last: Sequence behind which nothing is wanted.
  ///   - records: Most records.
  ///   - bytes: About how many bytes of CBOR they may make; at least one record is given.
  public func run(
    of lane: LogLane, from first: Int64, through last: Int64 = .max, records: Int = 2_000, bytes: Int = 48 << 10
  ) throws(JournalError) -> OutboxRun {
    guard first >= 1, first <= last, records > 0 else { return .none }
    return try read { db in
      guard first <= (try LaneRows.newest(lane, db)) else { return .none }
      var reading = LaneReading(lane, first: first, last: last, limit: OutboxLimit(records: records, bytes: bytes))
      return try reading.run(db)
    }
  }

  private func read<Result: Sendable>(_ body: @Sendable (Database) throws -> Result) throws(JournalError) -> Result {
    do {
      return try connection.withLock { connection in
        let identity = file.storage.identity(of: file.path)
        if let open = connection, open.identity != identity {
          try? open.queue.close()
          connection = nil
        }
        do {
          let queue = try connection?.queue ?? file.openForReading()
          connection = Connection(queue: queue, identity: identity)
          return try queue.read { db in
            guard try Schema.hasLanes(db) else {
              throw JournalError(kind: .other, path: file.path, detail: "the log has not been brought up to date yet")
            }
            return try body(db)
          }
        } catch {
          try? connection?.queue.close()
          connection = nil
          throw error
        }
      }
    } catch {
      throw JournalError(error, path: file.path)
    }
  }
}

/// How much is wanted at once.
struct OutboxLimit {
  var records: Int
  var bytes: Int

  /// Takes a record of about so many bytes in.
  /// - Returns: whether there is room for another.
  mutating func take(_ size: Int) -> Bool {
    records -= 1
    bytes -= size
    return records > 0 && bytes > 0
  }
}

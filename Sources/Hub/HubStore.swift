// What a worker needs of a database.

public import SyncProtocol

/// A lane of an install of a device.
public struct LaneKey: Hashable, Sendable {
  /// The device.
  public var device: DeviceName
  /// Its log.
  public var install: InstallID
  /// The lane.
  public var lane: Lane

  /// A lane from its parts.
  public init(device: DeviceName, install: InstallID, lane: Lane) {
    (self.device, self.install, self.lane) = (device, install, lane)
  }

  /// The lane of a batch.
  public init(_ batch: Batch) { self.init(device: batch.device, install: batch.install, lane: batch.lane) }
}

/// What a database holds of a lane.
public struct LaneState: Equatable, Sendable {
  /// What is there, or will never come.
  public var received: SequenceSet
  /// Of that, what will never come.
  public var lost: SequenceSet
  /// Whether a record of this install came again with other content.
  public var isForked: Bool

  /// A state from its parts.
  public init(received: SequenceSet = SequenceSet(), lost: SequenceSet = SequenceSet(), isForked: Bool = false) {
    (self.received, self.lost, self.isForked) = (received, lost, isForked)
  }
}

/// Texts of devices that are no records.
public struct DeviceText: Equatable, Sendable {
  /// The device.
  public var device: DeviceName
  /// JSON.
  public var text: String

  /// A text of a device.
  public init(device: DeviceName, text: String) { (self.device, self.text) = (device, text) }
}

/// What has come, to be written together.
public struct Arrival: Sendable {
  /// The batches, in the order in which they came.
  public var batches: [Batch] = []
  /// What became of what the county wanted.
  public var reports: [Reported] = []
  /// The newest state of each device.
  public var states: [DeviceText] = []

  /// Nothing.
  public init() {}

  /// Whether there is nothing.
  public var isEmpty: Bool { batches.isEmpty && reports.isEmpty && states.isEmpty }
}

/// What was written.
public struct Receipt: Sendable {
  /// The database.
  public var database: DatabaseID
  /// What it holds of each lane that a batch was of.
  public var lanes: [LaneKey: LaneState]
  /// Records that were new.
  public var stored = 0
  /// Records that were there already.
  public var repeated = 0
  /// Records that were there with other content.
  public var forked = 0

  /// Nothing new.
  public init(database: DatabaseID, lanes: [LaneKey: LaneState] = [:]) {
    (self.database, self.lanes) = (database, lanes)
  }
}

/// Why nothing was written.
public enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The database is not there at present, or gave up: the same may succeed later.
  case unavailable(String)
  /// The database does not take this content.
  case content(String)

  /// For a log.
  public var description: String {
    switch self {
    case .unavailable(let reason): "the database is not available: \(reason)"
    case .content(let reason): "the database does not take this: \(reason)"
    }
  }
}

/// A database. Used by one thread.
public protocol HubStore: AnyObject {
  /// Writes what has come in one transaction, and returns after it is on the database's disk.
  func write(_ arrival: Arrival) throws(StoreError) -> Receipt

  /// What is held of lanes.
  func read(_ lanes: [LaneKey]) throws(StoreError) -> Receipt

  /// Says that a worker lives, and returns those that do.
  func beat(_ worker: WorkerID, name: String) throws(StoreError) -> [WorkerID]

  /// Says that a worker serves no more.
  func leave(_ worker: WorkerID) throws(StoreError)

  /// Draws a new identity for the database, as is due after a restore that the database cannot notice by itself.
  func renew() throws(StoreError) -> DatabaseID

  /// Deletes samples, means and decisions that are older than so many months.
  /// - Returns: what was deleted, for people.
  func expire(months: Int) throws(StoreError) -> [String]
}

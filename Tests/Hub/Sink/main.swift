// A hub that keeps nothing but which records it has: what a device and a broker can do, without a database.

import ArgumentParser
import Foundation
import Hub
import Logging
import MQTT
import Platform
import SyncProtocol

/// Remembers sequences, and counts what came more than once.
final class SequencesStore: HubStore {
  private let database = DatabaseID()
  private let awaited: Int
  private var lanes: [LaneKey: LaneState] = [:]
  private var stored = 0
  private var repeated = 0

  /// - Parameter records: how many are to come; says so when they have.
  init(records: Int) { awaited = records }

  func write(_ arrival: Arrival) throws(StoreError) -> Receipt {
    var receipt = Receipt(database: database)
    for batch in arrival.batches {
      let key = LaneKey(batch)
      var state = lanes[key] ?? LaneState()
      if batch.content.count > 0 {
        let known = state.received.intersection(batch.first...batch.last).reduce(0) { $0 + $1.count }
        receipt.repeated += known
        receipt.stored += Int(batch.content.count) - known
        state.received.insert(batch.first...batch.last)
      }
      (lanes[key], receipt.lanes[key]) = (state, state)
    }
    let before = stored
    stored += receipt.stored
    repeated += receipt.repeated
    if before < awaited, stored >= awaited {
      print(stored, repeated)
      fflush(nil)
    }
    return receipt
  }

  func read(_ keys: [LaneKey]) throws(StoreError) -> Receipt {
    Receipt(database: database, lanes: lanes.filter { keys.contains($0.key) })
  }

  func beat(_ worker: WorkerID, name: String) throws(StoreError) -> [WorkerID] { [worker] }

  func leave(_ worker: WorkerID) throws(StoreError) {}

  func renew() throws(StoreError) -> DatabaseID { database }

  func expire(months: Int) throws(StoreError) -> [String] { [] }
}

/// The sink's command line.
struct Sink: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hub-sink",
    abstract: "Acknowledges what devices send. Says, once all are there, how many came, and how many more than once.")

  @Option(help: "Port of the broker on 127.0.0.1.")
  var port: UInt16

  @Option(help: "How many records are to come.")
  var records: Int

  func run() throws {
    let stop = try Signals.stopDescriptor()
    LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
    let broker = MQTTSettings(host: "127.0.0.1", port: port, client: "")
    let worker = Worker(
      WorkerSettings(name: "sink", broker: broker), store: SequencesStore(records: records),
      log: Logger(label: "hub-sink"))
    worker.run(stop: stop.number)
  }
}

Sink.main()

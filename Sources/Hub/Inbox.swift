// What has come and is not written yet.

import Foundation
import MQTT
import SyncProtocol

/// Why a message was not taken.
enum Refused: Error, Equatable {
  /// It is for another worker.
  case notOurs
  /// It is not what it should be: what, for a log.
  case malformed(String)
  /// There is no room; the device will send it again.
  case full
}

/// Collects messages for a short while, so that many share a transaction.
struct Inbox {
  /// How much is collected.
  struct Limits {
    /// Records that share a transaction.
    var records: Int64 = 60_000
    /// Messages that share a transaction.
    var messages = 1_000
    /// How long the first waits for others, ns.
    var delay: Int64 = 100_000_000
    /// Messages that are kept while the database does not answer. Five thousand devices that connect at once send four hellos each.
    var capacity = 40_000
    /// And their size as they came, bytes.
    var bytes = 32 * 1024 * 1024
  }

  private struct Item {
    var batch: Batch
    var size: Int
  }

  var limits = Limits()
  private var items: [Item] = []
  private var reports: [Reported] = []
  private var states: [DeviceName: String] = [:]
  private var records: Int64 = 0
  private var bytes = 0
  private var since: Int64?

  /// Messages that wait.
  var count: Int { items.count + reports.count + states.count }

  /// Whether there is enough for a transaction.
  var isFull: Bool { records >= limits.records || items.count >= limits.messages }

  /// When it is to be written; `nil` if there is nothing.
  var due: Int64? { since.map { isFull ? $0 : $0 + limits.delay } }

  /// Takes a message.
  mutating func add(_ message: ReceivedMessage, sharing: Sharing, worker: WorkerID, now: Int64) throws(Refused) {
    guard let (device, topic) = Topic.parse(message.topic) else {
      throw .malformed("the topic \(message.topic.prefix(100))")
    }
    guard sharing.owner(of: device) == worker else { throw .notOurs }
    switch topic {
    case .up(let lane): try add(batch: message.payload, device, lane)
    case .reported:
      guard let report = try? Reported(message.payload), report.device == device.text else {
        throw .malformed("a report of \(device)")
      }
      guard reports.count < limits.capacity else { throw .full }
      reports.append(report)
    case .state: states[device] = try Self.json(message.payload, device)
    case .acknowledgement, .desired: throw .malformed("the topic \(message.topic)")
    }
    since = since ?? now
  }

  private mutating func add(batch payload: [UInt8], _ device: DeviceName, _ lane: Lane) throws(Refused) {
    guard items.count < limits.capacity, bytes + payload.count <= limits.bytes else { throw .full }
    let batch: Batch
    do {
      batch = try Batch(payload)
    } catch {
      throw .malformed("a batch of \(device): \(error)")
    }
    guard batch.device == device, batch.lane == lane else {
      throw .malformed("a batch of \(device) says it is another's")
    }
    if let fault = BatchCheck.fault(of: batch) { throw .malformed("a batch of \(device): \(fault)") }
    items.append(Item(batch: batch, size: payload.count))
    bytes += payload.count
    records += Self.cost(batch)
  }

  private static func cost(_ batch: Batch) -> Int64 {
    switch batch.content {
    case .lost: 1
    default: batch.content.count
    }
  }

  /// What goes into the next transaction.
  mutating func next(now: Int64) -> Arrival {
    var arrival = Arrival()
    var size: Int64 = 0
    var count = 0
    while count < items.count, count < limits.messages, size < limits.records {
      size += Self.cost(items[count].batch)
      count += 1
    }
    arrival.batches = items.prefix(count).map(\.batch)
    bytes -= items.prefix(count).reduce(0) { $0 + $1.size }
    items.removeFirst(count)
    records -= size
    arrival.reports = reports
    arrival.states = states.map { DeviceText(device: $0.key, text: $0.value) }.sorted {
      $0.device.text < $1.device.text
    }
    (reports, states) = ([], [:])
    since = items.isEmpty ? nil : now
    return arrival
  }

  /// Puts back what could not be written, before what has come since.
  mutating func putBack(_ arrival: Arrival, now: Int64) {
    items = arrival.batches.map { Item(batch: $0, size: 0) } + items
    records += arrival.batches.reduce(0) { $0 + Self.cost($1) }
    reports = arrival.reports + reports
    for state in arrival.states where states[state.device] == nil { states[state.device] = state.text }
    since = now
  }

  /// JSON as databases take it: without NUL and halves of characters.
  private static func json(_ payload: [UInt8], _ device: DeviceName) throws(Refused) -> String {
    guard payload.count <= 16 * 1024, let object = try? JSONSerialization.jsonObject(with: Data(payload)),
      object is [String: Any], let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
    else { throw .malformed("the state of \(device) is no JSON object") }
    let text = String(decoding: data, as: UTF8.self)
    guard !text.contains("\\u0000") else { throw .malformed("the state of \(device) holds NUL") }
    return text
  }
}

/// What a batch may not hold beyond what the protocol says.
enum BatchCheck {
  /// Longest name of a channel or boot, bytes: an index has to hold it.
  private static let longestName = 256

  static func fault(of batch: Batch) -> String? {
    let names = batch.channels.union(batch.stamps?.boots ?? [])
    if let name = names.first(where: { $0.utf8.count > longestName }) { return "a name of \(name.utf8.count) bytes" }
    if case .means(let group) = batch.content,
      group.windows.contains(where: { Set($0.means.map(\.channel)).count < $0.means.count })
    {
      return "a window has a channel twice"
    }
    return nil
  }
}

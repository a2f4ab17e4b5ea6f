// What a database holds after whatever has come.

import Foundation
import Glibc
import Platform
import Servers
import Swarm
import SyncProtocol
import Testing

@testable import Hub

func arrival(_ batches: [Batch]) -> Arrival {
  var arrival = Arrival()
  arrival.batches = batches
  return arrival
}

func name(_ text: String) throws -> DeviceName { try #require(DeviceName(text)) }

@Suite("A hub's database")
struct StoreTests {
  @Test("holds every record once, in whatever order, pieces and repetitions it came", arguments: DatabaseKind.allCases)
  func writesOnce(kind: DatabaseKind) throws {
    let database = try HubDatabase(kind)
    let source = TrafficSource(
      device: try name("shed-1"), counts: [.alarm: 40, .live: 60, .backlog: 1_500, .diagnostic: 300])
    var random = SystemRandomNumberGenerator()
    var batches: [Batch] = []
    for (lane, count) in source.counts {
      // Cuts of different lengths overlap one another.
      for size in [7, 64, 500] as [Int64] {
        for first in stride(from: 1, through: count, by: Int(size)) where size != 7 || first % 3 == 1 {
          batches.append(source.batch(lane, first...min(first + size - 1, count)))
        }
      }
    }
    batches.shuffle(using: &random)
    var stored = 0
    while !batches.isEmpty {
      let receipt = try database.store.write(arrival(Array(batches.prefix(9))))
      stored += receipt.stored
      #expect(receipt.forked == 0)
      batches.removeFirst(min(9, batches.count))
    }
    #expect(stored == 1_900)
    for (lane, count) in source.counts {
      #expect(try database.rows(source, lane) == Expected.rows(of: source, lane))
      let key = LaneKey(device: source.device, install: source.install, lane: lane)
      #expect(try database.store.read([key]).lanes[key] == LaneState(received: SequenceSet(1...count)))
    }
  }

  @Test("written by two at once holds every record once")
  func writesOnceForTwo() throws {
    let database = try HubDatabase(.postgres)
    let sources = try (1...4).map { TrafficSource(device: try name("shed-\($0)"), counts: [.backlog: 1_000]) }
    let batches = sources.flatMap { source in
      stride(from: Int64(1), to: 1_000, by: 100).map { source.batch(.backlog, $0...$0 + 99) }
    }
    _ = try database.store.read([])
    let totals = LockedCounts()
    let threads = try (0..<2).map { _ in
      let parts = batches.shuffled()
      let store = UnsafeStore(try database.another())
      return try Platform.Thread(name: "writer", stack: 8 * 1024 * 1024) {
        for begin in stride(from: 0, to: parts.count, by: 5) {
          // A deadlock or a failed serialisation is tried again, as a worker does.
          while true {
            if let receipt = try? store.store.write(arrival(Array(parts[begin..<begin + 5]))) {
              totals.add(receipt)
              break
            }
          }
        }
      }
    }
    for thread in threads { thread.join() }
    #expect(totals.stored == 4_000)
    #expect(totals.repeated == 4_000)
    #expect(totals.forked == 0)
    for source in sources {
      #expect(try database.rows(source, .backlog) == Expected.rows(of: source, .backlog))
    }
  }

  @Test("keeps what it has when a record comes again with other content, and says so", arguments: DatabaseKind.allCases)
  func noticesForks(kind: DatabaseKind) throws {
    let database = try HubDatabase(kind)
    let source = TrafficSource(
      device: try name("shed-1"), counts: [.alarm: 10, .live: 10, .backlog: 200, .diagnostic: 20])
    var other = source
    other.salt = 1
    let bystander = TrafficSource(device: try name("shed-2"), counts: [.backlog: 10])
    for (lane, count) in source.counts {
      let half = count / 2
      #expect(try database.store.write(arrival([source.batch(lane, 1...half)])).forked == 0)
      let receipt = try database.store.write(
        arrival([other.batch(lane, half - 1...count), bystander.batch(.backlog, 1...10)]))
      let key = LaneKey(device: source.device, install: source.install, lane: lane)
      #expect(receipt.forked >= 1)
      #expect(receipt.lanes[key]?.isForked == true)
      #expect(receipt.lanes[key]?.received == SequenceSet(1...count))
      #expect(receipt.lanes[LaneKey(bystander.batch(.backlog, 1...1))]?.isForked == false)
      let rows = try database.rows(source, lane)
      #expect(
        rows == Expected.rows(of: source, lane, in: 1...half) + Expected.rows(of: other, lane, in: half + 1...count))
    }
    // What comes as it was is no fork, though the install stays marked.
    let again = try database.store.write(arrival([source.batch(.backlog, 1...50)]))
    #expect(again.forked == 0)
    #expect(again.lanes.map(\.value.isForked) == [true])
    #expect(try database.lines("SELECT device FROM hub.alarms WHERE kind = 'forked-log'") == ["shed-1"])
    #expect(try database.lines("SELECT count(*) > 3 FROM hub.forks").first.map { ["t", "1"].contains($0) } == true)
  }

  @Test("tells gaps, and takes what will never come for received", arguments: DatabaseKind.allCases)
  func tellsGaps(kind: DatabaseKind) throws {
    let database = try HubDatabase(kind)
    let source = TrafficSource(device: try name("shed-1"), counts: [.backlog: 100])
    let key = LaneKey(device: source.device, install: source.install, lane: .backlog)
    func batch(_ first: Int64, _ content: BatchContent) -> Batch {
      Batch(device: source.device, install: source.install, lane: .backlog, first: first, content: content)
    }
    func state(_ batch: Batch) throws -> LaneState {
      try #require(try database.store.write(arrival([batch])).lanes[key])
    }
    #expect(try state(batch(101, .hello)) == LaneState())
    let first = try state(source.batch(.backlog, 21...30))
    #expect((first.received.through, first.received.top) == (0, 30))
    #expect(first.received.gaps == [1...20])
    // Records 21 to 25 are there: they are not lost, whatever the device believes.
    let lost = try state(batch(11, .lost(15, .damaged)))
    #expect(lost.received.gaps == [1...10])
    #expect(lost.lost == SequenceSet(11...20))
    #expect(try state(batch(1, .lost(10, .age))).received.through == 30)
    // It was not lost after all.
    let found = try state(source.batch(.backlog, 15...22))
    #expect(found.lost.ranges == [1...14])
    #expect(
      try database.rows(source, .backlog)
        == Expected.rows(of: source, .backlog, in: 15...30))
    #expect(try state(batch(31, .lost(Int64.max / 2 - 31, .quota))).received.top == Int64.max / 2 - 1)
    #expect(
      try database.lines("SELECT first, last, why FROM hub.loss ORDER BY first").prefix(2) == [
        "1|10|age", "11|25|damaged",
      ])
  }

  @Test("takes reports and states, each once", arguments: DatabaseKind.allCases)
  func takesTexts(kind: DatabaseKind) throws {
    let database = try HubDatabase(kind)
    let device = try name("shed-1")
    var texts = Arrival()
    texts.reports = [Reported(device: device, version: 7, signer: "county", last: 7, time: 1_000)]
    texts.states = [DeviceText(device: device, text: #"{"online":true,"名":"'\\\""}"#)]
    _ = try database.store.write(texts)
    texts.states = [DeviceText(device: device, text: #"{"online":false}"#)]
    _ = try database.store.write(texts)
    #expect(try database.lines("SELECT version FROM hub.report") == ["7"])
    let states = try database.lines("SELECT body FROM hub.state")
    #expect(states.map { $0.filter { $0 != " " } } == [#"{"online":false}"#])
  }

  @Test("workers see one another, and not those that have left", arguments: DatabaseKind.allCases)
  func seesWorkers(kind: DatabaseKind) throws {
    let database = try HubDatabase(kind)
    let (first, second) = (WorkerID(), WorkerID())
    #expect(try database.store.beat(first, name: "a") == [first])
    #expect(Set(try database.store.beat(second, name: "b")) == [first, second])
    try database.store.leave(first)
    #expect(try database.store.beat(second, name: "b") == [second])
  }

  @Test("a new identity is drawn when one is asked for, and answers carry it", arguments: DatabaseKind.allCases)
  func renews(kind: DatabaseKind) throws {
    let database = try HubDatabase(kind)
    let source = TrafficSource(device: try name("shed-1"), counts: [.backlog: 10])
    let old = try database.store.write(arrival([source.batch(.backlog, 1...5)])).database
    #expect(try database.store.write(arrival([source.batch(.backlog, 6...8)])).database == old)
    let new = try database.another().renew()
    #expect(new != old)
    let receipt = try database.store.write(arrival([source.batch(.backlog, 9...10)]))
    #expect(receipt.database == new)
    #expect(try database.rows(source, .backlog) == Expected.rows(of: source, .backlog))
  }

  @Test("a database that was restored from a dump has another identity, less records, and takes them again")
  func noticesRestore() throws {
    let server = try PostgreSQLServer()
    let database = try server.makeDatabase()
    let store = PostgresStore(server.parameters(database))
    let source = TrafficSource(device: try name("shed-1"), counts: [.backlog: 300])
    let key = LaneKey(device: source.device, install: source.install, lane: .backlog)
    let old = try store.write(arrival([source.batch(.backlog, 1...100)])).database
    let dump = try server.dump(database)
    let later = TrafficSource(device: try name("shed-2"), counts: [.backlog: 10])
    _ = try store.write(arrival([source.batch(.backlog, 101...300), later.batch(.backlog, 1...10)]))
    try server.restore(dump, as: database)
    // In the restored database another device gets the number that the later one had.
    let other = TrafficSource(device: try name("shed-3"), counts: [.backlog: 10])
    _ = try PostgresStore(server.parameters(database)).write(arrival([other.batch(.backlog, 1...10)]))
    // The connection that stood is gone with the old database.
    _ = try? store.read([key])
    let restored = try store.read([key])
    #expect(restored.database != old)
    #expect(restored.lanes[key]?.received == SequenceSet(1...100))
    _ = try store.write(arrival([source.batch(.backlog, 90...300), later.batch(.backlog, 1...10)]))
    for source in [source, later, other] {
      let rows = try Expected.rows(of: source, .backlog) { try server.sql($0, in: database) }
      #expect(rows == Expected.rows(of: source, .backlog))
    }
  }
}

/// A store that is handed to the one thread that uses it.
private struct UnsafeStore: @unchecked Sendable {
  let store: any HubStore
  init(_ store: any HubStore) { self.store = store }
}

private final class LockedCounts: @unchecked Sendable {
  private let lock = NSLock()
  private(set) var stored = 0
  private(set) var repeated = 0
  private(set) var forked = 0

  func add(_ receipt: Receipt) {
    lock.withLock {
      stored += receipt.stored
      repeated += receipt.repeated
      forked += receipt.forked
    }
  }
}

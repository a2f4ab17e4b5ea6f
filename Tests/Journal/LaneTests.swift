// Lanes and sequences: what goes upstream, and what the hub has of it.

import Climate
import Controller
import Foundation
import GRDB
import Testing

import enum Controller.Record

@testable import Journal

/// What a lane has, from a sequence to its end.
struct LaneContent: Equatable {
  var entries: [OutboxEntry] = []
  var windows: [OutboxWindow] = []
  var samples: [OutboxSample] = []
  var decisions: [OutboxDecision] = []
  var losses: [Loss] = []
  /// The sequence behind the last.
  var end: Int64 = 1

  init(_ outbox: Outbox, _ lane: LogLane, from first: Int64 = 1, records: Int = 2_000) throws {
    end = first
    while true {
      switch try outbox.run(of: lane, from: end, records: records) {
      case .none: return
      case .lost(let range, let why):
        losses.append(Loss(lane: lane, first: range.lowerBound, last: range.upperBound, why: why))
        end = range.upperBound + 1
      case .records(let found):
        end += Int64(found.count)
        switch found {
        case .entries(let records): entries += records
        case .windows(let records): windows += records
        case .samples(let records): samples += records
        case .decisions(let records): decisions += records
        }
      }
    }
  }
}

/// An identity for tests: the same digits all over.
func install(_ digit: UInt8) -> LogInstall {
  var chance = TestGenerator(state: UInt64(digit))
  return LogInstall(using: &chance)
}

@Suite("Lanes")
struct LaneTests {
  private let directory: TemporaryDirectory
  private let outbox: Outbox

  init() throws {
    directory = try TemporaryDirectory()
    outbox = Outbox(directory: directory.path)
  }

  private func open(boot: String = "boot-a", settings: JournalSettings = JournalSettings(), draw: UInt8 = 1) -> Journal
  {
    Journal(
      directory: directory.path, names: names, boot: boot, settings: settings, drawInstall: { install(draw) },
      now: .zero, wall: wall(0))
  }

  /// Some hours of all kinds of record, and the means of most of them.
  private func fill(_ journal: Journal, from start: Int = 0, minutes: Int = 300) {
    for minute in start..<start + minutes {
      let second = Double(minute * 60)
      journal.append([sample(second, 0, 20 + Double(minute % 7) / 8), sample(second, 1, minute % 5 == 0 ? nil : 70.25)])
      if minute % 11 == 0 { journal.append([alarm(second), decision(second), event(second, "\(minute)")]) }
      if minute % 97 == 0 {
        journal.append([.anchor(stamp(second), utc: wall(second).unixMilliseconds, error: 20, source: .ntp)])
      }
      journal.tick(second)
      journal.maintain(second)
    }
    journal.flush()
  }

  @Test("Records of every lane come back by their sequence, whole and in the order of the log, over restarts")
  func content() throws {
    for (boot, start) in [("one", 0), ("two", 300)] {
      let journal = open(boot: boot)
      fill(journal, from: start)
      journal.close()
    }
    let reader = try JournalReader(directory: directory.path)
    let samples = try LaneContent(outbox, .backlog)
    let rows = try reader.samples(of: names.channels)
    #expect(samples.samples.count == 1_200 && samples.losses.isEmpty)
    #expect(samples.samples.map(\.value) == rows.map { SampleValue.encode($0.value) })
    #expect(samples.samples.map(\.channel) == rows.map(\.channel))
    #expect(samples.samples.map(\.quality) == rows.map(\.quality))
    #expect(samples.samples.map(\.stamp.wall) == rows.map(\.stamp.wall.unixMilliseconds))
    #expect(samples.samples.map(\.stamp.mono) == rows.map { $0.stamp.at.nanoseconds / 1_000_000 })
    #expect(
      samples.samples.map(\.stamp.boot) == Array(repeating: "one", count: 600) + Array(repeating: "two", count: 600))

    let alarms = try LaneContent(outbox, .alarm)
    #expect(alarms.losses.isEmpty)
    let written = try reader.lines().compactMap { line -> String? in
      let kind = line.split(separator: "\t")[1]
      return ["alarm", "event", "anchor"].contains(kind) ? String(kind) : nil
    }
    #expect(written.count { $0 == "anchor" } == 7)
    #expect(
      alarms.entries.map { entry in
        switch entry.content {
        case .alarm: "alarm"
        case .event: "event"
        case .anchor: "anchor"
        }
      } == written)
    #expect(
      alarms.entries.first?.content
        == .alarm(
          kind: "high", subject: "shed.temperature", severity: "critical", transition: "raised", value: 315_000, by: nil
        ))

    let decisions = try LaneContent(outbox, .diagnostic)
    let first = try #require(decisions.decisions.first)
    #expect(decisions.decisions.count == 55 && decisions.losses.isEmpty)
    #expect(
      first
        == OutboxDecision(
          stamp: OutboxStamp(boot: "one", mono: 0, wall: dawn, trust: .trusted), output: "heater", isOn: true,
          demand: 0.35, rule: "heating", channel: "shed.temperature", value: 234_700, setpoint: 255_000,
          heldBy: "min-off", until: 60_000))

    let windows = try LaneContent(outbox, .live)
    let means = try reader.means(of: names.channels)
    #expect(windows.windows.count > 50 && windows.losses.isEmpty)
    #expect(windows.windows.flatMap { $0.means.map(\.mean) } == means.map { SampleValue.encode($0.mean) })
    #expect(windows.windows.flatMap { $0.means.map(\.good) } == means.map { Int64($0.good) })
    #expect(windows.windows.allSatisfy { $0.length == 600_000 })
  }

  @Test("However much is asked for at once, and from wherever, the same records come", arguments: [1, 3, 7, 200])
  func pieces(count: Int) throws {
    var settings = JournalSettings()
    settings.blocks.pageful = 300
    let journal = open(settings: settings)
    fill(journal, minutes: 120)
    for lane in LogLane.allCases {
      let all = try LaneContent(outbox, lane)
      #expect(try LaneContent(outbox, lane, records: count) == all)
      #expect(try outbox.state()[lane].newest == all.end - 1)
    }
    let samples = try LaneContent(outbox, .backlog).samples
    let middle = try outbox.run(of: .backlog, from: Int64(count), through: Int64(count) + 4)
    #expect(middle == .records(.samples(Array(samples[(count - 1)..<(count + 4)]))))
    guard case .records(.samples(let few)) = try outbox.run(of: .backlog, from: 5, bytes: 60) else {
      Issue.record("no samples")
      return
    }
    #expect(few == Array(samples[4..<4 + few.count]) && (1..<20).contains(few.count))
  }

  @Test("What the hub has acknowledged is known after a restart, and of another log nothing is taken")
  func acknowledged() throws {
    let database = [UInt8](repeating: 7, count: 16)
    let journal = open()
    fill(journal, minutes: 30)
    journal.acknowledge(LaneAcknowledgement(install: install(1), lane: .backlog, database: database, through: 40))
    journal.acknowledge(LaneAcknowledgement(install: install(2), lane: .alarm, database: database, through: 2))
    journal.take(desired: 12)
    journal.close()
    let second = open(boot: "boot-b", draw: 2)
    #expect(second.openOutcome == .opened)
    var state = try outbox.state()
    #expect(state.install == install(1))
    #expect(state.desired == 12)
    #expect(state[.backlog].through == 40 && state[.backlog].database == database)
    #expect(state[.backlog].waiting == 20)
    #expect(state[.alarm].through == 0 && state[.alarm].database == nil)
    // The hub's database is an older one.
    second.acknowledge(LaneAcknowledgement(install: install(1), lane: .backlog, database: [1], through: 10))
    second.take(desired: 11)
    second.flush()
    state = try outbox.state()
    #expect(state[.backlog].through == 10 && state[.backlog].database == [1])
    #expect(state.desired == 12)
  }

  @Test("A version that was taken reaches the disk with the next tick; acknowledgements alone wait for the next commit")
  func urgency() throws {
    let journal = open()
    journal.append([event(0)])
    journal.tick(0)
    journal.acknowledge(LaneAcknowledgement(install: install(1), lane: .alarm, database: [1], through: 1))
    journal.tick(1)
    #expect(try outbox.state()[.alarm].through == 0)
    journal.take(desired: 3)
    journal.tick(2)
    #expect(try outbox.state().desired == 3)
    #expect(try outbox.state()[.alarm].through == 1)
    journal.acknowledge(LaneAcknowledgement(install: install(1), lane: .alarm, database: [1], through: 0))
    journal.tick(63)
    #expect(try outbox.state()[.alarm].through == 0)
  }

  @Test("A new identity: nothing counts as acknowledged, sequences go on, and an event tells why")
  func newInstall() throws {
    let journal = open()
    fill(journal, minutes: 30)
    journal.acknowledge(LaneAcknowledgement(install: install(1), lane: .backlog, database: [1], through: 40))
    journal.close()
    let other = open(boot: "boot-b", draw: 9)
    other.beginInstall(because: "the hub holds more")
    other.acknowledge(LaneAcknowledgement(install: install(1), lane: .backlog, database: [1], through: 50))
    other.tick(2_000)
    let state = try outbox.state()
    #expect(state.install == install(9))
    #expect(state[.backlog].through == 0 && state[.backlog].newest == 60)
    let told = try JournalReader(directory: directory.path).events().filter { $0.kind == "install-began" }
    #expect(told.map(\.detail) == ["\(install(9)): the hub holds more"])
    other.acknowledge(LaneAcknowledgement(install: install(9), lane: .backlog, database: [1], through: 50))
    other.flush()
    #expect(try outbox.state()[.backlog].through == 50)
  }

  @Test("A log that takes the place of a damaged one has another identity, which is seen without opening anew")
  func quarantined() throws {
    let journal = open()
    fill(journal, minutes: 30)
    journal.close()
    #expect(try outbox.state().install == install(1))
    let bytes = FileHandle(forUpdatingAtPath: directory.file)
    try bytes?.write(contentsOf: Data(repeating: 7, count: 40))
    try bytes?.close()
    let second = open(boot: "boot-b", draw: 2)
    second.append([event(1)])
    second.flush()
    let state = try outbox.state()
    #expect(state.install == install(2))
    #expect(state[.alarm].newest == 2 && state[.backlog].newest == 0)
  }

  @Test("Identities are drawn by chance unless told otherwise")
  func chance() throws {
    #expect(LogInstall.random() != LogInstall.random())
    #expect(LogInstall([1, 2]) == nil)
    #expect(LogInstall(install(1).bytes) == install(1))
    #expect(install(1).description.count == 32)
  }

  // MARK: Anchors

  private func anchor(_ second: Double, utc: Int64, error: Int64 = 20) -> Record {
    .anchor(stamp(second), utc: utc, error: error, source: .ntp)
  }

  @Test("An anchor that lies before what the clock has said when it was right is refused, and an event tells")
  func refused() throws {
    let journal = open()
    journal.append([event(100), anchor(100, utc: dawn + 100_000), anchor(101, utc: dawn + 99_990)])
    journal.append([anchor(102, utc: dawn + 40_000), anchor(103, utc: .max)])
    journal.close()
    let second = open(boot: "boot-b")
    second.append([anchor(0, utc: dawn + 50_000), anchor(1, utc: dawn + 2_000_000)])
    second.close()
    let kinds = try LaneContent(outbox, .alarm).entries.map { entry in
      switch entry.content {
      case .anchor(let utc, _, _): String(utc - dawn)
      case .event(let kind, _, _, _): kind
      case .alarm: "alarm"
      }
    }
    let no = "anchor-refused"
    #expect(kinds == ["started", "100000", "99990", no, no, no, "2000000"])
  }

  // MARK: Earlier versions

  @Test("A log of an earlier version gets its sequences in the order of its records", arguments: [1, 2])
  func migration(version: Int) throws {
    let journal = open()
    fill(journal)
    journal.close()
    let before = try LogLane.allCases.map { try LaneContent(outbox, $0) }
    if version == 2 {
      try EarlierLog.takeLanes(from: directory.file)
    } else {
      try EarlierLog.make(from: directory.file)
    }
    #expect(throws: JournalError.self) { try Outbox(directory: directory.path).state() }
    let second = open(boot: "boot-b", draw: 2)
    #expect(second.openOutcome == .opened)
    let fresh = Outbox(directory: directory.path)
    #expect(try fresh.state().install == install(2))
    #expect(try fresh.state()[.backlog].newest == 600)
    // Samples go on behind those that are still rows.
    second.append([sample(100_000, 0, 21)])
    second.flush()
    #expect(try fresh.state()[.backlog].newest == 601)
    if version == 1 { #expect(try fresh.run(of: .backlog, from: 1) == .none) }
    #expect(try LaneContent(fresh, .backlog, from: 601).samples.map(\.value) == [210_000])
    for _ in 0..<5 { second.maintain(0) }
    for (lane, content) in zip(LogLane.allCases, before) {
      let now = try LaneContent(fresh, lane)
      #expect(now.losses.isEmpty)
      #expect(now.entries.filter(\.isNoAnchor) == content.entries.filter(\.isNoAnchor))
      #expect(Array(now.samples.prefix(600)) == content.samples)
      #expect(now.windows.starts(with: content.windows))
      #expect(now.decisions == content.decisions)
    }
  }

  @Test("Rows of the first version that cannot be read are said to be lost")
  func rowsWithoutStamp() throws {
    let journal = open()
    fill(journal, minutes: 60)
    journal.close()
    try EarlierLog.make(from: directory.file)
    let queue = try DatabaseQueue(path: directory.file)
    try queue.write { try $0.execute(sql: "DELETE FROM stamps WHERE id <= (SELECT min(id) FROM stamps)") }
    try queue.close()
    let second = open(boot: "boot-b")
    for _ in 0..<5 { second.maintain(0) }
    second.flush()
    let samples = try LaneContent(outbox, .backlog)
    #expect(samples.losses == [Loss(lane: .backlog, first: 1, last: 2, why: .damaged)])
    #expect(samples.samples.count == 118 && samples.end == 121)
  }
}

extension OutboxEntry {
  fileprivate var isNoAnchor: Bool { if case .anchor = content { false } else { true } }
}

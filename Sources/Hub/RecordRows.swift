// The rows that records come to, by table, for any database.

import SyncProtocol

/// A table of records.
enum RecordTable: String, CaseIterable {
  case sample, mean, decision, entry

  /// Its columns, in the order in which rows are copied.
  var columns: [String] {
    switch self {
    case .sample: ["seq", "at", "mono", "wall", "value", "install", "channel", "boot", "quality", "trust"]
    case .mean:
      [
        "seq", "at", "mono", "wall", "length", "mean", "minimum", "maximum", "good", "bad", "install", "channel",
        "boot", "trust",
      ]
    case .decision:
      [
        "seq", "at", "mono", "wall", "install", "boot", "trust", "output", "is_on", "demand", "rule", "channel",
        "value", "setpoint", "held_by", "until_mono",
      ]
    case .entry:
      [
        "seq", "at", "mono", "wall", "install", "boot", "trust", "type", "kind", "subject", "severity", "transition",
        "value", "person", "detail", "utc", "error", "source",
      ]
    }
  }

  /// What makes a record what it is: all but what the hub has added.
  var compared: [String] { columns.filter { $0 != "at" && $0 != "install" } }

  /// Whether it has a table a month.
  var isMonthly: Bool { self != .entry }

  static func of(_ lane: Lane) -> RecordTable {
    switch lane {
    case .alarm: .entry
    case .live: .mean
    case .backlog: .sample
    case .diagnostic: .decision
    }
  }
}

/// Takes the fields of rows, one after the other in the order of ``RecordTable/columns``.
protocol RecordSink {
  mutating func begin(_ table: RecordTable)
  mutating func put(_ value: Int64?)
  mutating func put(_ value: Int32)
  mutating func put(_ value: Int16)
  mutating func put(_ value: Bool)
  mutating func put(_ value: Double?)
  mutating func put(_ value: String?)
  /// A time: ms since 1970.
  mutating func put(time: Int64)
  /// Ends a row with whether its record is held already.
  mutating func end(known: Bool)
}

/// The numbers of a batch's names.
struct RecordNumbers {
  var install: Int32
  var channels: [String: Int32]
  var boots: [String: Int32]
  /// By number of the boot.
  var clocks: [Int32: BootClock]
}

/// Makes rows of a batch.
struct RecordWriter {
  private let batch: Batch
  private let numbers: RecordNumbers
  private let known: [Bool]
  private let stamps: StampTable
  private let boots: [Int32]
  private let times: [Int64]

  /// - Parameter known: for each record whether it is held already.
  init(_ batch: Batch, known: [Bool], numbers: RecordNumbers) {
    (self.batch, self.known, self.numbers) = (batch, known, numbers)
    let stamps = batch.stamps ?? StampTable()
    let boots = stamps.boots.map { numbers.boots[$0] ?? 0 }
    times = stamps.stamps.map { RecordTime.best($0, numbers.clocks[boots[$0.boot]] ?? BootClock()) }
    (self.stamps, self.boots) = (stamps, boots)
  }

  /// The columns that all tables begin with.
  private func begin(_ index: Int, _ stamp: Int, _ sink: inout some RecordSink) {
    sink.begin(RecordTable.of(batch.lane))
    sink.put(batch.first + Int64(index))
    sink.put(time: times[stamp])
    sink.put(stamps.stamps[stamp].mono)
    sink.put(stamps.stamps[stamp].wall)
  }

  private func trust(_ stamp: Int) -> Int16 { Int16(stamps.stamps[stamp].trust.rawValue) }
  private func boot(_ stamp: Int) -> Int32 { boots[stamps.stamps[stamp].boot] }

  func write(to sink: inout some RecordSink) {
    switch batch.content {
    case .hello, .lost: break
    case .samples(let group): write(group, &sink)
    case .means(let group): write(group, &sink)
    case .decisions(let group): write(group, &sink)
    case .entries(let group): write(group, &sink)
    }
  }

  private func write(_ group: SampleGroup, _ sink: inout some RecordSink) {
    let channels = group.channels.map { numbers.channels[$0] ?? 0 }
    for (index, sample) in group.samples.enumerated() {
      begin(index, sample.stamp, &sink)
      sink.put(sample.value)
      sink.put(numbers.install)
      sink.put(channels[sample.channel])
      sink.put(boot(sample.stamp))
      sink.put(Int16(sample.quality))
      sink.put(trust(sample.stamp))
      sink.end(known: known[index])
    }
  }

  private func write(_ group: MeanGroup, _ sink: inout some RecordSink) {
    for (index, window) in group.windows.enumerated() {
      for mean in window.means {
        begin(index, window.stamp, &sink)
        sink.put(window.length)
        for value in [mean.mean, mean.minimum, mean.maximum] { sink.put(value) }
        sink.put(mean.good)
        sink.put(mean.bad)
        sink.put(numbers.install)
        sink.put(numbers.channels[mean.channel] ?? 0)
        sink.put(boot(window.stamp))
        sink.put(trust(window.stamp))
        sink.end(known: known[index])
      }
    }
  }

  private func write(_ group: DecisionGroup, _ sink: inout some RecordSink) {
    for (index, decision) in group.decisions.enumerated() {
      begin(index, decision.stamp, &sink)
      sink.put(numbers.install)
      sink.put(boot(decision.stamp))
      sink.put(trust(decision.stamp))
      sink.put(decision.output)
      sink.put(decision.isOn)
      sink.put(decision.demand)
      sink.put(decision.rule)
      sink.put(decision.channel)
      sink.put(decision.value)
      sink.put(decision.setpoint)
      sink.put(decision.heldBy)
      sink.put(decision.until)
      sink.end(known: known[index])
    }
  }

  private func write(_ group: EntryGroup, _ sink: inout some RecordSink) {
    for (index, entry) in group.entries.enumerated() {
      begin(index, entry.stamp, &sink)
      sink.put(numbers.install)
      sink.put(boot(entry.stamp))
      sink.put(trust(entry.stamp))
      let fields = EntryFields(entry.content)
      for text in [fields.type, fields.kind, fields.subject, fields.severity, fields.transition] { sink.put(text) }
      sink.put(fields.value)
      sink.put(fields.person)
      sink.put(fields.detail)
      sink.put(fields.utc)
      sink.put(fields.error)
      sink.put(fields.source)
      sink.end(known: known[index])
    }
  }
}

/// An entry as a row has it.
struct EntryFields {
  var type: String?
  var kind: String?
  var subject: String?
  var severity: String?
  var transition: String?
  var value: Int64?
  var person: String?
  var detail: String?
  var utc: Int64?
  var error: Int64?
  var source: String?

  init(_ content: SyncEntryContent) {
    switch content {
    case .alarm(let kind, let subject, let severity, let transition, let value, let person):
      type = "alarm"
      (self.kind, self.subject, self.severity, self.transition) = (kind, subject, severity, transition)
      (self.value, self.person) = (value, person)
    case .event(let kind, let subject, let detail, let person):
      type = "event"
      (self.kind, self.subject, self.detail, self.person) = (kind, subject, detail, person)
    case .anchor(let utc, let error, let source):
      type = "anchor"
      (self.utc, self.error, self.source) = (utc, error, source.rawValue)
    }
  }
}

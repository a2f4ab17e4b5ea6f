// A message taken as a worker takes it, with all that is made of it before a database sees it: for the fuzzer.

package import MQTT
import SyncProtocol

/// Takes messages one by one, each into an inbox of its own, and looks at what became of them.
package struct InboxExamination {
  /// What became of a message.
  package enum Verdict {
    /// It was refused.
    case refused
    /// It was taken, and what was made of it is as it should be.
    case taken
    /// It was taken, and something is wrong.
    case wrong(String)
  }

  private let worker = WorkerID()
  private let sharing: Sharing

  /// An examination by a worker that has all devices.
  package init() { sharing = Sharing([worker]) }

  /// Takes a message.
  package func verdict(on message: ReceivedMessage) -> Verdict {
    var inbox = Inbox()
    do {
      try inbox.add(message, sharing: sharing, worker: worker, now: 0)
    } catch {
      return .refused
    }
    guard inbox.count == 1, inbox.due != nil else { return .wrong("\(inbox.count) messages wait after one") }
    var arrival = inbox.next(now: 0)
    guard inbox.count == 0, inbox.due == nil else { return .wrong("\(inbox.count) messages wait after all were taken") }
    // As after a database that did not answer.
    inbox.putBack(arrival, now: 0)
    arrival = inbox.next(now: 0)
    let kept = arrival.batches.count + arrival.reports.count + arrival.states.count
    guard kept == 1, inbox.count == 0 else { return .wrong("\(kept) messages come back of one") }
    guard let device = Topic.parse(message.topic)?.device else { return .wrong("a topic of no device was taken") }
    if let fault = fault(of: arrival, device) { return .wrong(fault) }
    return .taken
  }

  private func fault(of arrival: Arrival, _ device: DeviceName) -> String? {
    for report in arrival.reports where report.device != device.text { return "a report of another device" }
    for state in arrival.states where state.device != device || state.text.contains("\\u0000") {
      return "a state of another device, or with NUL"
    }
    for batch in arrival.batches {
      guard batch.device == device else { return "a batch of another device" }
      if let fault = fault(ofRowsOf: batch) { return fault }
    }
    return nil
  }

  /// Makes the rows of a batch as every store does.
  private func fault(ofRowsOf batch: Batch) -> String? {
    var numbers = RecordNumbers(install: 1, channels: [:], boots: [:], clocks: [:])
    for (number, name) in batch.channels.sorted().enumerated() { numbers.channels[name] = Int32(number) + 1 }
    for (number, name) in (batch.stamps?.boots ?? []).enumerated() { numbers.boots[name] = Int32(number) + 1 }
    for anchor in Anchors.of(batch) {
      guard let boot = numbers.boots[anchor.boot] else { return "an anchor of a boot that is not in the batch" }
      numbers.clocks[boot] = BootClock(correction: anchor.correction, anchor: anchor.sequence)
    }
    var state = LaneState()
    guard let sequences = batch.sequences else { return batch.content.count == 0 ? nil : "records without sequences" }
    if case .lost = batch.content {
      state.lose(sequences)
    } else {
      let known = Array(repeating: false, count: sequences.count)
      var rows = RowCounter()
      RecordWriter(batch, known: known, numbers: numbers).write(to: &rows)
      if let fault = rows.fault { return fault }
      // A window may be of no channel.
      let isComplete = batch.lane == .live ? rows.sequences <= sequences.count : rows.sequences == sequences.count
      guard isComplete else { return "\(sequences.count) records give rows of \(rows.sequences)" }
      state.take(sequences)
    }
    return state.received.contains(sequences) ? nil : "records are not received when they are written"
  }
}

/// Counts rows and looks at what a database would refuse.
private struct RowCounter: RecordSink {
  private(set) var sequences = 0
  private(set) var fault: String?
  private var lastSequence: Int64?
  private var fields = 0
  private var columns = 0

  mutating func begin(_ table: RecordTable) { (fields, columns) = (0, table.columns.count) }

  mutating func put(_ value: Int64?) {
    if fields == 0, value != lastSequence {
      sequences += 1
      lastSequence = value
    }
    fields += 1
  }

  mutating func put(_: Int32) { fields += 1 }
  mutating func put(_: Int16) { fields += 1 }
  mutating func put(_: Bool) { fields += 1 }

  mutating func put(_: Double?) { fields += 1 }

  mutating func put(_ value: String?) {
    fields += 1
    if value?.utf8.contains(0) == true { fault = "a text with NUL" }
  }

  mutating func put(time: Int64) {
    fields += 1
    if !RecordTime.range.contains(time) { fault = "a time of \(time) ms" }
  }

  mutating func end(known _: Bool) {
    if fields != columns { fault = "a row of \(fields) fields for \(columns) columns" }
  }
}

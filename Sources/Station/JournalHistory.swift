// The past, read from the log's file by whoever asks.

import Controller
import Journal
public import LocalService

/// Reads the past through a read-only connection of its own, so that no question ever holds the writer up.
public struct JournalHistory: HistorySource {
  private let directory: String

  /// The past in the log of a directory.
  public init(directory: String) { self.directory = directory }

  /// Answers a request about the past, as the local service does; for tools that work on the log of a daemon that is down.
  ///
  /// Channels are taken as they stand: one that the log does not know has no rows.
  public func entries(_ method: ServiceMethod, _ parameters: ServiceParameters) throws(ServiceError) -> [EntryMessage] {
    let range = HistoryRange(parameters)
    return switch method {
    case .events: try events(range: range)
    case .decisions: try decisions(output: parameters.output, range: range)
    default: try alarms(range: range)
    }
  }

  /// Samples of the channels named, or of all.
  public func samples(_ parameters: ServiceParameters) throws(ServiceError) -> [SampleMessage] {
    let known = try read { reader throws(JournalError) in try reader.channels() }
    let names = parameters.channels ?? []
    if let unknown = names.first(where: { !known.contains($0) }) {
      let list = known.joined(separator: ", ")
      throw ServiceError(
        .notFound, "there is no channel \(unknown) in the log; channels: \(list)", zh: "记录中没有通道 \(unknown)；现有：\(list)")
    }
    return try samples(channels: names.isEmpty ? known : names, range: HistoryRange(parameters))
  }

  /// Samples of channels; means where there are too many.
  package func samples(channels: [String], range: HistoryRange) throws(ServiceError) -> [SampleMessage] {
    try read { reader throws(JournalError) in
      let span = LogSpan(from: range.from, to: range.to)
      var gaps: [SampleGap] = []
      let history: History
      if range.from == nil, range.to == nil {
        // "The newest so many" means samples; only a stretch of time may be too long for them.
        let limit = LogLimit.last(range.last)
        history = .samples(try reader.samples(of: channels, in: span, limit: limit) { gaps.append($0) })
      } else {
        history = try reader.history(of: channels, in: span, points: range.last) { gaps.append($0) }
      }
      return switch history {
      case .samples(let rows): Self.messages(rows, gaps, channels).suffix(range.last)
      case .means(let rows): rows.suffix(range.last).map(SampleMessage.init)
      }
    }
  }

  /// Samples with a line for each channel in the place of those that cannot be read.
  private static func messages(_ rows: [SampleRow], _ gaps: [SampleGap], _ channels: [String]) -> [SampleMessage] {
    var messages: [SampleMessage] = []
    var gaps = gaps.sorted { $0.ids.lowerBound < $1.ids.lowerBound }[...]
    func tellGaps(before id: Int64) {
      while let gap = gaps.first, gap.ids.lowerBound < id {
        messages += channels.map { SampleMessage(unreadable: $0, from: gap.from) }
        gaps.removeFirst()
      }
    }
    for row in rows {
      tellGaps(before: row.id)
      messages.append(SampleMessage(row))
    }
    tellGaps(before: .max)
    return messages
  }

  /// Events.
  package func events(range: HistoryRange) throws(ServiceError) -> [EntryMessage] {
    try read { reader throws(JournalError) in
      try reader.events(in: LogSpan(from: range.from, to: range.to), limit: .last(range.last)).map { row in
        EntryMessage(
          time: row.stamp.wall.unixMilliseconds, what: row.kind, subject: row.subject, detail: row.detail, by: row.by)
      }
    }
  }

  /// Decisions about an output, or about all.
  package func decisions(output: String?, range: HistoryRange) throws(ServiceError) -> [EntryMessage] {
    try read { reader throws(JournalError) in
      try reader.decisions(of: output, in: LogSpan(from: range.from, to: range.to), limit: .last(range.last))
        .map(EntryMessage.init)
    }
  }

  /// Changes of alarms.
  package func alarms(range: HistoryRange) throws(ServiceError) -> [EntryMessage] {
    try read { reader throws(JournalError) in
      try reader.alarms(in: LogSpan(from: range.from, to: range.to), limit: .last(range.last)).map(EntryMessage.init)
    }
  }

  private func read<Result>(_ body: (JournalReader) throws(JournalError) -> Result) throws(ServiceError) -> Result {
    do throws(JournalError) {
      return try body(try JournalReader(directory: directory))
    } catch {
      throw ServiceError(.journal, "the log could not be read: \(error)", zh: "无法读取记录：\(error)")
    }
  }
}

extension SampleMessage {
  init(_ row: SampleRow) {
    self.init(
      time: row.stamp.wall.unixMilliseconds, channel: row.channel, value: row.value, quality: row.quality.name,
      minimum: nil, maximum: nil)
  }

  init(_ row: MeanRow) {
    self.init(
      time: row.start.wall.unixMilliseconds, channel: row.channel, value: row.mean,
      quality: (row.good > 0 ? Quality.good : .failed).name, minimum: row.minimum, maximum: row.maximum)
  }
}

extension EntryMessage {
  init(_ row: DecisionRow) {
    let value = row.value.map { "\(($0 * 100).rounded() / 100)" }
    let setpoint = row.setpoint.map { "\(($0 * 100).rounded() / 100)" }
    var words = [row.rule]
    if let channel = row.channel, let value { words.append("\(channel) \(value)") }
    if let setpoint { words.append("setpoint \(setpoint)") }
    if let held = row.heldBy { words.append("held by \(held)") }
    self.init(
      time: row.stamp.wall.unixMilliseconds, what: row.isOn ? "on" : "off", subject: row.output,
      detail: words.joined(separator: ", "), by: nil)
  }

  init(_ row: AlarmRow) {
    let value = row.value.map { ", \(($0 * 100).rounded() / 100)" } ?? ""
    self.init(
      time: row.stamp.wall.unixMilliseconds, what: row.transition, subject: "\(row.subject):\(row.kind)",
      detail: row.severity + value, by: row.by)
  }
}

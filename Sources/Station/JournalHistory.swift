// The past, read from the log's file by whoever asks.

import Controller
import Journal
import LocalService

/// Reads the past through a read-only connection of its own, so that no question ever holds the writer up.
struct JournalHistory: HistorySource {
  private let directory: String

  init(directory: String) { self.directory = directory }

  func samples(channels: [String], range: HistoryRange) throws(ServiceError) -> [SampleMessage] {
    try read { reader throws(JournalError) in
      try reader.samples(channels: channels, from: range.from, to: range.to, last: range.last).map { row in
        SampleMessage(
          time: row.time, channel: row.channel, value: row.value, quality: row.quality.name, minimum: row.minimum,
          maximum: row.maximum)
      }
    }
  }

  func events(range: HistoryRange) throws(ServiceError) -> [EntryMessage] {
    try read { reader throws(JournalError) in
      try reader.events(from: range.from, to: range.to, last: range.last).map { row in
        EntryMessage(time: row.time, what: row.kind, subject: row.subject, detail: row.detail, by: row.by)
      }
    }
  }

  func decisions(output: String?, range: HistoryRange) throws(ServiceError) -> [EntryMessage] {
    try read { reader throws(JournalError) in
      try reader.decisions(output: output, from: range.from, to: range.to, last: range.last).map(EntryMessage.init)
    }
  }

  func alarms(range: HistoryRange) throws(ServiceError) -> [EntryMessage] {
    try read { reader throws(JournalError) in
      try reader.alarms(from: range.from, to: range.to, last: range.last).map(EntryMessage.init)
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

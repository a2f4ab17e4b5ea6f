// The local service: what clients ask, and what clients are told.

import Climate
import Configuration
import Controller
import FoundationEssentials
import Guardian
import LocalService
import Platform
import Station
import TerminalUI

private let jsonWords = [
  "{", "}", "[", "]", "\"", ":", ",", "null", "true", "false", "\n", "\\u0000", "\\ud800", "\\n", "\"\"", "{}", "[]",
  "\"jsonrpc\":\"2.0\"", "\"id\":1", "\"method\":", "\"params\":", "\"output\":\"heater\"", "\"demand\":",
  "\"duration_s\":",
  "\"from_ms\":", "\"to_ms\":", "\"last\":", "\"interval_s\":", "\"channels\":[\"shed.temperature\"]",
  "\"zone\":\"shed\"",
  "\"stage\":\"instar-5\"", "\"alarm\":", "1e999", "-1e999", "1E-999", "0.5", "9223372036854775807",
  "-9223372036854775808", "1e19", "\"0001-01-01T00:00:00.000Z\"", "\"9999-12-31T23:59:59.999Z\"",
  "\"99999-01-01T00:00:00.000Z\"", "\"result\":", "\"error\":",
]

/// A past with rows at the ends of time.
private struct StrangePast: HistorySource {
  static let times: [Int64] = [0, 1_776_637_800_123, -1, .max, .min]

  func samples(channels: [String], range: HistoryRange) throws(ServiceError) -> [SampleMessage] {
    Self.times.map { time in
      SampleMessage(
        time: time, channel: channels.first ?? "", value: 1e300, quality: "good", minimum: nil, maximum: -1e300)
    }
  }

  func events(range: HistoryRange) throws(ServiceError) -> [EntryMessage] {
    Self.times.map { EntryMessage(time: $0, what: "on", subject: "heater", detail: "\u{0}\n\"", by: nil) }
  }

  func decisions(output: String?, range: HistoryRange) throws(ServiceError) -> [EntryMessage] {
    try events(range: range)
  }

  func alarms(range: HistoryRange) throws(ServiceError) -> [EntryMessage] {
    throw ServiceError(.journal, "no log", zh: "无记录")
  }
}

/// What the service is asked: every whole line is answered with one line of JSON, but for subscriptions and what is beyond the limit.
struct RequestTarget: FuzzTarget {
  let name = "requests"
  let words = jsonWords
  let longestInput = 8_192
  let usualRuns: UInt64 = 200_000
  private let plan: Plan
  private let state: StationState

  init(root: String) throws {
    let files = ConfigurationFiles(configuration: root + "/deploy/examples/silkworm-shed.toml", share: root)
    guard let configuration = files.load().configuration else { throw Finding("there is no example under \(root)") }
    plan = configuration.plan
    var controller = Controller(plan: plan, at: .zero)
    let wall = WallTime(unixMilliseconds: 1_776_637_800_000, trust: .trusted)
    let condition = AlarmID(kind: .guardianLost, subject: "guardian")
    let decision = controller.step(now: Instant(seconds: 1), wall: wall, inputs: Inputs(conditions: [condition]))
    state = StationState(
      controller: controller, decision: decision, guardian: nil, operations: plan.outputs.map { _ in 0 }, steps: 1,
      now: Instant(seconds: 1), wall: wall, began: .zero, lateness: (.zero, .zero), buses: [], journal: JournalView())
  }

  func run(_ input: [UInt8]) throws -> Bool {
    let handler = RequestHandler(inbox: Inbox(buses: []), history: StrangePast()) { [state] in state }
    var session = ServiceSession(peer: "somebody")
    // In two parts, as a socket may bring it.
    session.receive(input.prefix(input.count / 3))
    while session.answerNext(handler, now: 0) {}
    session.publish(handler, now: 0)
    session.receive(input.dropFirst(input.count / 3))
    while session.answerNext(handler, now: 1_000_000_000) {}
    session.publish(handler, now: 1_000_000_000)
    let newline = UInt8(ascii: "\n")
    var accepted = false
    for line in session.output.split(separator: newline) {
      let answer = ServiceCoding.decode(ServiceResponse<Anything>.self, from: Data(line))
      guard let answer else { throw Finding("an answer is no response: \(String(decoding: line, as: UTF8.self))") }
      try require((answer.result == nil) != (answer.error == nil), "an answer has both result and error, or neither")
      // A past of more than one row is one of samples or of entries.
      if line.count > 500, line.contains(UInt8(ascii: "[")), answer.error == nil {
        let data = Data(line)
        let isRead =
          ServiceCoding.decode(ServiceResponse<StatusMessage>.self, from: data) != nil
          || ServiceCoding.decode(ServiceResponse<[SampleMessage]>.self, from: data) != nil
          || ServiceCoding.decode(ServiceResponse<[EntryMessage]>.self, from: data) != nil
        try require(isRead, "the client cannot read \(String(decoding: line, as: UTF8.self))")
      }
      accepted = accepted || answer.error == nil
    }
    try require(session.output.isEmpty || session.output.last == newline, "the last answer has no end")
    let lines = input.count { $0 == newline }
    try require(session.output.count { $0 == newline } <= lines + 3, "more answers than requests and statuses")
    return accepted
  }
}

/// Any JSON.
private struct Anything: Codable {
  init(from decoder: any Decoder) throws {}
  func encode(to encoder: any Encoder) throws {}
}

/// What a client is told: read as every kind of result, and shown in both languages.
struct ResponseTarget: FuzzTarget {
  let name = "responses"
  let words = jsonWords
  let longestInput = 16_384
  let usualRuns: UInt64 = 50_000

  func run(_ input: [UInt8]) throws -> Bool {
    var buffer = LineBuffer(limit: 16_384)
    buffer.append(input + [UInt8(ascii: "\n")])
    var accepted = false
    while let line = buffer.next() {
      if let status = try? ServiceClient.result(StatusMessage.self, of: line) { accepted = try show(status) }
      if let samples = try? ServiceClient.result([SampleMessage].self, of: line) { accepted = try show(samples) }
      if let entries = try? ServiceClient.result([EntryMessage].self, of: line) { accepted = try show(entries) }
      if (try? ServiceClient.result(Acknowledgement.self, of: line)) != nil { accepted = true }
    }
    return accepted
  }

  private func show(_ status: StatusMessage) throws -> Bool {
    for language in [Language.en, .zh] {
      _ = StatusScreen(language, Style(isColoured: true)).lines(status)
      for output in status.outputs { _ = ReasonText(language).long(output) }
    }
    try comesBack(status)
    return true
  }

  private func show(_ samples: [SampleMessage]) throws -> Bool {
    for language in [Language.en, .zh] {
      _ = SampleTable(language).lines(samples, Style(isColoured: false))
      _ = TerminalPlot(title: "shed.temperature", language).lines(samples, Style(isColoured: true))
    }
    _ = SampleTable.csv(samples)
    try comesBack(samples)
    return true
  }

  private func show(_ entries: [EntryMessage]) throws -> Bool {
    for language in [Language.en, .zh] { _ = EntryTable(language).lines(entries, Style(isColoured: false)) }
    _ = EntryTable.csv(entries)
    try comesBack(entries)
    return true
  }

  /// What was read encodes to a text that reads as the same.
  private func comesBack<Message: Codable & Equatable>(_ message: Message) throws(Finding) {
    guard let data = ServiceCoding.encode(message) else { throw Finding("what was read cannot be written again") }
    let again = ServiceCoding.decode(Message.self, from: data)
    try require(
      again == message, "what was read is written as something else: \(String(decoding: data, as: UTF8.self))")
  }
}

// The JSON of what the county wants.

import FoundationEssentials

/// A key of any name.
private struct AnyKey: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }

  /// Refuses a map with keys that are not known.
  static func refuseOthers<Keys: CodingKey & CaseIterable>(than _: Keys.Type, in decoder: any Decoder) throws {
    let known = Set(Keys.allCases.map(\.stringValue))
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
      throw SyncFault.form("the key \(key.stringValue) is not known")
    }
  }
}

struct DesiredWire: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable { case device, version, expires, commands }

  var device: String
  var version: Int64
  var expires: String
  var commands: [CommandWire]

  init(_ desired: Desired) {
    (device, version) = (desired.device.text, desired.version)
    expires = UTCText.text(of: desired.expires)
    commands = desired.commands.map(CommandWire.init)
  }

  init(from decoder: any Decoder) throws {
    try AnyKey.refuseOthers(than: CodingKeys.self, in: decoder)
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    device = try fields.decode(String.self, forKey: .device)
    version = try fields.decode(Int64.self, forKey: .version)
    expires = try fields.decode(String.self, forKey: .expires)
    commands = try fields.decode([CommandWire].self, forKey: .commands)
  }
}

struct CommandWire: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case verb = "do"
    case output, demand, zone, temperature, humidity, event, stage
    case period = "for"
  }

  private var verb: String
  private var output: String?
  private var demand: Double?
  private var zone: String?
  private var temperature: Double?
  private var humidity: Double?
  private var event: String?
  private var stage: String?
  private var period: String?

  init(_ command: DesiredCommand) {
    switch command {
    case .override(let output, let demand, let seconds):
      verb = "override"
      (self.output, self.demand, period) = (output, demand, PeriodText.text(of: seconds))
    case .automatic(let output):
      verb = "automatic"
      self.output = output
    case .offset(let zone, let temperature, let humidity, let seconds):
      verb = "offset"
      (self.zone, self.temperature, self.humidity) = (zone, temperature, humidity)
      period = seconds.map(PeriodText.text)
    case .event(let zone, let event):
      verb = "event"
      (self.zone, self.event) = (zone, event)
    case .stage(let zone, let stage):
      verb = "stage"
      (self.zone, self.stage) = (zone, stage)
    case .hold(let zone):
      verb = "hold"
      self.zone = zone
    case .resume(let zone):
      verb = "resume"
      self.zone = zone
    case .bundle:
      verb = "bundle"
    }
  }

  init(from decoder: any Decoder) throws {
    try AnyKey.refuseOthers(than: CodingKeys.self, in: decoder)
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    verb = try fields.decode(String.self, forKey: .verb)
    output = try fields.decodeIfPresent(String.self, forKey: .output)
    demand = try fields.decodeIfPresent(Double.self, forKey: .demand)
    zone = try fields.decodeIfPresent(String.self, forKey: .zone)
    temperature = try fields.decodeIfPresent(Double.self, forKey: .temperature)
    humidity = try fields.decodeIfPresent(Double.self, forKey: .humidity)
    event = try fields.decodeIfPresent(String.self, forKey: .event)
    stage = try fields.decodeIfPresent(String.self, forKey: .stage)
    period = try fields.decodeIfPresent(String.self, forKey: .period)
  }

  /// The keys that are there, in the order of the table in docs/sync.md.
  private var present: [String] {
    let all: [(String, Bool)] = [
      ("output", output != nil), ("demand", demand != nil), ("zone", zone != nil), ("temperature", temperature != nil),
      ("humidity", humidity != nil), ("event", event != nil), ("stage", stage != nil), ("for", period != nil),
    ]
    return all.filter(\.1).map(\.0)
  }

  private func seconds() throws(SyncFault) -> Double? {
    guard let period else { return nil }
    guard let seconds = PeriodText.seconds(of: period) else {
      throw .form("for is \"\(period)\"; write it like 20m or 1h30m")
    }
    return seconds
  }

  /// The command, if it has all keys that it needs and no others.
  func command() throws(SyncFault) -> DesiredCommand {
    let seconds = try seconds()
    switch (verb, present) {
    case ("override", ["output", "demand", "for"]):
      if let output, let demand, let seconds { return .override(output: output, demand: demand, seconds: seconds) }
    case ("automatic", ["output"]):
      if let output { return .automatic(output: output) }
    case ("offset", ["zone"]), ("offset", ["zone", "temperature", "for"]), ("offset", ["zone", "humidity", "for"]),
      ("offset", ["zone", "temperature", "humidity", "for"]):
      if let zone { return .offset(zone: zone, temperature: temperature, humidity: humidity, seconds: seconds) }
    case ("event", ["zone", "event"]):
      if let zone, let event { return .event(zone: zone, event: event) }
    case ("stage", ["zone", "stage"]):
      if let zone, let stage { return .stage(zone: zone, stage: stage) }
    case ("hold", ["zone"]):
      if let zone { return .hold(zone: zone) }
    case ("resume", ["zone"]):
      if let zone { return .resume(zone: zone) }
    case ("bundle", []):
      return .bundle
    default: break
    }
    throw .form("there is no command \(verb) with \(present.isEmpty ? "nothing" : present.joined(separator: ", "))")
  }
}

/// Times as ISO 8601 in UTC, whole seconds: `2026-11-30T00:00:00Z`.
enum UTCText {
  private static let style = Date.ISO8601FormatStyle()

  static func text(of milliseconds: Int64) -> String {
    style.format(Date(timeIntervalSince1970: (Double(milliseconds) / 1_000).rounded(.down)))
  }

  static func milliseconds(of text: String) -> Int64? {
    guard let date = try? Date(text, strategy: style),
      let milliseconds = Int64(exactly: (date.timeIntervalSince1970 * 1_000).rounded())
    else { return nil }
    // The parser takes parts of a second, and other forms that nobody can tell what they were meant to be.
    return Self.text(of: milliseconds) == text ? milliseconds : nil
  }
}

/// Durations as people write them: `90s`, `1h30m`.
enum PeriodText {
  /// Seconds that can be written and read again: nobody means a part of a millisecond, or thirty years.
  private static let meant = 0.001..<1e9
  private static let units: [Substring: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]

  static func text(of seconds: Double) -> String {
    seconds == seconds.rounded() && abs(seconds) < meant.upperBound ? "\(Int64(seconds))s" : "\(seconds)s"
  }

  /// Seconds; `nil` for anything else.
  static func seconds(of text: String) -> Double? {
    var total = 0.0
    var rest = text[...]
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      let unit = rest.dropFirst(digits.count).prefix { $0.isASCII && $0.isLetter }
      guard let number = Double(digits), let factor = units[unit] else { return nil }
      total += number * factor
      rest = rest.dropFirst(digits.count + unit.count)
    }
    return total == 0 || meant.contains(total) ? total : nil
  }
}

// What a plant model and the co-simulation say to each other.

import FoundationEssentials
import LocalService

/// Why a line of a plant model cannot be answered.
package struct CoSimulationError: Error, Equatable, Sendable {
  /// What kind of mistake it is; stable.
  package enum Code: String, Codable, Sendable {
    /// The line is no JSON object.
    case notJSON = "not-json"
    /// A key is missing, or its value is of the wrong type.
    case badKey = "bad-key"
    /// The start is no time.
    case badStart = "bad-start"
    /// The step is not above zero, or longer than a day.
    case badStep = "bad-step"
    /// The time runs back.
    case timeRunsBack = "time-runs-back"
    /// The configuration has no such channel.
    case unknownChannel = "unknown-channel"
    /// A value is neither a number nor `null`.
    case badValue = "bad-value"
    /// The line has no end within the limit.
    case tooLong = "too-long"
    /// The configuration cannot be used.
    case configuration
  }

  /// What kind of mistake it is.
  package var code: Code
  /// What is wrong, where, and what would be right.
  package var english: String
  /// The same in Chinese.
  package var chinese: String

  /// An error from its parts.
  package init(_ code: Code, _ english: String, _ chinese: String) {
    (self.code, self.english, self.chinese) = (code, english, chinese)
  }
}

/// The first line of a plant model: `{"start":"2026-04-20T00:00:00+08:00","step":60}`.
struct CoSimulationStart: Equatable {
  /// Wall time at `t` = 0, ms since 1970 UTC.
  var start: Int64
  /// Seconds between two lines.
  var step: Double

  /// Longest step, s: a day.
  static let longestStep = 86_400.0
  /// Years 1 to 9999, which is what the text can say.
  private static let range = -62_135_596_800.0...253_402_300_799.0

  init(_ line: LineReader) throws(CoSimulationError) {
    let text = try line.string("start", example: "\"2026-04-20T00:00:00+08:00\"")
    guard let date = try? Date(text, strategy: Date.ISO8601FormatStyle()),
      Self.range.contains(date.timeIntervalSince1970)
    else {
      throw CoSimulationError(
        .badStart, "start is \"\(text.prefix(40))\", which is no time; write it like \"2026-04-20T00:00:00+08:00\"",
        "start 为“\(text.prefix(40))”，不是时间；应写成如 \"2026-04-20T00:00:00+08:00\"")
    }
    start = Int64((date.timeIntervalSince1970 * 1_000).rounded())
    step = try line.number("step", example: "60")
    guard step > 0, step <= Self.longestStep else {
      throw CoSimulationError(
        .badStep, "step is \(step) s; it must be above 0 and at most \(Int(Self.longestStep)) s",
        "step 为 \(step) 秒；应大于0且不超过 \(Int(Self.longestStep)) 秒")
    }
  }
}

/// Every other line of a plant model: `{"t":0,"channels":{"shed.temperature":21.3}}`.
struct CoSimulationInput {
  /// Seconds since the start.
  var time: Double
  /// Values of channels in the units of their quantities; `nil` for a sensor that gave nothing.
  var channels: [(name: String, value: Double?)]

  /// Largest time, s: three hundred years.
  private static let latest = 1e10

  init(_ line: LineReader) throws(CoSimulationError) {
    time = try line.number("t", example: "60")
    guard abs(time) <= Self.latest else {
      throw CoSimulationError(.badKey, "t is \(time); it is seconds since the start", "t 为 \(time)；应为自开始起的秒数")
    }
    channels = try line.values("channels")
  }
}

/// What the co-simulation answers the first line with.
struct CoSimulationReady: Encodable {
  var ready = true
  /// The channels that control and alarms look at.
  var channels: [String]
  /// The single probes behind them, which may be given instead.
  var probes: [String]
  /// The outputs, in the order of the configuration.
  var outputs: [String]
}

/// What the co-simulation answers every other line with.
struct CoSimulationReply: Encodable {
  /// Seconds since the start at which the step ends.
  var t: Double
  /// Each output's mean over the step, 0–1.
  var outputs: [String: Double]
  /// Alarms that are open at the end of the step, most severe first.
  var alarms: [String]
  /// What a relay test has found out, in the answer of the step in which it ended.
  var tuned: TuneReport?
  /// Why a relay test was given up, in the answer of the step in which it was.
  var tuneFailed: String?

  private enum CodingKeys: String, CodingKey {
    case t, outputs, alarms, tuned
    case tuneFailed = "tune_failed"
  }
}

/// One line as a JSON object.
struct LineReader {
  private let values: [String: JSONValue]

  init(_ line: Data) throws(CoSimulationError) {
    guard let value = ServiceCoding.decode(JSONValue.self, from: line), case .object(let values) = value else {
      throw CoSimulationError(
        .notJSON,
        "the line is no JSON object; write one object a line, and null for a value that is not known (not NaN)",
        "该行不是JSON对象；每行应为一个对象，未知的值写 null（不能写 NaN）")
    }
    self.values = values
  }

  func string(_ key: String, example: String) throws(CoSimulationError) -> String {
    if case .string(let text)? = values[key] { return text }
    throw wrong(key, example)
  }

  func number(_ key: String, example: String) throws(CoSimulationError) -> Double {
    if case .number(let number)? = values[key], number.isFinite { return number }
    throw wrong(key, example)
  }

  /// The numbers of an object, in the order of their names.
  func values(_ key: String) throws(CoSimulationError) -> [(name: String, value: Double?)] {
    guard case .object(let object)? = values[key] else { throw wrong(key, "{\"shed.temperature\":21.3}") }
    var result: [(name: String, value: Double?)] = []
    for (name, value) in object.sorted(by: { $0.key < $1.key }) {
      switch value {
      case .number(let number) where number.isFinite: result.append((name, number))
      case .null: result.append((name, nil))
      default:
        throw CoSimulationError(
          .badValue, "channel \"\(name)\" has a value that is neither a number nor null",
          "通道“\(name)”的值既不是数字也不是 null")
      }
    }
    return result
  }

  private func wrong(_ key: String, _ example: String) -> CoSimulationError {
    let has = values[key] != nil
    let known = values.keys.sorted().joined(separator: ", ").prefix(120)
    return CoSimulationError(
      .badKey,
      has
        ? "\"\(key)\" has a value of the wrong type; write it like \"\(key)\":\(example)"
        : "\"\(key)\" is missing; write \"\(key)\":\(example) (keys of this line: \(known))",
      has ? "“\(key)”的类型不对；应写成如 \"\(key)\":\(example)" : "缺少“\(key)”；应写 \"\(key)\":\(example)（本行的键：\(known)）")
  }
}

/// A JSON value, as far as a plant model needs it.
private enum JSONValue: Decodable {
  case null
  case number(Double)
  case string(String)
  case object([String: JSONValue])
  case other

  init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: Key.self) {
      var object: [String: JSONValue] = [:]
      for key in container.allKeys { object[key.stringValue] = try container.decode(JSONValue.self, forKey: key) }
      self = .object(object)
      return
    }
    guard let value = try? decoder.singleValueContainer() else {
      self = .other
      return
    }
    if value.decodeNil() {
      self = .null
    } else if (try? value.decode(Bool.self)) != nil {
      self = .other
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let text = try? value.decode(String.self) {
      self = .string(text)
    } else {
      self = .other
    }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

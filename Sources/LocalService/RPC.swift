// JSON-RPC 2.0, one message a line.

public import Controller
public import FoundationEssentials

/// Names of the methods of the local service.
public enum ServiceMethod: String, Codable, Sendable, CaseIterable {
  /// The whole state of the device: ``StatusMessage``.
  case status
  /// Drives an output by hand: `output`, `demand`, `duration_s`.
  case override
  /// Ends an override: `output`.
  case automatic
  /// Keeps the air from outside out for a while, fans off and vents closed: `duration_s`. The outputs that are driven: ``IsolationMessage``.
  case isolate
  /// Ends that for all fans and vents: ``IsolationMessage``.
  case endIsolation = "end-isolation"
  /// Acknowledges an alarm, or all: `alarm`.
  case acknowledge
  /// Raises an alarm for a while to prove that siren and message path work: `duration_s`.
  case alarmTest = "alarm-test"
  /// Puts a zone at the beginning of a stage: `zone`, `stage`.
  case startStage = "start-stage"
  /// Enters an event of a recipe: `zone`, `event`, and how long ago it was, `duration_s`.
  case recipeEvent = "recipe-event"
  /// Stops a recipe's clock: `zone`.
  case recipeHold = "recipe-hold"
  /// Lets a recipe go on: `zone`.
  case recipeResume = "recipe-resume"
  /// Ends a recipe: `zone`.
  case recipeStop = "recipe-stop"
  /// Moves all setpoints of a zone for a while: `zone`, `temperature_K`, `humidity_points`, `duration_s`; without them ends that.
  case recipeOffset = "recipe-offset"
  /// Sends everything upstream that waits, and tries a connection at once.
  case syncNow = "sync-now"
  /// History of channels: `channels`, `from`, `to`, `last`.
  case samples
  /// Past events: `from`, `to`, `last`.
  case events
  /// Past decisions: `output`, `from`, `to`, `last`.
  case decisions
  /// Past changes of alarms: `from`, `to`, `last`.
  case alarmHistory = "alarm-history"
  /// Sends ``StatusMessage`` again and again on this connection: `interval_s`.
  case subscribe
}

/// Parameters of all methods; a method reads those it knows.
public struct ServiceParameters: Codable, Equatable, Sendable {
  /// Name of an output.
  public var output: String?
  /// Wanted mean, 0…1.
  public var demand: Double?
  /// Duration of an override, an offset or a test, or time since an event, s.
  public var duration: Double?
  /// Identity of an alarm, `shed.temperature:high`.
  public var alarm: String?
  /// Name of a zone.
  public var zone: String?
  /// Name of a stage.
  public var stage: String?
  /// An event of a recipe.
  public var event: String?
  /// Offset of the temperature, K.
  public var temperatureOffset: Double?
  /// Offset of the humidity, points.
  public var humidityOffset: Double?
  /// Names of channels.
  public var channels: [String]?
  /// Start of a time range, ms since 1970 UTC.
  public var from: Int64?
  /// End of a time range, ms since 1970 UTC.
  public var to: Int64?
  /// Most rows to return, the newest.
  public var last: Int?
  /// Seconds between status messages of a subscription.
  public var interval: Double?

  private enum CodingKeys: String, CodingKey {
    case output, demand, alarm, zone, stage, event, channels, last
    case temperatureOffset = "temperature_K"
    case humidityOffset = "humidity_points"
    case duration = "duration_s"
    case from = "from_ms"
    case to = "to_ms"
    case interval = "interval_s"
  }

  /// No parameters.
  public init() {}
}

/// The outputs that keep the air from outside out, or are let go again.
public struct IsolationMessage: Codable, Equatable, Sendable {
  /// Their names.
  public var outputs: [String]

  /// A list of names.
  public init(outputs: [String]) { self.outputs = outputs }
}

/// A request.
public struct ServiceRequest: Codable, Sendable {
  /// Always `2.0`.
  public var jsonrpc: String
  /// Number chosen by the client; `nil` asks for no answer.
  public var id: Int?
  /// Name of the method.
  public var method: String
  /// Parameters.
  public var params: ServiceParameters?

  /// A request.
  public init(id: Int?, method: ServiceMethod, params: ServiceParameters? = nil) {
    jsonrpc = "2.0"
    self.id = id
    self.method = method.rawValue
    self.params = params
  }
}

/// What went wrong with a request.
public struct ServiceError: Error, Codable, Equatable, Sendable {
  /// Reasons, with the codes of JSON-RPC 2.0 §5.1 and our own above −32000.
  public enum Code: Int, Codable, Sendable {
    /// The line was no JSON.
    case parse = -32_700
    /// The JSON was no request.
    case invalidRequest = -32_600
    /// There is no such method.
    case unknownMethod = -32_601
    /// A parameter is missing or wrong.
    case invalidParameters = -32_602
    /// The service failed.
    case `internal` = -32_603
    /// The thing named does not exist.
    case notFound = -32_001
    /// The log could not be read.
    case journal = -32_002
    /// Too much at once.
    case busy = -32_003
  }

  /// The reason.
  public var code: Code
  /// What went wrong and what would be right, in English.
  public var message: String
  /// The same in Chinese.
  public var chinese: String

  /// An error from its parts.
  public init(_ code: Code, _ message: String, zh chinese: String) {
    self.code = code
    self.message = message
    self.chinese = chinese
  }
}

/// A response with the result of one method.
public struct ServiceResponse<Result: Codable & Sendable>: Codable, Sendable {
  /// Always `2.0`.
  public var jsonrpc: String
  /// Number of the request; `nil` for a subscription's message or an unreadable request.
  public var id: Int?
  /// The result.
  public var result: Result?
  /// The error, instead of a result.
  public var error: ServiceError?

  /// A response.
  public init(id: Int?, result: Result?, error: ServiceError?) {
    jsonrpc = "2.0"
    self.id = id
    self.result = result
    self.error = error
  }
}

/// A result without content.
public struct Acknowledgement: Codable, Equatable, Sendable {
  /// Always true.
  public var accepted: Bool

  /// Accepted.
  public init() { accepted = true }
}

/// What became of an event.
public struct StageBegun: Codable, Equatable, Sendable {
  /// The zone.
  public var zone: String
  /// The stage that begins.
  public var stage: String
  /// Name as shown.
  public var title: LocalizedText

  /// A stage that begins.
  public init(zone: String, stage: String, title: LocalizedText) {
    (self.zone, self.stage, self.title) = (zone, stage, title)
  }
}

/// JSON as the service writes it.
public enum ServiceCoding {
  /// Longest line that is read, bytes.
  public static let longestRequest = 64 * 1024
  /// Longest line that a client reads, bytes: a year of one channel.
  public static let longestResponse = 64 * 1024 * 1024

  /// Encodes a message, without a line end. Keys are sorted, so that the same state gives the same text.
  public static func encode(_ message: some Encodable) -> Data? {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try? encoder.encode(message)
  }

  /// Decodes a message; `nil` if it is none.
  public static func decode<Message: Decodable>(_: Message.Type, from data: Data) -> Message? {
    try? JSONDecoder().decode(Message.self, from: data)
  }
}

// What became of what the county wanted.

import FoundationEssentials

/// Why a note was refused.
public enum RefusalReason: String, Codable, Sendable, CaseIterable {
  /// It was retained: kept by the broker from an earlier time.
  case retained
  /// It is no signed note of a key that is known here.
  case signature
  /// Its text is not what it should be.
  case form
  /// It is for another device.
  case device
  /// Its version is not greater than that of the last one that was taken.
  case version
  /// Its time is over.
  case expired
  /// The device's clock is not trusted, so that nobody can say whether its time is over.
  case clock
  /// One of its commands cannot be carried out.
  case command
  /// The device could not keep its version, and would take it again.
  case journal
}

/// What became of a note, as JSON in the topic `up/reported`.
public struct Reported: Codable, Equatable, Sendable {
  /// The device.
  public var device: String
  /// The note's version; `nil` where it could not be read or believed.
  public var version: Int64?
  /// Whether it was carried out, all of it.
  public var isApplied: Bool
  /// Why it was refused; `nil` if it was carried out.
  public var reason: RefusalReason?
  /// More of that, in English; `nil` if it was carried out.
  public var detail: String?
  /// The same in Chinese.
  public var chinese: String?
  /// The key that had signed it.
  public var signer: String?
  /// The version of the last note that was taken; 0 for none.
  public var last: Int64
  /// When, ms since 1970 UTC by the device's clock.
  public var time: Int64
  /// What was asked for with `bundle`: status and newest events, as JSON or cut off.
  public var bundle: String?

  private enum CodingKeys: String, CodingKey {
    case device, version, reason, detail, signer, last, bundle
    case isApplied = "applied"
    case chinese = "detail_zh"
    case time = "time_ms"
  }

  /// A report from its parts.
  public init(
    device: DeviceName, version: Int64?, signer: String?, last: Int64, time: Int64, refused: RefusalReason? = nil,
    detail: String? = nil, chinese: String? = nil
  ) {
    (self.device, self.version, isApplied) = (device.text, version, refused == nil)
    (reason, self.detail, self.chinese) = (refused, detail, chinese)
    (self.signer, self.last, self.time) = (signer, last, time)
  }

  /// What goes into a message.
  public func encoded() -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Texts and whole numbers are always encoded.
    return (try? encoder.encode(self)).map(Array.init) ?? []
  }

  /// Reads a message.
  public init(_ message: [UInt8]) throws(SyncFault) {
    guard message.count <= SyncLimits.message else { throw .tooLarge("a message of \(message.count) bytes") }
    guard let report = try? JSONDecoder().decode(Self.self, from: Data(message)) else {
      throw .form("the message is not the JSON of a report")
    }
    self = report
  }
}

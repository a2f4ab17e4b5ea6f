// Wall time as messages carry it.

import FoundationEssentials

/// Milliseconds since 1970 UTC that programs read and write as ISO 8601 in UTC: `2026-04-19T22:30:00.000Z`.
@propertyWrapper
public struct UTCTime: Codable, Equatable, Sendable {
  /// Milliseconds since 1970 UTC.
  public var wrappedValue: Int64

  private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  /// A time.
  public init(wrappedValue: Int64) { self.wrappedValue = wrappedValue }

  /// Reads the text of ``encode(to:)``.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let date = try? Date(text, strategy: Self.style) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\"\(text)\" is no time; write it like 2026-04-19T22:30:00.000Z")
    }
    wrappedValue = Int64((date.timeIntervalSince1970 * 1_000).rounded())
  }

  /// Writes the time with milliseconds.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    // Half a millisecond more, because the style cuts off what a binary fraction falls short of.
    try container.encode(Self.style.format(Date(timeIntervalSince1970: (Double(wrappedValue) + 0.5) / 1_000)))
  }
}

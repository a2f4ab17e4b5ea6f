// Wall time as messages carry it.

import FoundationEssentials

/// Milliseconds since 1970 UTC that programs read and write as ISO 8601 in UTC: `2026-04-19T22:30:00.000Z`.
@propertyWrapper
public struct UTCTime: Codable, Equatable, Sendable {
  /// Milliseconds since 1970 UTC.
  public var wrappedValue: Int64

  /// Years 1 to 9999, which is what the text can say.
  private static let range: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999
  private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  /// A time.
  public init(wrappedValue: Int64) { self.wrappedValue = wrappedValue }

  /// Reads the text of ``encode(to:)``.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let date = try? Date(text, strategy: Self.style),
      let time = Int64(exactly: (date.timeIntervalSince1970 * 1_000).rounded()), Self.range.contains(time)
    else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\"\(text)\" is no time; write it like 2026-04-19T22:30:00.000Z")
    }
    wrappedValue = time
  }

  /// Writes the time with milliseconds; one before the year 1 or after 9999, as a damaged log may hold, as the nearest that can be
  /// written.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    // Half a millisecond more, because the style cuts off what a binary fraction falls short of.
    let time = min(max(wrappedValue, Self.range.lowerBound), Self.range.upperBound)
    try container.encode(Self.style.format(Date(timeIntervalSince1970: (Double(time) + 0.5) / 1_000)))
  }
}

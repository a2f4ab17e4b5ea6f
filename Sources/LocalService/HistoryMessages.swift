// Rows of the log as the local service tells them.

/// One sample of a channel, or a mean of several.
public struct SampleMessage: Codable, Equatable, Sendable {
  /// Wall time, ms since 1970 UTC.
  @UTCTime public var time: Int64
  /// Channel.
  public var channel: String
  /// Value, or mean.
  public var value: Double?
  /// Quality of the value, or ``unreadable``.
  public var quality: String
  /// Least and greatest value of a mean.
  public var minimum: Double?
  /// See ``minimum``.
  public var maximum: Double?

  private enum CodingKeys: String, CodingKey {
    case time, channel, value, quality
    case minimum = "min"
    case maximum = "max"
  }

  /// A sample from its parts.
  public init(time: Int64, channel: String, value: Double?, quality: String, minimum: Double?, maximum: Double?) {
    (self.time, self.channel, self.value, self.quality) = (time, channel, value, quality)
    (self.minimum, self.maximum) = (minimum, maximum)
  }
}

extension SampleMessage {
  /// In the place of a quality: from this time on there are samples on the disk that cannot be read.
  public static let unreadable = "unreadable"

  /// What stands in the place of samples that cannot be read.
  public init(unreadable channel: String, from time: Int64) {
    self.init(time: time, channel: channel, value: nil, quality: Self.unreadable, minimum: nil, maximum: nil)
  }
}

/// A past event, decision or change of an alarm.
public struct EntryMessage: Codable, Equatable, Sendable {
  /// Wall time, ms since 1970 UTC.
  @UTCTime public var time: Int64
  /// What it was: `override-set`, `on`, `off`, `raised` …
  public var what: String
  /// What it was about.
  public var subject: String
  /// Details, reason.
  public var detail: String
  /// Who did it.
  public var by: String?

  private enum CodingKeys: String, CodingKey {
    case time, what, subject, detail, by
  }

  /// An entry from its parts.
  public init(time: Int64, what: String, subject: String, detail: String, by: String?) {
    (self.time, self.what, self.subject, self.detail, self.by) = (time, what, subject, detail, by)
  }
}

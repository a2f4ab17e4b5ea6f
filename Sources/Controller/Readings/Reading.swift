// A value that cannot be used without looking at its quality.

public import Climate

/// What a bus reports of one channel: a number, or that there was none.
public struct Sample: Equatable, Sendable {
  /// The channel.
  public var channel: ChannelID
  /// The value in the unit of the channel's quantity; `nil` if the sensor gave none.
  public var value: Double?
  /// When it was collected.
  public var at: Instant

  /// A sample of a channel.
  public init(channel: ChannelID, value: Double?, at: Instant) {
    self.channel = channel
    self.value = value
    self.at = at
  }
}

/// The state of a channel: its last value, how old it is, and how far it can be believed.
public struct Reading: Equatable, Sendable {
  /// The last value received that passed the range test; `nil` if there never was one.
  ///
  /// For people and logs. Control uses ``trusted``.
  public var lastValue: Double?
  /// How far ``lastValue`` can be believed.
  public var quality: Quality
  /// Why the quality is not good.
  public var fault: QualityFault?
  /// When ``lastValue`` was collected; `nil` if there never was one.
  public var at: Instant?

  /// A channel that nothing has been heard of.
  public static let none = Reading(lastValue: nil, quality: .failed, fault: .never, at: nil)

  /// A reading from its parts.
  public init(lastValue: Double?, quality: Quality, fault: QualityFault? = nil, at: Instant?) {
    self.lastValue = lastValue
    self.quality = quality
    self.fault = fault
    self.at = at
  }

  /// The value, if control may act on it.
  public var trusted: Double? { quality.isTrustworthy ? lastValue : nil }

  /// Age of the value at an instant; `nil` if there is none.
  public func age(at now: Instant) -> Duration? { at.map { $0.duration(to: now) } }
}

extension [Reading] {
  /// The value of a channel, if control may act on it; `nil` where there is no channel, too.
  @inline(__always) func trusted(_ channel: ChannelID?) -> Double? { channel.flatMap { self[$0.index].trusted } }
}

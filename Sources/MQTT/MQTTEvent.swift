// What a connection tells the one who holds it.

/// A message that was sent, until the broker has acknowledged it; unique within a connection for as long as it is on the way.
public struct MessageID: Hashable, Sendable {
  let number: Int32
}

/// A message that came.
public struct ReceivedMessage: Equatable, Sendable {
  /// Where it was sent to.
  public let topic: String
  /// What it says.
  public let payload: [UInt8]
  /// Whether the broker had kept it, so that nobody knows how old it is.
  public let isRetained: Bool

  /// A message.
  public init(topic: String, payload: [UInt8], isRetained: Bool) {
    (self.topic, self.payload, self.isRetained) = (topic, payload, isRetained)
  }
}

/// Something that happened on a connection, in order.
public enum MQTTEvent: Equatable, Sendable {
  /// The broker has accepted the connection.
  case connected
  /// The broker has answered a subscription: for each filter whether it will send what matches.
  case subscribed(granted: [Bool])
  /// The broker has taken a message. That promises nothing about what it does with it.
  case acknowledged(MessageID)
  /// A message has come.
  case received(ReceivedMessage)
  /// There is no connection, or no longer one. Always the last event.
  case closed(MQTTError)
}

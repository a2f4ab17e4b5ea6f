// To which broker, as whom, and how.

/// How a connection is protected. The broker's certificate is always verified, against one file of authorities and against the
/// host's name; there is no way to turn that off.
public struct TLSSettings: Equatable, Sendable {
  /// A certificate of one's own, for brokers that ask for one.
  public struct Identity: Equatable, Sendable {
    /// File of the certificate, with those between it and its authority, PEM.
    public var certificate: String
    /// File of its key, PEM, without a passphrase.
    public var key: String

    /// A certificate and its key.
    public init(certificate: String, key: String) { (self.certificate, self.key) = (certificate, key) }
  }

  /// File of the authorities that may vouch for the broker, PEM. No others are trusted: naming one's own pins it.
  public var authorities: String
  /// A certificate of one's own.
  public var identity: Identity?

  /// Protection by TLS 1.2 or later.
  public init(authorities: String, identity: Identity? = nil) {
    (self.authorities, self.identity) = (authorities, identity)
  }
}

/// A name and its password.
public struct MQTTCredentials: Equatable, Sendable {
  /// The user.
  public var user: String
  /// The password; `nil` for none.
  public var password: String?

  /// A name and its password.
  public init(user: String, password: String?) { (self.user, self.password) = (user, password) }
}

/// How surely a message is passed on (MQTT 3.1.1 §4.3). Nothing here needs the third level, exactly once.
public enum MQTTQuality: Int32, Equatable, Sendable {
  /// It may be lost.
  case atMostOnce = 0
  /// It is acknowledged, and may come twice.
  case atLeastOnce = 1
}

/// A message to be sent.
public struct MQTTMessage: Equatable, Sendable {
  /// Where it goes: at most 65 535 bytes, without wildcards.
  public var topic: String
  /// What it says.
  public var payload: [UInt8]
  /// How surely.
  public var quality: MQTTQuality
  /// Whether the broker keeps it for those who subscribe later.
  public var isRetained: Bool

  /// A message.
  public init(topic: String, payload: [UInt8], quality: MQTTQuality = .atLeastOnce, isRetained: Bool = false) {
    (self.topic, self.payload, self.quality, self.isRetained) = (topic, payload, quality, isRetained)
  }
}

/// All that a connection needs to know.
public struct MQTTSettings: Equatable, Sendable {
  /// Name or address of the broker.
  public var host: String
  /// Its port: by custom 1883, with TLS 8883.
  public var port: UInt16
  /// Identity of this client, one at a time at a broker.
  public var client: String
  /// Who it is.
  public var credentials: MQTTCredentials?
  /// How the connection is protected; `nil` for not at all.
  public var tls: TLSSettings?
  /// What the broker says to others when this client is gone without a word.
  public var will: MQTTMessage?
  /// Silence after which the other side is asked whether it is there, s, 5 or more. A link that died unnoticed is given up after
  /// at most twice that.
  public var keepAlive: Int32
  /// Time within which the connection must stand and the broker have accepted it, s.
  public var patience: Int32
  /// How many messages of ``MQTTQuality/atLeastOnce`` may be on the way; more wait in memory. At most 65 535.
  public var window: UInt32

  /// Settings of a connection.
  public init(
    host: String, port: UInt16, client: String, credentials: MQTTCredentials? = nil, tls: TLSSettings? = nil,
    will: MQTTMessage? = nil, keepAlive: Int32 = 60, patience: Int32 = 30, window: UInt32 = 1_000
  ) {
    (self.host, self.port, self.client, self.credentials) = (host, port, client, credentials)
    (self.tls, self.will, self.keepAlive, self.patience, self.window) = (tls, will, keepAlive, patience, window)
  }
}

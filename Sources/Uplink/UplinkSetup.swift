// Where records go, and as whom.

import Cryptography
import FoundationEssentials
public import MQTT
import Platform
public import SyncProtocol

/// Where records go, and as whom.
public struct UplinkSetup: Sendable {
  /// The broker, as it was written: `mqtts://hub.example.cn:8883`.
  public var broker: String
  /// Its name or address.
  public var host: String
  /// Its port.
  public var port: UInt16
  /// How the connection is protected; `nil` for not at all.
  public var tls: TLSSettings?
  /// The device's user at the broker; `nil` for none.
  public var user: String?
  /// File of the user's password, read before each attempt.
  public var passwordFile: String?
  /// The device's name in topics.
  public var device: DeviceName
  /// Keys of the county that may command.
  public var commandKeys: [NoteVerifier]
  /// How the session behaves.
  public var session: UplinkSettings

  /// A set-up from its parts.
  public init(
    broker: String, host: String, port: UInt16, tls: TLSSettings?, user: String? = nil,
    passwordFile: String? = nil, device: DeviceName, commandKeys: [NoteVerifier] = [],
    session: UplinkSettings = UplinkSettings()
  ) {
    (self.broker, self.host, self.port, self.tls) = (broker, host, port, tls)
    (self.user, self.passwordFile) = (user, passwordFile)
    (self.device, self.commandKeys, self.session) = (device, commandKeys, session)
  }

  /// A connection that says farewell for the device if it ends without a word.
  func connection() throws(MQTTError) -> MQTTSettings {
    MQTTSettings(
      host: host, port: port, client: "bombyx-\(device.text)", credentials: try credentials(), tls: tls,
      will: MQTTMessage(
        topic: Topic.state.text(of: device), payload: Array(#"{"online":false}"#.utf8), isRetained: true),
      keepAlive: session.metering.isLimited ? 300 : 60)
  }

  private func credentials() throws(MQTTError) -> MQTTCredentials? {
    guard let user else { return nil }
    guard let passwordFile else { return MQTTCredentials(user: user, password: nil) }
    do {
      let text = try TextFile.read(passwordFile, limit: 4_096)
      return MQTTCredentials(user: user, password: text.split(whereSeparator: \.isNewline).first.map(String.init))
    } catch {
      throw .settings("\(error)")
    }
  }
}

extension DeviceName {
  /// The name of a machine that was not given one: `shed-` and 16 hexadecimal digits of a hash of machine-id(5), which is not to be shown
  /// itself. `nil` if the machine has none.
  public static func ofMachine(identityFile: String = "/etc/machine-id") -> DeviceName? {
    guard let text = try? TextFile.read(identityFile, limit: 4_096) else { return nil }
    let identity = text.filter { $0.isHexDigit }
    guard identity.count == 32 else { return nil }
    let hash = SHA256.hash("bombyx device\n\(identity)".utf8)
    return DeviceName("shed-" + hash.prefix(8).hexadecimal)
  }
}

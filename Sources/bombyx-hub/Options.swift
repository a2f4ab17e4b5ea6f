// Options that several commands share.

import ArgumentParser
import Foundation
import Hub
import MQTT

/// Where the records go.
struct DatabaseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "PostgreSQL, as libpq has it: \"host=/run/postgresql dbname=bombyx\". A password belongs in ~/.pgpass.",
      valueName: "parameters"))
  var database: String?

  @Option(help: ArgumentHelp("A SQLite file instead, for a single site.", valueName: "file"))
  var sqlite: String?

  func validate() throws {
    guard (database == nil) != (sqlite == nil) else {
      throw ValidationError("Give either --database or --sqlite.\n请指定 --database 或 --sqlite 之一。")
    }
  }

  var store: any HubStore {
    if let sqlite { SQLiteStore(sqlite) } else { PostgresStore(database ?? "") }
  }
}

/// Which broker, and as whom.
struct BrokerOptions: ParsableArguments {
  @Option(help: ArgumentHelp("mqtts://HOST[:PORT], or mqtt:// on a network that nobody else is on.", valueName: "url"))
  var broker: String?

  @Option(help: "File of the authority that vouches for the broker, PEM. Needed with mqtts.")
  var ca: String?

  @Option(help: "This hub's certificate, PEM, where the broker asks for one.")
  var certificate: String?

  @Option(help: "The key of the certificate, PEM.")
  var key: String?

  @Option(help: "User at the broker.")
  var user: String?

  @Option(help: "File with the user's password.")
  var passwordFile: String?

  /// - Parameter client: identity at the broker.
  func settings(client: String) throws -> MQTTSettings {
    guard let broker else { throw ValidationError("--broker is missing.\n缺少 --broker。") }
    guard let url = URLComponents(string: broker), let host = url.host, !host.isEmpty,
      url.scheme == "mqtt" || url.scheme == "mqtts", url.path.isEmpty || url.path == "/", url.user == nil
    else {
      throw ValidationError(
        "\(broker) is no address of a broker; write mqtts://HOST or mqtts://HOST:PORT.\n\(broker) 不是服务器地址，应写作 mqtts://主机 或 mqtts://主机:端口。"
      )
    }
    let isProtected = url.scheme == "mqtts"
    guard let port = UInt16(exactly: url.port ?? (isProtected ? 8883 : 1883)) else {
      throw ValidationError("\(broker) has no port from 1 to 65535.\n\(broker) 的端口无效。")
    }
    var settings = MQTTSettings(host: host, port: port, client: client)
    if isProtected {
      guard let ca else {
        throw ValidationError(
          "mqtts needs --ca, the authority that vouches for the broker.\nmqtts 需要 --ca（服务器证书的签发机构）。")
      }
      guard (certificate == nil) == (key == nil) else {
        throw ValidationError("--certificate and --key belong together.\n--certificate 与 --key 须同时指定。")
      }
      var identity: TLSSettings.Identity?
      if let certificate, let key { identity = .init(certificate: certificate, key: key) }
      settings.tls = TLSSettings(authorities: ca, identity: identity)
    }
    if let user {
      let password = try passwordFile.map { try String(contentsOfFile: $0, encoding: .utf8) }
      settings.credentials = MQTTCredentials(
        user: user, password: password?.trimmingCharacters(in: .newlines))
    }
    return settings
  }
}

// [uplink]: where records go, and what the link may cost.

import Climate
import SyncProtocol
import TOML

/// Where records go, and what the link may cost.
public struct UplinkConfiguration: Equatable, Sendable {
  /// A part of the day by the site's standard time, from midnight on.
  public struct Hours: Equatable, Sendable {
    /// Begins.
    public var from: Duration
    /// Ends; at or before ``from`` on the next day.
    public var to: Duration
  }

  /// The broker as it was written.
  public var broker: String
  /// Its name or address.
  public var host: String
  /// Its port.
  public var port: UInt16
  /// Whether the connection is protected.
  public var isProtected: Bool
  /// Name of the device in topics; `nil` for one that is made from the machine's identity.
  public var device: String?
  /// File of the authorities that may vouch for the broker.
  public var authorities = UplinkSection.systemAuthorities
  /// File of the device's certificate.
  public var certificate: String?
  /// File of its key.
  public var key: String?
  /// The device's user at the broker.
  public var user: String?
  /// File of the user's password.
  public var passwordFile: String?
  /// Keys of the county that may command, each `name+hash+key`.
  public var commandKeys: [String] = []
  /// Most bytes in a day; `nil` for any number.
  public var dailyBudget: Int64?
  /// When to be connected; empty for always.
  public var schedule: [Hours] = []
}

/// Reads the section.
enum UplinkSection {
  /// Debian's file of all authorities (ca-certificates).
  static let systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"

  /// The ports by custom: IANA's `mqtt` and `secure-mqtt`.
  private static let ports: [String: UInt16] = ["mqtt": 1_883, "mqtts": 8_883]

  static func read(_ table: TableReader) -> UplinkConfiguration? {
    let broker = broker(table)
    let device = device(table)
    let authorities = file("ca", table)
    let certificate = file("certificate", table)
    let key = file("key", table)
    let user = table.string("user")
    let passwordFile = file("password-file", table)
    let keys = commandKeys(table)
    let budget = table.quantity("daily-budget", .bytes, in: 1e5...1e12)
    let schedule = schedule(table)
    if table.has("certificate") != table.has("key") {
      let missing = table.has("key") ? "certificate" : "key"
      table.missing(
        missing, because: ": a certificate and its key belong together", "：证书与密钥须同时给出")
    }
    if table.has("password-file"), !table.has("user") {
      table.missing("user", because: ": a password belongs to a user", "：密码须与用户名同时给出")
    }
    guard var uplink = broker else { return nil }
    if !uplink.isProtected {
      for key in ["ca", "certificate", "key"] where table.has(key) {
        table.faults.error(
          table.location(of: key), "\(key) is of no use without TLS; write the broker as \"mqtts://…\"",
          "未使用TLS时 \(key) 无效；请将 broker 写成 “mqtts://…”")
      }
    }
    (uplink.device, uplink.certificate, uplink.key, uplink.commandKeys) = (device, certificate, key, keys)
    (uplink.user, uplink.passwordFile) = (user, passwordFile)
    if let authorities { uplink.authorities = authorities }
    (uplink.dailyBudget, uplink.schedule) = (budget.map { Int64($0) }, schedule)
    return uplink
  }

  // MARK: Broker

  private static func broker(_ table: TableReader) -> UplinkConfiguration? {
    let mayBePlain = plaintext(table)
    guard let text = table.required("broker") else { return nil }
    let place = table.valueLocation(of: "broker")
    guard let (scheme, host, port) = split(text) else {
      table.faults.error(
        place, "\"\(text)\" is no broker; write it like \"mqtts://hub.example.cn:8883\"",
        "“\(text)”不是服务器地址；应写成如“mqtts://hub.example.cn:8883”")
      return nil
    }
    let isProtected = scheme == "mqtts"
    if !isProtected, !mayBePlain, !isHere(host) {
      table.faults.error(
        place,
        "the broker must be reached with TLS: write it like \"mqtts://\(host):8883\", or plaintext = \"allow\" if anybody may read and change what is sent",
        "必须以TLS连接：应写成如“mqtts://\(host):8883”；若允许他人读取和篡改，请写 plaintext = “allow”")
    }
    return UplinkConfiguration(broker: text, host: host, port: port, isProtected: isProtected)
  }

  /// The explicit word without which nothing leaves the machine unprotected.
  private static func plaintext(_ table: TableReader) -> Bool {
    guard let word = table.string("plaintext") else { return false }
    guard word == "allow" else {
      table.faults.error(
        table.valueLocation(of: "plaintext"), "plaintext may only be \"allow\"; leave it out for TLS",
        "plaintext 只能写 “allow”；使用TLS请删去此项")
      return false
    }
    return true
  }

  /// Whether a host is this machine.
  private static func isHere(_ host: String) -> Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// Scheme, host and port of `mqtts://host:port`; an address of IPv6 stands in brackets.
  static func split(_ text: String) -> (scheme: String, host: String, port: UInt16)? {
    guard let mark = text.firstRange(of: "://") else { return nil }
    let scheme = String(text[..<mark.lowerBound])
    guard let usual = ports[scheme] else { return nil }
    var rest = text[mark.upperBound...]
    let host: Substring
    if rest.hasPrefix("[") {
      guard let end = rest.firstIndex(of: "]") else { return nil }
      host = rest[rest.index(after: rest.startIndex)..<end]
      rest = rest[rest.index(after: end)...]
      guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || ":.".contains($0) }) else { return nil }
    } else {
      host = rest.prefix { $0 != ":" }
      rest = rest.dropFirst(host.count)
      guard host.utf8.count <= 253,
        host.allSatisfy({ ($0.isASCII && ($0.isLetter || $0.isNumber)) || "-._".contains($0) })
      else { return nil }
    }
    guard !host.isEmpty else { return nil }
    guard !rest.isEmpty else { return (scheme, String(host), usual) }
    guard rest.hasPrefix(":"), rest.dropFirst().allSatisfy(\.isNumber), let port = UInt16(rest.dropFirst()), port > 0
    else { return nil }
    return (scheme, String(host), port)
  }

  // MARK: The rest

  private static func device(_ table: TableReader) -> String? {
    guard let text = table.string("device") else { return nil }
    guard DeviceName(text) != nil else {
      table.faults.error(
        table.valueLocation(of: "device"),
        "\"\(text)\" is no name of a device: 1 to 64 of a–z, 0–9 and -", "“\(text)”不是设备名：只能用1–64个 a–z、0–9 和 -")
      return nil
    }
    return text
  }

  private static func file(_ key: String, _ table: TableReader) -> String? {
    guard let path = table.string(key) else { return nil }
    guard path.hasPrefix("/") else {
      table.faults.error(
        table.valueLocation(of: key), "\(key) is the full path of a file, such as \"/etc/bombyx/county.pem\"",
        "\(key) 应为文件的完整路径，如“/etc/bombyx/county.pem”")
      return nil
    }
    return path
  }

  private static func commandKeys(_ table: TableReader) -> [String] {
    (table.strings("command-keys") ?? []).compactMap { text, location in
      guard NoteVerifier(text) != nil else {
        table.faults.error(
          location, "this is no public key: the county's tool gives one as name+hash+key",
          "这不是公钥：应为县级工具给出的“名称+校验+密钥”")
        return nil
      }
      return text
    }
  }

  private static func schedule(_ table: TableReader) -> [UplinkConfiguration.Hours] {
    (table.strings("schedule") ?? []).compactMap { text, location in
      let ends = text.split(whereSeparator: { $0 == "-" || $0 == "–" })
        .map { DayText.clock($0.filter { $0 != " " }) }
      guard ends.count == 2, let from = ends[0], let to = ends[1], from != to else {
        table.faults.error(
          location, "\"\(text)\" is no part of the day; write it like \"22:00-06:00\"",
          "“\(text)”不是时段；应写成如“22:00-06:00”")
        return nil
      }
      return UplinkConfiguration.Hours(from: from, to: to)
    }
  }
}

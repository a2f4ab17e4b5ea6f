// The hub's commands.

import ArgumentParser
import Foundation
import Hub
import Logging
import MQTT
import Platform
import SyncProtocol

/// `bombyx-hub run`
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Works until it is asked to stop. Any number may run, on any machines, with one broker and one database.")

  @OptionGroup var broker: BrokerOptions
  @OptionGroup var database: DatabaseOptions

  @Option(help: "Name of this worker in logs and metrics.")
  var name = ProcessInfo.processInfo.hostName

  @Option(help: "File for the textfile collector of Prometheus' node_exporter, written every 15 s.")
  var metrics: String?

  func run() throws {
    // Before anything starts a thread: threads inherit the mask.
    let stop = try Signals.stopDescriptor()
    LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
    let settings = WorkerSettings(name: name, broker: try broker.settings(client: ""), metrics: metrics)
    Worker(settings, store: database.store, log: Logger(label: "bombyx-hub")).run(stop: stop.number)
  }
}

/// `bombyx-hub sign`
struct Sign: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Signs what the county wants of a device, and publishes it if a broker is given.",
    discussion: """
      Commands are JSON objects as in docs/sync.md: \
      '{"do":"override","output":"exhaust","demand":1,"for":"20m"}'. Without a broker the signed note is printed.
      """)

  @Option(help: "File of the private key, from bombyx-hub new-key.")
  var signingKey: String

  @Option(help: "The device.")
  var device: String

  @Option(help: "Greater than that of every note before; seconds since 1970 unless told otherwise.")
  var version: Int64?

  @Option(help: "How long it may be carried out: 90s, 20m, 12h.")
  var validFor = "10m"

  @OptionGroup var broker: BrokerOptions

  @Argument(help: "The commands.")
  var commands: [String]

  func run() throws {
    let text = try String(contentsOfFile: signingKey, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    guard let signer = NoteSigner(text) else {
      throw ValidationError("\(signingKey) holds no private key.\n\(signingKey) 中没有私钥。")
    }
    guard let device = DeviceName(device) else {
      throw ValidationError("\(self.device) is no name of a device.\n\(self.device) 不是设备名称。")
    }
    let desired = try Desired(text: try json(device))
    let note = try signer.note(desired.text)
    guard broker.broker != nil else { return print(note, terminator: "") }
    try publish(note, device)
  }

  /// The text as people write it, checked by the same reader that the device has.
  private func json(_ device: DeviceName) throws -> String {
    guard let seconds = Period.seconds(validFor), seconds > 0 else {
      throw ValidationError("\(validFor) is no duration; write 90s, 20m or 12h.\n\(validFor) 不是时长，应写作 90s、20m 或 12h。")
    }
    let now = Date()
    let expires = now.addingTimeInterval(seconds).ISO8601Format()
    let version = version ?? Int64(now.timeIntervalSince1970)
    return """
      {"device":"\(device)","version":\(version),"expires":"\(expires)","commands":[\(commands.joined(separator: ","))]}
      """
  }

  private func publish(_ note: String, _ device: DeviceName) throws {
    let connection = try MQTTConnection(
      try broker.settings(client: "bs-\(UInt32.random(in: 0 ... .max))"))
    let message = MQTTMessage(topic: Topic.desired.text(of: device), payload: Array(note.utf8))
    while true {
      for event in connection.step(waiting: 1_000) {
        switch event {
        case .connected: try connection.publish(message)
        case .acknowledged:
          connection.end()
          FileHandle.standardError.write(
            Data("The broker has it. What the device makes of it stands in hub.report.\n".utf8))
          return
        case .closed(let error): throw error
        default: break
        }
      }
    }
  }
}

/// Durations of one number and one unit.
enum Period {
  private static let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]

  static func seconds(_ text: String) -> Double? {
    guard let unit = text.last.flatMap({ units[$0] }), let number = Double(text.dropLast()), number.isFinite else {
      return nil
    }
    return number * unit
  }
}

/// `bombyx-hub new-key`
struct NewKey: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a key for signing. Its public part, which is printed, goes under command-keys of each device.")

  @Argument(help: "Name of the key, such as that of the county.")
  var name: String

  @Argument(help: "File for the private key. It is not overwritten.")
  var file: String

  func run() throws {
    guard let signer = NoteSigner(newKeyNamed: name) else {
      throw ValidationError("\(name) is no name of a key: no spaces, no +.\n\(name) 不能作为密钥名称：不得含空格或+。")
    }
    let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError.last("create \(file)") }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try handle.write(contentsOf: Data((signer.text + "\n").utf8))
    print(signer.verifierText)
  }
}

/// `bombyx-hub renew`
struct Renew: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draws a new identity for a database that was restored, so that the devices send what it lacks.",
    discussion: "Workers notice most restores by themselves. To draw one too many does no harm.")

  @OptionGroup var database: DatabaseOptions

  func run() throws { print(try database.store.renew()) }
}

/// `bombyx-hub expire`
struct Expire: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Deletes samples and decisions of months that are long past. Means, alarms and events stay.")

  @OptionGroup var database: DatabaseOptions

  @Option(help: "How many months are kept.")
  var months: Int

  func run() throws { for line in try database.store.expire(months: months) { print("deleted \(line)") } }
}

// What the county wants: the text of a signed note.

import FoundationEssentials

/// One command.
public enum DesiredCommand: Equatable, Sendable {
  /// Drives an output by hand: mean 0–1, for so many seconds.
  case override(output: String, demand: Double, seconds: Double)
  /// Ends an override.
  case automatic(output: String)
  /// Moves a zone's setpoints by K and points of humidity, for so many seconds; without both ends that.
  case offset(zone: String, temperature: Double?, humidity: Double?, seconds: Double?)
  /// Enters an event of a recipe.
  case event(zone: String, event: String)
  /// Puts a zone at the beginning of a stage.
  case stage(zone: String, stage: String)
  /// Stops a recipe's clock.
  case hold(zone: String)
  /// Lets a recipe go on.
  case resume(zone: String)
  /// Asks for what a helper needs from afar.
  case bundle
}

/// What the county wants of a device. Only what ``SignedNote/open(_:keys:)`` has accepted is to be read as one.
public struct Desired: Equatable, Sendable {
  /// For which device.
  public var device: DeviceName
  /// Greater than that of every note before.
  public var version: Int64
  /// Until when it may be carried out, ms since 1970 UTC.
  public var expires: Int64
  /// The commands, in their order.
  public var commands: [DesiredCommand]

  /// Most commands of one note.
  public static let mostCommands = 64

  /// A note's content from its parts.
  public init(device: DeviceName, version: Int64, expires: Int64, commands: [DesiredCommand]) {
    (self.device, self.version, self.expires, self.commands) = (device, version, expires, commands)
  }

  /// The text for a note: one JSON object and a newline.
  public var text: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Plain texts and finite numbers are always encoded.
    let data = (try? encoder.encode(DesiredWire(self))) ?? Data()
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  /// Reads the text of a note. Keys that are not known are refused: a command that is understood in part is none.
  public init(text: String) throws(SyncFault) {
    let wire: DesiredWire
    do {
      wire = try JSONDecoder().decode(DesiredWire.self, from: Data(text.utf8))
    } catch {
      throw (error as? SyncFault) ?? .form("the text is not the JSON of a note, or lacks a key, or holds a wrong type")
    }
    guard let device = DeviceName(wire.device) else { throw .form("device is no name of a device") }
    guard wire.version > 0 else { throw .form("version is \(wire.version)") }
    guard let expires = UTCText.milliseconds(of: wire.expires) else {
      throw .form("expires is no time; write it like 2026-11-30T00:00:00Z")
    }
    guard wire.commands.count <= Self.mostCommands else { throw .tooLarge("\(wire.commands.count) commands") }
    var commands: [DesiredCommand] = []
    for command in wire.commands { commands.append(try command.command()) }
    self.init(device: device, version: wire.version, expires: expires, commands: commands)
  }
}

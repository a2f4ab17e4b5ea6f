// What the tests of the log share.

import Climate
import Controller
import Foundation
import Glibc
import Testing

@testable import Journal

/// A directory that goes away with its owner.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "bombyx-journal-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var file: String { path + "/" + Journal.fileName }
}

/// A file system in memory, small enough to fill, that can be made read-only. Needs the right to mount.
final class SmallVolume {
  private let mountPoint: TemporaryDirectory

  var path: String { mountPoint.path }

  init(bytes: Int) throws {
    mountPoint = try TemporaryDirectory()
    guard mount("none", mountPoint.path, "tmpfs", 0, "size=\(bytes)") == 0 else {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
    }
  }

  deinit { umount2(mountPoint.path, Int32(MNT_DETACH)) }

  func makeReadOnly(_ isReadOnly: Bool) throws {
    let flags = UInt(MS_REMOUNT) | (isReadOnly ? UInt(MS_RDONLY) : 0)
    guard mount("none", mountPoint.path, "tmpfs", flags, nil) == 0 else {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
    }
  }

  /// Takes all space that is left, but for some bytes.
  /// - Returns: the file that takes it.
  func fill(leaving spare: Int = 0) throws -> String {
    let filler = path + "/filler"
    let handle = open(filler, O_CREAT | O_WRONLY, 0o600)
    defer { Glibc.close(handle) }
    let block = [UInt8](repeating: 1, count: 4096)
    while Glibc.write(handle, block, block.count) > 0 {}
    if spare > 0 { ftruncate(handle, lseek(handle, 0, SEEK_END) - spare) }
    return filler
  }

  /// Whether this process may mount.
  static let isAvailable = (try? SmallVolume(bytes: 1 << 20)) != nil
}

/// 2026-04-20T00:00:00Z.
let dawn: Int64 = 1_776_643_200_000

let names = JournalNames(
  channels: ["shed.temperature", "shed.humidity", "outside.temperature"], outputs: ["heater", "exhaust"])

func stamp(_ seconds: Double, trust: ClockTrust = .trusted, from start: Int64 = dawn) -> Stamp {
  Stamp(at: Instant(seconds: seconds), wall: wall(seconds, trust: trust, from: start))
}

func wall(_ seconds: Double, trust: ClockTrust = .trusted, from start: Int64 = dawn) -> WallTime {
  WallTime(unixMilliseconds: start + Int64(seconds * 1000), trust: trust)
}

func sample(_ seconds: Double, _ channel: Int = 0, _ value: Double?, _ quality: Quality = .good) -> Record {
  .sample(stamp(seconds), channel: ChannelID(channel), value: value, quality: quality)
}

func alarm(_ seconds: Double) -> Record {
  .alarm(
    stamp(seconds), id: AlarmID(kind: .high, subject: "shed.temperature"), severity: .critical, transition: .raised,
    value: 31.5, by: nil)
}

func event(_ seconds: Double, _ detail: String = "") -> Record {
  .event(stamp(seconds), kind: .started, subject: "bombyxd", detail: detail, by: "operator")
}

func decision(_ seconds: Double, isOn: Bool = true) -> Record {
  .decision(
    stamp(seconds), output: OutputID(0), isOn: isOn, demand: 0.35,
    reason: Reason(
      rule: .heating, channel: ChannelID(0), value: 23.47, setpoint: 25.5, heldBy: .minimumOff,
      until: Instant(seconds: seconds + 60)))
}

func openJournal(
  _ directory: String, names: JournalNames = names, boot: String = "boot-a", machineBoot: String? = nil,
  settings: JournalSettings = JournalSettings(),
  at seconds: Double = 0
) -> Journal {
  Journal(
    directory: directory, names: names, boot: boot, machineBoot: machineBoot, settings: settings,
    now: Instant(seconds: seconds), wall: wall(seconds))
}

extension Journal {
  func tick(_ seconds: Double) { tick(now: Instant(seconds: seconds), wall: wall(seconds)) }

  func maintain(_ seconds: Double) { maintain(now: Instant(seconds: seconds), wall: wall(seconds)) }
}

extension JournalReader {
  func lines() throws -> [String] {
    var lines: [String] = []
    try forEachRowCanonically { lines.append($0) }
    return lines
  }
}

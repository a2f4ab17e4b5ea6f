// How far a time zone is ahead of UTC.

import Climate
import Glibc
import Platform

/// Standard time of the zones of the tz database.
enum StandardTime {
  /// Zones that are known without the database: those of the counties that Bombyx is made for.
  private static let known: [String: Duration] = [
    "UTC": .zero, "Asia/Shanghai": .hours(8), "Asia/Chongqing": .hours(8), "Asia/Urumqi": .hours(6),
  ]
  private static let directory = "/usr/share/zoneinfo"

  /// Standard time of a zone minus UTC; `nil` for a zone that nobody knows here.
  static func offset(of zone: String) -> Duration? {
    if let offset = known[zone] { return offset }
    let isName = zone.utf8.allSatisfy { isLetter($0) || isDigit($0) || "+-_/".utf8.contains($0) }
    guard isName, !zone.hasPrefix("/"),
      let bytes = try? TextFile.readBytes("\(directory)/\(zone)", limit: 64 * 1024)
    else { return nil }
    // A file of version 2 ends in a line with the rule for all time after its last entry (RFC 9636 §3.3).
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard bytes.starts(with: "TZif".utf8), bytes.last == UInt8(ascii: "\n"), lines.count >= 3 else { return nil }
    return offset(ofRule: String(decoding: lines[lines.count - 2], as: UTF8.self))
  }

  /// Standard time of a rule such as `CST-8` or `<+0545>-5:45` (POSIX.1-2024 §8.3) minus UTC; the rule counts the other way.
  static func offset(ofRule rule: String) -> Duration? {
    var rest = Array(rule.utf8)[...]
    if rest.first == UInt8(ascii: "<") {
      rest = rest.drop { $0 != UInt8(ascii: ">") }.dropFirst()
    } else {
      rest = rest.drop { isLetter($0) }
    }
    guard let first = rest.first else { return nil }
    let isEast = first == UInt8(ascii: "-")
    if isEast || first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    let digits = rest.prefix { isDigit($0) || $0 == UInt8(ascii: ":") }
    let parts = digits.split(separator: UInt8(ascii: ":")).map { Int(String(decoding: $0, as: UTF8.self)) }
    guard (1...3).contains(parts.count), let hours = parts[0], hours <= 24 else { return nil }
    let minutes = parts.dropFirst().map { $0 ?? 0 }
    let seconds = hours * 3_600 + zip(minutes, [60, 1]).reduce(0) { $0 + $1.0 * $1.1 }
    return .seconds(isEast ? seconds : -seconds)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

// "06:00", "sunrise+30m", "sunset-1h".

import Climate
import Controller

/// Texts that say when in a day something is.
enum DayText {
  /// A time by the clock, or by the sun with up to twelve hours to either side.
  static func time(_ text: String) -> TimeOfDay? {
    for (word, make) in [("sunrise", TimeOfDay.sunrise), ("sunset", TimeOfDay.sunset)] where text.hasPrefix(word) {
      let rest = text.dropFirst(word.count)
      guard let sign = rest.first else { return make(.zero) }
      guard sign == "+" || sign == "-", let shift = QuantityText.duration(String(rest.dropFirst())),
        shift <= .hours(12)
      else { return nil }
      return make(sign == "+" ? shift : .zero - shift)
    }
    return clock(text).map { .clock($0) }
  }

  /// `00:00`…`24:00`.
  static func clock(_ text: String) -> Duration? {
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy { (48...57).contains($0) } }),
      let hours = Int(String(decoding: parts[0], as: UTF8.self)),
      let minutes = Int(String(decoding: parts[1], as: UTF8.self)), minutes < 60, hours * 60 + minutes <= 24 * 60
    else { return nil }
    return .minutes(hours * 60 + minutes)
  }
}

extension TableReader {
  /// A part of the day between two keys.
  func period(_ begin: String, _ end: String) -> DayPeriod? {
    for key in [begin, end] where !has(key) { missing(key) }
    guard let from = timeOfDay(begin), let to = timeOfDay(end) else { return nil }
    guard from != to else {
      faults.error(
        valueLocation(of: end), "\(begin) and \(end) are the same time", "\(begin) 与 \(end) 是同一时刻")
      return nil
    }
    return DayPeriod(from: from, to: to)
  }

  func timeOfDay(_ key: String) -> TimeOfDay? {
    guard let text = string(key) else { return nil }
    if let time = DayText.time(text) { return time }
    faults.error(
      valueLocation(of: key),
      "\"\(text)\" is no time of day; write it like \"06:00\", \"sunrise+30m\" or \"sunset-1h\"",
      "“\(text)”不是时刻；应写成如“06:00”“sunrise+30m”“sunset-1h”")
    return nil
  }
}

// What people type behind a command.

import LocalService
import Simulator
import TerminalUI

/// Values of the command line: durations, demands, dates, names.
struct CommandLineTarget: FuzzTarget {
  let name = "command-line"
  let words = [
    "on", "off", "开", "关", "%", "s", "m", "h", "d", "90s", "1h30m", "2026-04-01", "-", ".", "+", "e", "nan", "inf",
    "heater", " ", "٣", "½", "\u{301}", "99999999999999999999d", "31", "02-29", "02-31",
  ]
  let longestInput = 600

  func madeInputs() -> [[UInt8]] {
    [
      "90s", "10m", "1h30m", "2d", "0.5h", "on", "OFF", "40", "40%", "99.5%", "2026-04-01", "1999-12-31", "heater",
      "排风",
    ]
    .map { Array($0.utf8) }
  }

  func run(_ input: [UInt8]) throws -> Bool {
    guard let text = String(validating: input, as: UTF8.self) else { return false }
    let seconds = DurationText.seconds(text)
    if let seconds {
      // What commands do with it: milliseconds before the clock of a device.
      _ = 1_776_637_800_000 - Int64(seconds * 1_000)
      try require(seconds > 0, "\(seconds) s")
      try require("smhd".contains(text.last ?? " "), "a duration without a unit: \(text)")
      _ = Format.duration(seconds, .en)
    }
    let demand = DemandText.share(text)
    if let demand {
      try require((0...1).contains(demand), "a demand of \(demand)")
      let isPlain = text.allSatisfy { $0.isASCII && ($0.isNumber || ".%".contains($0)) }
      try require(isPlain || ["on", "off", "开", "关"].contains(text.lowercased()), "\"\(text)\" is a demand")
    }
    let date = PlantTime(date: text)
    if let date {
      let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard parts.count == 3, let day = parts[2], let month = parts[1], let year = parts[0] else {
        throw Finding("\"\(text)\" is a date")
      }
      let first = PlantTime(year: year, month: month, day: 1)
      let next = PlantTime(year: month == 12 ? year + 1 : year, month: month == 12 ? 1 : month + 1, day: 1)
      try require((first..<next).contains(date), "\"\(text)\" is a date of another month")
      try require(date.dayNumber == first.dayNumber + day - 1, "\"\(text)\" is another day")
    }
    // A name goes to the daemon as it is typed.
    var parameters = ServiceParameters()
    (parameters.output, parameters.demand, parameters.duration) = (text, demand, seconds)
    let request = ServiceRequest(id: 1, method: .override, params: parameters)
    guard let data = ServiceCoding.encode(request) else { throw Finding("the request cannot be encoded") }
    try require(!data.contains(UInt8(ascii: "\n")), "the request is more than a line")
    let again = ServiceCoding.decode(ServiceRequest.self, from: data)
    try require(again?.params == parameters, "the daemon is asked for something else")
    return seconds != nil || demand != nil || date != nil
  }
}

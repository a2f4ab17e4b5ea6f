// Puts a stream of values into a log as a device does, for bench/storage.py.

import Climate
import Controller
import Foundation
import Journal

import enum Controller.Record

/// Values of some channels, one scan a second: little-endian Int16, hundredths, scan after scan.
struct Stream {
  let channels: Int
  private let data: Data

  init(_ path: String, channels: Int) throws {
    self.channels = channels
    data = try Data(contentsOf: URL(fileURLWithPath: path))
  }

  var scans: Int { data.count / 2 / channels }

  func value(_ scan: Int, _ channel: Int) -> Double {
    let start = data.startIndex + 2 * (scan * channels + channel)
    return Double(Int16(bitPattern: UInt16(data[start]) | UInt16(data[start + 1]) << 8)) / 100
  }
}

/// Writes the stream with commits and maintenance as often as a device has them, in simulated time.
func write(_ stream: Stream, to directory: String, names: JournalNames) -> Journal {
  let start = Int64(1_776_643_200_000)
  func wall(_ second: Int) -> WallTime { WallTime(unixMilliseconds: start + Int64(second) * 1_000, trust: .trusted) }
  let journal = Journal(
    directory: directory, names: names, boot: "bench", now: Instant(seconds: 0), wall: wall(0))
  for second in 0..<stream.scans {
    let now = Instant(seconds: Double(second))
    let stamp = Stamp(at: now, wall: wall(second))
    journal.append(
      (0..<stream.channels).map {
        .sample(stamp, channel: ChannelID($0), value: stream.value(second, $0), quality: .good)
      })
    journal.tick(now: now, wall: wall(second))
    if second % 10 == 9 { journal.maintain(now: now, wall: wall(second)) }
  }
  return journal
}

/// Whether the log gives back every value of the stream, and no other.
func isWhole(_ stream: Stream, in directory: String, names: JournalNames) throws -> Bool {
  let reader = try JournalReader(directory: directory)
  for (channel, name) in names.channels.enumerated() {
    let rows = try reader.samples(of: [name], limit: .first(.max))
    guard rows.count == stream.scans else { return false }
    for (scan, row) in rows.enumerated() where row.value != stream.value(scan, channel) { return false }
  }
  return true
}

let arguments = CommandLine.arguments
guard arguments.count == 4, let channels = Int(arguments[3]), channels > 0 else {
  FileHandle.standardError.write(Data("usage: storage-bench DIRECTORY STREAM CHANNELS\n".utf8))
  exit(2)
}
let stream = try Stream(arguments[2], channels: channels)
let names = JournalNames(channels: (0..<channels).map { "shed.probe\($0).temperature" }, outputs: [])
let begin = ContinuousClock.now
let journal = write(stream, to: arguments[1], names: names)
journal.close()
let seconds = (ContinuousClock.now - begin) / .seconds(1)
let lossless = try isWhole(stream, in: arguments[1], names: names)
// The codec alone, one block of ten minutes of each of eight channels after the other: the least of several runs.
let scans = min(600, stream.scans)
let costs = (0..<5).map { _ in
  BlockExamination.cost(scans: scans, channels: channels, times: 200) { scan, channel in
    (Int64((stream.value(scan, channel) * 10_000).rounded()), 0)
  }
}
let coded = Double(200 * scans * channels)
let encoded = coded / (costs.map(\.encode).min() ?? 1)
let decoded = coded / (costs.map(\.decode).min() ?? 1)
let speed = #""encoded": \#(encoded), "decoded": \#(decoded)"#
print(#"{"bytes": \#(journal.size), "lossless": \#(lossless), "seconds": \#(seconds), \#(speed)}"#)

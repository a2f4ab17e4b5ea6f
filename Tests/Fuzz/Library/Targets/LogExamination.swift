// A log of some hours, and a look at all that a file of it says.

import Climate
import Controller
import Foundation
import Journal
import LocalService
import Station

import enum Controller.Record

/// Makes a log, and reads files that were a log once.
struct LogExamination {
  private static let names = JournalNames(
    channels: ["shed.temperature", "shed.humidity", "outside.temperature"], outputs: ["heater", "exhaust"])
  /// 2026-04-20T00:00:00Z.
  private static let dawn: Int64 = 1_776_643_200_000

  let directory: String
  var file: String { directory + "/" + Journal.fileName }

  init(directory: String) { self.directory = directory }

  /// The bytes of a log with all kinds of rows, some means among them.
  func makeLog() throws -> [UInt8] {
    let journal = open(at: 0)
    for minute in 0..<60 {
      let (now, wall) = Self.time(Double(minute) * 60)
      let stamp = Stamp(at: now, wall: wall)
      journal.append([
        .sample(stamp, channel: ChannelID(0), value: 20 + Double(minute % 7), quality: .good),
        .sample(
          stamp, channel: ChannelID(1), value: minute % 9 == 0 ? nil : 70, quality: minute % 9 == 0 ? .failed : .good),
      ])
      if minute % 6 == 0 { journal.append(Self.happenings(stamp)) }
      journal.tick(now: now, wall: wall)
      journal.maintain(now: now, wall: wall)
    }
    journal.saveMemory(Memory())
    journal.flush()
    if let install = try? Outbox(directory: directory).state().install {
      journal.acknowledge(
        LaneAcknowledgement(
          install: install, lane: .backlog, database: [UInt8](repeating: 1, count: LogInstall.size), through: 20))
    }
    journal.take(desired: 3)
    journal.close()
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
  }

  private static func happenings(_ stamp: Stamp) -> [Record] {
    let reason = Reason(
      rule: .heating, channel: ChannelID(0), value: 23.47, setpoint: 25.5, heldBy: .minimumOff,
      until: stamp.at.advanced(by: .seconds(60)))
    return [
      .decision(stamp, output: OutputID(0), isOn: true, demand: 0.35, reason: reason),
      .alarm(
        stamp, id: AlarmID(kind: .high, subject: "shed.temperature"), severity: .critical, transition: .raised,
        value: 31.5, by: nil),
      .event(stamp, kind: .started, subject: "bombyxd", detail: "a\tb", by: "operator"),
      .anchor(stamp, utc: stamp.wall.unixMilliseconds, error: 10, source: .ntp),
    ]
  }

  private func open(at second: Double) -> Journal {
    let (now, wall) = Self.time(second)
    return Journal(directory: directory, names: Self.names, boot: "boot", now: now, wall: wall)
  }

  private static func time(_ second: Double) -> (Instant, WallTime) {
    (Instant(seconds: second), WallTime(unixMilliseconds: dawn + Int64(second * 1_000), trust: .trusted))
  }

  /// Empties the directory and puts a file in the log's place.
  func put(_ bytes: [UInt8]) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
      try FileManager.default.removeItem(atPath: "\(directory)/\(name)")
    }
    try Data(bytes).write(to: URL(fileURLWithPath: file))
  }

  // MARK: Reading

  /// Reads all there is, as the tools and the local service do.
  /// - Returns: rows read, and whether everything could be read.
  func read() throws(Finding) -> (rows: Int, isWhole: Bool) {
    var rows = 0
    var isWhole = true
    func attempt(_ body: () throws(JournalError) -> Int) {
      do throws(JournalError) { rows += try body() } catch { isWhole = false }
    }
    attempt { () throws(JournalError) in
      let reader = try JournalReader(directory: directory)
      let channels = try reader.channels()
      let spans = [LogSpan.all, LogSpan(from: Self.dawn + 600_000, to: Self.dawn + 1_200_000)]
      attempt { () throws(JournalError) in try reader.outputs().count }
      attempt { () throws(JournalError) in try reader.statistics().events }
      for span in spans {
        attempt { () throws(JournalError) in try reader.samples(of: channels, in: span).count }
        attempt { () throws(JournalError) in try reader.means(of: channels, in: span).count }
        attempt { () throws(JournalError) in try reader.decisions(in: span).count }
        attempt { () throws(JournalError) in try reader.alarms(in: span).count }
        attempt { () throws(JournalError) in try reader.events(in: span).count }
        attempt { () throws(JournalError) in
          _ = try reader.history(of: channels, in: span, points: 20)
          return 0
        }
      }
      attempt { () throws(JournalError) in
        var lines = 0
        try reader.forEachRowCanonically { _ in lines += 1 }
        return lines
      }
      return channels.count
    }
    let outbox = Outbox(directory: directory)
    attempt { () throws(JournalError) in Int(clamping: try outbox.state().desired) & 1 }
    for lane in LogLane.allCases {
      attempt { () throws(JournalError) in try Self.send(lane, of: outbox) }
    }
    try tell()
    return (rows, isWhole)
  }

  /// Reads a lane as the uplink does. A log of any content ends some day.
  private static func send(_ lane: LogLane, of outbox: Outbox) throws(JournalError) -> Int {
    var next: Int64 = 1
    var count = 0
    for _ in 0..<1_000 {
      switch try outbox.run(of: lane, from: next, records: 50) {
      case .none: return count
      case .lost(let range, _): next = range.upperBound + 1
      case .records(let records):
        next += Int64(records.count)
        count += records.count
      }
    }
    return count
  }

  /// What the local service makes of the rows can be sent and read.
  private func tell() throws(Finding) {
    let history = JournalHistory(directory: directory)
    try sent { () throws(ServiceError) in try history.samples(ServiceParameters()) }
    for method in [ServiceMethod.events, .decisions, .alarmHistory] {
      try sent { () throws(ServiceError) in try history.entries(method, ServiceParameters()) }
    }
  }

  private func sent<Row: Codable & Equatable>(_ rows: () throws(ServiceError) -> [Row]) throws(Finding) {
    guard let rows = try? rows() else { return }
    guard let data = ServiceCoding.encode(rows) else { throw Finding("rows of the log cannot be sent") }
    try require(ServiceCoding.decode([Row].self, from: data)?.count == rows.count, "rows of the log cannot be read")
  }

  // MARK: Going on

  /// Lets the daemon's side go on with the file. Whatever is in it, after some attempts the log is written again: it goes on, or was
  /// put aside and a new one has begun.
  func goOn() throws(Finding) {
    let journal = open(at: 4_000)
    _ = try? journal.loadMemory()
    for second in [4_000, 4_700, 10_000, 100_000, 10_000_000, 200_000_000] as [Double] {
      let (now, wall) = Self.time(second)
      let stamp = Stamp(at: now, wall: wall)
      journal.append([.sample(stamp, channel: ChannelID(0), value: 21, quality: .good)] + Self.happenings(stamp))
      journal.tick(now: now, wall: wall)
      journal.maintain(now: now, wall: wall)
    }
    let (now, wall) = Self.time(300_000_000)
    journal.tick(now: now, wall: wall)
    try require(journal.flush(), "the log is not written again: \(journal.state), \(journal.openOutcome)")
    journal.close()
  }
}

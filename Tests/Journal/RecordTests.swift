// What is written is what is read.

import Climate
import Controller
import Testing

@testable import Journal

@Suite("Records in the log")
struct RecordTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test("A sample is read back with its stamp to the millisecond, channel and quality, its value to a ten-thousandth")
  func sampleRoundTrip() throws {
    let journal = openJournal(directory.path)
    let freeRunning = Stamp(
      at: Instant(nanoseconds: 123_456_789_012), wall: WallTime(unixMilliseconds: dawn + 7, trust: .freeRunning))
    journal.append([
      .sample(freeRunning, channel: ChannelID(0), value: 25.123449, quality: .good),
      .sample(freeRunning, channel: ChannelID(1), value: -0.5, quality: .suspect),
      .sample(freeRunning, channel: ChannelID(2), value: nil, quality: .failed),
    ])
    #expect(journal.flush())

    let rows = try JournalReader(directory: directory.path).samples(of: names.channels)
    #expect(rows.map(\.channel) == names.channels)
    #expect(rows.map(\.value) == [25.1234, -0.5, nil])
    #expect(rows.map(\.quality) == [.good, .suspect, .failed])
    #expect(
      rows.allSatisfy { $0.stamp.at == Instant(nanoseconds: 123_456_000_000) && $0.stamp.wall == freeRunning.wall })
  }

  @Test("Every quality survives", arguments: Quality.allCases)
  func quality(_ quality: Quality) throws {
    let journal = openJournal(directory.path)
    journal.append([sample(1, 0, 20, quality)])
    journal.flush()
    #expect(try JournalReader(directory: directory.path).samples(of: names.channels).map(\.quality) == [quality])
  }

  @Test("What is not a number is kept as no value", arguments: [Double.nan, .infinity, -.infinity, 1e300])
  func notANumber(_ value: Double) throws {
    let journal = openJournal(directory.path)
    journal.append([sample(1, 0, value)])
    #expect(journal.flush())
    #expect(try JournalReader(directory: directory.path).samples(of: names.channels).map(\.value) == [nil])
  }

  @Test("A decision is read back with all of its reason")
  func decisionRoundTrip() throws {
    let journal = openJournal(directory.path)
    journal.append([decision(5)])
    journal.flush()
    let row = try #require(try JournalReader(directory: directory.path).decisions(of: "heater").first)
    #expect(row.stamp == stamp(5))
    #expect(row.isOn)
    #expect(row.demand == 0.35)
    #expect(row.rule == Rule.heating.rawValue)
    #expect(row.channel == "shed.temperature")
    #expect(row.value == 23.47)
    #expect(row.setpoint == 25.5)
    #expect(row.heldBy == Constraint.minimumOff.rawValue)
    #expect(row.until == Instant(seconds: 65))
  }

  @Test("Alarms and events are read back whole")
  func alarmAndEvent() throws {
    let journal = openJournal(directory.path)
    journal.append([alarm(1), event(2, "蚕室\tdoor")])
    journal.flush()
    let reader = try JournalReader(directory: directory.path)
    let alarms = try reader.alarms()
    #expect(alarms.map(\.kind) == ["high"])
    #expect(alarms.map(\.subject) == ["shed.temperature"])
    #expect(alarms.map(\.severity) == ["critical"])
    #expect(alarms.map(\.transition) == ["raised"])
    #expect(alarms.map(\.value) == [31.5])
    let events = try reader.events()
    #expect(events.map(\.kind) == ["started"])
    #expect(events.map(\.detail) == ["蚕室\tdoor"])
    #expect(events.map(\.by) == ["operator"])
    #expect(events.map(\.stamp) == [stamp(2)])
  }

  @Test("Ids go on from where the last run stopped, through all kinds of record")
  func monotoneIDs() throws {
    for run in 0..<3 {
      let journal = openJournal(directory.path, boot: "boot-\(run)")
      journal.append([sample(1, 0, 20), decision(1), alarm(1), event(1)])
      journal.close()
    }
    let ids = try JournalReader(directory: directory.path).lines().compactMap { Int($0.prefix { $0 != "\t" }) }
    #expect(ids == Array(1...12))
  }

  @Test("Rows keep their names when the configuration changes its order")
  func namesSurvive() throws {
    let first = openJournal(directory.path)
    first.append([sample(1, 0, 20)])
    first.close()
    let second = openJournal(
      directory.path, names: JournalNames(channels: ["loft.temperature", "shed.temperature"], outputs: []))
    second.append([sample(2, 0, 30), sample(2, 1, 21)])
    second.close()
    let reader = try JournalReader(directory: directory.path)
    #expect(try reader.samples(of: ["shed.temperature"]).map(\.value) == [20, 21])
    #expect(try reader.samples(of: ["loft.temperature"]).map(\.value) == [30])
    #expect(try reader.channels() == names.channels + ["loft.temperature"])
  }

  @Test("A record about a channel or output that does not exist is counted as dropped and harms nothing")
  func unknownChannel() throws {
    let journal = openJournal(directory.path)
    let stray = Record.decision(stamp(1), output: OutputID(9), isOn: true, demand: 1, reason: Reason(rule: .idle))
    journal.append([sample(1, 77, 20), sample(1, -1, 20), stray, sample(1, 0, 21)])
    #expect(journal.flush())
    #expect(journal.droppedRecords == 3)
    #expect(try JournalReader(directory: directory.path).samples(of: names.channels).map(\.value) == [21])
  }

  @Test("Boots are told apart, so that monotonic times are comparable within one only")
  func boots() throws {
    for boot in ["a", "b", "b"] {
      let journal = openJournal(directory.path, boot: boot)
      journal.append([sample(1, 0, 20)])
      journal.close()
    }
    #expect(try JournalReader(directory: directory.path).samples(of: names.channels).map(\.boot) == [1, 2, 2])
  }
}

// Reading the log.

import Climate
import Controller
import Foundation
import Testing

@testable import Journal

@Suite("Reading the log")
struct ReaderTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func writeDay() {
    let journal = openJournal(directory.path)
    for minute in 0..<1_440 {
      let second = Double(minute * 60)
      journal.append([sample(second, 0, Double(minute)), sample(second, 1, 50)])
      if minute % 60 == 0 { journal.append([decision(second), event(second), alarm(second)]) }
      journal.tick(second)
      journal.maintain(second)
    }
    journal.close()
  }

  @Test("Samples of the channels asked for, within the span, both ends included")
  func span() throws {
    writeDay()
    let reader = try JournalReader(directory: directory.path)
    let span = LogSpan(from: dawn + 600_000, to: dawn + 1_200_000)
    #expect(try reader.samples(of: ["shed.temperature"], in: span).map(\.value) == (10...20).map(Double.init))
    #expect(try reader.samples(of: ["shed.temperature", "shed.humidity"], in: span).count == 22)
    #expect(try reader.samples(of: ["outside.temperature"], in: span).isEmpty)
  }

  @Test("The first or the last so many, in the order of the log either way")
  func limits() throws {
    writeDay()
    let reader = try JournalReader(directory: directory.path)
    let channel = ["shed.temperature"]
    #expect(try reader.samples(of: channel, limit: .first(3)).map(\.value) == [0, 1, 2])
    #expect(try reader.samples(of: channel, limit: .last(3)).map(\.value) == [1437, 1438, 1439])
    #expect(try reader.samples(of: channel, limit: .last(0)).isEmpty)
    #expect(try reader.means(of: channel, limit: .first(2)).map(\.mean) == [4.5, 14.5])
    #expect(try reader.decisions(limit: .last(2)).map(\.stamp.at.seconds) == [79_200, 82_800])
    #expect(try reader.decisions(of: "exhaust").isEmpty)
    #expect(try reader.events(in: LogSpan(to: dawn)).count == 1)
    #expect(try reader.alarms(in: LogSpan(from: dawn + 82_800_000)).count == 1)
  }

  @Test("A short history comes as samples, a long one as means")
  func resolution() throws {
    writeDay()
    let reader = try JournalReader(directory: directory.path)
    let channel = ["shed.temperature"]
    guard
      case .samples(let samples) = try reader.history(of: channel, in: LogSpan(from: dawn + 82_800_000), points: 200)
    else {
      Issue.record("not samples")
      return
    }
    #expect(samples.count == 60)
    guard case .means(let means) = try reader.history(of: channel, points: 200) else {
      Issue.record("not means")
      return
    }
    #expect(means.count == 143)
  }

  @Test("A name that the log does not know is refused with those it knows")
  func unknownName() throws {
    writeDay()
    let reader = try JournalReader(directory: directory.path)
    let error = #expect(throws: JournalError.self) { try reader.samples(of: ["shed.temprature"]) }
    #expect(error?.kind == .unknownName)
    #expect(error?.description.contains("shed.temperature") == true)
    #expect(throws: JournalError.self) { try reader.decisions(of: "boiler") }
  }

  @Test("A log that is not there is a typed failure that says what to do")
  func missing() {
    let error = #expect(throws: JournalError.self) { try JournalReader(directory: directory.path + "/nowhere") }
    #expect(error?.kind == .missing)
  }

  @Test("Statistics count rows and tell the ends of the log")
  func statistics() throws {
    writeDay()
    let statistics = try JournalReader(directory: directory.path).statistics()
    #expect(statistics.samples == 2_880)
    #expect(statistics.windows == 143)
    #expect(statistics.decisions == 24)
    #expect(statistics.alarms == 24)
    #expect(statistics.events == 24)
    #expect(statistics.oldest == wall(0))
    #expect(statistics.newest == wall(1_439 * 60))
    #expect(statistics.bytes > 4096)
  }

  @Test("Reading needs no daemon and leaves the file as it is; it sees what the daemon has committed")
  func beside() throws {
    let journal = openJournal(directory.path)
    journal.append([event(1)])
    journal.tick(1)
    let reader = try JournalReader(directory: directory.path)
    #expect(try reader.events().count == 1)
    journal.append([event(2)])
    journal.tick(2)
    #expect(try reader.events().count == 2)
    journal.close()
    let before = try Data(contentsOf: URL(fileURLWithPath: directory.file))
    #expect(try JournalReader(directory: directory.path).events().count == 2)
    #expect(try Data(contentsOf: URL(fileURLWithPath: directory.file)) == before)
  }

  // MARK: Canonical text

  @Test("Every row is one line, in the order of the log, with tabs and newlines escaped")
  func canonicalLines() throws {
    let journal = openJournal(directory.path)
    journal.append([
      sample(1, 0, 25.5), alarm(1), sample(1, 1, nil, .failed), decision(2), event(3, "a\tb\nc\\d"),
      sample(3, 2, -4, .stale),
    ])
    journal.close()
    #expect(
      try JournalReader(directory: directory.path).lines() == [
        "1\tsample\t1\t1000000000\t1776643201000\ttrusted\tshed.temperature\t25.5\tgood",
        "2\talarm\t1\t1000000000\t1776643201000\ttrusted\thigh\tshed.temperature\tcritical\traised\t31.5\t-",
        "3\tsample\t1\t1000000000\t1776643201000\ttrusted\tshed.humidity\t-\tfailed",
        "4\tdecision\t1\t2000000000\t1776643202000\ttrusted\theater\t1\t0.35\theating\tshed.temperature\t23.47\t25.5"
          + "\tmin-off\t62000000000",
        "5\tevent\t1\t3000000000\t1776643203000\ttrusted\tstarted\tbombyxd\ta\\tb\\nc\\\\d\toperator",
        "6\tsample\t1\t3000000000\t1776643203000\ttrusted\toutside.temperature\t-4.0\tstale",
      ])
  }

  @Test("The same records give the same lines, whatever the boot is called and whenever they were committed")
  func canonicalIsDeterministic() throws {
    var random = SystemRandomNumberGenerator()
    let records = (0..<2_000).map { index -> Record in
      switch index % 7 {
      case 5: decision(Double(index), isOn: index % 2 == 0)
      case 6: event(Double(index))
      default: sample(Double(index / 7), index % 3, Double.random(in: -40...120, using: &random))
      }
    }
    let other = try TemporaryDirectory()
    let first = openJournal(directory.path, boot: "one")
    first.append(records)
    first.close()
    let second = openJournal(other.path, boot: "two")
    for record in records {
      second.append([record])
      second.flush()
    }
    second.close()
    let lines = try JournalReader(directory: directory.path).lines()
    #expect(lines.count == 2_000)
    #expect(try JournalReader(directory: other.path).lines() == lines)
  }
}

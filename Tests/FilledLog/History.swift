// A history as a shed has it: six probes of a kind that is common, read every minute by a controller without a connection.

import Climate
import Controller
import Journal
import RealModule
import Simulator

import enum Controller.Record

/// Months of a shed, written into a log by the module that writes it on a device.
struct History {
  static let probes = ["north", "south", "middle", "top", "floor", "outdoor"]
  static let names = JournalNames(
    channels: probes.flatMap { ["\($0).temperature", "\($0).humidity"] }, outputs: ["heater", "exhaust"])

  private static let minute: Int64 = 60_000
  /// A device is restarted now and then: each part has a boot of its own.
  private static let bootLength = 25 * 1_440
  /// How long the clock of a boot is not confirmed.
  private static let unconfirmed = 90

  /// The identity of a boot by its number, from 1.
  static func boot(_ number: Int) -> String { "history-\(number)" }

  private let minutes: Int
  private let end: Int64
  private var random: SeededGenerator
  private var shed = 24.0
  private var drift = 0.0
  private var isHeating = false
  private var steam = 78.0

  /// - Parameters:
  ///   - end: wall time of the last scan, ms since 1970.
  init(days: Int, end: Int64, seed: UInt64) {
    (minutes, self.end, random) = (days * 1_440, end, SeededGenerator(seed: seed))
  }

  /// Writes it all.
  mutating func write(to directory: String) -> Bool {
    var boot = 0
    while boot * Self.bootLength < minutes {
      let range = boot * Self.bootLength..<min((boot + 1) * Self.bootLength, minutes)
      guard write(range, boot: boot, to: directory) else { return false }
      boot += 1
    }
    return true
  }

  private mutating func write(_ range: Range<Int>, boot: Int, to directory: String) -> Bool {
    func stamp(_ minute: Int) -> Stamp {
      let passed = minute - range.lowerBound
      return Stamp(
        at: Instant(seconds: 30 + Double(passed) * 60),
        wall: WallTime(
          unixMilliseconds: end - Int64(minutes - 1 - minute) * Self.minute,
          trust: passed < Self.unconfirmed ? .freeRunning : .trusted))
    }
    let first = stamp(range.lowerBound)
    // As rarely as it may be: what matters here is what goes upstream.
    let settings = JournalSettings(sampleCommit: .minutes(15), hasUplink: true)
    let journal = Journal(
      directory: directory, names: Self.names, boot: Self.boot(boot + 1), settings: settings, now: first.at,
      wall: first.wall)
    for minute in range {
      let stamp = stamp(minute)
      var records = scan(minute, stamp)
      if minute == range.lowerBound {
        records.append(.event(stamp, kind: .started, subject: "controller", detail: "boot \(boot + 1)", by: nil))
      }
      if minute - range.lowerBound == Self.unconfirmed {
        records.append(.anchor(stamp, utc: stamp.wall.unixMilliseconds + 1_700, error: 50, source: .ntp))
      }
      journal.append(records)
      journal.tick(now: stamp.at, wall: stamp.wall)
      if minute % 10 == 9 { journal.maintain(now: stamp.at, wall: stamp.wall) }
    }
    let last = stamp(range.upperBound - 1)
    let isWritten = journal.flush()
    journal.maintain(now: last.at, wall: last.wall)
    journal.close()
    return isWritten && journal.droppedRecords == 0
  }

  private mutating func scan(_ minute: Int, _ stamp: Stamp) -> [Record] {
    let day = Double(minute) / 1_440
    drift = 0.999 * drift + 0.05 * random.nextGaussian()
    let outdoor = 17 + 7 * Double.sin(2 * .pi * (day - 0.3)) + drift * 2
    shed += (isHeating ? 0.16 : 0) + (outdoor - shed) * 0.008 + 0.01 * random.nextGaussian()
    steam += (78 - steam) * 0.02 + 0.25 * random.nextGaussian()
    var records: [Record] = []
    for (index, probe) in Self.probes.enumerated() {
      let isOutdoor = probe == "outdoor"
      let celsius = (isOutdoor ? outdoor : shed + 0.2 * Double(index) - 0.4) + 0.04 * random.nextGaussian()
      let percent = (isOutdoor ? 65 - 2 * drift : steam - Double(index)) + 0.15 * random.nextGaussian()
      // One measurement in thousands fails.
      let hasFailed = random.uniform() < 0.0002
      let channel = 2 * index
      records.append(
        .sample(
          stamp, channel: ChannelID(channel), value: hasFailed ? nil : Self.temperature(celsius),
          quality: hasFailed ? .failed : .good))
      records.append(
        .sample(
          stamp, channel: ChannelID(channel + 1), value: hasFailed ? nil : Self.humidity(percent),
          quality: hasFailed ? .failed : .good))
    }
    if isHeating ? shed > 25 : shed < 24 {
      isHeating.toggle()
      records.append(
        .decision(
          stamp, output: OutputID(0), isOn: isHeating, demand: isHeating ? 1 : 0,
          reason: Reason(rule: .heating, channel: ChannelID(0), value: Self.temperature(shed), setpoint: 24.5)))
    }
    if random.uniform() < 0.001 {
      records.append(.event(stamp, kind: .overrideSet, subject: "exhaust", detail: "通风 20 min", by: "li"))
    }
    if random.uniform() < 0.0005 {
      records.append(
        .alarm(
          stamp, id: AlarmID(kind: .high, subject: "shed.temperature"), severity: .alarm, transition: .raised,
          value: Self.temperature(shed), by: nil))
    }
    return records
  }

  /// As a Sensirion SHT3x says it: steps of 0.0027 °C and 0.0015 % (datasheet, version 7, §4.13).
  private static func temperature(_ celsius: Double) -> Double {
    -45 + 175 * ((celsius + 45) / 175 * 65_535).rounded() / 65_535
  }

  private static func humidity(_ percent: Double) -> Double {
    100 * (min(max(percent, 0), 100) / 100 * 65_535).rounded() / 65_535
  }
}

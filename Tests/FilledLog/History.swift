// A history as a shed has it: six probes of a kind that is common, by custom read every minute by a controller without a connection.

import Climate
import Controller
import Journal
import RealModule
import Simulator

import enum Controller.Record

/// Months of a shed, written into a log by the module that writes it on a device.
struct History {
  static let probes = ["north", "south", "middle", "top", "floor", "outdoor"]

  private static let day: Int64 = 86_400_000
  /// A device is restarted now and then: each part has a boot of its own.
  private static let bootDays: Int64 = 25
  /// How long the clock of a boot is not confirmed, ms.
  private static let unconfirmedTime: Int64 = 90 * 60_000

  /// The identity of a boot by its number, from 1.
  static func boot(_ number: Int) -> String { "history-\(number)" }

  private let probes: ArraySlice<String>
  private let scans: Int
  private let end: Int64
  /// Between scans, ms, and as minutes.
  private let interval: Int64
  private let minutes: Double
  private var random: SeededGenerator
  private var shed = 24.0
  private var drift = 0.0
  private var isHeating = false
  private var steam = 78.0

  /// - Parameters:
  ///   - seconds: between scans.
  ///   - probes: how many, at most ``probes``.
  ///   - end: wall time of the last scan, ms since 1970.
  init(days: Int, seconds: Int, probes: Int, end: Int64, seed: UInt64) {
    interval = Int64(seconds) * 1_000
    (minutes, scans) = (Double(seconds) / 60, Int(Int64(days) * Self.day / interval))
    (self.probes, self.end, random) = (Self.probes.prefix(probes), end, SeededGenerator(seed: seed))
  }

  private var names: JournalNames {
    JournalNames(channels: probes.flatMap { ["\($0).temperature", "\($0).humidity"] }, outputs: ["heater", "exhaust"])
  }

  /// Writes it all.
  mutating func write(to directory: String) -> Bool {
    var boot = 0
    let length = Int(Self.bootDays * Self.day / interval)
    while boot * length < scans {
      let range = boot * length..<min((boot + 1) * length, scans)
      guard write(range, boot: boot, to: directory) else { return false }
      boot += 1
    }
    return true
  }

  private mutating func write(_ range: Range<Int>, boot: Int, to directory: String) -> Bool {
    let unconfirmed = Int(Self.unconfirmedTime / interval)
    func stamp(_ scan: Int) -> Stamp {
      let passed = scan - range.lowerBound
      return Stamp(
        at: Instant(seconds: 30 + Double(passed) * 60 * minutes),
        wall: WallTime(
          unixMilliseconds: end - Int64(scans - 1 - scan) * interval,
          trust: passed < unconfirmed ? .freeRunning : .trusted))
    }
    let first = stamp(range.lowerBound)
    // As rarely as it may be: what matters here is what goes upstream.
    let settings = JournalSettings(sampleCommit: .minutes(15), hasUplink: true)
    let journal = Journal(
      directory: directory, names: names, boot: Self.boot(boot + 1), settings: settings, now: first.at,
      wall: first.wall)
    let maintenance = max(1, Int(600_000 / interval))
    for number in range {
      let stamp = stamp(number)
      var records = scan(number, stamp)
      if number == range.lowerBound {
        records.append(.event(stamp, kind: .started, subject: "controller", detail: "boot \(boot + 1)", by: nil))
      }
      if number - range.lowerBound == unconfirmed {
        records.append(.anchor(stamp, utc: stamp.wall.unixMilliseconds + 1_700, error: 50, source: .ntp))
      }
      journal.append(records)
      journal.tick(now: stamp.at, wall: stamp.wall)
      if number % maintenance == maintenance - 1 { journal.maintain(now: stamp.at, wall: stamp.wall) }
    }
    let last = stamp(range.upperBound - 1)
    let isWritten = journal.flush()
    journal.maintain(now: last.at, wall: last.wall)
    journal.close()
    return isWritten && journal.droppedRecords == 0
  }

  private mutating func scan(_ number: Int, _ stamp: Stamp) -> [Record] {
    let day = Double(number) * minutes / 1_440
    drift = 0.999 * drift + 0.05 * random.nextGaussian()
    let outdoor = 17 + 7 * Double.sin(2 * .pi * (day - 0.3)) + drift * 2
    shed += ((isHeating ? 0.16 : 0) + (outdoor - shed) * 0.008) * minutes + 0.01 * random.nextGaussian()
    steam += (78 - steam) * 0.02 * minutes + 0.25 * random.nextGaussian()
    var records: [Record] = []
    for (index, probe) in probes.enumerated() {
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
    if random.uniform() < 0.001 * minutes {
      records.append(.event(stamp, kind: .overrideSet, subject: "exhaust", detail: "通风 20 min", by: "li"))
    }
    if random.uniform() < 0.0005 * minutes {
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

// One reading from several probes that measure the same.

import Climate

/// How redundant probes are made into one reading.
public enum Redundancy: String, Codable, Sendable, CaseIterable {
  /// The median of all trustworthy probes; of two, the mean.
  case median
  /// The first trustworthy probe in the order of the configuration.
  case firstGood = "first-good"
  /// The highest of all trustworthy probes: for what is a danger wherever it is.
  case highest
}

/// Combines the readings of the probes of a zone.
public struct ProbeGroup: Equatable, Sendable {
  /// The probes, in order of preference.
  public var probes: [ChannelID]
  /// How they are combined.
  public var redundancy: Redundancy
  /// Probes that serve only while none of ``probes`` is trustworthy, in order of preference.
  public var backups: [ChannelID]

  /// A group of probes.
  public init(probes: [ChannelID], redundancy: Redundancy = .median, backups: [ChannelID] = []) {
    self.probes = probes
    self.redundancy = redundancy
    self.backups = backups
  }

  /// The group's reading.
  ///
  /// Only trustworthy probes count. Its age is that of the oldest probe used, so that a group is never younger than what it
  /// is made of. A reading from the backups is substituted. Without any, the most recent value is shown with the best quality left.
  public func reading(from readings: [Reading]) -> Reading {
    if let reading = combined(probes, readings) { return reading }
    if !backups.isEmpty, var reading = combined(backups, readings) {
      reading.quality = .substituted
      return reading
    }
    return best(of: readings)
  }

  /// What a backup may show more than is true, K: a CO2 sensor warms itself (SCD4x data sheet: ±0.8 K, more in still air).
  static let backupMargin = 2.0

  /// The highest of the probes that serve now, with the age of the oldest: what a heater's high limit must look at, for a mean hides
  /// the hot end of a room. A backup that is hotter still by more than its margin counts as well: a probe that lies must not be alone.
  func highest(of readings: [Reading]) -> Thermometer.Hottest? {
    guard let own = highest(probes, readings) else { return highest(backups, readings) }
    guard let backup = highest(backups, readings), backup.value - Self.backupMargin > own.value else { return own }
    return Thermometer.Hottest(channel: backup.channel, value: backup.value - Self.backupMargin, at: own.at)
  }

  private func highest(_ probes: [ChannelID], _ readings: [Reading]) -> Thermometer.Hottest? {
    var result: Thermometer.Hottest?
    for probe in probes {
      let reading = readings[probe.index]
      guard let value = reading.trusted, let at = reading.at else { continue }
      let oldest = min(result?.at ?? at, at)
      if let known = result, known.value >= value {
        result?.at = oldest
      } else {
        result = Thermometer.Hottest(channel: probe, value: value, at: oldest)
      }
    }
    return result
  }

  private func combined(_ probes: [ChannelID], _ readings: [Reading]) -> Reading? {
    switch redundancy {
    case .firstGood: probes.first { readings[$0.index].trusted != nil }.map { readings[$0.index] }
    case .median: median(of: probes, readings)
    case .highest:
      highest(probes, readings).map {
        Reading(lastValue: $0.value, quality: readings[$0.channel.index].quality, at: $0.at)
      }
    }
  }

  private func median(of probes: [ChannelID], _ readings: [Reading]) -> Reading? {
    // A single probe is its own median, and most zones have but one.
    if probes.count == 1, let probe = probes.first {
      return readings[probe.index].trusted == nil ? nil : readings[probe.index]
    }
    var count = 0
    var oldest: Instant?
    var quality = Quality.good
    for probe in probes {
      let reading = readings[probe.index]
      guard reading.trusted != nil, let at = reading.at else { continue }
      count += 1
      oldest = min(oldest ?? at, at)
      if reading.quality != .good { quality = reading.quality }
    }
    guard let upper = trusted(ofRank: count / 2, probes, readings) else { return nil }
    guard count % 2 == 0, let lower = trusted(ofRank: count / 2 - 1, probes, readings) else {
      return Reading(lastValue: upper, quality: quality, at: oldest)
    }
    return Reading(lastValue: (lower + upper) / 2, quality: quality, at: oldest)
  }

  /// The trustworthy value that has so many below it; `nil` if there are not so many. A group is small, and counting needs no storage.
  private func trusted(ofRank rank: Int, _ probes: [ChannelID], _ readings: [Reading]) -> Double? {
    for probe in probes {
      guard let value = readings[probe.index].trusted else { continue }
      var (below, equal) = (0, 0)
      for other in probes {
        guard let peer = readings[other.index].trusted else { continue }
        if peer < value { below += 1 } else if peer == value { equal += 1 }
      }
      if below <= rank, rank < below + equal { return value }
    }
    return nil
  }

  private func best(of readings: [Reading]) -> Reading {
    var best = Reading(lastValue: nil, quality: .failed, fault: .allProbesLost, at: nil)
    for probe in probes + backups {
      let reading = readings[probe.index]
      guard reading.lastValue != nil, reading.quality.rawValue < best.quality.rawValue || best.lastValue == nil else {
        continue
      }
      best = reading
    }
    best.fault = probes.count + backups.count > 1 ? .allProbesLost : (best.fault ?? .allProbesLost)
    return best
  }
}

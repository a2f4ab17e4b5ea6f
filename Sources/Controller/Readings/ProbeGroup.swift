// One reading from several probes that measure the same.

import Climate

/// How redundant probes are made into one reading.
public enum Redundancy: String, Codable, Sendable, CaseIterable {
  /// The median of all trustworthy probes; of two, the mean.
  case median
  /// The first trustworthy probe in the order of the configuration.
  case firstGood = "first-good"
}

/// Combines the readings of the probes of a zone.
public struct ProbeGroup: Equatable, Sendable {
  /// The probes, in order of preference.
  public var probes: [ChannelID]
  /// How they are combined.
  public var redundancy: Redundancy

  /// A group of probes.
  public init(probes: [ChannelID], redundancy: Redundancy = .median) {
    self.probes = probes
    self.redundancy = redundancy
  }

  /// The group's reading.
  ///
  /// Only trustworthy probes count. Its age is that of the oldest probe used, so that a group is never younger than what it
  /// is made of. Without any, the most recent value is shown with the best quality left.
  public func reading(from readings: [Reading]) -> Reading {
    switch redundancy {
    case .firstGood:
      for probe in probes where readings[probe.index].trusted != nil { return readings[probe.index] }
    case .median:
      if let median = median(of: readings) { return median }
    }
    return best(of: readings)
  }

  private func median(of readings: [Reading]) -> Reading? {
    // A single probe is its own median, and most zones have but one.
    if probes.count == 1, let probe = probes.first {
      return readings[probe.index].trusted == nil ? nil : readings[probe.index]
    }
    var values: [Double] = []
    values.reserveCapacity(probes.count)
    var oldest: Instant?
    var quality = Quality.good
    for probe in probes {
      let reading = readings[probe.index]
      guard let value = reading.trusted, let at = reading.at else { continue }
      values.append(value)
      oldest = min(oldest ?? at, at)
      if reading.quality != .good { quality = reading.quality }
    }
    guard !values.isEmpty else { return nil }
    values.sort()
    let middle = values.count / 2
    let value = values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
    return Reading(lastValue: value, quality: quality, at: oldest)
  }

  private func best(of readings: [Reading]) -> Reading {
    var best = Reading(lastValue: nil, quality: .failed, fault: .allProbesLost, at: nil)
    for probe in probes {
      let reading = readings[probe.index]
      guard reading.lastValue != nil, reading.quality.rawValue < best.quality.rawValue || best.lastValue == nil else {
        continue
      }
      best = reading
    }
    best.fault = probes.count > 1 ? .allProbesLost : (best.fault ?? .allProbesLost)
    return best
  }
}

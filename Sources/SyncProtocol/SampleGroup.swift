// Samples: each value of each channel with its quality.

/// One value of one channel.
public struct SyncSample: Hashable, Sendable {
  /// Index into ``SampleGroup/stamps``.
  public var stamp: Int
  /// Index into ``SampleGroup/channels``.
  public var channel: Int
  /// Ten-thousandths of the channel's unit; `nil` for none.
  public var value: Int64?
  /// The code of the quality: 0 good, 1 simulated, 2 substituted, 3 suspect, 4 stale, 5 failed.
  public var quality: UInt8
}

/// The samples of a batch, in the order of their sequence.
public struct SampleGroup: Hashable, Sendable {
  /// Names of the channels that occur.
  public private(set) var channels: [String] = []
  /// When they were made. Each stamp has at least one sample, and those of a stamp follow one another.
  public private(set) var stamps = StampTable()
  /// The samples.
  public private(set) var samples: [SyncSample] = []
  private var indices: [String: Int] = [:]

  /// No samples.
  public init() {}

  /// Adds a sample, as the last.
  public mutating func add(
    boot: String, mono: Int64, wall: Int64, trust: StampTrust, channel: String, value: Int64?, quality: UInt8
  ) {
    let stamp = stamps.add(boot: boot, mono: mono, wall: wall, trust: trust)
    let index = indices[channel] ?? channels.count
    if index == channels.count {
      channels.append(channel)
      indices[channel] = index
    }
    samples.append(SyncSample(stamp: stamp, channel: index, value: value, quality: quality))
  }

  /// Whether the same samples follow one another in both.
  public static func == (left: SampleGroup, right: SampleGroup) -> Bool {
    left.channels == right.channels && left.stamps == right.stamps && left.samples == right.samples
  }

  /// Of what is compared.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(channels)
    hasher.combine(samples)
  }

  // MARK: Wire

  /// The greatest power of ten, up to the whole unit, that all values of a channel are multiples of.
  private static let units: [Int64] = [10_000, 1_000, 100, 10, 1]

  private func unitsOfChannels() -> [Int64] {
    var choices = [Int](repeating: 0, count: channels.count)
    for sample in samples {
      guard let value = sample.value else { continue }
      while value % Self.units[choices[sample.channel]] != 0 { choices[sample.channel] += 1 }
    }
    return choices.map { Self.units[$0] }
  }

  func write(to map: inout CBORMap) {
    stamps.write(to: &map)
    var counts = [Int64](repeating: 0, count: stamps.stamps.count)
    for sample in samples { counts[sample.stamp] += 1 }
    map.put("count", column: counts)
    map.put("channels", texts: channels)
    let units = unitsOfChannels()
    map.put("unit", column: units)
    map.put("channel", column: samples.lazy.map { Int64($0.channel) })
    map.put("quality", column: samples.lazy.map { Int64($0.quality) })
    var last = [Int64](repeating: 0, count: channels.count)
    map.put(
      "value",
      column: samples.map { sample -> Int64? in
        guard let value = sample.value else { return nil }
        let scaled = value / units[sample.channel]
        defer { last[sample.channel] = scaled }
        return scaled &- last[sample.channel]
      })
  }

  init(_ fields: CBORFields, count: Int) throws(SyncFault) {
    stamps = try StampTable(fields)
    channels = try fields.texts("channels")
    let units = try fields.integers("unit", count: channels.count)
    guard units.allSatisfy({ $0 > 0 }) else { throw .form("a unit is not positive") }
    let counts = try fields.indices("count", count: stamps.stamps.count, below: count + 1)
    let channel = try fields.indices("channel", count: count, below: channels.count)
    let quality = try fields.indices("quality", count: count, below: 256)
    let value = try fields.optionalIntegers("value", count: count)
    guard counts.allSatisfy({ $0 > 0 }), counts.reduce(0, +) == count else {
      throw .form("the stamps' counts do not sum up to n")
    }
    var last = [Int64](repeating: 0, count: channels.count)
    samples.reserveCapacity(count)
    for (stamp, count) in counts.enumerated() {
      for index in samples.count..<samples.count + count {
        let channel = channel[index]
        var sample = SyncSample(stamp: stamp, channel: channel, value: nil, quality: UInt8(quality[index]))
        if let difference = value[index] {
          last[channel] = last[channel] &+ difference
          let (whole, overflow) = last[channel].multipliedReportingOverflow(by: units[channel])
          guard !overflow else { throw .form("a value is too large") }
          sample.value = whole
        }
        samples.append(sample)
      }
    }
  }
}

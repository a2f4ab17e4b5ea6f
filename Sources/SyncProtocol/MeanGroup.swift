// Means: a record is a window with all its channels.

/// What the samples of one channel in one window come to.
public struct SyncMean: Hashable, Sendable {
  /// Name of the channel.
  public var channel: String
  /// Mean of the good values, ten-thousandths; `nil` where there was none.
  public var mean: Int64?
  /// Least good value.
  public var minimum: Int64?
  /// Greatest good value.
  public var maximum: Int64?
  /// How many samples were good.
  public var good: Int64
  /// How many were not.
  public var bad: Int64

  /// A mean from its parts.
  public init(channel: String, mean: Int64?, minimum: Int64?, maximum: Int64?, good: Int64, bad: Int64) {
    (self.channel, self.mean, self.minimum, self.maximum) = (channel, mean, minimum, maximum)
    (self.good, self.bad) = (good, bad)
  }
}

/// The means of one window.
public struct SyncWindow: Hashable, Sendable {
  /// Index into ``MeanGroup/stamps``: when it began.
  public var stamp: Int
  /// How long it is, ms.
  public var length: Int64
  /// Its channels.
  public var means: [SyncMean]
}

/// The windows of a batch, in the order of their sequence.
public struct MeanGroup: Hashable, Sendable {
  /// When the windows began.
  public private(set) var stamps = StampTable()
  /// The windows.
  public private(set) var windows: [SyncWindow] = []

  /// No windows.
  public init() {}

  /// Adds a window, as the last.
  public mutating func add(
    boot: String, mono: Int64, wall: Int64, trust: StampTrust, length: Int64, means: [SyncMean]
  ) {
    let stamp = stamps.add(boot: boot, mono: mono, wall: wall, trust: trust)
    windows.append(SyncWindow(stamp: stamp, length: length, means: means))
  }

  func write(to map: inout CBORMap) {
    stamps.write(to: &map)
    var indices: [String: Int64] = [:]
    var channels: [String] = []
    let means = windows.flatMap(\.means)
    let channel = means.map { mean -> Int64 in
      if let index = indices[mean.channel] { return index }
      channels.append(mean.channel)
      indices[mean.channel] = Int64(channels.count - 1)
      return Int64(channels.count - 1)
    }
    var counts = [Int64](repeating: 0, count: stamps.stamps.count)
    for window in windows { counts[window.stamp] += 1 }
    map.put("count", column: counts)
    map.put("channels", texts: channels)
    map.put("length", column: windows.lazy.map(\.length))
    map.put("channelCount", column: windows.lazy.map { Int64($0.means.count) })
    map.put("channel", column: channel)
    map.put("mean", column: means.lazy.map(\.mean))
    map.put("min", column: means.lazy.map(\.minimum))
    map.put("max", column: means.lazy.map(\.maximum))
    map.put("good", column: means.lazy.map(\.good))
    map.put("bad", column: means.lazy.map(\.bad))
  }

  init(_ fields: CBORFields, count: Int) throws(SyncFault) {
    stamps = try StampTable(fields)
    let counts = try fields.indices("count", count: stamps.stamps.count, below: count + 1)
    guard counts.allSatisfy({ $0 > 0 }), counts.reduce(0, +) == count else {
      throw .form("the stamps' counts do not sum up to n")
    }
    let channels = try fields.texts("channels")
    let lengths = try fields.integers("length", count: count)
    let sizes = try fields.indices("channelCount", count: count, below: SyncLimits.unpacked)
    let total = sizes.reduce(0, +)
    let channel = try fields.indices("channel", count: total, below: channels.count)
    let mean = try fields.optionalIntegers("mean", count: total)
    let minimum = try fields.optionalIntegers("min", count: total)
    let maximum = try fields.optionalIntegers("max", count: total)
    let good = try fields.integers("good", count: total)
    let bad = try fields.integers("bad", count: total)
    var next = 0
    for (stamp, count) in counts.enumerated() {
      for _ in 0..<count {
        let size = sizes[windows.count]
        let means = (next..<next + size).map { index in
          SyncMean(
            channel: channels[channel[index]], mean: mean[index], minimum: minimum[index], maximum: maximum[index],
            good: good[index], bad: bad[index])
        }
        windows.append(SyncWindow(stamp: stamp, length: lengths[windows.count], means: means))
        next += size
      }
    }
  }
}

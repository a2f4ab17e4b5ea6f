// When records were made: one stamp for all that were made in the same step.

/// How far a device's clock could be believed. The numbers are those on the wire.
public enum StampTrust: Int64, CaseIterable, Sendable {
  /// Set by a time server or a person since boot.
  case trusted = 0
  /// Kept by a clock chip, or carried on from an earlier trust.
  case freeRunning = 1
  /// Not set at all.
  case unknown = 2
}

/// When something was, as the device believed then.
public struct SyncStamp: Hashable, Sendable {
  /// Index into ``StampTable/boots``.
  public var boot: Int
  /// Monotonic time of the boot, ms.
  public var mono: Int64
  /// Wall time, ms since 1970 UTC.
  public var wall: Int64
  /// How far the wall time could be believed.
  public var trust: StampTrust

  /// A stamp from its parts.
  public init(boot: Int, mono: Int64, wall: Int64, trust: StampTrust) {
    (self.boot, self.mono, self.wall, self.trust) = (boot, mono, wall, trust)
  }
}

/// The stamps of a batch, in the order of its records.
public struct StampTable: Hashable, Sendable {
  /// Names of the boots that occur.
  public private(set) var boots: [String] = []
  /// The stamps. ``SyncStamp/boot`` of each is an index into ``boots``.
  public private(set) var stamps: [SyncStamp] = []

  /// No stamps.
  public init() {}

  /// Name of a stamp's boot.
  public func boot(of stamp: SyncStamp) -> String { boots[stamp.boot] }

  /// Adds a stamp, unless the newest is the same.
  /// - Returns: its index in ``stamps``.
  public mutating func add(boot: String, mono: Int64, wall: Int64, trust: StampTrust) -> Int {
    let index =
      if let last = stamps.last, boots[last.boot] == boot {
        last.boot
      } else if let index = boots.firstIndex(of: boot) {
        index
      } else {
        boots.count
      }
    let stamp = SyncStamp(boot: index, mono: mono, wall: wall, trust: trust)
    if stamp == stamps.last { return stamps.count - 1 }
    if index == boots.count { boots.append(boot) }
    stamps.append(stamp)
    return stamps.count - 1
  }

  func write(to map: inout CBORMap) {
    map.put("boots", texts: boots)
    map.put("boot", column: stamps.lazy.map { Int64($0.boot) })
    map.put("mono", column: Differences.encode(stamps.map(\.mono)))
    map.put("wall", column: Differences.encode(stamps.map { $0.wall &- $0.mono }))
    map.put("trust", column: stamps.lazy.map(\.trust.rawValue))
  }

  /// The stamp that an entry names.
  func index(in entry: CBORFields) throws(SyncFault) -> Int {
    let stamp = try entry.integer("at", in: 0...Int64.max)
    guard stamp < stamps.count else { throw .form("at is \(stamp)") }
    return Int(stamp)
  }

  init(_ fields: CBORFields) throws(SyncFault) {
    boots = try fields.texts("boots")
    let boot = try fields.indices("boot", count: nil, below: boots.count)
    guard boot.count <= SyncLimits.records else { throw .tooLarge("\(boot.count) stamps") }
    let mono = Differences.decode(try fields.integers("mono", count: boot.count))
    let wall = Differences.decode(try fields.integers("wall", count: boot.count))
    let trust = try fields.integers("trust", count: boot.count)
    stamps.reserveCapacity(boot.count)
    for index in boot.indices {
      guard let trust = StampTrust(rawValue: trust[index]) else { throw .form("trust holds \(trust[index])") }
      stamps.append(
        SyncStamp(boot: boot[index], mono: mono[index], wall: wall[index] &+ mono[index], trust: trust))
    }
  }
}

/// Columns of numbers as differences to the one before. The arithmetic wraps around, so that any numbers come back as they were.
enum Differences {
  static func encode(_ column: [Int64]) -> [Int64] {
    var last: Int64 = 0
    return column.map { value in
      defer { last = value }
      return value &- last
    }
  }

  static func decode(_ column: [Int64]) -> [Int64] {
    var last: Int64 = 0
    return column.map { difference in
      last = last &+ difference
      return last
    }
  }
}

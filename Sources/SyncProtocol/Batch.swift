// A batch: records of one lane that follow one another.

/// Why records will never come.
public enum SyncLoss: String, CaseIterable, Sendable {
  /// The disk was full; what they come to is in the `live` lane.
  case quota
  /// The disk lost them.
  case damaged
  /// Older than the device keeps, and acknowledged before.
  case age
}

/// What a batch holds.
public enum BatchContent: Hashable, Sendable {
  /// Nothing: asks for an acknowledgement.
  case hello
  /// Samples, in the lane `backlog`.
  case samples(SampleGroup)
  /// Means, in the lane `live`.
  case means(MeanGroup)
  /// Entries, in the lane `alarm`.
  case entries(EntryGroup)
  /// Decisions, in the lane `diagnostic`.
  case decisions(DecisionGroup)
  /// So many records that will never come; at least one.
  case lost(Int64, SyncLoss)

  /// How many records.
  public var count: Int64 {
    switch self {
    case .hello: 0
    case .samples(let group): Int64(group.samples.count)
    case .means(let group): Int64(group.windows.count)
    case .entries(let group): Int64(group.entries.count)
    case .decisions(let group): Int64(group.decisions.count)
    case .lost(let count, _): count
    }
  }

  /// The one lane where it may be; `nil` for any.
  var lane: Lane? {
    switch self {
    case .hello, .lost: nil
    case .samples: .backlog
    case .means: .live
    case .entries: .alarm
    case .decisions: .diagnostic
    }
  }

  fileprivate var kind: String {
    switch self {
    case .hello: "hello"
    case .samples: "samples"
    case .means: "means"
    case .entries: "entries"
    case .decisions: "decisions"
    case .lost: "lost"
    }
  }
}

/// Records of one lane that follow one another without a gap.
public struct Batch: Hashable, Sendable {
  private static let version: Int64 = 1

  /// Whose.
  public var device: DeviceName
  /// Of which log.
  public var install: InstallID
  /// Of which lane.
  public var lane: Lane
  /// Sequence of the first record, 1 or more; of a hello, that of the lane's next record.
  public var first: Int64
  /// The records.
  public var content: BatchContent

  /// A batch from its parts.
  public init(device: DeviceName, install: InstallID, lane: Lane, first: Int64, content: BatchContent) {
    (self.device, self.install, self.lane, self.first, self.content) = (device, install, lane, first, content)
  }

  /// Sequence of the last record; `first - 1` if there is none.
  public var last: Int64 { first - 1 + content.count }

  /// What goes into a message: CBOR in a zstd frame.
  /// - Throws: ``SyncFault/tooLarge(_:)`` if it holds more records or bytes than a message may.
  public func encoded() throws(SyncFault) -> [UInt8] {
    if case .lost = content {
    } else if content.count > SyncLimits.records {
      throw .tooLarge("\(content.count) records in a batch")
    }
    let plain = unpacked()
    guard plain.count <= SyncLimits.unpacked else { throw .tooLarge("a batch of \(plain.count) bytes") }
    let packed = try ZstdFrame.compress(plain)
    guard packed.count <= SyncLimits.message else { throw .tooLarge("a message of \(packed.count) bytes") }
    return packed
  }

  /// Reads a message.
  /// - Parameter message: what ``encoded()`` gave, or anything else.
  public init(_ message: [UInt8]) throws(SyncFault) {
    guard message.count <= SyncLimits.message else { throw .tooLarge("a message of \(message.count) bytes") }
    try self.init(unpacked: try ZstdFrame.decompress(message, limit: SyncLimits.unpacked))
  }

  /// The CBOR map.
  package func unpacked() -> [UInt8] {
    var map = CBORMap()
    map.put("v", Self.version)
    map.put("dev", device.text)
    map.put("inst") { $0.write(install.bytes) }
    map.put("lane", lane.rawValue)
    map.put("first", first)
    map.put("n", content.count)
    map.put("kind", content.kind)
    switch content {
    case .hello: break
    case .samples(let group): group.write(to: &map)
    case .means(let group): group.write(to: &map)
    case .entries(let group): group.write(to: &map)
    case .decisions(let group): group.write(to: &map)
    case .lost(_, let reason): map.put("why", reason.rawValue)
    }
    var writer = CBORWriter()
    writer.write(map)
    return writer.bytes
  }

  /// Reads a CBOR map.
  package init(unpacked bytes: [UInt8]) throws(SyncFault) {
    let fields = try CBORFields(try CBORReader.value(of: bytes), "a batch")
    let version = try fields.integer("v")
    guard version == Self.version else { throw .version(version) }
    guard let device = DeviceName(try fields.text("dev")) else { throw .form("dev is no name of a device") }
    guard let install = InstallID(try fields.bytes("inst")) else { throw .form("inst has not 16 bytes") }
    guard let lane = Lane(rawValue: try fields.text("lane")) else { throw .form("lane is not known") }
    let first = try fields.integer("first", in: 1...Int64.max / 2)
    let count = try fields.integer("n", in: 0...Int64.max / 2)
    let content = try Self.content(fields, count: count)
    guard content.lane == nil || content.lane == lane else {
      throw .form("\(content.kind) in the lane \(lane.rawValue)")
    }
    self.init(device: device, install: install, lane: lane, first: first, content: content)
  }

  private static func content(_ fields: CBORFields, count: Int64) throws(SyncFault) -> BatchContent {
    let kind = try fields.text("kind")
    switch kind {
    case "hello":
      guard count == 0 else { throw .form("a hello has n \(count)") }
      return .hello
    case "lost":
      guard count > 0, let reason = SyncLoss(rawValue: try fields.text("why")) else {
        throw .form("a loss without records or a known why")
      }
      return .lost(count, reason)
    default:
      guard count > 0 else { throw .form("a batch without records") }
      guard count <= SyncLimits.records else { throw .tooLarge("\(count) records in a batch") }
      return try records(kind, fields, count: Int(count))
    }
  }

  private static func records(_ kind: String, _ fields: CBORFields, count: Int) throws(SyncFault) -> BatchContent {
    switch kind {
    case "samples": .samples(try SampleGroup(fields, count: count))
    case "means": .means(try MeanGroup(fields, count: count))
    case "entries": .entries(try EntryGroup(fields, count: count))
    case "decisions": .decisions(try DecisionGroup(fields, count: count))
    default: throw .form("kind \(kind) is not known")
    }
  }
}

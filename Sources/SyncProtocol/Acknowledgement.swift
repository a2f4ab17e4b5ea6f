// What the hub answers: what its database holds.

/// What the hub's database holds of one lane of one install. Sent after the commit.
public struct Acknowledgement: Hashable, Sendable {
  private static let version: Int64 = 1

  /// Which database.
  public var database: DatabaseID
  /// Whose records.
  public var install: InstallID
  /// Of which lane.
  public var lane: Lane
  /// Every record 1 … `through` is in the database, or known to be lost; 0 for none.
  public var through: Int64
  /// Nothing is said of what lies above; `through` or more.
  public var top: Int64
  /// Ascending, apart: of `through + 1` … `top` just these are missing.
  public var gaps: [ClosedRange<Int64>]
  /// How many batches the device may have on the way; 0 to pause.
  public var window: Int64
  /// The hub's clock, ms since 1970 UTC.
  public var now: Int64
  /// Whether a record came again with other content.
  public var isFork: Bool

  /// An acknowledgement from its parts.
  public init(
    database: DatabaseID, install: InstallID, lane: Lane, through: Int64, top: Int64, gaps: [ClosedRange<Int64>] = [],
    window: Int64, now: Int64, isFork: Bool = false
  ) {
    (self.database, self.install, self.lane) = (database, install, lane)
    (self.through, self.top, self.gaps) = (through, top, gaps)
    (self.window, self.now, self.isFork) = (window, now, isFork)
  }

  /// What goes into a message: CBOR. Of more gaps than a message may name the last are left out, and `top` is lowered to where
  /// nothing is known any more.
  public func encoded() -> [UInt8] {
    let named = gaps.prefix(SyncLimits.gaps)
    let top = gaps.count > named.count ? named.last?.upperBound ?? top : top
    var map = CBORMap()
    map.put("v", Self.version)
    map.put("db") { $0.write(database.bytes) }
    map.put("inst") { $0.write(install.bytes) }
    map.put("lane", lane.rawValue)
    map.put("through", through)
    map.put("top", top)
    map.put("gaps") { writer in
      writer.array(named.count)
      for gap in named {
        writer.array(2)
        writer.write(gap.lowerBound)
        writer.write(gap.upperBound)
      }
    }
    map.put("win", window)
    map.put("now", now)
    if isFork { map.put("fork") { $0.write(true) } }
    var writer = CBORWriter()
    writer.write(map)
    return writer.bytes
  }

  /// Reads a message.
  /// - Parameter message: what ``encoded()`` gave, or anything else.
  public init(_ message: [UInt8]) throws(SyncFault) {
    guard message.count <= SyncLimits.message else { throw .tooLarge("a message of \(message.count) bytes") }
    let fields = try CBORFields(try CBORReader.value(of: message), "an acknowledgement")
    let version = try fields.integer("v")
    guard version == Self.version else { throw .version(version) }
    guard let database = DatabaseID(try fields.bytes("db")) else { throw .form("db has not 16 bytes") }
    guard let install = InstallID(try fields.bytes("inst")) else { throw .form("inst has not 16 bytes") }
    guard let lane = Lane(rawValue: try fields.text("lane")) else { throw .form("lane is not known") }
    let through = try fields.integer("through", in: 0...Int64.max / 2)
    let top = try fields.integer("top", in: through...Int64.max / 2)
    let gaps = try Self.gaps(fields, above: through, top: top)
    self.init(
      database: database, install: install, lane: lane, through: through, top: top, gaps: gaps,
      window: try fields.integer("win", in: 0...Int64(Int32.max)), now: try fields.integer("now"),
      isFork: fields.has("fork") ? try fields.boolean("fork") : false)
  }

  private static func gaps(
    _ fields: CBORFields, above through: Int64, top: Int64
  ) throws(SyncFault) -> [ClosedRange<Int64>] {
    var gaps: [ClosedRange<Int64>] = []
    let items = try fields.array("gaps", count: nil)
    guard items.count <= SyncLimits.gaps else { throw .tooLarge("\(items.count) gaps") }
    for item in items {
      guard case .array(let pair) = item, pair.count == 2, case .integer(let from) = pair[0],
        case .integer(let to) = pair[1], from > gaps.last?.upperBound ?? through, from <= to, to <= top
      else { throw .form("gaps do not ascend between through and top") }
      gaps.append(from...to)
    }
    return gaps
  }
}

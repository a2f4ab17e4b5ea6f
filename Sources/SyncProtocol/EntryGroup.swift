// Entries: alarms, events and clock anchors.

/// Who said what time it is.
public enum SyncAnchorSource: String, CaseIterable, Sendable {
  /// A time server.
  case ntp
  /// The hub, in an acknowledgement.
  case hub
  /// A person.
  case person
}

/// What happened.
public enum SyncEntryContent: Hashable, Sendable {
  /// An alarm changed; the value in ten-thousandths of its unit.
  case alarm(kind: String, subject: String, severity: String, transition: String, value: Int64?, by: String?)
  /// Something happened.
  case event(kind: String, subject: String, detail: String, by: String?)
  /// At the stamp's monotonic time it was `utc` (ms since 1970), give or take `error` ms.
  case anchor(utc: Int64, error: Int64, source: SyncAnchorSource)
}

/// One entry.
public struct SyncEntry: Hashable, Sendable {
  /// Index into ``EntryGroup/stamps``.
  public var stamp: Int
  /// What happened.
  public var content: SyncEntryContent
}

/// The entries of a batch, in the order of their sequence.
public struct EntryGroup: Hashable, Sendable {
  /// When they were made.
  public private(set) var stamps = StampTable()
  /// The entries.
  public private(set) var entries: [SyncEntry] = []

  /// No entries.
  public init() {}

  /// Adds an entry, as the last.
  public mutating func add(boot: String, mono: Int64, wall: Int64, trust: StampTrust, _ content: SyncEntryContent) {
    let stamp = stamps.add(boot: boot, mono: mono, wall: wall, trust: trust)
    entries.append(SyncEntry(stamp: stamp, content: content))
  }

  func write(to map: inout CBORMap) {
    stamps.write(to: &map)
    map.put(
      "entries",
      maps: entries.map { entry in
        var item = CBORMap()
        item.put("at", Int64(entry.stamp))
        switch entry.content {
        case .alarm(let kind, let subject, let severity, let transition, let value, let person):
          item.put("type", "alarm")
          item.put("kind", kind)
          item.put("subject", subject)
          item.put("severity", severity)
          item.put("transition", transition)
          item.put("value", value)
          item.put("by", person)
        case .event(let kind, let subject, let detail, let person):
          item.put("type", "event")
          item.put("kind", kind)
          item.put("subject", subject)
          item.put("detail", detail)
          item.put("by", person)
        case .anchor(let utc, let error, let source):
          item.put("type", "anchor")
          item.put("utc", utc)
          item.put("error", error)
          item.put("source", source.rawValue)
        }
        return item
      })
  }

  init(_ fields: CBORFields, count: Int) throws(SyncFault) {
    stamps = try StampTable(fields)
    entries.reserveCapacity(count)
    for item in try fields.array("entries", count: count) {
      let item = try CBORFields(item, "an entry")
      let stamp = try stamps.index(in: item)
      entries.append(SyncEntry(stamp: stamp, content: try Self.content(item)))
    }
  }

  private static func content(_ item: CBORFields) throws(SyncFault) -> SyncEntryContent {
    switch try item.text("type") {
    case "alarm":
      return .alarm(
        kind: try item.text("kind"), subject: try item.text("subject"), severity: try item.text("severity"),
        transition: try item.text("transition"), value: try item.optionalInteger("value"),
        by: try item.optionalText("by"))
    case "event":
      return .event(
        kind: try item.text("kind"), subject: try item.text("subject"), detail: try item.text("detail"),
        by: try item.optionalText("by"))
    case "anchor":
      guard let source = SyncAnchorSource(rawValue: try item.text("source")) else { throw .form("source is not known") }
      return .anchor(utc: try item.integer("utc"), error: try item.integer("error", in: 0...Int64.max), source: source)
    case let type: throw .form("an entry of type \(type)")
    }
  }
}

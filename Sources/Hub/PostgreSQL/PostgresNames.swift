// The numbers that stand for names in the tables, remembered.

import SyncProtocol

/// A device's log by its names.
struct InstallKey: Hashable {
  var device: DeviceName
  var install: InstallID
}

/// Something with a name below something with a number.
struct NameKey: Hashable {
  var parent: Int32
  var name: String
}

/// The numbers that stand for names. Names are added in transactions of their own before they are needed, so that nothing is remembered
/// that was rolled back.
struct PostgresNames {
  /// The database they are of.
  var database: DatabaseID?
  private(set) var devices: [DeviceName: Int32] = [:]
  private(set) var installs: [InstallKey: Int32] = [:]
  private(set) var channels: [NameKey: Int32] = [:]
  private(set) var boots: [NameKey: Int32] = [:]
  private var lanes: Set<NameKey> = []
  private var months: Set<String> = []

  /// So many names take some tens of megabytes; then they are forgotten and asked for anew.
  private static let most = 500_000

  private var count: Int { devices.count + installs.count + channels.count + boots.count + lanes.count }

  /// Makes sure that all names of what has come have numbers.
  mutating func learn(
    _ keys: [LaneKey], batches: [Batch], others: [DeviceName], _ connection: PostgresConnection
  ) throws(StoreError) {
    if count > Self.most {
      let database = database
      self = PostgresNames()
      self.database = database
    }
    try learnDevices(Set(keys.map(\.device)).union(others), connection)
    try learnInstalls(Set(keys.map { InstallKey(device: $0.device, install: $0.install) }), connection)
    try learnLanes(keys, connection)
    var channels: Set<NameKey> = []
    var boots: Set<NameKey> = []
    for batch in batches {
      guard let device = devices[batch.device], let install = install(of: LaneKey(batch)) else { continue }
      for name in batch.channels { channels.insert(NameKey(parent: device, name: name)) }
      for name in batch.stamps?.boots ?? [] { boots.insert(NameKey(parent: install, name: name)) }
    }
    try Self.learn(channels, &self.channels, table: "channel", parent: "device", connection)
    try Self.learn(boots, &self.boots, table: "boot", parent: "install", connection)
  }

  func install(of key: LaneKey) -> Int32? { installs[InstallKey(device: key.device, install: key.install)] }

  private mutating func learnDevices(
    _ wanted: Set<DeviceName>, _ connection: PostgresConnection
  ) throws(StoreError) {
    let missing = wanted.filter { devices[$0] == nil }.map(\.text).sorted()
    guard !missing.isEmpty else { return }
    let names = PostgresConnection.array(missing)
    try connection.run("INSERT INTO hub.device (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", [names])
    let rows = try connection.run("SELECT name, id FROM hub.device WHERE name = ANY ($1::text[])", [names])
    for row in 0..<rows.count {
      if let name = rows.text(row, 0).flatMap(DeviceName.init), let id = rows.id(row, 1) { devices[name] = id }
    }
  }

  private mutating func learnInstalls(
    _ wanted: Set<InstallKey>, _ connection: PostgresConnection
  ) throws(StoreError) {
    // In one order for all workers, so that none waits for another that waits for it.
    let missing = wanted.filter { installs[$0] == nil }.sorted {
      ($0.device.text, $0.install.description) < ($1.device.text, $1.install.description)
    }
    guard !missing.isEmpty else { return }
    let parameters = [
      PostgresConnection.array(missing.compactMap { devices[$0.device] }),
      PostgresConnection.array(missing.map(\.install.description)),
    ]
    try connection.run(
      """
      INSERT INTO hub.install (device, install) SELECT * FROM unnest($1::int[], $2::uuid[]) ON CONFLICT DO NOTHING
      """, parameters)
    let rows = try connection.run(
      """
      SELECT d.name, replace(i.install::text, '-', ''), i.id FROM hub.install i JOIN hub.device d ON d.id = i.device
      JOIN unnest($1::int[], $2::uuid[]) k (device, install) ON k.device = i.device AND k.install = i.install
      """, parameters)
    for row in 0..<rows.count {
      guard let device = rows.text(row, 0).flatMap(DeviceName.init), let text = rows.text(row, 1),
        let install = InstallID(hexadecimal: text), let id = rows.id(row, 2)
      else { continue }
      installs[InstallKey(device: device, install: install)] = id
    }
  }

  private mutating func learnLanes(_ keys: [LaneKey], _ connection: PostgresConnection) throws(StoreError) {
    let wanted = keys.compactMap { key in
      install(of: key).map { (NameKey(parent: $0, name: key.lane.rawValue), key.lane.number) }
    }
    let missing = wanted.filter { !lanes.contains($0.0) }.sorted { ($0.0.parent, $0.1) < ($1.0.parent, $1.1) }
    guard !missing.isEmpty else { return }
    try connection.run(
      """
      INSERT INTO hub.lane (install, lane) SELECT * FROM unnest($1::int[], $2::smallint[]) ON CONFLICT DO NOTHING
      """, [PostgresConnection.array(missing.map(\.0.parent)), PostgresConnection.array(missing.map(\.1))])
    lanes.formUnion(missing.map(\.0))
  }

  private static func learn(
    _ wanted: Set<NameKey>, _ known: inout [NameKey: Int32], table: String, parent: String,
    _ connection: PostgresConnection
  ) throws(StoreError) {
    let missing = wanted.filter { known[$0] == nil }.sorted { ($0.parent, $0.name) < ($1.parent, $1.name) }
    guard !missing.isEmpty else { return }
    let parameters = [
      PostgresConnection.array(missing.map(\.parent)), PostgresConnection.array(missing.map(\.name)),
    ]
    try connection.run(
      """
      INSERT INTO hub.\(table) (\(parent), name) SELECT * FROM unnest($1::int[], $2::text[]) ON CONFLICT DO NOTHING
      """, parameters)
    let rows = try connection.run(
      """
      SELECT t.\(parent), t.name, t.id FROM hub.\(table) t
      JOIN unnest($1::int[], $2::text[]) k (parent, name) ON k.parent = t.\(parent) AND k.name = t.name
      """, parameters)
    for row in 0..<rows.count {
      if let parent = rows.id(row, 0), let name = rows.text(row, 1), let id = rows.id(row, 2) {
        known[NameKey(parent: parent, name: name)] = id
      }
    }
  }

  /// Makes sure that a table that is kept by month has these months.
  mutating func addMonths(
    _ wanted: Set<String>, to table: String, _ connection: PostgresConnection
  ) throws(StoreError) {
    for month in wanted.sorted() where !months.contains(table + month) {
      try connection.run("SELECT hub.add_month($1, $2)", [table, month])
      months.insert(table + month)
    }
  }
}

extension RandomIdentity {
  /// From 32 hexadecimal digits.
  init?(hexadecimal text: String) {
    let digits = text.compactMap(\.hexDigitValue)
    guard digits.count == text.count, digits.count == 2 * Self.size else { return nil }
    self.init(stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
  }
}

// A hub's database in PostgreSQL.

import Platform
public import SyncProtocol

/// A hub's database in PostgreSQL 15, in the schema `hub`.
///
/// What has been received is decided under the lock of the lane's row, in the transaction that writes the records, so that any number of
/// workers may write the same batch at once and one of them does.
public final class PostgresStore: HubStore {
  private let parameters: String
  private var connection: PostgresConnection?
  private var names = PostgresNames()

  /// A database by libpq's parameters: `host=… dbname=… user=…`. Connects when it is first needed, and again after a failure.
  public init(_ parameters: String) { self.parameters = parameters }

  private static let session = """
    SET TIME ZONE 'UTC'; SET synchronous_commit = on; SET statement_timeout = '60s'; SET lock_timeout = '30s';
    SET search_path = hub, pg_catalog
    """

  private static var incomingTables: String {
    RecordTable.allCases.map { table in
      "CREATE TEMP TABLE incoming_\(table) (LIKE hub.\(table), known boolean NOT NULL) ON COMMIT DELETE ROWS"
    }.joined(separator: ";")
  }

  /// The connection that stands, or a new one to a database with all its tables.
  private func open() throws(StoreError) -> PostgresConnection {
    if let connection { return connection }
    let new = try PostgresConnection(parameters)
    try new.run("SET client_min_messages = warning")
    try Self.migrate(new)
    try new.run(Self.session)
    try new.run(Self.incomingTables)
    names = PostgresNames()
    connection = new
    return new
  }

  private static func migrate(_ connection: PostgresConnection) throws(StoreError) {
    try connection.transaction { () throws(StoreError) in
      // One worker at a time; the others find it done.
      try connection.run("SELECT pg_advisory_xact_lock(hashtext('hub.migrate'))")
      let isThere = try connection.run("SELECT to_regclass('hub.migration') IS NOT NULL").text(0, 0) == "t"
      if !isThere {
        try connection.run("CREATE SCHEMA IF NOT EXISTS hub")
        try connection.run(
          "CREATE TABLE hub.migration (name text PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())")
      }
      let rows = try connection.run("SELECT name FROM hub.migration")
      let done = Set((0..<rows.count).compactMap { rows.text($0, 0) })
      try connection.run("SET LOCAL search_path = hub, pg_catalog")
      for migration in PostgresSchema.migrations where !done.contains(migration.name) {
        try connection.run(migration.sql)
        try connection.run("INSERT INTO hub.migration (name) VALUES ($1)", [migration.name])
      }
    }
  }

  /// Runs what needs a connection; after a failure the next call makes a new one.
  private func with<Result>(
    _ body: (PostgresConnection) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    do {
      return try body(try open())
    } catch {
      if case .unavailable = error { connection = nil }
      throw error
    }
  }

  // MARK: - Identity

  /// Which database this is. Draws a new identity where its tables are found elsewhere than before.
  /// - Returns: the identity, and whether it is still that of the names that are remembered.
  private func identity(_ connection: PostgresConnection) throws(StoreError) -> (id: DatabaseID, isKnown: Bool) {
    let query = "SELECT replace(id::text, '-', ''), place = hub.place() FROM hub.epoch"
    var rows = try connection.run(query)
    if rows.text(0, 1) == "f" {
      try connection.run(
        """
        UPDATE hub.epoch SET id = gen_random_uuid(), place = hub.place(), drawn = now() WHERE place <> hub.place()
        """)
      rows = try connection.run(query)
    }
    guard let id = rows.text(0, 0).flatMap({ DatabaseID(hexadecimal: $0) }) else {
      throw .unavailable("the database has no identity")
    }
    return (id, id == names.database)
  }

  /// Draws a new identity.
  public func renew() throws(StoreError) -> DatabaseID {
    try with { connection throws(StoreError) in
      try connection.run("UPDATE hub.epoch SET id = gen_random_uuid(), place = hub.place(), drawn = now()")
      return try identity(connection).id
    }
  }

  // MARK: - Workers

  /// Says that a worker lives, and returns those that have said so in the last 15 s.
  public func beat(_ worker: WorkerID, name: String) throws(StoreError) -> [WorkerID] {
    try with { connection throws(StoreError) in
      try connection.run(
        """
        INSERT INTO hub.worker (id, name, seen) VALUES ($1, $2, clock_timestamp())
        ON CONFLICT (id) DO UPDATE SET seen = excluded.seen
        """, [worker.description, name])
      try connection.run("DELETE FROM hub.worker WHERE seen < now() - interval '1 hour'")
      let rows = try connection.run(
        "SELECT replace(id::text, '-', '') FROM hub.worker WHERE seen > now() - interval '15 seconds' ORDER BY id")
      return (0..<rows.count).compactMap { rows.text($0, 0).flatMap { WorkerID(hexadecimal: $0) } }
    }
  }

  /// Says that a worker serves no more.
  public func leave(_ worker: WorkerID) throws(StoreError) {
    try with { connection throws(StoreError) in
      _ = try connection.run("DELETE FROM hub.worker WHERE id = $1", [worker.description])
    }
  }

  // MARK: - Records

  /// Writes what has come in one transaction, and returns after it is on the database's disk.
  public func write(_ arrival: Arrival) throws(StoreError) -> Receipt {
    try transact(arrival.batches.map { LaneKey($0) }, arrival)
  }

  /// What is held of lanes.
  public func read(_ lanes: [LaneKey]) throws(StoreError) -> Receipt { try transact(lanes, Arrival()) }

  private func transact(_ keys: [LaneKey], _ arrival: Arrival) throws(StoreError) -> Receipt {
    try with { connection throws(StoreError) in
      let others = arrival.states.map(\.device) + arrival.reports.compactMap { DeviceName($0.device) }
      // Once more if the database turned out to be another than the one whose names were remembered.
      for _ in 0..<3 {
        if names.database == nil { names.database = try identity(connection).id }
        try names.learn(keys, batches: arrival.batches, others: others, connection)
        for (table, months) in Months.of(arrival.batches, now: WallClock.unixMilliseconds()) {
          try names.addMonths(months, to: table.rawValue, connection)
        }
        let receipt = try connection.transaction { () throws(StoreError) -> Receipt? in
          let identity = try identity(connection)
          guard identity.isKnown else { return nil }
          var writing = PostgresWriting(connection: connection, names: names, database: identity.id)
          return try writing.write(keys, arrival)
        }
        if let receipt { return receipt }
        names = PostgresNames()
      }
      throw .unavailable("the database changes its identity again and again")
    }
  }

  // MARK: - Age

  /// Deletes the months of samples and decisions that ended so many months ago. Means, alarms and events stay.
  public func expire(months: Int) throws(StoreError) -> [String] {
    try with { connection throws(StoreError) in
      let rows = try connection.run(
        """
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent IN ('hub.sample'::regclass, 'hub.decision'::regclass) AND c.relname ~ '_[0-9]{6}$'
          AND to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' <= now() - make_interval(months => $1::int)
        ORDER BY 1
        """, ["\(max(1, months))"])
      let old = (0..<rows.count).compactMap { rows.text($0, 0) }
      for table in old { try connection.run("DROP TABLE hub.\(table)") }
      return old
    }
  }
}

/// The months that records fall into.
enum Months {
  /// For each table that is kept by month, as its function takes them: `2026-11-01`. Months before 2020 and after the next one are those of
  /// clocks that are wrong; they are kept together.
  static func of(_ batches: [Batch], now: Int64) -> [RecordTable: Set<String>] {
    let day: Int64 = 86_400_000
    let sensible = 1_577_836_800_000...max(1_577_836_800_000, now + 31 * day)
    var months: [RecordTable: Set<String>] = [:]
    for batch in batches {
      let table = RecordTable.of(batch.lane)
      guard table.isMonthly, let stamps = batch.stamps else { continue }
      var last: Int64?
      for stamp in stamps.stamps where sensible.contains(stamp.wall) && stamp.wall / day != last {
        last = stamp.wall / day
        months[table, default: []].insert(text(stamp.wall / day))
      }
    }
    return months
  }

  /// The month of a day since 1970 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days).
  static func text(_ day: Int64) -> String {
    let shifted = day + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return "\(year)-\(month < 10 ? "0" : "")\(month)-01"
  }
}

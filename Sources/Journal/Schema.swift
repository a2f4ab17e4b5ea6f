// The tables of the log.

import GRDB

/// The tables of the log, and how older ones become today's.
///
/// All rows of `samples`, `decisions`, `alarms`, `events` and `anchors` take their `id` from one sequence, in the order in which they were
/// recorded. The wall clock may step; the order of the log is the order of `id`.
///
/// Samples are kept in `blocks` of up to a page, a ``SampleBlock`` each: half a byte a sample. A row's `id` is that of its first
/// sample, `last` that of its last; `wall` and `until` are their wall times. A row of `windows` holds the beginning of a window of
/// means, and the ids of the samples that went into them.
///
/// The first version kept a row for each sample in `samples`, and in `stamps` a row for all samples with the same stamp. What such
/// a log holds of them is read as it is, and turned into blocks a page at a time (``EarlierSamples``).
///
/// Every record has a place in a lane upstream (``LogLane``): `seq`, given in the transaction that writes it, without a gap. Those of the
/// alarm lane are counted through `alarms`, `events` and `anchors`; a row of `backlog` has that of a block's first sample, whose others
/// follow. `origin` says whose log it is, `acknowledged` what the hub has, `losses` what was lost.
///
/// `mono` is nanoseconds of the boot's monotonic clock, `wall` milliseconds since 1970 UTC, `trust` a ``TrustCode``. Boot and
/// monotonic time stay with every row, so that one recorded before the clock was right can be given its wall time later.
/// `value` of a sample is a ``SampleValue``.
enum Schema {
  /// "BMBX", the mark of a log in SQLite's file header.
  static let applicationID: Int64 = 0x424D_4258

  /// Migrations have names and are only ever added to.
  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 log") { try $0.execute(sql: log) }
    migrator.registerMigration(blocksMigration) { try $0.execute(sql: blocks) }
    // Checking all rows afterwards, as is usual, would read the whole file again.
    migrator.registerMigration(lanesMigration, foreignKeyChecks: .immediate) { try LaneMigration.migrate($0) }
    return migrator
  }()

  private static let blocksMigration = "2 blocks"
  private static let lanesMigration = "3 lanes"

  /// The tables that a log has, which an earlier version may have written.
  static func tables(_ db: Database) throws -> [String] {
    let first = [
      "boots", "channels", "outputs", "stamps", "samples", "windows", "means", "decisions", "alarms", "events",
      "memory",
    ]
    let applied = try migrator.appliedIdentifiers(db)
    return first + (applied.contains(blocksMigration) ? ["blocks"] : [])
      + (applied.contains(lanesMigration) ? ["origin", "acknowledged", "losses", "backlog", "anchors"] : [])
  }

  /// Whether the log has a table of blocks; one of an earlier version that is only read has none.
  static func hasBlocks(_ db: Database) throws -> Bool { try has("blocks", db) }

  /// Whether the records of the log have sequences; those of one of an earlier version that is only read have none.
  static func hasLanes(_ db: Database) throws -> Bool { try has("origin", db) }

  private static func has(_ table: String, _ db: Database) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(sql: "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?"),
      arguments: [table]) ?? false
  }

  /// Those that hold samples, and are large.
  static let sampleTables: Set<String> = ["stamps", "samples", "blocks"]

  private static let log = """
    PRAGMA application_id = \(applicationID);

    CREATE TABLE boots (id INTEGER PRIMARY KEY, token TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE channels (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE outputs (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

    CREATE TABLE stamps (
      id INTEGER PRIMARY KEY, last INTEGER NOT NULL,
      boot INTEGER NOT NULL REFERENCES boots, mono INTEGER NOT NULL, wall INTEGER NOT NULL, trust INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX stampsByWall ON stamps (wall);
    CREATE TABLE samples (
      id INTEGER PRIMARY KEY,
      channel INTEGER NOT NULL REFERENCES channels, value INTEGER, quality INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE windows (
      id INTEGER PRIMARY KEY, last INTEGER NOT NULL, length INTEGER NOT NULL,
      boot INTEGER NOT NULL REFERENCES boots, mono INTEGER NOT NULL, wall INTEGER NOT NULL, trust INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX windowsByWall ON windows (wall);
    CREATE TABLE means (
      window INTEGER NOT NULL REFERENCES windows, channel INTEGER NOT NULL REFERENCES channels,
      mean INTEGER, minimum INTEGER, maximum INTEGER, good INTEGER NOT NULL, bad INTEGER NOT NULL,
      PRIMARY KEY (window, channel)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE decisions (
      id INTEGER PRIMARY KEY,
      boot INTEGER NOT NULL REFERENCES boots, mono INTEGER NOT NULL, wall INTEGER NOT NULL, trust INTEGER NOT NULL,
      output INTEGER NOT NULL REFERENCES outputs, isOn INTEGER NOT NULL, demand REAL, rule TEXT NOT NULL,
      channel INTEGER REFERENCES channels, value REAL, setpoint REAL, heldBy TEXT, until INTEGER
    ) STRICT;
    CREATE INDEX decisionsByWall ON decisions (wall);
    CREATE TABLE alarms (
      id INTEGER PRIMARY KEY,
      boot INTEGER NOT NULL REFERENCES boots, mono INTEGER NOT NULL, wall INTEGER NOT NULL, trust INTEGER NOT NULL,
      kind TEXT NOT NULL, subject TEXT NOT NULL, severity TEXT NOT NULL, transition TEXT NOT NULL, value REAL, person TEXT
    ) STRICT;
    CREATE INDEX alarmsByWall ON alarms (wall);
    CREATE TABLE events (
      id INTEGER PRIMARY KEY,
      boot INTEGER NOT NULL REFERENCES boots, mono INTEGER NOT NULL, wall INTEGER NOT NULL, trust INTEGER NOT NULL,
      kind TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL, person TEXT
    ) STRICT;
    CREATE INDEX eventsByWall ON events (wall);

    CREATE TABLE memory (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
    """

  private static let blocks = """
    CREATE TABLE blocks (
      id INTEGER PRIMARY KEY, last INTEGER NOT NULL, samples INTEGER NOT NULL,
      boot INTEGER NOT NULL REFERENCES boots, wall INTEGER NOT NULL, trust INTEGER NOT NULL, until INTEGER NOT NULL,
      data BLOB NOT NULL
    ) STRICT;
    CREATE INDEX blocksByWall ON blocks (wall);
    """
}

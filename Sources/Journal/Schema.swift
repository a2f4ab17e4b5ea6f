// The tables of the log.

import GRDB

/// The tables of the log, and how older ones become today's.
///
/// All rows of `samples`, `decisions`, `alarms` and `events` take their `id` from one sequence, in the order in which they were
/// recorded. The wall clock may step; the order of the log is the order of `id`.
///
/// Samples come many at a time with the same stamp. A row of `stamps` therefore holds the stamp of all samples from its `id` to
/// its `last`, and the samples themselves hold none: 15 bytes a sample instead of 40. A row of `windows` holds in the same way
/// the beginning of a window of means, and the ids of the samples that went into them.
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
    return migrator
  }()

  /// All tables.
  static let tables = [
    "boots", "channels", "outputs", "stamps", "samples", "windows", "means", "decisions", "alarms", "events", "memory",
  ]

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
}

// How a log of before gets its lanes.

import GRDB

/// Gives the records of a log their sequences: in the order of the log, from 1.
///
/// Blocks keep theirs in a table of its own, so that the large table of blocks is read once and not written. Samples that are still rows
/// get theirs when they become blocks (``EarlierSamples``): they follow one another, and the row of `origin` holds where they begin and
/// end.
enum LaneMigration {
  static func migrate(_ db: Database) throws {
    try db.execute(sql: tables)
    for table in ["windows", "decisions"] { try number(table, as: "SELECT id FROM \(table)", db) }
    for table in ["alarms", "events"] {
      try number(table, as: "SELECT id FROM alarms UNION ALL SELECT id FROM events", db)
    }
    let rows = try Int64.fetchOne(db, sql: "SELECT count(*) FROM samples") ?? 0
    let firstRow = try EarlierSamples.ids(db)?.lowerBound ?? .max
    try db.execute(
      sql: """
        INSERT INTO backlog (block, seq)
        SELECT id, 1 + coalesce(sum(samples) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
          + CASE WHEN id > ?1 THEN ?2 ELSE 0 END
        FROM blocks;
        """, arguments: [firstRow, rows])
    try db.execute(
      sql: """
        INSERT INTO origin (install, desired, rowsFrom, rowsUpTo)
        SELECT x'', 0, before + 1, before + 1 + ?2
        FROM (SELECT coalesce(sum(samples), 0) AS before FROM blocks WHERE id < ?1)
        """, arguments: [firstRow, rows])
  }

  private static func number(_ table: String, as ids: String, _ db: Database) throws {
    try db.execute(
      sql: """
        UPDATE \(table) SET seq = numbered.seq
        FROM (SELECT id, row_number() OVER (ORDER BY id) AS seq FROM (\(ids))) AS numbered
        WHERE numbered.id = \(table).id
        """)
  }

  private static let tables = """
    CREATE TABLE origin (
      install BLOB NOT NULL, desired INTEGER NOT NULL, rowsFrom INTEGER NOT NULL, rowsUpTo INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE acknowledged (lane TEXT PRIMARY KEY, db BLOB NOT NULL, through INTEGER NOT NULL) STRICT;
    CREATE TABLE losses (
      lane TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, why TEXT NOT NULL, told INTEGER NOT NULL,
      PRIMARY KEY (lane, first)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE backlog (block INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
    CREATE TABLE anchors (
      id INTEGER PRIMARY KEY,
      boot INTEGER NOT NULL REFERENCES boots, mono INTEGER NOT NULL, wall INTEGER NOT NULL, trust INTEGER NOT NULL,
      utc INTEGER NOT NULL, error INTEGER NOT NULL, source TEXT NOT NULL, seq INTEGER NOT NULL
    ) STRICT;
    ALTER TABLE windows ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE decisions ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE alarms ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE events ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
    """
}

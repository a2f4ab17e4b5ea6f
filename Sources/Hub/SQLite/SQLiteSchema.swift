// The tables of a hub in SQLite. Migrations are append-only.

/// The tables and views of a file.
enum SQLiteSchema {
  static let tables = #"""
    -- Which database this is: it changes when the file is found elsewhere than where it was made.
    CREATE TABLE epoch (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, place TEXT NOT NULL);
    CREATE TABLE worker (id TEXT PRIMARY KEY, name TEXT NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, first_seen INTEGER NOT NULL);
    CREATE TABLE install (
      id INTEGER PRIMARY KEY, device INTEGER NOT NULL REFERENCES device, install TEXT NOT NULL,
      first_seen INTEGER NOT NULL, forked INTEGER, UNIQUE (device, install));
    -- 0 alarm, 1 live, 2 backlog, 3 diagnostic; ranges as PostgreSQL writes an int8multirange.
    CREATE TABLE lane (
      install INTEGER NOT NULL REFERENCES install, lane INTEGER NOT NULL, received TEXT NOT NULL DEFAULT '{}',
      lost TEXT NOT NULL DEFAULT '{}', next INTEGER, seen INTEGER, PRIMARY KEY (install, lane)) WITHOUT ROWID;
    CREATE TABLE channel (
      id INTEGER PRIMARY KEY, device INTEGER NOT NULL REFERENCES device, name TEXT NOT NULL, UNIQUE (device, name));
    -- correction: UTC less the boot's monotonic time, ms, by its newest anchor.
    CREATE TABLE boot (
      id INTEGER PRIMARY KEY, install INTEGER NOT NULL REFERENCES install, name TEXT NOT NULL,
      correction INTEGER, anchor_seq INTEGER, UNIQUE (install, name));

    -- Of all records: at is the best that is known of when it was, mono and wall are as the device said, all ms; values are ten-thousandths.
    CREATE TABLE sample (
      seq INTEGER NOT NULL, at INTEGER NOT NULL, mono INTEGER NOT NULL, wall INTEGER NOT NULL, value INTEGER,
      install INTEGER NOT NULL, channel INTEGER NOT NULL, boot INTEGER NOT NULL, quality INTEGER NOT NULL,
      trust INTEGER NOT NULL, PRIMARY KEY (install, seq)) WITHOUT ROWID;
    CREATE INDEX sample_time ON sample (channel, at);
    CREATE INDEX sample_boot ON sample (boot) WHERE trust <> 0;
    CREATE TABLE mean (
      seq INTEGER NOT NULL, at INTEGER NOT NULL, mono INTEGER NOT NULL, wall INTEGER NOT NULL, length INTEGER NOT NULL,
      mean INTEGER, minimum INTEGER, maximum INTEGER, good INTEGER NOT NULL, bad INTEGER NOT NULL,
      install INTEGER NOT NULL, channel INTEGER NOT NULL, boot INTEGER NOT NULL, trust INTEGER NOT NULL,
      PRIMARY KEY (install, seq, channel)) WITHOUT ROWID;
    CREATE INDEX mean_time ON mean (channel, at);
    CREATE INDEX mean_boot ON mean (boot) WHERE trust <> 0;
    CREATE TABLE decision (
      seq INTEGER NOT NULL, at INTEGER NOT NULL, mono INTEGER NOT NULL, wall INTEGER NOT NULL,
      install INTEGER NOT NULL, boot INTEGER NOT NULL, trust INTEGER NOT NULL, output TEXT NOT NULL,
      is_on INTEGER NOT NULL, demand REAL, rule TEXT NOT NULL, channel TEXT, value INTEGER, setpoint INTEGER,
      held_by TEXT, until_mono INTEGER, PRIMARY KEY (install, seq)) WITHOUT ROWID;
    CREATE INDEX decision_time ON decision (install, at);
    CREATE INDEX decision_boot ON decision (boot) WHERE trust <> 0;
    CREATE TABLE entry (
      seq INTEGER NOT NULL, at INTEGER NOT NULL, mono INTEGER NOT NULL, wall INTEGER NOT NULL,
      install INTEGER NOT NULL, boot INTEGER NOT NULL, trust INTEGER NOT NULL, type TEXT NOT NULL, kind TEXT,
      subject TEXT, severity TEXT, transition TEXT, value INTEGER, person TEXT, detail TEXT, utc INTEGER,
      error INTEGER, source TEXT, PRIMARY KEY (install, seq)) WITHOUT ROWID;
    CREATE INDEX entry_time ON entry (at);
    CREATE INDEX entry_boot ON entry (boot) WHERE trust <> 0;

    CREATE TABLE loss (
      install INTEGER NOT NULL REFERENCES install, lane INTEGER NOT NULL, first INTEGER NOT NULL,
      last INTEGER NOT NULL, why TEXT NOT NULL, noticed INTEGER NOT NULL,
      PRIMARY KEY (install, lane, first, last, why)) WITHOUT ROWID;
    -- Records that came again with other content.
    CREATE TABLE fork (
      install INTEGER NOT NULL REFERENCES install, lane INTEGER NOT NULL, seq INTEGER NOT NULL,
      noticed INTEGER NOT NULL, stored TEXT, arrived TEXT, PRIMARY KEY (install, lane, seq)) WITHOUT ROWID;
    CREATE TABLE report (
      device INTEGER NOT NULL REFERENCES device, time_ms INTEGER NOT NULL, version INTEGER NOT NULL,
      arrived INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (device, time_ms, version)) WITHOUT ROWID;
    CREATE TABLE state (device INTEGER PRIMARY KEY REFERENCES device, arrived INTEGER NOT NULL, body TEXT NOT NULL);
    """#

  private static let laneName =
    "CASE l.lane WHEN 0 THEN 'alarm' WHEN 1 THEN 'live' WHEN 2 THEN 'backlog' ELSE 'diagnostic' END"
  private static func quality(_ column: String) -> String {
    """
    CASE \(column) WHEN 0 THEN 'good' WHEN 1 THEN 'simulated' WHEN 2 THEN 'substituted' WHEN 3 THEN 'suspect'
      WHEN 4 THEN 'stale' ELSE 'failed' END
    """
  }
  private static func time(_ column: String) -> String {
    "strftime('%Y-%m-%dT%H:%M:%fZ', \(column) / 1000.0, 'unixepoch')"
  }

  static let views = """
    CREATE VIEW samples AS
      SELECT d.name AS device, c.name AS channel, \(time("s.at")) AS at, s.value / 10000.0 AS value,
        \(quality("s.quality")) AS quality, b.name AS boot, s.mono, s.wall, i.install, s.seq
      FROM sample s JOIN channel c ON c.id = s.channel JOIN device d ON d.id = c.device
        JOIN install i ON i.id = s.install JOIN boot b ON b.id = s.boot;
    CREATE VIEW hourly_means AS
      SELECT d.name AS device, c.name AS channel, \(time("m.at / 3600000 * 3600000")) AS hour,
        sum(m.mean * 1.0 * m.good) / sum(CASE WHEN m.mean IS NOT NULL THEN m.good END) / 10000.0 AS mean,
        min(m.minimum) / 10000.0 AS minimum, max(m.maximum) / 10000.0 AS maximum, sum(m.good) AS good, sum(m.bad) AS bad
      FROM mean m JOIN channel c ON c.id = m.channel JOIN device d ON d.id = c.device
      GROUP BY d.name, c.name, m.at / 3600000;
    CREATE VIEW last_values AS
      SELECT d.name AS device, c.name AS channel, \(time("s.at")) AS at, s.value / 10000.0 AS value,
        \(quality("s.quality")) AS quality
      FROM channel c JOIN device d ON d.id = c.device
        JOIN sample s ON s.channel = c.id AND s.at = (SELECT max(at) FROM sample x WHERE x.channel = c.id);
    CREATE VIEW alarms AS
      SELECT d.name AS device, \(time("e.at")) AS at, e.kind, e.subject, e.severity, e.transition,
        e.value / 10000.0 AS value, e.person, i.install, e.seq
      FROM entry e JOIN install i ON i.id = e.install JOIN device d ON d.id = i.device WHERE e.type = 'alarm'
      UNION ALL
      SELECT d.name, \(time("i.forked")), 'forked-log', i.install, 'alarm', 'raised', NULL, NULL, i.install, NULL
      FROM install i JOIN device d ON d.id = i.device WHERE i.forked IS NOT NULL;
    CREATE VIEW events AS
      SELECT d.name AS device, \(time("e.at")) AS at, e.kind, e.subject, e.detail, e.person, i.install, e.seq
      FROM entry e JOIN install i ON i.id = e.install JOIN device d ON d.id = i.device WHERE e.type = 'event';
    CREATE VIEW forks AS
      SELECT d.name AS device, i.install, \(laneName) AS lane, l.seq, \(time("l.noticed")) AS noticed, l.stored, l.arrived
      FROM fork l JOIN install i ON i.id = l.install JOIN device d ON d.id = i.device;
    CREATE VIEW fleet AS
      SELECT d.name AS device, i.install, \(laneName) AS lane, l.received, l.lost, l.next, \(time("l.seen")) AS seen,
        s.body AS state
      FROM lane l JOIN install i ON i.id = l.install JOIN device d ON d.id = i.device LEFT JOIN state s ON s.device = d.id;
    """
}

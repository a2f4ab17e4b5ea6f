// The tables of a hub in PostgreSQL 15. Migrations are append-only.

/// The schema `hub` of a database.
enum PostgresSchema {
  /// Migrations by name, in order. One that has been released is never changed.
  static let migrations: [(name: String, sql: String)] = [("tables", tables), ("views", PostgresViews.sql)]

  static let tables = #"""
    -- Which database this is: it changes when the tables are found elsewhere than where they were made, as after a restore.
    CREATE TABLE epoch (
      one boolean PRIMARY KEY DEFAULT true CHECK (one),
      id uuid NOT NULL,
      place text NOT NULL,
      drawn timestamptz NOT NULL DEFAULT now());
    CREATE FUNCTION place() RETURNS text LANGUAGE sql STABLE AS $$
      SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
        (SELECT oid FROM pg_database WHERE datname = current_database()),
        pg_relation_filenode('hub.epoch'), left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)) $$;
    INSERT INTO epoch (id, place) VALUES (gen_random_uuid(), hub.place());

    CREATE TABLE worker (id uuid PRIMARY KEY, name text NOT NULL, seen timestamptz NOT NULL);
    CREATE TABLE device (
      id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      name text NOT NULL UNIQUE,
      first_seen timestamptz NOT NULL DEFAULT now());
    -- A log on a device's disk.
    CREATE TABLE install (
      id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      device integer NOT NULL REFERENCES device,
      install uuid NOT NULL,
      first_seen timestamptz NOT NULL DEFAULT now(),
      forked timestamptz,
      UNIQUE (device, install));
    -- 0 alarm, 1 live, 2 backlog, 3 diagnostic. What has been received is decided here, under the row's lock.
    CREATE TABLE lane (
      install integer NOT NULL REFERENCES install,
      lane smallint NOT NULL,
      received int8multirange NOT NULL DEFAULT '{}',
      lost int8multirange NOT NULL DEFAULT '{}',
      next bigint,
      seen timestamptz,
      PRIMARY KEY (install, lane)) WITH (fillfactor = 50);
    CREATE TABLE channel (
      id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      device integer NOT NULL REFERENCES device,
      name text NOT NULL,
      UNIQUE (device, name));
    -- A boot of a device; its newest anchor says what its monotonic clock comes to: UTC less monotonic time, ms.
    CREATE TABLE boot (
      id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      install integer NOT NULL REFERENCES install,
      name text NOT NULL,
      correction bigint,
      anchor_seq bigint,
      UNIQUE (install, name));

    -- Of all records: at is the best that is known of when it was; mono and wall are as the device said, ms. Values are ten-thousandths.
    CREATE TABLE sample (
      seq bigint NOT NULL, at timestamptz NOT NULL, mono bigint NOT NULL, wall bigint NOT NULL, value bigint,
      install integer NOT NULL, channel integer NOT NULL, boot integer NOT NULL,
      quality smallint NOT NULL, trust smallint NOT NULL,
      PRIMARY KEY (install, seq, at)) PARTITION BY RANGE (at);
    CREATE INDEX ON sample (channel, at);
    CREATE INDEX ON sample (boot) WHERE trust <> 0;
    CREATE TABLE sample_other PARTITION OF sample DEFAULT;

    CREATE TABLE mean (
      seq bigint NOT NULL, at timestamptz NOT NULL, mono bigint NOT NULL, wall bigint NOT NULL, length bigint NOT NULL,
      mean bigint, minimum bigint, maximum bigint, good bigint NOT NULL, bad bigint NOT NULL,
      install integer NOT NULL, channel integer NOT NULL, boot integer NOT NULL, trust smallint NOT NULL,
      PRIMARY KEY (install, seq, channel, at)) PARTITION BY RANGE (at);
    CREATE INDEX ON mean (channel, at);
    CREATE INDEX ON mean (boot) WHERE trust <> 0;
    CREATE TABLE mean_other PARTITION OF mean DEFAULT;

    CREATE TABLE decision (
      seq bigint NOT NULL, at timestamptz NOT NULL, mono bigint NOT NULL, wall bigint NOT NULL,
      install integer NOT NULL, boot integer NOT NULL, trust smallint NOT NULL,
      output text NOT NULL, is_on boolean NOT NULL, demand double precision, rule text NOT NULL, channel text,
      value bigint, setpoint bigint, held_by text, until_mono bigint,
      PRIMARY KEY (install, seq, at)) PARTITION BY RANGE (at);
    CREATE INDEX ON decision (install, at);
    CREATE INDEX ON decision (boot) WHERE trust <> 0;
    CREATE TABLE decision_other PARTITION OF decision DEFAULT;

    -- Alarms, events and anchors: few, and kept for good.
    CREATE TABLE entry (
      seq bigint NOT NULL, at timestamptz NOT NULL, mono bigint NOT NULL, wall bigint NOT NULL,
      install integer NOT NULL, boot integer NOT NULL, trust smallint NOT NULL,
      type text NOT NULL, kind text, subject text, severity text, transition text, value bigint, person text,
      detail text, utc bigint, error bigint, source text,
      PRIMARY KEY (install, seq));
    CREATE INDEX ON entry (at);
    CREATE INDEX ON entry (boot) WHERE trust <> 0;

    CREATE TABLE loss (
      install integer NOT NULL REFERENCES install, lane smallint NOT NULL, first bigint NOT NULL, last bigint NOT NULL,
      why text NOT NULL, noticed timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (install, lane, first, last, why));
    -- Records that came again with other content: a cloned card, or a disk that went back.
    CREATE TABLE fork (
      install integer NOT NULL REFERENCES install, lane smallint NOT NULL, seq bigint NOT NULL,
      noticed timestamptz NOT NULL DEFAULT now(), stored jsonb, arrived jsonb);
    CREATE INDEX ON fork (noticed);
    CREATE TABLE report (
      device integer NOT NULL REFERENCES device, time_ms bigint NOT NULL, version bigint NOT NULL,
      arrived timestamptz NOT NULL DEFAULT now(), body jsonb NOT NULL,
      PRIMARY KEY (device, time_ms, version));
    CREATE TABLE state (
      device integer PRIMARY KEY REFERENCES device, arrived timestamptz NOT NULL DEFAULT now(), body jsonb NOT NULL
    ) WITH (fillfactor = 50);

    -- Adds a month to a table that is kept by month, and puts there what has come for it before.
    CREATE FUNCTION add_month(parent text, month date) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      child text := format('%s_%s', parent, to_char(month, 'YYYYMM'));
      beginning timestamptz := month::timestamp AT TIME ZONE 'UTC';
      ending timestamptz := (month + interval '1 month')::timestamp AT TIME ZONE 'UTC';
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtext('hub.add_month'));
      IF to_regclass('hub.' || child) IS NOT NULL THEN RETURN; END IF;
      EXECUTE format('CREATE TABLE hub.%I (LIKE hub.%I INCLUDING ALL)', child, parent);
      EXECUTE format('WITH moved AS (DELETE FROM hub.%I WHERE at >= %L AND at < %L RETURNING *) '
        || 'INSERT INTO hub.%I SELECT * FROM moved', parent || '_other', beginning, ending, child);
      EXECUTE format('ALTER TABLE hub.%I ATTACH PARTITION hub.%I FOR VALUES FROM (%L) TO (%L)',
        parent, child, beginning, ending);
    END $$;
    """#
}

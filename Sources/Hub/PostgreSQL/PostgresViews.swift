// What dashboards and people look at: views over the tables, with names instead of numbers.

/// The views of the schema `hub`.
enum PostgresViews {
  static let sql = #"""
    CREATE FUNCTION lane_name(lane smallint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
      SELECT (ARRAY['alarm','live','backlog','diagnostic'])[lane + 1] $$;
    CREATE FUNCTION quality_name(quality integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
      SELECT (ARRAY['good','simulated','substituted','suspect','stale','failed'])[quality + 1] $$;
    CREATE FUNCTION trust_name(trust smallint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
      SELECT (ARRAY['trusted','free-running','unknown'])[trust + 1] $$;
    -- What is missing below the highest that was received.
    CREATE FUNCTION missing(received int8multirange) RETURNS int8multirange LANGUAGE sql IMMUTABLE AS $$
      SELECT CASE WHEN isempty(received) THEN '{}'::int8multirange
        ELSE int8multirange(int8range(1, upper(received))) - received END $$;

    CREATE VIEW samples AS
      SELECT d.name AS device, c.name AS channel, s.at, s.value / 10000.0::double precision AS value,
        hub.quality_name(s.quality) AS quality, hub.trust_name(s.trust) AS trust,
        b.name AS boot, s.mono, s.wall, i.install, s.seq
      FROM sample s JOIN channel c ON c.id = s.channel JOIN device d ON d.id = c.device
        JOIN install i ON i.id = s.install JOIN boot b ON b.id = s.boot;

    CREATE VIEW means AS
      SELECT d.name AS device, c.name AS channel, m.at, m.length / 1000.0 AS seconds,
        m.mean / 10000.0::double precision AS mean, m.minimum / 10000.0::double precision AS minimum,
        m.maximum / 10000.0::double precision AS maximum, m.good, m.bad, i.install, m.seq
      FROM mean m JOIN channel c ON c.id = m.channel JOIN device d ON d.id = c.device JOIN install i ON i.id = m.install;

    CREATE VIEW hourly_means AS
      SELECT d.name AS device, c.name AS channel, date_trunc('hour', m.at) AS hour,
        (sum(m.mean::numeric * m.good) / nullif(sum(m.good) FILTER (WHERE m.mean IS NOT NULL), 0) / 10000)
          ::double precision AS mean,
        min(m.minimum) / 10000.0::double precision AS minimum, max(m.maximum) / 10000.0::double precision AS maximum,
        sum(m.good) AS good, sum(m.bad) AS bad
      FROM mean m JOIN channel c ON c.id = m.channel JOIN device d ON d.id = c.device
      GROUP BY d.name, c.name, date_trunc('hour', m.at);

    -- The newest that is known of each channel, be it a sample or a mean.
    CREATE VIEW last_values AS
      SELECT d.name AS device, c.name AS channel, n.at, n.value / 10000.0::double precision AS value,
        hub.quality_name(n.quality) AS quality
      FROM channel c JOIN device d ON d.id = c.device CROSS JOIN LATERAL (
        (SELECT s.at, s.value, s.quality::integer FROM sample s WHERE s.channel = c.id ORDER BY s.at DESC LIMIT 1)
        UNION ALL
        (SELECT m.at, m.mean, CASE WHEN m.mean IS NULL THEN 5 ELSE 0 END FROM mean m
          WHERE m.channel = c.id ORDER BY m.at DESC LIMIT 1)
        ORDER BY at DESC LIMIT 1) n;

    CREATE VIEW decisions AS
      SELECT d.name AS device, s.output, s.at, s.is_on, s.demand, s.rule, s.channel,
        s.value / 10000.0::double precision AS value, s.setpoint / 10000.0::double precision AS setpoint, s.held_by,
        i.install, s.seq
      FROM decision s JOIN install i ON i.id = s.install JOIN device d ON d.id = i.device;

    CREATE VIEW events AS
      SELECT d.name AS device, e.at, e.kind, e.subject, e.detail, e.person, i.install, e.seq
      FROM entry e JOIN install i ON i.id = e.install JOIN device d ON d.id = i.device WHERE e.type = 'event';

    -- What the devices raised, and what the hub found itself.
    CREATE VIEW alarms AS
      SELECT d.name AS device, e.at, e.kind, e.subject, e.severity, e.transition,
        e.value / 10000.0::double precision AS value, e.person, i.install, e.seq
      FROM entry e JOIN install i ON i.id = e.install JOIN device d ON d.id = i.device WHERE e.type = 'alarm'
      UNION ALL
      SELECT d.name, i.forked, 'forked-log', i.install::text, 'alarm', 'raised', NULL, NULL, i.install, NULL
      FROM install i JOIN device d ON d.id = i.device WHERE i.forked IS NOT NULL;

    CREATE VIEW open_alarms AS
      SELECT * FROM (
        SELECT DISTINCT ON (device, kind, subject) device, kind, subject, severity, transition, at, value
        FROM alarms ORDER BY device, kind, subject, at DESC, seq DESC) newest
      WHERE transition <> 'cleared';

    -- What a device has not sent yet between what it has sent.
    CREATE VIEW gaps AS
      SELECT d.name AS device, i.install, hub.lane_name(l.lane) AS lane,
        lower(g) AS first, upper(g) - 1 AS last, upper(g) - lower(g) AS records
      FROM lane l JOIN install i ON i.id = l.install JOIN device d ON d.id = i.device,
        unnest(hub.missing(l.received)) g;

    CREATE VIEW losses AS
      SELECT d.name AS device, i.install, hub.lane_name(l.lane) AS lane, l.first, l.last, l.why, l.noticed
      FROM loss l JOIN install i ON i.id = l.install JOIN device d ON d.id = i.device;

    CREATE VIEW forks AS
      SELECT d.name AS device, i.install, hub.lane_name(f.lane) AS lane, f.seq, f.noticed, f.stored, f.arrived
      FROM fork f JOIN install i ON i.id = f.install JOIN device d ON d.id = i.device;

    -- A line a device. waiting: records that it had beyond what has come, when it last said hello; missing: records in gaps.
    CREATE VIEW fleet AS
      SELECT d.name AS device, d.first_seen, x.seen, s.arrived AS state_arrived,
        coalesce(s.body ->> 'online' <> 'false', false) AS is_online, s.body AS state,
        x.installs, x.waiting, x.missing,
        (SELECT count(*) FROM open_alarms a WHERE a.device = d.name) AS open_alarms
      FROM device d LEFT JOIN state s ON s.device = d.id LEFT JOIN LATERAL (
        SELECT max(l.seen) AS seen, count(DISTINCT i.id) AS installs,
          sum(greatest(coalesce(l.next, 0) - coalesce(upper(l.received), 1), 0)) AS waiting,
          sum((SELECT coalesce(sum(upper(g) - lower(g)), 0) FROM unnest(hub.missing(l.received)) g)) AS missing
        FROM install i JOIN lane l ON l.install = i.id WHERE i.device = d.id) x ON true;
    """#
}

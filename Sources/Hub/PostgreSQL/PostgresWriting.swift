// One transaction of a worker: what has come, written once.

import SyncProtocol

/// Writes what has come, within a transaction.
struct PostgresWriting {
  /// Records of a batch that are compared with what is held.
  private struct Segment {
    var key: LaneKey
    var install: Int32
    var range: ClosedRange<Int64>
  }

  /// So many records of a batch are kept as evidence of a fork.
  private static let evidence = 20

  let connection: PostgresConnection
  let names: PostgresNames
  private var receipt: Receipt
  private var clocks: [Int32: BootClock] = [:]
  private var rows: [RecordTable: CopyRows] = [:]
  private var repeated: [Segment] = []
  private var fresh: [Segment] = []
  private var next: [LaneKey: Int64] = [:]

  init(connection: PostgresConnection, names: PostgresNames, database: DatabaseID) {
    (self.connection, self.names) = (connection, names)
    receipt = Receipt(database: database)
  }

  mutating func write(_ keys: [LaneKey], _ arrival: Arrival) throws(StoreError) -> Receipt {
    try lock(keys)
    try readClocks(arrival.batches)
    try anchor(arrival.batches)
    for batch in arrival.batches { try take(batch) }
    try insert()
    for segment in repeated { try compare(segment) }
    try updateLanes(arrival.batches)
    try write(arrival.reports)
    try write(arrival.states)
    return receipt
  }

  // MARK: - Lanes

  private mutating func lock(_ keys: [LaneKey]) throws(StoreError) {
    var byNumber: [NameKey: LaneKey] = [:]
    for key in keys {
      guard let install = names.install(of: key) else { throw .unavailable("an install has no number") }
      byNumber[NameKey(parent: install, name: "\(key.lane.number)")] = key
    }
    guard !byNumber.isEmpty else { return }
    // In one order for all workers, so that none waits for another that waits for it.
    let rows = try connection.run(
      """
      SELECT l.install, l.lane, l.received::text, l.lost::text, i.forked IS NOT NULL
      FROM hub.lane l JOIN hub.install i ON i.id = l.install
      WHERE (l.install, l.lane) IN (SELECT * FROM unnest($1::int[], $2::smallint[]))
      ORDER BY l.install, l.lane FOR UPDATE OF l
      """,
      [
        PostgresConnection.array(byNumber.keys.map(\.parent)),
        PostgresConnection.array(byNumber.keys.compactMap { Int16($0.name) }),
      ])
    for row in 0..<rows.count {
      guard let install = rows.id(row, 0), let lane = rows.text(row, 1),
        let key = byNumber[NameKey(parent: install, name: lane)],
        let received = rows.text(row, 2).flatMap({ SequenceSet(text: $0) }),
        let lost = rows.text(row, 3).flatMap({ SequenceSet(text: $0) })
      else { throw .unavailable("a lane cannot be read") }
      receipt.lanes[key] = LaneState(received: received, lost: lost, isForked: rows.text(row, 4) == "t")
    }
    // A restore has taken lanes away whose numbers were remembered.
    guard receipt.lanes.count == Set(keys).count else { throw .unavailable("a lane is not there") }
  }

  private func updateLanes(_ batches: [Batch]) throws(StoreError) {
    let touched = Set(batches.map { LaneKey($0) })
    let lanes = touched.compactMap { key in
      receipt.lanes[key].flatMap { state in names.install(of: key).map { (key, $0, state) } }
    }
    guard !lanes.isEmpty else { return }
    try connection.run(
      """
      UPDATE hub.lane l SET received = k.received::int8multirange, lost = k.lost::int8multirange, seen = now(),
        next = coalesce(nullif(k.next, 0), l.next)
      FROM unnest($1::int[], $2::smallint[], $3::text[], $4::text[], $5::bigint[]) k (install, lane, received, lost, next)
      WHERE l.install = k.install AND l.lane = k.lane
      """,
      [
        PostgresConnection.array(lanes.map(\.1)), PostgresConnection.array(lanes.map(\.0.lane.number)),
        PostgresConnection.array(lanes.map(\.2.received.text)), PostgresConnection.array(lanes.map(\.2.lost.text)),
        PostgresConnection.array(lanes.map { next[$0.0] ?? 0 }),
      ])
  }

  // MARK: - Time

  private func boots(of batch: Batch) -> [String: Int32] {
    guard let install = names.install(of: LaneKey(batch)), let stamps = batch.stamps else { return [:] }
    return stamps.boots.reduce(into: [:]) { $0[$1] = names.boots[NameKey(parent: install, name: $1)] }
  }

  /// Boots whose clock matters are locked, so that an anchor and the records that it corrects see one another, whoever comes first.
  private mutating func readClocks(_ batches: [Batch]) throws(StoreError) {
    var wanted: Set<Int32> = []
    for batch in batches {
      guard let stamps = batch.stamps else { continue }
      let boots = boots(of: batch)
      for stamp in stamps.stamps where stamp.trust != .trusted {
        if let number = boots[stamps.boots[stamp.boot]] { wanted.insert(number) }
      }
      for anchor in Anchors.of(batch) {
        if let number = boots[anchor.boot] { wanted.insert(number) }
      }
    }
    guard !wanted.isEmpty else { return }
    let rows = try connection.run(
      "SELECT id, correction, anchor_seq FROM hub.boot WHERE id = ANY ($1::int[]) ORDER BY id FOR UPDATE",
      [PostgresConnection.array(wanted)])
    for row in 0..<rows.count {
      if let id = rows.id(row, 0) {
        clocks[id] = BootClock(correction: rows.integer(row, 1), anchor: rows.integer(row, 2))
      }
    }
  }

  /// Takes newer anchors over, and moves what they correct.
  private mutating func anchor(_ batches: [Batch]) throws(StoreError) {
    var changed: Set<Int32> = []
    let old = clocks
    for batch in batches {
      let boots = boots(of: batch)
      for anchor in Anchors.of(batch) {
        guard let boot = boots[anchor.boot], clocks[boot]?.anchor ?? 0 < anchor.sequence else { continue }
        clocks[boot] = BootClock(correction: anchor.correction, anchor: anchor.sequence)
        changed.insert(boot)
      }
    }
    for boot in changed.sorted() {
      guard let clock = clocks[boot], let correction = clock.correction, let anchor = clock.anchor else { continue }
      try connection.run(
        "UPDATE hub.boot SET correction = \(correction), anchor_seq = \(anchor) WHERE id = \(boot)")
      let moved = old[boot]?.correction.map { correction.subtractingReportingOverflow($0) }
      if let moved, !moved.overflow, moved.partialValue.magnitude <= RecordTime.agreement.magnitude { continue }
      for table in RecordTable.allCases {
        // Numbers are wide enough for any sum, and kept within what RecordTime.range says.
        try connection.run(
          """
          UPDATE hub.\(table) SET at = to_timestamp(least(greatest(mono::numeric + \(correction),
            \(RecordTime.range.lowerBound)), \(RecordTime.range.upperBound))::double precision / 1000)
          WHERE boot = \(boot) AND trust <> 0
          """)
      }
    }
  }

  // MARK: - Records

  private mutating func take(_ batch: Batch) throws(StoreError) {
    let key = LaneKey(batch)
    guard var state = receipt.lanes[key], let install = names.install(of: key) else {
      throw .unavailable("a lane is not there")
    }
    if case .hello = batch.content { next[key] = batch.first }
    if let range = batch.sequences {
      if case .lost(_, let reason) = batch.content {
        state.lose(range)
        try connection.run(
          """
          INSERT INTO hub.loss (install, lane, first, last, why)
          VALUES (\(install), \(key.lane.number), \(range.lowerBound), \(range.upperBound), '\(reason.rawValue)')
          ON CONFLICT DO NOTHING
          """)
      } else {
        var known = [Bool](repeating: false, count: Int(batch.content.count))
        for part in state.held.intersection(range) {
          repeated.append(Segment(key: key, install: install, range: part))
          for sequence in part { known[Int(sequence - batch.first)] = true }
          receipt.repeated += part.count
        }
        receipt.stored += known.count { !$0 }
        fresh.append(Segment(key: key, install: install, range: range))
        let channels = names.devices[batch.device].map { device in
          batch.channels.reduce(into: [:]) { $0[$1] = names.channels[NameKey(parent: device, name: $1)] }
        }
        let numbers = RecordNumbers(
          install: install, channels: channels ?? [:], boots: boots(of: batch), clocks: clocks)
        RecordWriter(batch, known: known, numbers: numbers)
          .write(to: &rows[RecordTable.of(batch.lane), default: CopyRows()])
        state.take(range)
      }
    }
    receipt.lanes[key] = state
  }

  private mutating func insert() throws(StoreError) {
    for (table, rows) in rows {
      let columns = table.columns.joined(separator: ", ")
      try connection.copy("COPY incoming_\(table) (\(columns), known) FROM STDIN (FORMAT binary)", rows.data)
      guard rows.fresh > 0 else { continue }
      let inserted = try connection.run(
        """
        INSERT INTO hub.\(table) (\(columns)) SELECT \(columns) FROM incoming_\(table) WHERE NOT known
        ON CONFLICT DO NOTHING
        """
      ).touched
      guard inserted < rows.fresh else { continue }
      // The table holds what the lane says it does not: somebody has changed one of them. What is there stays, and is compared.
      try connection.run("UPDATE incoming_\(table) SET known = true")
      repeated += fresh.filter { RecordTable.of($0.key.lane) == table }
    }
  }

  /// Compares records that came again with what is held. What has been deleted by its age is not compared.
  private mutating func compare(_ segment: Segment) throws(StoreError) {
    let table = RecordTable.of(segment.key.lane)
    let columns = table.compared.joined(separator: ", ")
    let place =
      "install = \(segment.install) AND seq BETWEEN \(segment.range.lowerBound) AND \(segment.range.upperBound)"
    let held = "SELECT \(columns) FROM hub.\(table) WHERE \(place)"
    let arrived = "SELECT \(columns) FROM incoming_\(table) WHERE \(place)"
    let rows = try connection.run(
      """
      SELECT DISTINCT seq FROM ((\(arrived) AND known EXCEPT \(held)) UNION ALL (\(held) EXCEPT \(arrived))) d
      WHERE EXISTS (SELECT FROM hub.\(table) s WHERE s.install = \(segment.install) AND s.seq = d.seq) ORDER BY seq
      """)
    let sequences = (0..<rows.count).compactMap { rows.integer($0, 0) }
    guard !sequences.isEmpty else { return }
    receipt.forked += sequences.count
    receipt.lanes[segment.key]?.isForked = true
    try connection.run("UPDATE hub.install SET forked = now() WHERE id = \(segment.install) AND forked IS NULL")
    try connection.run(
      """
      INSERT INTO hub.fork (install, lane, seq, stored, arrived)
      SELECT \(segment.install), \(segment.key.lane.number), k.seq,
        (SELECT jsonb_agg(to_jsonb(s)) FROM hub.\(table) s WHERE s.install = \(segment.install) AND s.seq = k.seq),
        (SELECT jsonb_agg(to_jsonb(i)) FROM incoming_\(table) i
          WHERE i.install = \(segment.install) AND i.seq = k.seq AND i.known)
      FROM unnest($1::bigint[]) k (seq)
      WHERE NOT EXISTS (SELECT FROM hub.fork f WHERE f.install = \(segment.install)
        AND f.lane = \(segment.key.lane.number) AND f.seq = k.seq)
      """, [PostgresConnection.array(sequences.prefix(Self.evidence))])
  }

  // MARK: - Texts

  private func write(_ reports: [Reported]) throws(StoreError) {
    let rows = reports.compactMap { report in
      DeviceName(report.device).flatMap { names.devices[$0] }.map { (device: $0, report: report) }
    }.sorted { ($0.device, $0.report.time) < ($1.device, $1.report.time) }
    guard !rows.isEmpty else { return }
    try connection.run(
      """
      INSERT INTO hub.report (device, time_ms, version, body)
      SELECT * FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::jsonb[]) ON CONFLICT DO NOTHING
      """,
      [
        PostgresConnection.array(rows.map(\.device)), PostgresConnection.array(rows.map(\.report.time)),
        PostgresConnection.array(rows.map { $0.report.version ?? 0 }),
        PostgresConnection.array(rows.map { String(decoding: $0.report.encoded(), as: UTF8.self) }),
      ])
  }

  /// One statement for all: thousands of devices that connect at once send a state each.
  private func write(_ states: [DeviceText]) throws(StoreError) {
    // In one order for all workers, so that none waits for another that waits for it.
    let rows = states.compactMap { state in names.devices[state.device].map { (device: $0, text: state.text) } }
      .sorted { $0.device < $1.device }
    guard !rows.isEmpty else { return }
    try connection.run(
      """
      INSERT INTO hub.state (device, body) SELECT * FROM unnest($1::int[], $2::jsonb[])
      ON CONFLICT (device) DO UPDATE SET body = excluded.body, arrived = now()
      """, [PostgresConnection.array(rows.map(\.device)), PostgresConnection.array(rows.map(\.text))])
  }
}

// A stretch of the log's samples, by columns.

/// A sample as the log holds it.
struct StoredSample: Equatable {
  /// Place in the log.
  var id: Int64
  /// Row of the boot.
  var boot: Int64
  /// Nanoseconds of the boot's monotonic clock.
  var mono: Int64
  /// Milliseconds since 1970 UTC.
  var wall: Int64
  /// A ``TrustCode``.
  var trust: Int64
  /// Row of the channel.
  var channel: Int64
  /// A ``SampleValue``.
  var value: Int64?
  /// Raw value of a `Quality`.
  var quality: UInt8
}

/// A stretch of samples of one boot whose wall clock neither stepped back nor changed its trust, with a column for each channel.
///
/// Samples come many at a time with the same stamp: these are a *scan*. Which channels a scan has, in which order, and how the ids
/// of its samples follow one another, is its *pattern*; nearly all scans of a block have the same.
struct SampleBlock: Equatable {
  /// Most samples in a block: what a reader must be ready to hold, whatever the bytes claim.
  static let most = 1 << 14
  /// Longest stretch of the wall clock in a block, ms: a day. Whoever looks for a time looks no further back for the blocks that
  /// may hold it.
  static let longest: Int64 = 86_400_000

  /// Samples with the same stamp.
  struct Scan: Equatable {
    var first: Int64
    var last: Int64
    var mono: Int64
    var wall: Int64
    var pattern: Int
  }

  /// A place in a pattern: the index of a column, and by how much the id is greater than that of the place before.
  struct Slot: Equatable {
    var column: Int
    var gap: UInt64
  }

  /// A run of samples of a channel of the same quality, all with a value or all without.
  struct Stretch: Equatable {
    var count: Int
    var quality: UInt8
    var hasValue: Bool
  }

  /// The samples of a channel.
  struct Column: Equatable {
    var channel: Int64
    var stretches: [Stretch] = []
    /// The values of those that have one.
    var values: [Int64] = []

    mutating func append(_ value: Int64?, _ quality: UInt8) {
      if let last = stretches.last, last.quality == quality, last.hasValue == (value != nil) {
        stretches[stretches.count - 1].count += 1
      } else {
        stretches.append(Stretch(count: 1, quality: quality, hasValue: value != nil))
      }
      if let value { values.append(value) }
    }
  }

  /// Row of the boot.
  let boot: Int64
  /// A ``TrustCode``.
  let trust: Int64
  var scans: [Scan] = []
  var patterns: [[Slot]] = []
  var columns: [Column] = []
  private(set) var count = 0
  /// The scan that is not complete, and its pattern.
  private var scan: Scan?
  private var slots: [Slot] = []

  init(boot: Int64, trust: Int64) {
    self.boot = boot
    self.trust = trust
  }

  /// A block from its parts.
  init(boot: Int64, trust: Int64, scans: [Scan], patterns: [[Slot]], columns: [Column], count: Int) {
    self.init(boot: boot, trust: trust)
    (self.scans, self.patterns, self.columns, self.count) = (scans, patterns, columns, count)
  }

  /// Id of the first sample; also its place in the table of blocks.
  var id: Int64 { scans.first?.first ?? 0 }
  /// Id of the last sample.
  var last: Int64 { scans.last?.last ?? 0 }
  /// Wall time of the first scan.
  var wall: Int64 { scans.first?.wall ?? 0 }
  /// Wall time of the last scan.
  var end: Int64 { scans.last?.wall ?? 0 }

  // MARK: Adding

  /// Adds the sample that comes next in the log, or finds that it belongs to another block.
  /// - Parameter longest: Longest stretch of the wall clock.
  mutating func append(_ sample: StoredSample, longest: Int64 = Self.longest) -> Bool {
    guard sample.boot == boot, sample.trust == trust, count < Self.most else { return false }
    if let previous = scan ?? scans.last {
      let (passed, overflow) = sample.wall.subtractingReportingOverflow((scans.first ?? previous).wall)
      guard sample.id > previous.last, sample.wall >= previous.wall, !overflow, passed <= longest else { return false }
    }
    if scan?.mono != sample.mono || scan?.wall != sample.wall { endScan() }
    let previous = scan?.last ?? sample.id
    slots.append(Slot(column: column(of: sample.channel), gap: UInt64(bitPattern: sample.id &- previous)))
    columns[slots[slots.count - 1].column].append(sample.value, sample.quality)
    scan =
      scan
      ?? Scan(first: sample.id, last: sample.id, mono: sample.mono, wall: sample.wall, pattern: 0)
    scan?.last = sample.id
    count += 1
    return true
  }

  /// The samples so far are complete. Must be called before the block is used.
  mutating func endScan() {
    guard var done = scan else { return }
    // The newest patterns are the likeliest.
    if let known = patterns.lastIndex(of: slots) {
      done.pattern = known
    } else {
      done.pattern = patterns.count
      patterns.append(slots)
    }
    scans.append(done)
    scan = nil
    slots.removeAll(keepingCapacity: true)
  }

  private mutating func column(of channel: Int64) -> Int {
    if let known = columns.firstIndex(where: { $0.channel == channel }) { return known }
    columns.append(Column(channel: channel))
    return columns.count - 1
  }

  // MARK: Reading

  /// Gives the samples of the columns that the block was read with, in the order of the log.
  func forEachSample(_ body: (StoredSample) throws -> Void) rethrows {
    var cursors = columns.map(Cursor.init)
    for scan in scans {
      var id = scan.first
      for slot in patterns[scan.pattern] {
        id &+= Int64(bitPattern: slot.gap)
        guard let next = cursors[slot.column].next() else { continue }
        try body(
          StoredSample(
            id: id, boot: boot, mono: scan.mono, wall: scan.wall, trust: trust, channel: columns[slot.column].channel,
            value: next.value, quality: next.quality))
      }
    }
  }

  /// A place in a column.
  private struct Cursor {
    private let column: Column
    private var stretch = 0
    private var passed = 0
    private var value = 0

    init(_ column: Column) { self.column = column }

    /// `nil` in a column that was not read.
    mutating func next() -> (value: Int64?, quality: UInt8)? {
      guard stretch < column.stretches.count else { return nil }
      let current = column.stretches[stretch]
      passed += 1
      if passed == current.count { (stretch, passed) = (stretch + 1, 0) }
      guard current.hasValue, value < column.values.count else { return (nil, current.quality) }
      defer { value += 1 }
      return (column.values[value], current.quality)
    }
  }
}

// A block as bytes.
//
// All numbers are those of ``ByteWriter``. In their order:
// - the version, a byte; the numbers of scans, columns and patterns; the channel of each column;
// - of each pattern its length, and for each place the column and, but for the first, the gap less 1;
// - runs of scans with the same pattern, each its length and the pattern, until all scans have one;
// - ``IntegerColumn``s of all scans: gap between the first id and the last of the scan before (without the first scan), monotonic
//   time, wall time less the monotonic in whole milliseconds;
// - of each column the number of its bytes, then its stretches, each its length and 2 · quality + 1 with a value, and an
//   ``IntegerColumn`` of the values;
// - ``CRC32C`` of the block's id, boot and trust and all bytes before, four bytes, the lowest first.

extension SampleBlock {
  /// The form that this program writes.
  private static let version: UInt8 = 1
  private static let checksumSize = 4
  private static let nanosecondsEach: Int64 = 1_000_000

  /// The bytes of the block.
  var encoded: [UInt8] {
    var writer = ByteWriter()
    writer.write(byte: Self.version)
    for count in [scans.count, columns.count, patterns.count] { writer.write(count) }
    for column in columns { writer.write(signed: column.channel) }
    for pattern in patterns {
      writer.write(pattern.count)
      for (place, slot) in pattern.enumerated() {
        writer.write(slot.column)
        if place > 0 { writer.write(slot.gap - 1) }
      }
    }
    var start = 0
    while start < scans.count {
      let end = scans[start...].firstIndex { $0.pattern != scans[start].pattern } ?? scans.count
      writer.write(end - start)
      writer.write(scans[start].pattern)
      start = end
    }
    IntegerColumn.encode(zip(scans.dropFirst(), scans).map { $0.first &- $1.last }, to: &writer)
    IntegerColumn.encode(scans.map(\.mono), to: &writer)
    IntegerColumn.encode(scans.map { $0.wall &- $0.mono / Self.nanosecondsEach }, to: &writer)
    for column in columns {
      var bytes = ByteWriter()
      for stretch in column.stretches {
        bytes.write(stretch.count)
        bytes.write(UInt64(stretch.quality) << 1 | (stretch.hasValue ? 1 : 0))
      }
      IntegerColumn.encode(column.values, to: &bytes)
      writer.write(bytes.bytes.count)
      writer.write(bytes: bytes.bytes)
    }
    let checksum = Self.checksum(of: writer.bytes[...], id: id, boot: boot, trust: trust)
    writer.write(bytes: (0..<Self.checksumSize).map { UInt8(truncatingIfNeeded: checksum >> ($0 * 8)) })
    return writer.bytes
  }

  static func checksum(of bytes: ArraySlice<UInt8>, id: Int64, boot: Int64, trust: Int64) -> UInt32 {
    var checksum = CRC32C()
    for number in [id, boot, trust] { checksum.add(number) }
    checksum.add(bytes)
    return checksum.value
  }

  /// Reads a block.
  /// - Parameters:
  ///   - bytes: what ``encoded`` gave, or anything else.
  ///   - id: id of the first sample.
  ///   - channels: the channels whose samples are wanted; `nil` for all. The columns of others stay empty.
  init(_ bytes: [UInt8], id: Int64, boot: Int64, trust: Int64, channels: Set<Int64>? = nil) throws(BlockDamage) {
    guard bytes.count > Self.checksumSize else { throw .form }
    let body = bytes.dropLast(Self.checksumSize)
    let checksum = bytes.suffix(Self.checksumSize).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard checksum == Self.checksum(of: body, id: id, boot: boot, trust: trust) else { throw .checksum }
    var reader = ByteReader(body)
    guard try reader.byte() == Self.version else { throw .version }
    let scanCount = try reader.count(Self.most)
    let columnCount = try reader.count(Self.most)
    let patternCount = try reader.count(Self.most)
    guard scanCount > 0 else { throw .form }
    var columns: [Column] = []
    for _ in 0..<columnCount { columns.append(Column(channel: try reader.signed())) }
    var patterns: [[Slot]] = []
    for _ in 0..<patternCount { patterns.append(try Self.pattern(&reader, columns: columnCount)) }
    let (scans, count) = try Self.scans(&reader, scanCount, patterns, first: id)
    var sizes = [Int](repeating: 0, count: columnCount)
    for scan in scans {
      for slot in patterns[scan.pattern] { sizes[slot.column] += 1 }
    }
    for index in columns.indices {
      let bytes = try reader.slice(try reader.count(.max))
      guard channels?.contains(columns[index].channel) != false else { continue }
      try columns[index].read(bytes, count: sizes[index])
    }
    guard reader.isAtEnd else { throw .form }
    self.init(boot: boot, trust: trust, scans: scans, patterns: patterns, columns: columns, count: count)
  }

  private static func pattern(_ reader: inout ByteReader, columns: Int) throws(BlockDamage) -> [Slot] {
    var slots: [Slot] = []
    for place in 0..<(try reader.count(most)) {
      let column = try reader.count(columns - 1)
      let gap = place == 0 ? 0 : try reader.number()
      guard gap < .max else { throw .form }
      slots.append(Slot(column: column, gap: place == 0 ? 0 : gap + 1))
    }
    guard !slots.isEmpty else { throw .form }
    return slots
  }

  private static func scans(
    _ reader: inout ByteReader, _ count: Int, _ patterns: [[Slot]], first: Int64
  ) throws(BlockDamage) -> (scans: [Scan], samples: Int) {
    let lengths = patterns.map { $0.reduce(Int64(0)) { $0 &+ Int64(bitPattern: $1.gap) } }
    var scans: [Scan] = []
    var samples = 0
    while scans.count < count {
      let length = try reader.count(count - scans.count)
      let pattern = try reader.count(patterns.count - 1)
      guard length > 0 else { throw .form }
      samples += length * patterns[pattern].count
      guard samples <= most else { throw .form }
      scans += repeatElement(Scan(first: 0, last: 0, mono: 0, wall: 0, pattern: pattern), count: length)
    }
    let gaps = try IntegerColumn.decode(count - 1, from: &reader)
    let monos = try IntegerColumn.decode(count, from: &reader)
    let walls = try IntegerColumn.decode(count, from: &reader)
    var next = first
    for index in scans.indices {
      if index > 0 { next = scans[index - 1].last &+ gaps[index - 1] }
      scans[index].first = next
      scans[index].last = next &+ lengths[scans[index].pattern]
      scans[index].mono = monos[index]
      scans[index].wall = walls[index] &+ monos[index] / nanosecondsEach
    }
    return (scans, samples)
  }
}

extension SampleBlock.Column {
  fileprivate mutating func read(_ bytes: ArraySlice<UInt8>, count: Int) throws(BlockDamage) {
    var reader = ByteReader(bytes)
    var rest = count
    var withValue = 0
    while rest > 0 {
      let length = try reader.count(rest)
      let state = try reader.count(Int(UInt8.max) << 1 | 1)
      guard length > 0 else { throw .form }
      let stretch = SampleBlock.Stretch(count: length, quality: UInt8(state >> 1), hasValue: state & 1 == 1)
      stretches.append(stretch)
      rest -= length
      if stretch.hasValue { withValue += length }
    }
    values = try IntegerColumn.decode(withValue, from: &reader)
    guard reader.isAtEnd else { throw .form }
  }
}

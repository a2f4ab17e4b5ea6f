// Rows in the binary format of COPY (PostgreSQL documentation, COPY, "Binary Format").

/// Rows for one COPY.
struct CopyRows: RecordSink {
  private static let signature: [UInt8] =
    Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8)
  private static let trailer: [UInt8] = [0xFF, 0xFF]
  /// 2000-01-01T00:00:00Z, from which PostgreSQL counts, ms since 1970.
  private static let epoch: Int64 = 946_684_800_000

  private var bytes = signature
  /// Rows of records that are not held yet.
  private(set) var fresh = 0

  /// All rows.
  var data: [UInt8] { bytes + Self.trailer }

  private mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func begin(_ table: RecordTable) {
    // And whether its record is held already.
    append(Int16(table.columns.count + 1))
  }

  /// Ends a row with whether its record is held already.
  mutating func end(known: Bool) {
    put(known)
    if !known { fresh += 1 }
  }

  mutating func put(_ value: Int64?) {
    guard let value else { return append(Int32(-1)) }
    append(Int32(8))
    append(value)
  }

  mutating func put(_ value: Int32) {
    append(Int32(4))
    append(value)
  }

  mutating func put(_ value: Int16) {
    append(Int32(2))
    append(value)
  }

  mutating func put(_ value: Bool) {
    append(Int32(1))
    bytes.append(value ? 1 : 0)
  }

  mutating func put(_ value: Double?) {
    guard let value else { return append(Int32(-1)) }
    append(Int32(8))
    append(value.bitPattern)
  }

  mutating func put(_ value: String?) {
    guard let value else { return append(Int32(-1)) }
    append(Int32(clamping: value.utf8.count))
    bytes += value.utf8
  }

  mutating func put(time: Int64) { put((time - Self.epoch) * 1_000) }
}

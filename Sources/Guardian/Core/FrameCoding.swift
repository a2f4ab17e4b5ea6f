// Little-endian fields of the fixed-size frames, without allocation.

/// Writes fields one after the other.
struct FrameWriter {
  private let buffer: UnsafeMutableRawBufferPointer
  private var offset = 0

  init(buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

  mutating func put<Field: FixedWidthInteger & BitwiseCopyable>(_ field: Field) {
    buffer.storeBytes(of: field.littleEndian, toByteOffset: offset, as: Field.self)
    offset += MemoryLayout<Field>.size
  }

  /// Closes the frame with the CRC-32 of what has been written.
  mutating func seal() {
    put(CRC32.of(buffer[..<offset]))
  }
}

/// Reads fields one after the other. The caller has checked that the frame is long enough.
struct FrameReader {
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func take<Field: FixedWidthInteger & BitwiseCopyable>(_: Field.Type) -> Field {
    defer { offset += MemoryLayout<Field>.size }
    return Field(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Field.self))
  }

  /// Whether the last four bytes are the CRC-32 of all before.
  static func isSealed(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= 4 else { return false }
    var reader = FrameReader(bytes: bytes)
    reader.offset = bytes.count - 4
    return reader.take(UInt32.self) == CRC32.of(bytes[..<(bytes.count - 4)])
  }
}

// The guardian's answer: what the outputs really do.

/// Whether the guardian accepts what the controller asks.
public enum LeaseState: UInt16, Sendable {
  /// No lease: the outputs are in failsafe.
  case none = 0
  /// Good frames arrive; the lease begins with the third in a row.
  case arming = 1
  /// The outputs follow the controller, within the guardian's limits.
  case held = 2
  /// Frames arrive for another table than the guardian has.
  case tableMismatch = 3
}

/// Why the guardian holds an output otherwise than it was asked.
public enum HoldCause: UInt8, Sendable {
  /// It does not.
  case none = 0
  /// No lease: failsafe.
  case failsafe = 1
  /// Off for less than its minimum.
  case minimumOff = 2
  /// On for its maximum.
  case maximumOn = 3
  /// Started too often in the last hour.
  case startsPerHour = 4
  /// Another output of the interlock is on, or went off too recently.
  case interlock = 5
  /// No fresh temperature.
  case noEvidence = 6
  /// The temperature is at its high limit.
  case highLimit = 7
  /// A line reads on that should be off: the alive line is not toggled, and the coils have no supply.
  case railDown = 8
}

/// One status frame. Fixed size, little-endian.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | magic `BXS1` |
/// | 4 | 2 | version, 1 |
/// | 6 | 2 | lease state |
/// | 8 | 8 | boot of the frame answered |
/// | 16 | 8 | sequence of the frame answered |
/// | 24 | 8 | hash of the guardian's table |
/// | 32 | 4 | outputs that are on, as set |
/// | 36 | 4 | outputs held otherwise than asked |
/// | 40 | 4 | outputs whose level read back is not the one set |
/// | 44 | 4 | zero |
/// | 48 | 32 | cause of the hold, one byte an output |
/// | 80 | 128 | milliseconds until the hold may end, 0 if not known, four bytes an output |
/// | 208 | 4 | CRC-32 of all that stands before |
public struct StatusFrame: Sendable {
  /// Size of an encoded frame, bytes.
  public static let size = 212
  private static let magic: UInt32 = 0x3153_5842
  private static let version: UInt16 = 1

  /// Whether the guardian accepts what the controller asks.
  public var lease: LeaseState
  /// Boot of the frame answered.
  public var boot: UInt64
  /// Sequence of the frame answered; zero before the first.
  public var sequence: UInt64
  /// Hash of the guardian's table.
  public var tableHash: UInt64
  /// Outputs that are on, one bit each.
  public var on: UInt32
  /// Outputs held otherwise than asked, one bit each.
  public var held: UInt32
  /// Outputs whose level read back is not the one set, one bit each.
  public var mismatched: UInt32
  /// Cause of each output's hold.
  public var causes: [32 of HoldCause]
  /// Milliseconds until each output's hold may end; zero if not known.
  public var remaining: [32 of UInt32]

  /// A status from its parts.
  public init(lease: LeaseState, boot: UInt64, sequence: UInt64, tableHash: UInt64) {
    self.lease = lease
    self.boot = boot
    self.sequence = sequence
    self.tableHash = tableHash
    (on, held, mismatched) = (0, 0, 0)
    causes = .init(repeating: .none)
    remaining = .init(repeating: 0)
  }

  /// Writes the frame.
  /// - Parameter buffer: at least ``size`` bytes; a shorter one is left alone.
  public func encode(into buffer: UnsafeMutableRawBufferPointer) {
    guard buffer.count >= Self.size else { return }
    var writer = FrameWriter(buffer: buffer)
    writer.put(Self.magic)
    writer.put(Self.version)
    writer.put(lease.rawValue)
    writer.put(boot)
    writer.put(sequence)
    writer.put(tableHash)
    writer.put(on)
    writer.put(held)
    writer.put(mismatched)
    writer.put(UInt32(0))
    for index in causes.indices { writer.put(causes[index].rawValue) }
    for index in remaining.indices { writer.put(remaining[index]) }
    writer.seal()
  }

  /// Reads a frame; `nil` unless size, magic, version, enumerations, reserved field and checksum are all right.
  public init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Self.size, FrameReader.isSealed(bytes) else { return nil }
    var reader = FrameReader(bytes: bytes)
    guard reader.take(UInt32.self) == Self.magic, reader.take(UInt16.self) == Self.version,
      let lease = LeaseState(rawValue: reader.take(UInt16.self))
    else { return nil }
    self.init(
      lease: lease, boot: reader.take(UInt64.self), sequence: reader.take(UInt64.self),
      tableHash: reader.take(UInt64.self))
    (on, held, mismatched) = (reader.take(UInt32.self), reader.take(UInt32.self), reader.take(UInt32.self))
    guard reader.take(UInt32.self) == 0 else { return nil }
    for index in causes.indices {
      guard let cause = HoldCause(rawValue: reader.take(UInt8.self)) else { return nil }
      causes[index] = cause
    }
    for index in remaining.indices { remaining[index] = reader.take(UInt32.self) }
  }
}

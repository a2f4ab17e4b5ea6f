// The frame by which the controller asks, once a second, for outputs to be on.

/// What a zone's temperature is, as evidence that a heater may run.
public struct TemperatureEvidence: Equatable, Sendable {
  /// Thousandths of a degree Celsius.
  public var temperature: Int32
  /// Age of the measurement when the frame was made, milliseconds.
  public var age: UInt32
  /// Whether there is a trustworthy temperature at all.
  public var isPresent: Bool

  /// No evidence.
  public static let none = TemperatureEvidence(temperature: 0, age: 0, isPresent: false)

  /// Evidence from its parts.
  public init(temperature: Int32, age: UInt32, isPresent: Bool = true) {
    self.temperature = temperature
    self.age = age
    self.isPresent = isPresent
  }
}

/// One lease frame: who asks, for which table, which outputs, on what evidence. Fixed size, little-endian.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | magic `BXL1` |
/// | 4 | 2 | version, 1 |
/// | 6 | 2 | zero |
/// | 8 | 8 | boot: a number the controller draws when it starts |
/// | 16 | 8 | sequence, from 1, one more each frame |
/// | 24 | 8 | hash of the table the bits refer to |
/// | 32 | 4 | wanted states, one bit an output |
/// | 36 | 4 | zero |
/// | 40 | 96 | eight slots of evidence: temperature (4), age (4), present (4) |
/// | 136 | 4 | CRC-32 of all that stands before |
public struct LeaseFrame: Equatable, Sendable {
  /// Size of an encoded frame, bytes.
  public static let size = 140
  /// Number of evidence slots.
  public static let evidenceSlots = 8
  private static let magic: UInt32 = 0x314C_5842
  private static let version: UInt16 = 1

  /// The controller's present life.
  public var boot: UInt64
  /// Number of this frame in that life.
  public var sequence: UInt64
  /// ``GuardianTable/hash`` of the table that the bits refer to.
  public var tableHash: UInt64
  /// Wanted states, one bit an output.
  public var wanted: UInt32
  /// Evidence of up to eight zones.
  public var evidence: [8 of TemperatureEvidence]

  /// A frame from its parts.
  public init(
    boot: UInt64, sequence: UInt64, tableHash: UInt64, wanted: UInt32,
    evidence: [8 of TemperatureEvidence] = .init(repeating: .none)
  ) {
    self.boot = boot
    self.sequence = sequence
    self.tableHash = tableHash
    self.wanted = wanted
    self.evidence = evidence
  }
}

extension LeaseFrame {
  /// Equal when every field is; the position in a buffer does not count.
  public static func == (left: LeaseFrame, right: LeaseFrame) -> Bool {
    left.boot == right.boot && left.sequence == right.sequence && left.tableHash == right.tableHash
      && left.wanted == right.wanted && left.evidence.indices.allSatisfy { left.evidence[$0] == right.evidence[$0] }
  }

  /// Writes the frame.
  /// - Parameter buffer: at least ``size`` bytes; a shorter one is left alone.
  public func encode(into buffer: UnsafeMutableRawBufferPointer) {
    guard buffer.count >= Self.size else { return }
    var writer = FrameWriter(buffer: buffer)
    writer.put(Self.magic)
    writer.put(Self.version)
    writer.put(UInt16(0))
    writer.put(boot)
    writer.put(sequence)
    writer.put(tableHash)
    writer.put(wanted)
    writer.put(UInt32(0))
    for slot in evidence.indices {
      writer.put(evidence[slot].temperature)
      writer.put(evidence[slot].age)
      writer.put(UInt32(evidence[slot].isPresent ? 1 : 0))
    }
    writer.seal()
  }

  /// Reads a frame; `nil` unless size, magic, version, reserved fields and checksum are all right.
  public init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Self.size, FrameReader.isSealed(bytes) else { return nil }
    var reader = FrameReader(bytes: bytes)
    guard reader.take(UInt32.self) == Self.magic, reader.take(UInt16.self) == Self.version,
      reader.take(UInt16.self) == 0
    else { return nil }
    self.init(
      boot: reader.take(UInt64.self), sequence: reader.take(UInt64.self), tableHash: reader.take(UInt64.self),
      wanted: reader.take(UInt32.self))
    guard reader.take(UInt32.self) == 0 else { return nil }
    for slot in evidence.indices {
      let (temperature, age) = (reader.take(Int32.self), reader.take(UInt32.self))
      let present = reader.take(UInt32.self)
      guard present <= 1 else { return nil }
      evidence[slot] = TemperatureEvidence(temperature: temperature, age: age, isPresent: present == 1)
    }
  }
}

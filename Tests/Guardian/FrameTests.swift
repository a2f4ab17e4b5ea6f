// Checksums, the lease frame and the status frame, byte by byte.

import Guardian
import Testing

@Suite("Checksums")
struct ChecksumTests {
  @Test("CRC-32 of 123456789 is the check value of the CRC catalogue")
  func checkValue() {
    #expect(CRC32.of(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(CRC32.of([]) == 0)
  }

  @Test(
    "FNV-1a gives the values of its authors' test vectors",
    arguments: [("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C), ("foobar", 0x8594_4171_F739_67E8)]
      as [(String, UInt64)])
  func hashVectors(text: String, hash: UInt64) {
    #expect(FNV1a.hash(of: Array(text.utf8)) == hash)
  }
}

@Suite("Lease frame")
struct LeaseFrameTests {
  private static var example: LeaseFrame {
    var evidence: [8 of TemperatureEvidence] = .init(repeating: .none)
    evidence[0] = TemperatureEvidence(temperature: 25_300, age: 800)
    evidence[7] = TemperatureEvidence(temperature: -12_000, age: .max)
    return LeaseFrame(
      boot: 0x0123_4567_89AB_CDEF, sequence: 42, tableHash: 0xFEDC_BA98_7654_3210, wanted: 0x8000_0005,
      evidence: evidence)
  }

  @Test("comes back from its bytes as it was")
  func roundTrip() {
    #expect(LeaseFrame(bytes: Self.example.bytes) == Self.example)
  }

  @Test("has its fields where its layout says")
  func layout() {
    let bytes = Self.example.bytes
    #expect(bytes.count == 140)
    #expect(Array(bytes[0..<8]) == Array("BXL1".utf8) + [1, 0, 0, 0])
    #expect(Array(bytes[8..<16]) == [0xEF, 0xCD, 0xAB, 0x89, 0x67, 0x45, 0x23, 0x01])
    #expect(Array(bytes[16..<24]) == [42, 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(bytes[32..<40]) == [5, 0, 0, 0x80, 0, 0, 0, 0])
    #expect(Array(bytes[40..<52]) == [0xD4, 0x62, 0, 0, 0x20, 3, 0, 0, 1, 0, 0, 0])
  }

  @Test("is refused when any single bit is wrong")
  func bitFlips() {
    var bytes = Self.example.bytes
    for bit in 0..<(bytes.count * 8) {
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(LeaseFrame(bytes: bytes) == nil, "bit \(bit)")
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
    #expect(LeaseFrame(bytes: bytes) != nil)
  }

  @Test("is refused at any other size", arguments: [0, 1, 4, 139, 141, 280])
  func size(count: Int) {
    let bytes = Self.example.bytes + Self.example.bytes
    #expect(LeaseFrame(bytes: Array(bytes.prefix(count))) == nil)
    #expect(LeaseFrame(bytes: sealed(Array(bytes.prefix(count)))) == nil)
  }

  @Test(
    "is refused with a right checksum but a wrong magic, version, reserved field or presence",
    arguments: [(0, 0x43), (4, 2), (6, 1), (36, 1), (48, 2)] as [(Int, UInt8)])
  func fields(offset: Int, value: UInt8) {
    var bytes = Self.example.bytes
    bytes[offset] = value
    #expect(LeaseFrame(bytes: sealed(bytes)) == nil)
  }

  @Test("leaves a buffer alone that is too short for it")
  func shortBuffer() {
    var bytes = [UInt8](repeating: 0xAA, count: LeaseFrame.size - 1)
    bytes.withUnsafeMutableBytes { Self.example.encode(into: $0) }
    #expect(bytes.allSatisfy { $0 == 0xAA })
  }
}

@Suite("Status frame")
struct StatusFrameTests {
  private static var example: StatusFrame {
    var status = StatusFrame(lease: .arming, boot: 3, sequence: 9, tableHash: 77)
    (status.on, status.held, status.mismatched) = (0x11, 0x8000_0000, 0x2)
    status.causes[31] = .highLimit
    status.remaining[30] = 123_456
    return status
  }

  @Test("comes back from its bytes as it was")
  func roundTrip() throws {
    let status = try #require(StatusFrame(bytes: Self.example.bytes))
    #expect(status.lease == .arming)
    #expect((status.boot, status.sequence, status.tableHash) == (3, 9, 77))
    #expect((status.on, status.held, status.mismatched) == (0x11, 0x8000_0000, 0x2))
    for index in 0..<32 {
      #expect(status.causes[index] == (index == 31 ? .highLimit : .none))
      #expect(status.remaining[index] == (index == 30 ? 123_456 : 0))
    }
  }

  @Test("is refused when any single bit is wrong")
  func bitFlips() {
    var bytes = Self.example.bytes
    for bit in 0..<(bytes.count * 8) {
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(StatusFrame(bytes: bytes) == nil, "bit \(bit)")
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
  }

  @Test("is refused at any other size", arguments: [0, 3, 211, 213])
  func size(count: Int) {
    let bytes = Self.example.bytes + Self.example.bytes
    #expect(StatusFrame(bytes: sealed(Array(bytes.prefix(count)))) == nil)
  }

  @Test(
    "is refused with a right checksum but a wrong magic, version, lease state, reserved field or cause",
    arguments: [(0, 0x43), (4, 2), (6, 4), (44, 1), (47, 0x80), (48, 9)] as [(Int, UInt8)])
  func fields(offset: Int, value: UInt8) {
    var bytes = Self.example.bytes
    bytes[offset] = value
    #expect(StatusFrame(bytes: sealed(bytes)) == nil)
  }
}

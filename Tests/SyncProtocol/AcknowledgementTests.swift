// Acknowledgements on the wire.

import Simulator
import SyncProtocol
import Testing

@Suite("Acknowledgements on the wire")
struct AcknowledgementTests {
  /// Written by another CBOR encoder (Python's cbor2, `canonical=True`) from the map of docs/sync.md.
  private static let golden = """
    aa61760162646250000102030405060708090a0b0c0d0e0f636e6f771b0000018bcfe5680063746f701a000111706377696e1064666f726b
    f5646761707382821903e919044c821907d01907d064696e737450101112131415161718191a1b1c1d1e1f646c616e65646c697665677468
    726f7567681903e8
    """

  private func example() throws -> Acknowledgement {
    Acknowledgement(
      database: try #require(DatabaseID((0..<16).map { UInt8($0) })),
      install: try #require(InstallID((16..<32).map { UInt8($0) })), lane: .live, through: 1_000, top: 70_000,
      gaps: [1_001...1_100, 2_000...2_000], window: 16, now: 1_700_000_000_000, isFork: true)
  }

  @Test("an acknowledgement has the bytes that another encoder gives, and comes back")
  func golden() throws {
    let example = try example()
    #expect(hex(example.encoded()) == Self.golden.filter { !$0.isWhitespace })
    #expect(try Acknowledgement(example.encoded()) == example)
    var plain = example
    plain.isFork = false
    #expect(try Acknowledgement(plain.encoded()) == plain)
  }

  @Test("of too many gaps the last are left out, and nothing is said of what lies above")
  func manyGaps() throws {
    var example = try example()
    example.gaps = (1...1_500).map { 1_000 + $0 * 10...1_000 + $0 * 10 + 3 }
    let back = try Acknowledgement(example.encoded())
    #expect(back.gaps == Array(example.gaps.prefix(1_000)))
    #expect(back.top == 11_003)
  }

  @Test("refused: top below through, gaps that overlap, lie below or above, or run backwards")
  func refused() throws {
    let changes: [(inout Acknowledgement) -> Void] = [
      { $0.top = 999 }, { $0.gaps = [900...1_100] }, { $0.gaps = [1_001...1_100, 1_100...1_200] },
      { $0.gaps = [1_001...70_001] }, { $0.through = -1 }, { $0.window = -1 },
    ]
    for change in changes {
      var wrong = try example()
      change(&wrong)
      #expect(throws: SyncFault.self) { try Acknowledgement(wrong.encoded()) }
    }
    let backwards = hex(try example().encoded()).replacing("1903e919044c", with: "19044c1903e9")
    #expect(throws: SyncFault.self) { try Acknowledgement(bytes(backwards)) }
  }

  @Test("damaged bytes are refused or are another acknowledgement, and never stop the reader")
  func damage() throws {
    var random = SeededGenerator(seed: 1)
    let message = try example().encoded()
    for _ in 0..<20_000 {
      var damaged = message
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      guard let back = try? Acknowledgement(damaged) else { continue }
      #expect(try Acknowledgement(back.encoded()) == back)
    }
  }
}

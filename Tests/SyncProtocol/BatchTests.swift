// Batches on the wire: what goes in comes out, the bytes are those of the document, and nothing else is accepted.

import Simulator
import SyncProtocol
import Testing

@Suite("Batches on the wire")
struct BatchTests {
  @Test("any batch comes back as it was, and the same records give the same bytes", arguments: 0..<4)
  func roundTrip(kind: Int) throws {
    for seed in UInt64(0)..<60 {
      var batch = try RandomBatches.batch(kind: kind, records: 1 + Int(seed) * 7, seed: seed)
      let bytes = try batch.encoded()
      let back = try Batch(bytes)
      #expect(back == batch)
      #expect(try back.encoded() == bytes)
      batch.first += 1
      #expect(try Batch(batch.encoded()) != back)
    }
  }

  @Test("a hello and a loss come back in every lane", arguments: Lane.allCases)
  func withoutRecords(lane: Lane) throws {
    for content in [BatchContent.hello] + SyncLoss.allCases.map({ .lost(9_000_000_000, $0) }) {
      let batch = Batch(
        device: try RandomBatches.requireDevice(), install: InstallID(), lane: lane, first: 7, content: content)
      #expect(try Batch(batch.encoded()) == batch)
    }
    let loss = Batch(
      device: try RandomBatches.requireDevice(), install: InstallID(), lane: lane, first: 7, content: .lost(3, .age))
    #expect(loss.last == 9)
  }

  private func small() throws -> Batch {
    var group = SampleGroup()
    let times: [(Int64, Int64?)] = [(60_000, 245_100), (120_000, 245_200), (180_000, nil), (240_000, 245_000)]
    for (mono, value) in times {
      group.add(
        boot: "b1", mono: mono, wall: 1_700_000_000_000 + mono, trust: .trusted, channel: "shed.temperature",
        value: value, quality: value == nil ? 5 : 0)
      group.add(
        boot: "b1", mono: mono, wall: 1_700_000_000_000 + mono, trust: .trusted, channel: "shed.co2",
        value: 8_000_000, quality: 0)
    }
    let install = try #require(InstallID((0..<16).map { UInt8($0) }))
    return Batch(
      device: try RandomBatches.requireDevice(), install: install, lane: .backlog, first: 41, content: .samples(group))
  }

  /// Written by another CBOR encoder (Python's cbor2, `canonical=True`) from the maps of docs/sync.md.
  private static let goldenSamples = """
    b2616e08617601636465766977656e66656e672d3364626f6f74840000000064696e737450000102030405060708090a0b0c0d0e0f646b69
    6e646773616d706c6573646c616e65676261636b6c6f67646d6f6e6f8419ea6019ea6019ea6019ea6064756e69748218641927106477616c
    6c841b0000018bcfe5680000000065626f6f74738162623165636f756e748402020202656669727374182965747275737484000000006576
    616c7565881909931903200100f6002100676368616e6e656c880001000100010001677175616c697479880000000005000000686368616e
    6e656c738270736865642e74656d706572617475726568736865642e636f32
    """

  @Test("a batch of samples has the bytes that another encoder gives")
  func golden() throws {
    let batch = try small()
    #expect(hex(batch.unpacked()) == Self.goldenSamples.filter { !$0.isWhitespace })
    #expect(try Batch(unpacked: bytes(Self.goldenSamples)) == batch)
  }

  private static let goldenEntries = """
    ad616e03617601636465766977656e66656e672d3364626f6f7482000164696e737450abababababababababababababababab646b696e64
    67656e7472696573646c616e6565616c61726d646d6f6e6f821903e83903c96477616c6c82190fa01b0000018bcfe5584265626f6f747382
    6262316262326566697273740165747275737482020167656e747269657383a762617400646b696e646468696768647479706565616c6172
    6d6576616c75651a0004c4b4677375626a65637470736865642e74656d706572617475726568736576657269747965616c61726d6a747261
    6e736974696f6e66726169736564a6626174006262796b636f756e74793a78696e67646b696e646c6f766572726964652d73657464747970
    65656576656e746664657461696c63e585b3677375626a65637466686561746572a562617401637574631b0000018bcfe568fa6474797065
    66616e63686f72656572726f72182866736f75726365636e7470
    """

  @Test("a batch of entries has the bytes that another encoder gives")
  func goldenEntries() throws {
    var group = EntryGroup()
    group.add(
      boot: "b1", mono: 1_000, wall: 5_000, trust: .unknown,
      .alarm(
        kind: "high", subject: "shed.temperature", severity: "alarm", transition: "raised", value: 312_500, by: nil))
    group.add(
      boot: "b1", mono: 1_000, wall: 5_000, trust: .unknown,
      .event(kind: "override-set", subject: "heater", detail: "关", by: "county:xing"))
    group.add(
      boot: "b2", mono: 30, wall: 1_700_000_000_000, trust: .freeRunning,
      .anchor(utc: 1_700_000_000_250, error: 40, source: .ntp))
    let install = try #require(InstallID([UInt8](repeating: 0xAB, count: 16)))
    let batch = Batch(
      device: try RandomBatches.requireDevice(), install: install, lane: .alarm, first: 1, content: .entries(group))
    #expect(hex(batch.unpacked()) == Self.goldenEntries.filter { !$0.isWhitespace })
  }

  @Test("ten thousand samples of a quiet shed fit into a message; noise beyond is refused, not sent")
  func size() throws {
    var random = SeededGenerator(seed: 3)
    func batch(_ value: (inout SeededGenerator) -> Int64) throws -> Batch {
      var group = SampleGroup()
      for index in 0..<Int64(SyncLimits.records) {
        let mono = index / 12 * 60_000 + Int64.random(in: 0...2, using: &random)
        group.add(
          boot: "b", mono: mono, wall: 1_700_000_000_000 + mono, trust: .trusted, channel: "c\(index % 12)",
          value: value(&random), quality: 0)
      }
      return Batch(
        device: try RandomBatches.requireDevice(), install: InstallID(), lane: .backlog, first: 1,
        content: .samples(group))
    }
    let quiet = try batch { 240_000 + Int64(($0.nextGaussian() * 2).rounded()) * 100 }
    #expect(try quiet.encoded().count < 25_000)
    let noise = try batch { Int64.random(in: .min ... .max, using: &$0) }
    #expect { try noise.encoded() } throws: { if case .tooLarge? = $0 as? SyncFault { true } else { false } }
  }

  @Test("what a reader could not store is changed before it is sent: NUL, and texts without end")
  func texts() throws {
    var group = EntryGroup()
    let long = String(repeating: "蚕", count: 40_000)
    group.add(
      boot: "b", mono: 0, wall: 0, trust: .trusted, .event(kind: "k", subject: "a\0b", detail: long, by: "p"))
    let batch = Batch(
      device: try RandomBatches.requireDevice(), install: InstallID(), lane: .alarm, first: 1, content: .entries(group))
    guard case .entries(let back) = try Batch(batch.encoded()).content,
      case .event(_, let subject, let detail, _) = back.entries[0].content
    else {
      Issue.record("not the entries that were sent")
      return
    }
    #expect(subject == "a\u{FFFD}b")
    #expect(detail.utf8.count <= SyncLimits.text && long.hasPrefix(detail) && !detail.isEmpty)
  }

  @Test("a wanted mean that is no number is left out")
  func notANumber() throws {
    for demand in [Double.nan, .infinity] {
      var group = DecisionGroup()
      group.add(
        boot: "b", mono: 0, wall: 0, trust: .trusted,
        SyncDecision(output: "o", isOn: true, demand: demand, rule: "idle"))
      let batch = Batch(
        device: try RandomBatches.requireDevice(), install: InstallID(), lane: .diagnostic, first: 1,
        content: .decisions(group))
      guard case .decisions(let back) = try Batch(batch.encoded()).content else {
        Issue.record("not the decisions that were sent")
        return
      }
      #expect(back.decisions.map(\.demand) == [nil])
    }
  }

  @Test("damaged bytes are refused or are another batch, and never stop the reader")
  func damage() throws {
    var random = SeededGenerator(seed: 11)
    for kind in 0..<4 {
      let bytes = try RandomBatches.batch(kind: kind, records: 12, seed: 5).unpacked()
      for _ in 0..<3_000 {
        var damaged = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        if random.oneIn(5) { damaged.removeLast(Int.random(in: 0..<damaged.count, using: &random)) }
        guard let batch = try? Batch(unpacked: damaged) else { continue }
        #expect(try Batch(unpacked: batch.unpacked()) == batch)
      }
      for length in 0..<bytes.count { #expect(throws: SyncFault.self) { try Batch(unpacked: Array(bytes[..<length])) } }
    }
  }

  @Test(
    "refused: a batch in another's lane, with a key twice, without one, of another version",
    arguments: [
      ("lane", "6c616e65676261636b6c6f67", "6c616e6565616c61726d"),
      ("twice", "616e08", "617601"),
      ("without", "616e08", "617808"),
      ("version", "617601", "617602"),
      ("count", "616e08", "616e07"),
      ("first", "6566697273741829", "65666972737400"),
    ])
  func refused(_ change: (name: String, from: String, to: String)) throws {
    let text = hex(try small().unpacked())
    #expect(text.contains(change.from))
    let changed = text.replacing(change.from, with: change.to)
    #expect(throws: SyncFault.self) { try Batch(unpacked: bytes(changed)) }
  }

  @Test("keys that are not known are passed over, and their order does not matter")
  func unknownKeys() throws {
    let text = hex(try small().unpacked())
    let (head, rest) = (text.prefix(2), text.dropFirst(2))
    let items = try #require(UInt8(head, radix: 16))
    let more = String(items + 1, radix: 16) + rest + "63666f6f" + "83f5a16161f6fb3ff0000000000000"
    #expect(try Batch(unpacked: bytes(more)) == small())
  }

  @Test("a frame that claims or holds more than a batch may is refused without memory for it")
  func bombs() throws {
    // 2 MiB of zeros, with and without their number in the frame's head.
    let claimed = """
      28b52ffda0000020005400001000000100fbff39c00202001000020010000200100002001000020010000200100002001000020010000200
      1000020010000200100002001000020010000200100003001000
      """
    let unknown = """
      28b52ffd00585400001000000100fbff39c00202001000020010000200100002001000020010000200100002001000020010000200100002
      0010000200100002001000020010000200100003001000
      """
    for frame in [claimed, unknown] { #expect(throws: SyncFault.self) { try Batch(bytes(frame)) } }
    let twice = try small().encoded() + small().encoded()
    #expect(throws: SyncFault.self) { try Batch(twice) }
    #expect(throws: SyncFault.self) { try Batch([]) }
    #expect(throws: SyncFault.self) { try Batch([UInt8](repeating: 0x28, count: SyncLimits.message + 1)) }
  }
}

/// Hexadecimal digits of bytes.
func hex(_ bytes: [UInt8]) -> String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

/// Bytes of hexadecimal digits; white space is passed over.
func bytes(_ hex: String) -> [UInt8] {
  let digits = hex.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)
  return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

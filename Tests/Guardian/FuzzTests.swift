// Bytes from a broken or hostile controller, and tables from a broken card: refused, never a trap.

import Guardian
import Testing

@Suite("Fuzz")
struct FuzzTests {
  @Test("200,000 random and mutated messages never trap, and what is accepted is what was sent")
  func frames() {
    var random = SeededGenerator(seed: 1)
    let honest = LeaseFrame(boot: 1, sequence: 2, tableHash: 3, wanted: 4)
    let original = honest.bytes
    var bytes = original
    var accepted = 0
    for round in 0..<200_000 {
      // A few bytes change at a time, so that most of the frame stays plausible.
      let first = Int.random(in: 0..<bytes.count, using: &random)
      let second = Int.random(in: 0..<bytes.count, using: &random)
      bytes[first] = UInt8.random(in: 0...255, using: &random)
      bytes[second] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      let length = round % 10 == 0 ? Int.random(in: 0...bytes.count, using: &random) : bytes.count
      let frame = bytes.withUnsafeBytes { LeaseFrame(UnsafeRawBufferPointer(rebasing: $0[..<length])) }
      if frame != nil, bytes != original { accepted += 1 }
      if round % 3 == 0 { bytes = original }
    }
    #expect(accepted == 0)
  }

  @Test("5,000 damaged frames with a right checksum never trap the core, and no output ends up on against its limits")
  func sealedFrames() {
    var random = SeededGenerator(seed: 2)
    let rig = GuardianRig([.test(0, evidenceSlot: 0, highLimit: 30_000), .test(1, maximumOn: 10_000)])
    var accepted = 0
    for _ in 0..<5_000 {
      var bytes = rig.frame(
        .random(in: 0...UInt32.max, using: &random), evidence: TemperatureEvidence(temperature: 20_000, age: 0)
      ).bytes
      // Wishes and evidence, and now and then the head; after that the controller begins a new life.
      let isHead = Int.random(in: 0..<50, using: &random) == 0
      let position = isHead ? Int.random(in: 0..<32, using: &random) : Int.random(in: 32..<bytes.count, using: &random)
      bytes[position] = UInt8.random(in: 0...255, using: &random)
      let frame = LeaseFrame(bytes: sealed(bytes))
      if isHead { (rig.boot, rig.sequence) = (rig.boot + 1, 0) }
      if frame != nil { accepted += 1 }
      rig.now += 500
      let on = rig.core.cycle(now: rig.now, frame: frame)
      if let frame, !isHead, on & 1 != 0 {
        #expect(frame.evidence[0].temperature < 30_000 && frame.evidence[0].isPresent)
      }
      #expect(on & ~3 == 0)
    }
    #expect(accepted > 1_000)
  }

  @Test("20,000 mutated tables never trap, half of them with a right checksum")
  func tables() {
    var random = SeededGenerator(seed: 3)
    let original = Array(TableTests.example.text.utf8)
    let alphabet = Array("0123456789-=: \nabcdefgh\u{7F}".utf8) + [0, 0xFF, 0xC3, 0x0D]
    var errors: Set<String> = []
    for round in 0..<20_000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let position = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: position)
        case 2: bytes.insert(alphabet[Int.random(in: 0..<alphabet.count, using: &random)], at: position)
        default: bytes[position] = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      do throws(GuardianTableError) {
        let table = try GuardianTable(text: round % 2 == 0 ? text : TableTests.resealed(text))
        // Whatever is accepted must be something the core can work with.
        var core = GuardianCore(table: table, now: 0)
        _ = core.initialLines(now: 0)
        _ = core.cycle(now: 3_600_000, frame: nil)
      } catch {
        #expect(!error.problem.isEmpty)
        errors.insert(String(error.problem.prefix(12)))
      }
    }
    #expect(errors.count >= 8)
  }
}

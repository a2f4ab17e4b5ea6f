// Ranges against a plain set.

import SyncProtocol
import Testing

@Suite("A set of sequences")
struct SequenceSetTests {
  @Test("inserting and removing ranges at random comes to the same as a plain set", arguments: 1...20)
  func agreesWithPlainSet(seed: Int) throws {
    var state = UInt64(seed)
    func random(_ limit: Int64) -> Int64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int64(state >> 33) % limit
    }
    var set = SequenceSet()
    var plain: Set<Int64> = []
    for _ in 0..<200 {
      let lower = random(100) + 1
      let range = lower...lower + random(12)
      if random(3) == 0 {
        set.remove(range)
        plain.subtract(range)
      } else {
        set.insert(range)
        plain.formUnion(range)
      }
      #expect(Set(set.ranges.flatMap { Array($0) }) == plain)
      #expect(set.count == Int64(plain.count))
      #expect(set.top == plain.max() ?? 0)
      let through = (1...200).first { !plain.contains($0) }.map { $0 - 1 }
      #expect(set.through == through)
      #expect(Set(set.gaps.flatMap { Array($0) }) == Set((1...200).filter { $0 <= set.top }).subtracting(plain))
      #expect(zip(set.ranges, set.ranges.dropFirst()).allSatisfy { $0.upperBound + 1 < $1.lowerBound })
      let probe = range.lowerBound - 3 > 0 ? range.lowerBound - 3...range.upperBound + 3 : range
      #expect(set.contains(probe) == plain.isSuperset(of: probe))
      #expect(set.intersects(probe) == !plain.isDisjoint(with: probe))
      checkMissing(set, plain, probe)
      var above = set
      above.removeAll(through: lower)
      #expect(above == set.above(lower))
      #expect(Set(above.ranges.flatMap { Array($0) }) == plain.filter { $0 > lower })
      #expect(Set(set.intersection(probe).flatMap { Array($0) }) == plain.intersection(probe))
      #expect(SequenceSet(text: set.text) == set)
    }
  }

  private func checkMissing(_ set: SequenceSet, _ plain: Set<Int64>, _ asked: ClosedRange<Int64>) {
    let missing = asked.filter { !plain.contains($0) }
    let first = missing.first.map { first in
      first...(asked.first { $0 > first && plain.contains($0) }.map { $0 - 1 } ?? asked.upperBound)
    }
    #expect(set.firstMissing(in: asked) == first)
    let last = missing.last.map { last in
      (asked.last { $0 < last && plain.contains($0) }.map { $0 + 1 } ?? asked.lowerBound)...last
    }
    #expect(set.lastMissing(in: asked) == last)
  }

  @Test("what lies between gaps is what is not in them")
  func betweenGaps() {
    let set = SequenceSet(from: 5, through: 20, without: [5...6, 9...9, 20...20])
    #expect(set.ranges == [7...8, 10...19])
    #expect(SequenceSet(from: 5, through: 4, without: []).ranges.isEmpty)
    #expect(SequenceSet(from: 5, through: 9, without: [5...9]).ranges.isEmpty)
  }

  @Test("a text that is none is refused")
  func refusesText() {
    for text in ["", "{", "[1,2)", "{[1,2]}", "{[2,2)}", "{[5,9),[1,3)}", "{[1,x)}", "{[1,5),[3,9)}"] {
      #expect(SequenceSet(text: text) == nil, "\(text)")
    }
    #expect(SequenceSet(text: "{}") == SequenceSet())
  }
}

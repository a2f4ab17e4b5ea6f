// Which sequences of a lane are there: ranges, ascending and apart.

/// A set of sequences, 1 and above, kept as ranges: as small as what is missing between them, whatever their number.
public struct SequenceSet: Hashable, Sendable {
  /// The ranges, ascending; between two of them at least one sequence is missing.
  public private(set) var ranges: [ClosedRange<Int64>] = []

  /// None.
  public init() {}

  /// All of a range.
  public init(_ range: ClosedRange<Int64>) { ranges = [range] }

  /// The sequences from `low` to `high` without those of `gaps`, which ascend and lie between them.
  public init(from low: Int64, through high: Int64, without gaps: [ClosedRange<Int64>]) {
    var next = low
    for gap in gaps {
      if gap.lowerBound > next { ranges.append(next...gap.lowerBound - 1) }
      next = gap.upperBound + 1
    }
    if next <= high { ranges.append(next...high) }
  }

  /// How many.
  public var count: Int64 { ranges.reduce(0) { $0 + Int64($1.count) } }

  /// Whether there are none.
  public var isEmpty: Bool { ranges.isEmpty }

  /// The highest up to which none is missing; 0 for none.
  public var through: Int64 {
    guard let first = ranges.first, first.lowerBound == 1 else { return 0 }
    return first.upperBound
  }

  /// The highest; 0 for none.
  public var top: Int64 { ranges.last?.upperBound ?? 0 }

  /// What is missing below ``top``, above ``through``.
  public var gaps: [ClosedRange<Int64>] {
    var next: Int64 = 1
    var gaps: [ClosedRange<Int64>] = []
    for range in ranges {
      if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
      next = range.upperBound + 1
    }
    return gaps
  }

  /// Index of the first range that ends at or above a sequence.
  private func index(endingFrom sequence: Int64) -> Int {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < sequence { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Adds a range.
  public mutating func insert(_ range: ClosedRange<Int64>) {
    // Ranges that touch become one.
    let begin = index(endingFrom: range.lowerBound - 1)
    var end = begin
    var (lower, upper) = (range.lowerBound, range.upperBound)
    while end < ranges.count, ranges[end].lowerBound <= range.upperBound + 1 {
      lower = min(lower, ranges[end].lowerBound)
      upper = max(upper, ranges[end].upperBound)
      end += 1
    }
    ranges.replaceSubrange(begin..<end, with: [lower...upper])
  }

  /// Takes a range out.
  public mutating func remove(_ range: ClosedRange<Int64>) {
    let begin = index(endingFrom: range.lowerBound)
    var end = begin
    var rest: [ClosedRange<Int64>] = []
    while end < ranges.count, ranges[end].lowerBound <= range.upperBound {
      let old = ranges[end]
      if old.lowerBound < range.lowerBound { rest.append(old.lowerBound...range.lowerBound - 1) }
      if old.upperBound > range.upperBound { rest.append(range.upperBound + 1...old.upperBound) }
      end += 1
    }
    ranges.replaceSubrange(begin..<end, with: rest)
  }

  /// Adds another set.
  public mutating func formUnion(_ other: SequenceSet) {
    for range in other.ranges { insert(range) }
  }

  /// Takes away all up to a sequence.
  public mutating func removeAll(through end: Int64) {
    if end >= 1 { remove(1...end) }
  }

  /// What lies above a sequence.
  public func above(_ sequence: Int64) -> SequenceSet {
    var rest = self
    rest.removeAll(through: sequence)
    return rest
  }

  /// Whether any of a range is there.
  public func intersects(_ range: ClosedRange<Int64>) -> Bool {
    let place = index(endingFrom: range.lowerBound)
    return place < ranges.count && ranges[place].lowerBound <= range.upperBound
  }

  /// Whether all of a range is there.
  public func contains(_ range: ClosedRange<Int64>) -> Bool {
    let place = index(endingFrom: range.lowerBound)
    return place < ranges.count && ranges[place].lowerBound <= range.lowerBound
      && ranges[place].upperBound >= range.upperBound
  }

  /// The first stretch of a range that is missing.
  public func firstMissing(in range: ClosedRange<Int64>) -> ClosedRange<Int64>? {
    var next = range.lowerBound
    for other in ranges where other.upperBound >= next {
      guard other.lowerBound <= next else { return next...min(other.lowerBound - 1, range.upperBound) }
      next = other.upperBound + 1
      guard next <= range.upperBound else { return nil }
    }
    return next...range.upperBound
  }

  /// The last stretch of a range that is missing.
  public func lastMissing(in range: ClosedRange<Int64>) -> ClosedRange<Int64>? {
    var next = range.upperBound
    for other in ranges.reversed() where other.lowerBound <= next {
      guard other.upperBound >= next else { return max(other.upperBound + 1, range.lowerBound)...next }
      next = other.lowerBound - 1
      guard next >= range.lowerBound else { return nil }
    }
    return range.lowerBound...next
  }

  /// What of a range is there.
  public func intersection(_ range: ClosedRange<Int64>) -> [ClosedRange<Int64>] {
    var common: [ClosedRange<Int64>] = []
    var place = index(endingFrom: range.lowerBound)
    while place < ranges.count, ranges[place].lowerBound <= range.upperBound {
      common.append(ranges[place].clamped(to: range))
      place += 1
    }
    return common
  }

  // MARK: Text

  /// As PostgreSQL writes an `int8multirange`: `{[1,5),[7,9)}`.
  public var text: String {
    "{" + ranges.map { "[\($0.lowerBound),\($0.upperBound + 1))" }.joined(separator: ",") + "}"
  }

  /// Reads ``text``; `nil` for anything else.
  public init?(text: String) {
    guard text.hasPrefix("{"), text.hasSuffix("}") else { return nil }
    for part in text.dropFirst().dropLast().split(separator: "[") {
      let numbers = part.prefix { $0 != ")" }.split(separator: ",")
      guard numbers.count == 2, let lower = Int64(numbers[0]), let end = Int64(numbers[1]), lower > top, end > lower,
        part.hasSuffix("),") || part.hasSuffix(")")
      else { return nil }
      ranges.append(lower...end - 1)
    }
  }
}

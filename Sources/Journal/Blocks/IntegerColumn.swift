// A column of whole numbers that follow one another smoothly, or nearly so.

/// How a number is guessed from those before it.
private enum Predictor: UInt8, CaseIterable {
  /// The numbers rise by the same each time: nothing is left to say.
  case steady
  /// The one before.
  case previous
  /// A mean that forgets: noise around something slow, as of a sensor.
  case mean
  /// The straight line through the two before.
  case line

  /// Binary places that a mean is kept with, and its share of news, 1/4.
  private static let places: Int64 = 8
  private static let news: Int64 = 2

  /// What it remembers.
  struct State {
    fileprivate let predictor: Predictor
    private var last: Int64 = 0
    private var step: Int64 = 0
    private var mean: Int64 = 0

    init(_ predictor: Predictor, step: Int64 = 0) {
      self.predictor = predictor
      self.step = step
    }

    var guess: Int64 {
      switch predictor {
      case .previous: last
      case .mean: (mean &+ (1 << (Predictor.places - 1))) >> Predictor.places
      case .steady, .line: last &+ step
      }
    }

    mutating func learn(_ value: Int64) {
      switch predictor {
      case .mean: mean = mean &+ ((value << Predictor.places) &- mean) >> Predictor.news
      case .line: step = value &- last
      case .steady, .previous: break
      }
      last = value
    }
  }
}

/// Codes columns of whole numbers.
///
/// A column is its first number, the unit in which all others differ from it (a power of ten: a sensor of 0.01 K gives
/// multiples of a hundred), how a number is guessed from those before, and for each number by how much the guess was wrong, as
/// Rice code. Of all ways to guess the one is taken that needs the fewest bits. All arithmetic wraps around, so that any numbers
/// come back as they were.
enum IntegerColumn {
  private static let powers: [Int64] = (0...9).map { (0..<$0).reduce(1) { power, _ in power * 10 } }

  /// Writes a column. How long it is stands elsewhere.
  static func encode(_ column: [Int64], to writer: inout ByteWriter) {
    guard let first = column.first else { return }
    writer.write(signed: first)
    guard column.count > 1 else { return }
    let exponent = exponent(column, first)
    let power = powers[exponent]
    let scaled = column.dropFirst().map { ($0 &- first) / power }
    let predictor = best(scaled)
    writer.write(byte: UInt8(exponent) << 2 | predictor.rawValue)
    if predictor == .steady { return writer.write(signed: scaled[0]) }
    var bits = RiceWriter()
    var state = Predictor.State(predictor)
    for value in scaled {
      bits.write(ZigZag.encode(value &- state.guess))
      state.learn(value)
    }
    bits.finish()
    writer.write(bits.bytes.count)
    writer.write(bytes: bits.bytes)
  }

  /// The greatest power of ten by which all numbers differ from the first.
  private static func exponent(_ column: [Int64], _ first: Int64) -> Int {
    var exponent = powers.count - 1
    for value in column where value != first {
      while (value &- first) % powers[exponent] != 0 { exponent -= 1 }
    }
    return exponent
  }

  private static func best(_ scaled: [Int64]) -> Predictor {
    var best = Predictor.previous
    var fewest = Int.max
    for predictor in Predictor.allCases {
      var state = Predictor.State(predictor, step: predictor == .steady ? scaled[0] : 0)
      var model = RiceModel()
      var bits = 0
      for value in scaled {
        let error = ZigZag.encode(value &- state.guess)
        if predictor == .steady, error != 0 {
          bits = .max
          break
        }
        bits += predictor == .steady ? 0 : model.cost(error)
        model.learn(error)
        state.learn(value)
        if bits >= fewest { break }
      }
      if bits == 0 { return predictor }
      if bits < fewest { (best, fewest) = (predictor, bits) }
    }
    return best
  }

  /// Reads a column of so many numbers.
  static func decode(_ count: Int, from reader: inout ByteReader) throws(BlockDamage) -> [Int64] {
    guard count > 0 else { return [] }
    let first = try reader.signed()
    guard count > 1 else { return [first] }
    let form = try reader.byte()
    guard Int(form >> 2) < powers.count, let predictor = Predictor(rawValue: form & 3) else { throw .form }
    let power = powers[Int(form >> 2)]
    var column = [first]
    column.reserveCapacity(count)
    var state = Predictor.State(predictor)
    if predictor == .steady {
      state = Predictor.State(predictor, step: try reader.signed())
      for _ in 1..<count {
        let value = state.guess
        state.learn(value)
        column.append(first &+ value &* power)
      }
      return column
    }
    // A number takes a bit at least: what is claimed beyond is refused before it takes memory.
    let bytes = try reader.slice(try reader.count(.max))
    guard count - 1 <= bytes.count * 8 else { throw .form }
    var bits = RiceReader(bytes)
    for _ in 1..<count {
      let value = state.guess &+ ZigZag.decode(try bits.next())
      state.learn(value)
      column.append(first &+ value &* power)
    }
    return column
  }
}

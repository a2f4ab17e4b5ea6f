// Values by quantity, for code that looks them up in every step.

/// A value for each quantity that has one.
///
/// A dictionary in all but its cost: there are few quantities, and as many places are looked up faster than one is hashed.
@frozen public struct QuantityMap<Value> {
  @usableFromInline var values: [Value?]

  /// A map without values.
  @inlinable public init() { values = Array(repeating: nil, count: Quantity.allCases.count) }

  /// The value of a quantity; `nil` if it has none.
  @inlinable public subscript(quantity: Quantity) -> Value? {
    get { values[Int(quantity.ordinal)] }
    set { values[Int(quantity.ordinal)] = newValue }
  }

  /// The values there are, in the order of the quantities.
  @inlinable public var present: [(quantity: Quantity, value: Value)] {
    Quantity.allCases.compactMap { quantity in self[quantity].map { (quantity, $0) } }
  }

  /// The map with only some of its quantities.
  @inlinable public func only(_ quantities: Quantity...) -> QuantityMap {
    var result = QuantityMap()
    for quantity in quantities { result[quantity] = self[quantity] }
    return result
  }
}

extension QuantityMap: ExpressibleByDictionaryLiteral {
  /// A map from pairs; of several for one quantity the last counts.
  @inlinable public init(dictionaryLiteral elements: (Quantity, Value)...) {
    self.init()
    for (quantity, value) in elements { self[quantity] = value }
  }
}

extension QuantityMap: Equatable where Value: Equatable {}
extension QuantityMap: Sendable where Value: Sendable {}

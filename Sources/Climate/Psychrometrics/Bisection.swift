// The inverse of a function that has none in closed form.

/// Finds where a condition stops to hold.
enum Bisection {
  /// The temperature, °C, up to which `isBelow` holds, to better than 1e-10 K over 250 K.
  static func temperature(from low: Double, to high: Double, while isBelow: (Double) -> Bool) -> Temperature {
    var (low, high) = (low, high)
    for _ in 0..<44 {
      let middle = (low + high) / 2
      if isBelow(middle) { low = middle } else { high = middle }
    }
    return Temperature(celsius: (low + high) / 2)
  }
}

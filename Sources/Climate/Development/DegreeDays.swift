// How far warmth has brought a plant, an insect or an embryo.

import RealModule

/// Warmth above a threshold, summed over days.
public enum DegreeDays {
  /// From the mean of the day's extremes, K·d.
  public static func average(maximum: Temperature, minimum: Temperature, base: Temperature) -> Double {
    max(0, (maximum.celsius + minimum.celsius) / 2 - base.celsius)
  }

  /// From a sine through the day's extremes, K·d (Baskerville and Emin, Ecology 50 (1969), 514–517). More than the average where the
  /// threshold lies between the extremes.
  public static func singleSine(maximum: Temperature, minimum: Temperature, base: Temperature) -> Double {
    let (high, low, base) = (maximum.celsius, minimum.celsius, base.celsius)
    guard high > base else { return 0 }
    let mean = (high + low) / 2
    guard low < base else { return mean - base }
    let amplitude = (high - low) / 2
    let theta = Double.asin(min(max((base - mean) / amplitude, -1), 1))
    return ((mean - base) * (Double.pi / 2 - theta) + amplitude * Double.cos(theta)) / Double.pi
  }
}

/// Warmth above a threshold, summed as it is measured.
public struct DegreeHours: Hashable, Sendable, Codable {
  /// The threshold, below which nothing is added.
  public var base: Temperature
  /// The sum, K·h.
  public private(set) var sum: Double

  /// A sum above a threshold.
  public init(base: Temperature, sum: Double = 0) {
    (self.base, self.sum) = (base, sum)
  }

  /// Adds a time at a temperature.
  public mutating func add(_ temperature: Temperature, for duration: Duration) {
    sum += Self.of(temperature, for: duration, base: base)
  }

  /// What a time at a temperature adds, K·h.
  public static func of(_ temperature: Temperature, for duration: Duration, base: Temperature) -> Double {
    max(0, temperature.celsius - base.celsius) * max(duration.inSeconds, 0) / 3_600
  }
}

/// Physiological days of the potato (Sands, Hackett and Nix, Field Crops Research 2 (1979), 309–331).
///
/// The first spray against early blight is due at about 300 of them (from memory, not verified).
public enum PotatoDays {
  /// The physiological days of one day, 0…10.
  public static func of(maximum: Temperature, minimum: Temperature) -> Double {
    let (high, low) = (maximum.celsius, minimum.celsius)
    return (5 * rate(low) + 8 * rate((2 * low + high) / 3) + 8 * rate((2 * high + low) / 3) + 3 * rate(high)) / 24
  }

  private static func rate(_ celsius: Double) -> Double {
    switch celsius {
    case 7..<21: 10 * (1 - (celsius - 21) * (celsius - 21) / 196)
    case 21...30: 10 * (1 - (celsius - 21) * (celsius - 21) / 81)
    default: 0
    }
  }
}

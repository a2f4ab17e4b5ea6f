// How much vapour air can hold, and at which temperature it holds just that.

import RealModule

/// A formula for the saturation vapour pressure and, inverted, for the dew point.
///
/// The formulas differ by less than 0.3 % between 0 and 40 °C. Temperatures are limited to −100…150 °C, so that no argument
/// comes near the formulas' poles (−237.3 °C and below).
public enum SaturationFormula: String, Sendable, CaseIterable, Codable {
  /// Over water; the formula of FAO Irrigation and Drainage Paper 56, eq. 11 (Tetens 1930, Murray 1967).
  case tetens
  /// Over water; A. L. Buck, "Buck Research CR-1A User's Manual" (1996), appendix 1.
  case buck
  /// Over ice, for surfaces below 0 °C; same source as `buck`.
  case buckIce = "buck-ice"

  /// Vapour pressure over a flat surface at a temperature.
  public func pressure(at temperature: Temperature) -> Pressure {
    let t = min(max(temperature.celsius, Self.coldest), Self.hottest)
    let kilopascals =
      switch self {
      case .tetens: 0.6108 * Double.exp(17.27 * t / (t + 237.3))
      case .buck: 0.61121 * Double.exp((18.678 - t / 234.5) * t / (257.14 + t))
      case .buckIce: 0.61115 * Double.exp((23.036 - t / 333.7) * t / (279.82 + t))
      }
    return Pressure(kilopascals: kilopascals)
  }

  /// The temperature at which `pressure` is the saturation pressure: the dew point, or over ice the frost point.
  ///
  /// `nil` if there is no vapour, because dry air has no dew point.
  public func dewPoint(of pressure: Pressure) -> Temperature? {
    guard pressure.kilopascals > 0 else { return nil }
    let limited = max(min(pressure, self.pressure(at: .init(celsius: Self.hottest))), lowest)
    let e = limited.kilopascals
    switch self {
    case .tetens:
      let g = Double.log(e / 0.6108)
      return Temperature(celsius: 237.3 * g / (17.27 - g))
    case .buck:
      return Self.invert(Double.log(e / 0.61121), b: 18.678, c: 257.14, d: 234.5)
    case .buckIce:
      return Self.invert(Double.log(e / 0.61115), b: 23.036, c: 279.82, d: 333.7)
    }
  }

  private static let coldest = -100.0
  private static let hottest = 150.0
  private var lowest: Pressure { pressure(at: Temperature(celsius: Self.coldest)) }

  /// Solves g = (b − T/d)·T / (c + T) for T, the smaller root of a quadratic.
  private static func invert(_ g: Double, b: Double, c: Double, d: Double) -> Temperature {
    let half = d / 2 * (b - g)
    return Temperature(celsius: half - (max(half * half - c * d * g, 0)).squareRoot())
  }
}

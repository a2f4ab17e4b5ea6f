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
  /// Over water; O. A. Alduchov and R. E. Eskridge, Journal of Applied Meteorology 35 (1996), eq. 21.
  case magnus
  /// Over water; D. Sonntag, Zeitschrift für Meteorologie 40 (1990), as WMO-No. 8 gives it.
  case sonntag
  /// Over water, and over ice below the triple point; R. W. Hyland and A. Wexler, as ASHRAE Handbook of Fundamentals 2017, chapter 1,
  /// eq. 5 and 6 give it. The slowest.
  case hylandWexler = "hyland-wexler"

  /// Vapour pressure over a flat surface at a temperature.
  public func pressure(at temperature: Temperature) -> Pressure {
    let t = min(max(temperature.celsius, Self.coldest), Self.hottest)
    let kilopascals =
      switch self {
      case .tetens: 0.6108 * Double.exp(17.27 * t / (t + 237.3))
      case .buck: 0.61121 * Double.exp((18.678 - t / 234.5) * t / (257.14 + t))
      case .buckIce: 0.61115 * Double.exp((23.036 - t / 333.7) * t / (279.82 + t))
      case .magnus: 0.61094 * Double.exp(17.625 * t / (t + 243.04))
      case .sonntag: 0.6112 * Double.exp(17.62 * t / (t + 243.12))
      case .hylandWexler: Self.hylandWexler(celsius: t)
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
    case .tetens: return Self.invert(Double.log(e / 0.6108), slope: 17.27, pole: 237.3)
    case .magnus: return Self.invert(Double.log(e / 0.61094), slope: 17.625, pole: 243.04)
    case .sonntag: return Self.invert(Double.log(e / 0.6112), slope: 17.62, pole: 243.12)
    case .hylandWexler:
      return Bisection.temperature(from: Self.coldest, to: Self.hottest) {
        Self.hylandWexler(celsius: $0) < e
      }
    case .buck:
      return Self.invert(Double.log(e / 0.61121), b: 18.678, c: 257.14, d: 234.5)
    case .buckIce:
      return Self.invert(Double.log(e / 0.61115), b: 23.036, c: 279.82, d: 333.7)
    }
  }

  private static let coldest = -100.0
  private static let hottest = 150.0
  private var lowest: Pressure { pressure(at: Temperature(celsius: Self.coldest)) }

  /// Solves g = slope·T / (T + pole) for T.
  private static func invert(_ g: Double, slope: Double, pole: Double) -> Temperature {
    Temperature(celsius: pole * g / (slope - g))
  }

  /// kPa. The constants are those of the equations named at the case, for pascals and kelvins.
  private static func hylandWexler(celsius: Double) -> Double {
    let t = Temperature(celsius: celsius).kelvin
    let ln =
      celsius > triplePoint
      ? -5.8002206e3 / t + 1.3914993 - 4.8640239e-2 * t + 4.1764768e-5 * t * t - 1.4452093e-8 * t * t * t
        + 6.5459673 * Double.log(t)
      : -5.6745359e3 / t + 6.3925247 - 9.677843e-3 * t + 6.2215701e-7 * t * t + 2.0747825e-9 * t * t * t
        - 9.484024e-13 * t * t * t * t + 4.1635019 * Double.log(t)
    return Double.exp(ln) / 1_000
  }

  /// Of water, °C (BIPM, SI Brochure, before 2019 by definition).
  private static let triplePoint = 0.01

  /// Solves g = (b − T/d)·T / (c + T) for T, the smaller root of a quadratic.
  private static func invert(_ g: Double, b: Double, c: Double, d: Double) -> Temperature {
    let half = d / 2 * (b - g)
    return Temperature(celsius: half - (max(half * half - c * d * g, 0)).squareRoot())
  }
}

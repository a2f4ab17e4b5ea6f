// Are the leaves wet?

import RealModule

/// Ways to tell whether leaves are wet without a sensor on them.
public enum LeafWetness {
  /// Humidity from which leaves count as wet where nothing better is known: it hits 87–92 % of the hours, and calls 20–31 % wet that
  /// are dry (Sentelhas et al., Agricultural and Forest Meteorology 148 (2008), 392–400). A threshold of the site does better.
  public static let usualThreshold = RelativeHumidity(percent: 90)

  /// By humidity alone.
  public static func isWet(
    _ humidity: RelativeHumidity, threshold: RelativeHumidity = LeafWetness.usualThreshold
  ) -> Bool { humidity >= threshold }

  /// By temperature, humidity and wind: the classification tree with stepwise discriminants, CART/SLD (Kim, Taylor and Gleason, Plant
  /// Disease 86 (2002), 179–185; coefficients as in Chaulagain's reimplementation).
  ///
  /// Temperatures below 0 °C count as 0 °C.
  public static func isWet(_ air: MoistAir, wind: Speed) -> Bool {
    guard let dewPoint = air.dewPoint else { return false }
    let t = max(air.temperature.celsius, 0)
    let (rh, w) = (air.relativeHumidity.percent, max(wind.metresPerSecond, 0))
    let depression = air.temperature.celsius - dewPoint.celsius
    guard depression < 3.7 else { return false }
    if w < 2.5 {
      let value =
        1.6064 * t.squareRoot() + 0.0036 * t * t + 0.1531 * rh - 0.4599 * w * depression - 0.0035 * t * rh
      return value > 14.4674
    }
    guard rh >= 87.8 else { return false }
    return 0.7921 * t.squareRoot() + 0.0046 * rh - 2.3889 * w - 0.039 * t * w + 1.0613 * w * depression > 37
  }

  /// Whether dew forms on a surface, a leaf or a film, of a temperature. The margin of 0.3 K is a proposal, not verified.
  public static func isDewing(
    _ air: MoistAir, on surface: Temperature, margin: TemperatureDifference = TemperatureDifference(kelvins: 0.3)
  ) -> Bool {
    guard let dewPoint = air.dewPoint else { return false }
    return dewPoint >= surface - margin
  }
}

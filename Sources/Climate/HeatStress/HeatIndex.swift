// How hot the air feels to animals.

import RealModule

/// Indices that join temperature, humidity and moving air into one number.
public enum HeatIndex {
  /// Temperature–humidity index of cattle, a number on the scale of degrees Fahrenheit (National Research Council, "A Guide to
  /// Environmental Research on Animals", 1971).
  public static func temperatureHumidity(
    _ temperature: Temperature, _ humidity: RelativeHumidity
  ) -> Double {
    let t = 1.8 * temperature.celsius
    return t + 32 - (0.55 - 0.0055 * humidity.percent) * (t - 26)
  }

  /// Temperature–humidity–velocity index of broilers, °C (Tao and Xin, Transactions of the ASAE 46 (2003), 491–497).
  ///
  /// Found at 35–41 °C and 0.2–1.2 m/s; slower air counts as 0.2 m/s, faster as 1.2 m/s.
  public static func broilers(dryBulb: Temperature, wetBulb: Temperature, airSpeed: Speed) -> Temperature {
    let speed = min(max(airSpeed.metresPerSecond, 0.2), 1.2)
    let mixed = 0.85 * dryBulb.celsius + 0.15 * wetBulb.celsius
    return Temperature(celsius: mixed * Double.pow(speed, -0.058))
  }

  /// Temperature–humidity index of laying hens, °C. From memory, not verified.
  public static func layers(dryBulb: Temperature, wetBulb: Temperature) -> Temperature {
    Temperature(celsius: 0.6 * dryBulb.celsius + 0.4 * wetBulb.celsius)
  }
}

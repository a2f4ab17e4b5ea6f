// Constants and small laws that both plants share.

import Climate
import RealModule

/// Physics of air and water.
enum PlantPhysics {
  /// Latent heat of vaporisation, J/kg (FAO-56, table of conversion factors).
  static let latentHeat = 2.45e6
  /// Specific heat of air at constant pressure, J/(kg·K).
  static let airHeat = 1006.0
  /// Volume of a gram of carbon dioxide at 24 °C and 96.7 kPa, m³: R·T/(p·M).
  static let co2Volume = 8.314 * 297.15 / 96_700 / 44.01
  /// Illuminance of a watt per square metre of sunlight, lx: 0.45 PAR × 4.57 µmol/J / 0.0185 µmol/(s·m²·lx) (McCree 1972).
  static let luxPerWatt = 0.45 * 4.57 / 0.0185

  /// Heat capacity of a cubic metre of air, J/(m³·K); ideal gas at 20 °C.
  static func volumetricHeat(at pressure: Pressure) -> Double {
    airHeat * pressure.kilopascals * 1000 / (287.05 * 293.15)
  }

  /// Vapour that a cubic metre can hold, g.
  static func saturation(celsius: Double) -> Double {
    let temperature = Temperature(celsius: celsius)
    return vapourDensityFactor * SaturationFormula.buck.pressure(at: temperature).kilopascals / temperature.kelvin
  }

  /// Vapour pressure, kPa, of a cubic metre with `humidity` g of vapour.
  static func vapourPressure(humidity: Double, celsius: Double) -> Double {
    humidity * Temperature(celsius: celsius).kelvin / vapourDensityFactor
  }

  /// Relative humidity, limited to saturation.
  static func relativeHumidity(humidity: Double, celsius: Double) -> RelativeHumidity {
    RelativeHumidity(percent: min(100 * humidity / saturation(celsius: celsius), 100))
  }

  /// Leakage at a wind speed in m/s, relative to that at 1 m/s. Engineering estimate.
  static func windFactor(_ wind: Double) -> Double { 0.5 + 0.5 * min(max(wind, 0), 6) }

  /// Weight of a new value in a first-order lag of `time` seconds after `dt` seconds.
  static func lag(_ dt: Double, _ time: Double) -> Double {
    time > 0 ? 1 - Double.exp(-dt / time) : 1
  }

  /// g·K/(m³·kPa): molar mass of water over the molar gas constant.
  private static let vapourDensityFactor = 2166.79

  /// Steps are divided so that none is longer than this, s; the fastest process of a plant takes about a minute.
  static let longestStep = 2.0

  /// Calls `body` with steps of at most `longestStep` that together make `dt`, and with the seconds that have passed.
  static func divide(_ dt: Duration, _ body: (_ step: Double, _ after: Double) -> Void) {
    let seconds = dt.inSeconds
    guard seconds > 0, seconds.isFinite else { return }
    let count = (seconds / longestStep).rounded(.up)
    let step = seconds / count
    for index in 0..<Int(count) { body(step, Double(index) * step) }
  }
}

/// A temperature and humidity probe in its housing.
struct LaggedProbe: Hashable, Sendable {
  /// °C.
  var temperature: Double
  /// g/m³.
  var humidity: Double

  /// Times in which a probe in a gauze-covered tube follows to 63 %, s. Engineering estimate.
  private static let temperatureTime = 45.0
  private static let humidityTime = 30.0

  mutating func follow(temperature: Double, humidity: Double, dt: Double) {
    self.temperature += (temperature - self.temperature) * PlantPhysics.lag(dt, Self.temperatureTime)
    self.humidity += (humidity - self.humidity) * PlantPhysics.lag(dt, Self.humidityTime)
  }
}

// From a plant's place to what a simulated probe feels there.

import Climate

extension ProbeConditions {
  /// What a probe feels at a place of a plant.
  /// - Parameter volts: voltage at each analogue input, such as those of `soilVoltage(of:dry:wet:)`.
  public init(_ conditions: PlantConditions, volts: [Double] = [0, 0, 0, 0]) {
    self.init()
    temperature = conditions.temperature.celsius
    humidity = conditions.relativeHumidity.percent
    co2 = conditions.co2
    pressure = conditions.pressure.hectopascals
    illuminance = conditions.illuminance
    self.volts = volts
  }

  /// Voltage of a soil-moisture probe, V; linear between its two calibration points. That of dry soil where there is no soil.
  /// - Parameters:
  ///   - dry: voltage in dry soil, V.
  ///   - wet: voltage in saturated soil, V.
  public static func soilVoltage(of conditions: PlantConditions, dry: Double, wet: Double) -> Double {
    dry + (wet - dry) * (conditions.soilMoisture ?? 0) / 100
  }
}

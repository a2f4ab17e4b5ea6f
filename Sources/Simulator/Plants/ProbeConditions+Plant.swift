// From a plant's place to what a simulated probe feels there.

import Climate
public import Drivers

extension ProbeConditions {
  /// What a probe feels at a place of a plant.
  /// - Parameter volts: voltage, or counts, at each analogue input, such as those of `volts(at:of:)`.
  public init(_ conditions: PlantConditions, volts: [Double] = [0, 0, 0, 0]) {
    self.init()
    temperature = conditions.temperature.celsius
    humidity = conditions.relativeHumidity.percent
    co2 = conditions.co2
    pressure = conditions.pressure.hectopascals
    illuminance = conditions.illuminance
    soilTemperature = conditions.soilTemperature ?? conditions.temperature.celsius
    self.volts = volts
  }

  /// Voltage at each analogue input of a sensor, V, or counts of a seesaw. Where a place has nothing of what an input measures, that at zero.
  public static func volts(at inputs: [SensorSettings.AnalogueInput], of conditions: PlantConditions) -> [Double] {
    var volts = [0.0, 0.0, 0.0, 0.0]
    for input in inputs where volts.indices.contains(input.input) {
      volts[input.input] = input.volts(at: conditions.value(of: input.quantity) ?? 0)
    }
    return volts
  }
}

// The device model of a sensor model.

public import Drivers

/// The device model of a sensor model.
public func makeDevice(_ model: SensorModel, probe: SimulatedProbe) -> any I2CDevice {
  switch model {
  case .sht30, .sht31, .sht35: SHT3xDevice(probe: probe)
  case .sht40, .sht41, .sht45: SHT4xDevice(probe: probe)
  case .aht20: AHT20Device(probe: probe)
  case .bme280: BME280Device(probe: probe)
  case .scd40, .scd41: SCD4xDevice(probe: probe)
  case .bh1750: BH1750Device(probe: probe)
  case .ads1115: ADS1115Device(probe: probe)
  case .seesaw: SeesawDevice(probe: probe)
  }
}

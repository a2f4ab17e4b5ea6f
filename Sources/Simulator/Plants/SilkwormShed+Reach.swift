// What the equipment of a shed can reach at all, whatever law drives it.

import Climate
import RealModule

extension SilkwormShed: ReachingPlant {
  /// The lowest temperature that the fan holds now, with walls and weather as they are and the heater off, °C.
  public var lowestTemperature: Double {
    let exchange = exchange(fan: 1)
    let vented = PlantPhysics.volumetricHeat(at: outside.pressure) * exchange
    let coupling = parameters.massCoupling * 1.5
    let gained =
      parameters.boxes * parameters.loadFactor * stage.load.heat
      - PlantPhysics.latentHeat * leafVapour(at: airTemperature, vapour: humidity)
    return ((parameters.fabricLoss + vented) * outside.temperature.celsius + coupling * massTemperature + gained)
      / (parameters.fabricLoss + vented + coupling)
  }

  /// The highest temperature that the heater holds now, °C.
  /// - Parameter fan: share of the time for which the fan must run.
  public func highestTemperature(fan: Double) -> Double {
    let vented = PlantPhysics.volumetricHeat(at: outside.pressure) * exchange(fan: fan)
    let coupling = parameters.massCoupling * 1.5
    return
      ((parameters.fabricLoss + vented) * outside.temperature.celsius + coupling * massTemperature
      + parameters.heaterPower)
      / (parameters.fabricLoss + vented + coupling)
  }

  /// The lowest relative humidity that the fan holds now at a temperature, %: that of the outside air, warmed, with what leaves and larvae
  /// give off into air that dry.
  public func lowestHumidity(at temperature: Double) -> Double {
    relativeHumidity(at: temperature, fan: 1, mist: 0)
  }

  /// The highest relative humidity that the mister holds now at a temperature, %.
  /// - Parameters:
  ///   - fan: share of the time for which the fan must run.
  ///   - mister: largest share of the time for which the mister may run.
  public func highestHumidity(at temperature: Double, fan: Double, mister: Double) -> Double {
    relativeHumidity(at: temperature, fan: fan, mist: parameters.misterFlow / 3600 * mister)
  }

  /// The fewest starts a day with which a heater on one relay holds the temperature in a band, if nothing else happens.
  ///
  /// Heater and air are two lags in a row behind a relay, walls and beds hold still. The swing of the air in a steady cycle grows with the
  /// cycle's length; sought is the longest cycle whose swing fills the band.
  /// - Parameters:
  ///   - duty: share of the time for which the heater must be on, 0…1.
  ///   - band: permitted deviation to either side, K.
  public func fewestStarts(duty: Double, band: Double) -> Double {
    guard duty > 0.01, duty < 0.99, band > 0 else { return 0 }
    let coupling = parameters.massCoupling * 1.5 + parameters.fabricLoss
    let gain = parameters.heaterPower / coupling
    let air = PlantPhysics.volumetricHeat(at: outside.pressure) * parameters.airVolume / coupling
    var (short, long) = (10.0, 86_400.0)
    if Self.swing(cycle: long, duty: duty, gain: gain, parameters.heaterLag, air) <= 2 * band { return 1 }
    for _ in 0..<40 {
      let middle = (short * long).squareRoot()
      if Self.swing(cycle: middle, duty: duty, gain: gain, parameters.heaterLag, air) <= 2 * band {
        short = middle
      } else {
        long = middle
      }
    }
    return 86_400 / short
  }

  /// Difference between highest and lowest value of two lags behind a relay in a steady cycle.
  private static func swing(cycle: Double, duty: Double, gain: Double, _ first: Double, _ second: Double) -> Double {
    // Equal lags have no partial fractions.
    let second = abs(first - second) < 0.01 * first ? first * 0.99 : second
    let (on, off) = (duty * cycle, (1 - duty) * cycle)
    /// What one lag has at the moment of switching on.
    func start(_ lag: Double) -> Double {
      (1 - Double.exp(-on / lag)) * Double.exp(-off / lag) / (1 - Double.exp(-cycle / lag))
    }
    func value(_ time: Double) -> Double {
      func one(_ lag: Double) -> Double {
        let atOn = start(lag)
        if time <= on { return 1 - (1 - atOn) * Double.exp(-time / lag) }
        return (1 - (1 - atOn) * Double.exp(-on / lag)) * Double.exp(-(time - on) / lag)
      }
      return gain * (first * one(first) - second * one(second)) / (first - second)
    }
    var (low, high) = (Double.infinity, -Double.infinity)
    for step in 0..<200 {
      let now = value(cycle * Double(step) / 200)
      (low, high) = (min(low, now), max(high, now))
    }
    return high - low
  }

  private func relativeHumidity(at temperature: Double, fan: Double, mist: Double) -> Double {
    let outer = PlantPhysics.saturation(celsius: outside.temperature.celsius) * outside.relativeHumidity.fraction
    let saturation = PlantPhysics.saturation(celsius: temperature)
    // Air that is moister takes up less: halving finds where what comes and what goes are equal.
    var (low, high) = (0.0, saturation)
    for _ in 0..<30 {
      let middle = (low + high) / 2
      let gained = 1000 * (leafVapour(at: temperature, vapour: middle) + mist)
      if gained > exchange(fan: fan) * (middle - outer) { low = middle } else { high = middle }
    }
    return 100 * low / saturation
  }

  /// kg/s of all boxes in air of a temperature and vapour in g/m³.
  private func leafVapour(at celsius: Double, vapour: Double) -> Double {
    let deficit =
      SaturationFormula.buck.pressure(at: Temperature(celsius: celsius)).kilopascals
      - PlantPhysics.vapourPressure(humidity: vapour, celsius: celsius)
    return parameters.boxes * parameters.loadFactor * stage.load.water / 3600
      * min(max(deficit / SilkwormLoad.referenceDeficit, 0), 1.5)
  }

  /// m³/s.
  private func exchange(fan: Double) -> Double {
    let leakage = parameters.leakage * parameters.airVolume * PlantPhysics.windFactor(outside.wind)
    return (leakage + parameters.fanFlow * fan) / 3600
  }
}

// What the equipment of a building can reach at all, whatever law drives it.

import Climate
import Controller

/// A plant that can tell what its equipment reaches now, with its mass and the weather as they are.
public protocol ReachingPlant: Plant {
  /// The lowest temperature that the fans hold with the heater off, °C.
  var lowestTemperature: Double { get }

  /// The highest temperature that the heater holds, °C.
  /// - Parameter fan: share of the fans' flow that must pass.
  func highestTemperature(fan: Double) -> Double

  /// The lowest relative humidity that the fans hold at a temperature, %.
  func lowestHumidity(at temperature: Double) -> Double

  /// The highest relative humidity that the mister holds at a temperature, %.
  /// - Parameters:
  ///   - fan: share of the fans' flow that must pass.
  ///   - mister: largest share of the time for which the mister may run.
  func highestHumidity(at temperature: Double, fan: Double, mister: Double) -> Double
}

/// A plant that is one room of air.
protocol RoomPlant: ReachingPlant, SteppedPlant {
  /// Its air.
  var room: RoomAir { get }
  /// Its size and fabric.
  var fabric: RoomFabric { get }
  /// What heater, W, and mister, kg/s, give.
  var capacity: (heater: Double, mister: Double) { get }

  /// What flows into the air of a moment.
  /// - Parameters:
  ///   - heat: from the heater, W.
  ///   - mist: that evaporates, kg/s.
  func sources(_ actuators: ActuatorStates, heat: Double, mist: Double, in air: RoomAir.Moment) -> RoomAir.Sources
}

extension RoomPlant {
  /// The lowest temperature that the fans hold, all on or all off, with the heater off, °C.
  public var lowestTemperature: Double { min(temperature(fan: 1, heat: 0), temperature(fan: 0, heat: 0)) }

  /// The highest temperature that the heater holds with a share of the fans' flow, °C.
  public func highestTemperature(fan: Double) -> Double { temperature(fan: fan, heat: capacity.heater) }

  /// The lowest relative humidity that the fans hold, all on or all off, at a temperature, %.
  public func lowestHumidity(at temperature: Double) -> Double {
    min(humidity(at: temperature, fan: 1, mist: 0), humidity(at: temperature, fan: 0, mist: 0))
  }

  /// The highest relative humidity that the mister, for a share of the time, holds at a temperature with a share of the fans' flow, %.
  public func highestHumidity(at temperature: Double, fan: Double, mister: Double) -> Double {
    humidity(at: temperature, fan: fan, mist: capacity.mister * mister)
  }

  private func running(fan: Double) -> ActuatorStates {
    var actuators = ActuatorStates()
    (actuators[.fan], actuators[.circulation]) = (fan, 1)
    return actuators
  }

  /// Where the air comes to rest within minutes, °C, while the mass is as it is.
  private func temperature(fan: Double, heat: Double) -> Double {
    let sources = sources(running(fan: fan), heat: heat, mist: 0, in: room.now)
    return room.steadyTemperature(sources, fabric, outside)
  }

  /// Where the vapour comes to rest at a temperature, as relative humidity, %.
  private func humidity(at celsius: Double, fan: Double, mist: Double) -> Double {
    let actuators = running(fan: fan)
    let saturation = PlantPhysics.saturation(celsius: celsius)
    // Air that is moister takes up less: halving finds where what comes and what goes are equal.
    var (low, high) = (0.0, saturation)
    for _ in 0..<30 {
      let air = RoomAir.Moment(celsius: celsius, vapour: (low + high) / 2)
      let gained = RoomAir.vapourGained(by: air, sources(actuators, heat: 0, mist: mist, in: air), fabric, outside)
      if gained > 0 { low = air.vapour } else { high = air.vapour }
    }
    return 100 * low / saturation
  }
}

extension RoomAir {
  fileprivate func steadyTemperature(
    _ sources: Sources, _ fabric: RoomFabric, _ outside: OutsideConditions
  ) -> Double {
    let passed =
      fabric.fabricLoss + PlantPhysics.volumetricHeat(at: outside.pressure)
      * Self.exchange(sources, fabric, outside)
    let coupling = Self.coupling(sources, fabric)
    let gained = sources.heat - PlantPhysics.latentHeat * sources.vapour
    return (passed * outside.temperature.celsius + coupling * massTemperature + gained) / (passed + coupling)
  }

  /// Vapour that air of a moment gains, kg/s.
  fileprivate static func vapourGained(
    by air: Moment, _ sources: Sources, _ fabric: RoomFabric, _ outside: OutsideConditions
  ) -> Double {
    let vented = exchange(sources, fabric, outside) * (air.vapour - outside.vapour) / 1_000
    return sources.vapour + sources.massVapour - vented - condensate(air, fabric, outside)
  }
}

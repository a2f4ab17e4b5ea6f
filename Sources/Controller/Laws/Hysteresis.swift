// On–off control with a band.

/// Which way a law acts on its quantity.
public enum Direction: String, Codable, Sendable {
  /// Acts when the value is too low: heating, humidifying, watering.
  case raise
  /// Acts when the value is too high: cooling, drying, airing.
  case lower
}

/// On–off control: switches on when the value has left the band on the wrong side, off when it is back at the setpoint.
public struct Hysteresis: Equatable, Sendable {
  /// Which way the actuator moves the value.
  public var direction: Direction
  /// Distance from the setpoint at which it switches on, in the unit of the quantity; positive.
  public var band: Double
  /// Whether the actuator is wanted.
  public private(set) var isOn = false

  /// A law that is off.
  public init(direction: Direction, band: Double) {
    self.direction = direction
    self.band = band
  }

  /// The demand, 0 or 1, for a value and a setpoint in the same unit.
  public mutating func demand(value: Double, setpoint: Double) -> Double {
    let error = direction == .raise ? setpoint - value : value - setpoint
    if error >= band {
      isOn = true
    } else if error <= 0 {
      isOn = false
    }
    return isOn ? 1 : 0
  }

  /// Forgets that it was on, after the value was lost.
  public mutating func reset() { isOn = false }
}

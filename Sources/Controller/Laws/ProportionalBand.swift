// Proportional control over a band: for airing, where more is simply more.

/// Demand that grows from 0 at a start value to 1 at the end of a band.
public struct ProportionalBand: Equatable, Sendable {
  /// Which way the actuator moves the value.
  public var direction: Direction
  /// Width of the band in the unit of the quantity; positive.
  public var width: Double

  /// A proportional law.
  public init(direction: Direction, width: Double) {
    self.direction = direction
    self.width = width
  }

  /// The demand, 0…1; 0 up to `start`, 1 from one width beyond it.
  public func demand(value: Double, start: Double) -> Double {
    let excess = direction == .raise ? start - value : value - start
    return min(max(excess / width, 0), 1)
  }
}

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
  /// - Parameter width: another width than usual, in the unit of the quantity; positive.
  public func demand(value: Double, start: Double, width: Double? = nil) -> Double {
    let excess = direction == .raise ? start - value : value - start
    return min(max(excess / (width ?? self.width), 0), 1)
  }
}

/// A band of temperature that grows with the cold outside: the same opening then lets in more cold air, and what is right in summer would
/// overshoot, and swing, in winter. "P-band 2–10 K, widened by ΔT(in–out)" (`agronomy.md` §5.1, evidence M).
public struct BandWidening: Equatable, Sendable {
  /// Growth for each kelvin that it is colder outside than inside, K.
  public var perKelvin: Double
  /// The widest band, K; a band that is wider without it stays as it is.
  public var most: Double

  /// A widening from its parts.
  public init(perKelvin: Double, most: Double) { (self.perKelvin, self.most) = (perKelvin, most) }

  /// The width of a band, K.
  /// - Parameters:
  ///   - band: its width without a difference, K.
  ///   - difference: temperature inside minus outside, K.
  public func width(of band: Double, difference: Double) -> Double {
    max(band, min(band + perKelvin * max(difference, 0), most))
  }
}

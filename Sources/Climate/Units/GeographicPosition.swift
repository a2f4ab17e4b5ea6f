// Where a site is on the Earth.

/// A place on the Earth.
public struct GeographicPosition: Hashable, Sendable, Codable {
  /// Degrees north of the equator, −90…90.
  public var latitude: Double
  /// Degrees east of Greenwich, −180…180.
  public var longitude: Double
  /// Metres above sea level.
  public var altitude: Double

  /// A position from degrees north, degrees east and metres above sea level.
  public init(latitude: Double, longitude: Double, altitude: Double) {
    self.latitude = latitude
    self.longitude = longitude
    self.altitude = altitude
  }
}

// Light and radiation: at a moment, and summed over time.

/// Radiation that falls on a surface at a moment.
public struct Irradiance: Hashable, Comparable, Sendable, Codable {
  /// Watts per square metre.
  public var wattsPerSquareMetre: Double

  /// An irradiance in W/m².
  public init(wattsPerSquareMetre: Double) { self.wattsPerSquareMetre = wattsPerSquareMetre }

  /// What falls in a time at this irradiance.
  public func exposure(over duration: Duration) -> RadiantExposure {
    RadiantExposure(megajoulesPerSquareMetre: wattsPerSquareMetre * duration.inSeconds * 1e-6)
  }

  /// Darker comes first.
  public static func < (left: Irradiance, right: Irradiance) -> Bool {
    left.wattsPerSquareMetre < right.wattsPerSquareMetre
  }
}

/// Radiation that has fallen on a surface over a time.
public struct RadiantExposure: Hashable, Comparable, Sendable, Codable {
  /// Megajoules per square metre.
  public var megajoulesPerSquareMetre: Double

  /// An exposure in MJ/m².
  public init(megajoulesPerSquareMetre: Double) { self.megajoulesPerSquareMetre = megajoulesPerSquareMetre }

  /// An exposure in J/cm², the unit in which growers count light sums.
  public init(joulesPerSquareCentimetre: Double) { megajoulesPerSquareMetre = joulesPerSquareCentimetre / 100 }

  /// Joules per square centimetre.
  public var joulesPerSquareCentimetre: Double { megajoulesPerSquareMetre * 100 }

  /// Less comes first.
  public static func < (left: RadiantExposure, right: RadiantExposure) -> Bool {
    left.megajoulesPerSquareMetre < right.megajoulesPerSquareMetre
  }

  /// Both together.
  public static func + (left: RadiantExposure, right: RadiantExposure) -> RadiantExposure {
    RadiantExposure(megajoulesPerSquareMetre: left.megajoulesPerSquareMetre + right.megajoulesPerSquareMetre)
  }

  /// What is left of the first without the second.
  public static func - (left: RadiantExposure, right: RadiantExposure) -> RadiantExposure {
    RadiantExposure(megajoulesPerSquareMetre: left.megajoulesPerSquareMetre - right.megajoulesPerSquareMetre)
  }
}

/// Light as the human eye weighs it.
public struct Illuminance: Hashable, Comparable, Sendable, Codable {
  /// Lux.
  public var lux: Double

  /// An illuminance in lx.
  public init(lux: Double) { self.lux = lux }

  /// Darker comes first.
  public static func < (left: Illuminance, right: Illuminance) -> Bool { left.lux < right.lux }
}

/// Photons that plants can use (400–700 nm), at a moment: PPFD.
public struct PhotonFlux: Hashable, Comparable, Sendable, Codable {
  /// Micromoles per square metre and second.
  public var micromolesPerSquareMetreSecond: Double

  /// A photon flux in µmol/(m²·s).
  public init(micromolesPerSquareMetreSecond: Double) {
    self.micromolesPerSquareMetreSecond = micromolesPerSquareMetreSecond
  }

  /// Darker comes first.
  public static func < (left: PhotonFlux, right: PhotonFlux) -> Bool {
    left.micromolesPerSquareMetreSecond < right.micromolesPerSquareMetreSecond
  }
}

/// Photons that plants can use, summed over time: over a day, the daily light integral.
public struct LightIntegral: Hashable, Comparable, Sendable, Codable {
  /// Moles per square metre.
  public var molesPerSquareMetre: Double

  /// A light integral in mol/m².
  public init(molesPerSquareMetre: Double) { self.molesPerSquareMetre = molesPerSquareMetre }

  /// Less comes first.
  public static func < (left: LightIntegral, right: LightIntegral) -> Bool {
    left.molesPerSquareMetre < right.molesPerSquareMetre
  }

  /// Both together.
  public static func + (left: LightIntegral, right: LightIntegral) -> LightIntegral {
    LightIntegral(molesPerSquareMetre: left.molesPerSquareMetre + right.molesPerSquareMetre)
  }
}

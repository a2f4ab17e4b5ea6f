// From lux and watts to the light that plants can use.

/// What a light is made of; it decides how many usable photons a lux carries.
public enum LightSource: String, CaseIterable, Codable, Sendable {
  /// Sunlight and its sky.
  case sun
  /// White light-emitting diodes. From memory, not verified.
  case whiteLED = "white-led"
  /// High-pressure sodium lamps. From memory, not verified.
  case sodium

  /// µmol/(m²·s) for each lux: for the sun 0.0185 (Thimijan and Heins, HortScience 18 (1983), 818–822).
  public var photonsPerLux: Double {
    switch self {
    case .sun: 0.0185
    case .whiteLED: 0.0142
    case .sodium: 0.0122
    }
  }
}

extension PhotonFlux {
  /// The photons of a light of known illuminance.
  public init(_ illuminance: Illuminance, from source: LightSource) {
    self.init(micromolesPerSquareMetreSecond: illuminance.lux * source.photonsPerLux)
  }

  /// What falls in a time at this flux.
  public func integral(over duration: Duration) -> LightIntegral {
    LightIntegral(molesPerSquareMetre: micromolesPerSquareMetreSecond * duration.inSeconds * 1e-6)
  }
}

/// Of the energy of global radiation 45 % is light that plants can use, at 4.57 µmol/J (McCree, Agricultural Meteorology 10 (1972),
/// 443–453).
private let usablePhotons = 0.45 * 4.57

extension Irradiance {
  /// The global radiation of sunlight whose illuminance is known, by the photons that both carry: 111 lx for each W/m².
  public init(ofSunlight illuminance: Illuminance) {
    self.init(wattsPerSquareMetre: illuminance.lux * LightSource.sun.photonsPerLux / usablePhotons)
  }
}

extension LightIntegral {
  /// The usable photons in global radiation.
  public init(ofSunlight exposure: RadiantExposure) {
    self.init(molesPerSquareMetre: exposure.megajoulesPerSquareMetre * usablePhotons)
  }
}

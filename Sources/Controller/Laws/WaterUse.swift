// What the plants of a bed have drunk since they were watered: by light, or by what short grass would give to the air.

public import Climate

/// By what it is reckoned how much a bed's plants drink.
public enum WaterUsePlan: Equatable, Sendable {
  /// A dose for every so much light. In houses 80–100 J/cm² (`agronomy.md` §3.9, evidence M).
  case light(RadiantExposure)
  /// A dose whenever the crop has given as much to the air: ET0 × coefficient × area.
  ///
  /// The area in m²; the coefficient is the crop's K_c (FAO-56, table 12), and where light or air are measured outside of a house, times
  /// what its cover leaves of ET0, 0.6…0.8 (`agronomy.md` §3.8, evidence M).
  case evapotranspiration(area: Double, coefficient: Double)
}

/// The air and the light over a bed; `nil` for what is not known.
struct BedWeather: Sendable {
  /// Light that falls on the bed.
  var light: Illuminance?
  /// Temperature and humidity.
  var air: MoistAir?
  /// Wind at 2 m; where nobody measures it, FAO-56 takes 2 m/s.
  var wind: Speed?
  /// Whether the air is that of a house, under a cover.
  var isUnderCover = false
  /// Light of a cloudless sky, W/m²; `nil` while nobody knows the time.
  var clearSky: Double?
}

/// Reckons what the plants of a bed have drunk, in doses.
///
/// Each minute is reckoned by itself, from its mean light and its last air, with the FAO-56 equation for an hour: that is linear in the
/// radiation, and the air hardly changes within one. What is not known adds nothing: plants that are thirsty then are the soil
/// probe's affair. The account never holds much more than a dose, so that no outage is followed by a flood.
struct WaterUse: Equatable, Sendable {
  /// Most that is remembered, doses.
  static let most = 1.5
  /// Lowest wind that FAO-56 reckons with (chapter 4, limits), which is about that of a house, m/s.
  private static let stillAir = Speed(metresPerSecond: 0.5)
  private static let unknownWind = Speed(metresPerSecond: 2)
  private static let minute = 60.0
  /// Light of a cloudless sky, W/m², from which clouds can be told by the light: that of a sun 0.3 rad high (FAO-56, before eq. 53).
  private static let clearEnough = 300.0

  /// What was drunk since the last water, doses.
  private(set) var doses: Double
  private var lastAt: Instant?
  /// Light of the minute that runs, J/m², and the seconds for which it is known.
  private var (light, lit, elapsed) = (0.0, 0.0, 0.0)
  /// Share of the clear sky's light that came through when it was last seen, 0.3…1.
  private var clearness = 0.7

  /// An account with what was remembered.
  init(doses: Double = 0) { self.doses = doses.isFinite ? min(max(doses, 0), Self.most) : 0 }

  /// Whether as much as a dose was drunk.
  var isDue: Bool { doses >= 1 }

  /// Water was given: so many of a dose's litres.
  mutating func give(_ share: Double) { doses = max(0, doses - share) }

  /// Takes in the weather, about once a second.
  /// - Parameter dose: litres.
  mutating func step(_ weather: BedWeather, _ plan: WaterUsePlan, dose: Double, at now: Instant) {
    defer { lastAt = now }
    guard let last = lastAt else { return }
    // Nobody knows what the sky did in a stall.
    let seconds = min(max(last.seconds(to: now), 0), Self.minute)
    elapsed += seconds
    if let lux = weather.light {
      light += Irradiance(ofSunlight: lux).wattsPerSquareMetre * seconds
      lit += seconds
    }
    guard elapsed >= Self.minute else { return }
    if lit > 0 {
      let drunk =
        switch plan {
        case .light(let sum): light / 1e6 / sum.megajoulesPerSquareMetre
        case .evapotranspiration(let area, let coefficient):
          depth(weather, irradiance: light / lit) * lit / 3_600 * coefficient * area / dose
        }
      doses = min(doses + drunk, Self.most)
    }
    (light, lit, elapsed) = (0, 0, 0)
  }

  /// ET0 in mm an hour at an irradiance, W/m²; 0 where the air is not known.
  private mutating func depth(_ weather: BedWeather, irradiance: Double) -> Double {
    guard let air = weather.air else { return 0 }
    let hourly = Irradiance(wattsPerSquareMetre: irradiance).exposure(over: .hours(1))
    let net: RadiantExposure
    if weather.isUnderCover {
      net = RadiationBalance.netHourlyRadiationUnderCover(global: hourly)
    } else {
      if let clear = weather.clearSky, clear > Self.clearEnough { clearness = min(max(irradiance / clear, 0.3), 1) }
      net = RadiationBalance.netHourlyRadiation(
        global: hourly, relativeRadiation: clearness, temperature: air.temperature, vapourPressure: air.vapourPressure)
    }
    return ReferenceEvapotranspiration.hourly(
      temperature: air.temperature, vapourPressure: air.vapourPressure,
      wind: weather.isUnderCover ? Self.stillAir : weather.wind ?? Self.unknownWind, netRadiation: net,
      isDay: irradiance > 1, pressure: air.pressure
    ).millimetres
  }
}

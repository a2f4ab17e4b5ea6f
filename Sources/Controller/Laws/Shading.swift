// Shade screens: when they are drawn.

public import Climate

/// When the shade screens of a zone are drawn.
public struct ShadePlan: Equatable, Sendable {
  /// The outputs that draw them.
  public var outputs: [OutputID]
  /// Light above the screens from which they are drawn.
  public var light: Illuminance
  /// Temperature of the zone, °C, from which they are drawn in a quarter of that light; `nil` for light alone.
  public var temperature: Double?
  /// How far they are drawn, 0…1.
  public var most: Double
  /// Share of the light that a drawn screen lets through, 0…1.
  public var transmission: Double

  /// A plan from its parts.
  public init(
    outputs: [OutputID], light: Illuminance, temperature: Double? = nil, most: Double = 1, transmission: Double = 0.5
  ) {
    (self.outputs, self.light, self.temperature) = (outputs, light, temperature)
    (self.most, self.transmission) = (most, transmission)
  }

  /// Light above screens that are drawn so far, from what is measured below them.
  func above(_ below: Illuminance, drawn: Double) -> Illuminance {
    Illuminance(lux: below.lux / max(1 - min(max(drawn, 0), 1) * (1 - transmission), 0.05))
  }
}

/// Decides how far the shade screens of a zone are drawn.
///
/// They are drawn while the light above them, as a mean over some minutes, has reached the limit, and for a quarter of an hour after it has
/// fallen below four fifths of it: clouds do not move them. Heat draws them in less light. Where the light is not known, a sky without clouds stands in for it,
/// and they are drawn half as far ("50 % on hot clear day", "open at night": `agronomy.md` §5.2). The times and shares are engineering proposals.
struct Shading: Sendable {
  /// What decided.
  enum Cause { case light, heat, sky }

  private static let meanTime = Duration.minutes(5)
  private static let hold = Duration.minutes(15)
  /// Share of the limit below which the light must fall before the screens are drawn back.
  private static let end = 0.8
  /// Share of the limit from which heat draws them, and below which it does not keep them drawn.
  private static let sunny = 0.25
  private static let sunnyEnd = 0.2
  /// How far the temperature must fall below its limit before heat ends, K.
  private static let cooled = 1.0
  /// Share of the whole that they are drawn by the sky alone.
  private static let bySky = 0.5

  private var mean = ExponentialMean(time: Shading.meanTime)
  private var strongLight = Latch()
  private var heat = Latch()

  /// How far the screens are to be drawn, 0…1, and why; `nil` as a cause while they need not be drawn.
  /// - Parameters:
  ///   - light: above the screens; `nil` if it is not known.
  ///   - clearSky: light without clouds, W/m²; `nil` while nobody knows the time.
  ///   - temperature: of the zone, °C; `nil` without a trustworthy reading.
  mutating func demand(
    light: Illuminance?, clearSky: Double?, temperature: Double?, plan: ShadePlan, at now: Instant
  ) -> (share: Double, cause: Cause?) {
    guard let light else {
      (mean, strongLight, heat) = (ExponentialMean(time: Self.meanTime), Latch(), Latch())
      let isStrong = clearSky.map { $0 >= Irradiance(ofSunlight: plan.light).wattsPerSquareMetre } ?? false
      let isCool = plan.temperature.flatMap { limit in temperature.map { $0 < limit - Self.cooled } } ?? false
      return isStrong && !isCool ? (plan.most * Self.bySky, .sky) : (0, nil)
    }
    mean.add(light.lux, at: now)
    let share = (mean.value ?? 0) / plan.light.lux
    strongLight.step(begins: share >= 1, goesOn: share >= Self.end, hold: Self.hold, at: now)
    let warmth = plan.temperature.flatMap { limit in temperature.map { $0 - limit } }
    heat.step(
      begins: (warmth ?? -.infinity) >= 0 && share >= Self.sunny,
      goesOn: (warmth ?? -.infinity) > -Self.cooled && share >= Self.sunnyEnd, hold: Self.hold, at: now)
    if strongLight.isHolding { return (plan.most, .light) }
    return heat.isHolding ? (plan.most, .heat) : (0, nil)
  }
}

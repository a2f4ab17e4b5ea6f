// Dew: how near the coldest surface of a zone is to the dew point of its air.

public import Climate

/// How a zone is kept from dew on leaves, fruit or stored goods.
public struct DewPlan: Equatable, Sendable {
  /// Outputs that run against dew: heaters, dehumidifiers, and fans and vents where the air outside is drier.
  public var outputs: [OutputID]
  /// Least distance of the surface from the dew point, K; positive.
  public var margin: Double
  /// Time constant with which a surface follows the air, where no probe measures it.
  public var lag: Duration

  /// A plan from its parts.
  public init(outputs: [OutputID] = [], margin: Double = 1, lag: Duration = .hours(1)) {
    (self.outputs, self.margin, self.lag) = (outputs, margin, lag)
  }
}

/// Follows the distance of a zone's coldest surface from the dew point.
///
/// Where no probe measures the surface it is taken to follow the air with a lag, and never to be warmer: what is heavy stays cold while the sun warms the
/// air of the morning, which is when dew falls on fruit. "Never humidify onto tubers below dew point: hold T − T_dew ≥ 1 K" (`agronomy.md` §2.4, evidence E).
struct DewGuard: Sendable {
  /// How far beyond the margin moistening begins again, K. Engineering proposal.
  static let release = 0.5

  private var lagged: ExponentialMean
  /// Temperature of the coldest surface, °C; `nil` while it is not known.
  private(set) var surface: Double?
  /// Distance of the surface from the dew point, K; `nil` while it is not known.
  private(set) var distance: Double?
  /// Whether nothing may moisten the air: the surface is near the dew point, or nobody knows.
  private(set) var isNear = true

  init(lag: Duration) { lagged = ExponentialMean(time: lag) }

  /// Takes in what is measured.
  /// - Parameters:
  ///   - temperature: of the air, °C.
  ///   - humidity: of the air, %.
  ///   - measured: whether a probe measures the surface, and what it reads, °C.
  mutating func step(
    temperature: Double?, humidity: Double?, measured: (isThere: Bool, value: Double?), margin: Double, at now: Instant
  ) {
    lagged.add(temperature, at: now)
    let follows = temperature.flatMap { air in lagged.value.map { min($0, air) } }
    surface = measured.isThere ? measured.value : follows
    let dewPoint = temperature.flatMap { air in humidity.flatMap { Self.dewPoint(celsius: air, percent: $0) } }
    distance = surface.flatMap { surface in dewPoint.map { surface - $0 } }
    guard let distance else {
      isNear = true
      return
    }
    isNear = distance < margin + (isNear ? Self.release : 0)
  }

  /// Demand on what runs against dew, 0…1: none from the margin on, all of it at the dew point.
  func demand(margin: Double) -> Double {
    distance.map { ProportionalBand(direction: .raise, width: margin).demand(value: $0, start: margin) } ?? 0
  }

  /// Dew point of air, °C; `nil` for air without water.
  static func dewPoint(celsius: Double, percent: Double) -> Double? {
    MoistAir(temperature: Temperature(celsius: celsius), relativeHumidity: RelativeHumidity(percent: percent))
      .dewPoint?.celsius
  }
}

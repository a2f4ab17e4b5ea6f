// How far a vent may open in wind and rain.

public import Climate

/// How far a vent may open while the weather is bad, by one channel: the wind, or a rain detector.
public struct WeatherLimit: Equatable, Sendable {
  /// From a value on, at most so far open.
  public struct Step: Equatable, Sendable {
    /// The value, in the channel's unit.
    public var from: Double
    /// Most opening, 0…1.
    public var most: Double

    /// A step from its parts.
    public init(from: Double, most: Double) { (self.from, self.most) = (from, most) }
  }

  /// The channel that is looked at.
  public var channel: ChannelID
  /// The steps, of rising values and falling openings.
  public var steps: [Step]
  /// How far the value must fall below a step before the step can end, in the channel's unit.
  public var hysteresis: Double
  /// How long it must stay there before the vent opens again.
  public var hold: Duration
  /// Most opening, 0…1, without a trustworthy value, and for ``hold`` after it has come back.
  public var unknown: Double

  /// A limit from its parts.
  public init(channel: ChannelID, steps: [Step], hysteresis: Double, hold: Duration, unknown: Double) {
    (self.channel, self.steps, self.hysteresis) = (channel, steps, hysteresis)
    (self.hold, self.unknown) = (hold, unknown)
  }
}

/// What the weather allows a vent now, and why not more.
public struct WeatherAllowance: Equatable, Sendable {
  /// Most opening, 0…1.
  public var most: Double
  /// Wind or rain, measured or not known.
  public var constraint: Constraint
  /// The channel that was looked at.
  public var channel: ChannelID
  /// The value it had, in the channel's unit; `nil` if it is not known.
  public var value: Double?
  /// The value from which the limit holds; `nil` where it holds because the value is not known.
  public var from: Double?
  /// When it ends if the weather stays as it is; `nil` while the weather is bad or not known.
  public var until: Instant?
}

/// Follows one channel of the weather for one vent.
struct WeatherWatch: Sendable {
  /// A gust counts with its mean over about so long: "moving average ~5 s" (`agronomy.md` §5.1, source S92).
  private static let gustTime = Duration.seconds(5)

  let limit: WeatherLimit
  private let constraints: (measured: Constraint, unknown: Constraint)
  private var mean = ExponentialMean(time: WeatherWatch.gustTime)
  private var steps: [Latch]
  private var loss = Latch()
  /// When it was last looked; `nil` before the first time: the weather of the minutes before the start is not known.
  private var now: Instant?

  init(_ limit: WeatherLimit, measured: Constraint, unknown: Constraint) {
    self.limit = limit
    constraints = (measured, unknown)
    steps = limit.steps.map { _ in Latch() }
  }

  /// Takes in a value; `nil` if there is none that can be trusted. A step that holds goes on holding without one.
  mutating func step(_ value: Double?, at now: Instant) {
    defer { self.now = now }
    if value == nil { mean = ExponentialMean(time: Self.gustTime) }
    mean.add(value, at: now)
    let value = mean.value
    loss.step(begins: value == nil || self.now == nil, goesOn: false, hold: limit.hold, at: now)
    for index in steps.indices {
      let from = limit.steps[index].from
      steps[index].step(
        begins: value.map { $0 >= from } ?? false, goesOn: value.map { $0 > from - limit.hysteresis } ?? true,
        hold: limit.hold, at: now)
    }
  }

  /// The tightest limit that the measured weather sets; `nil` if it sets none.
  var measured: WeatherAllowance? {
    guard let index = steps.indices.last(where: { steps[$0].isHolding }) else { return nil }
    return WeatherAllowance(
      most: limit.steps[index].most, constraint: constraints.measured, channel: limit.channel, value: mean.value,
      from: limit.steps[index].from, until: steps[index].until(hold: limit.hold, at: now))
  }

  /// The limit that holds because the weather is not known, or was not a while ago; `nil` if it has been known.
  var unknown: WeatherAllowance? {
    guard loss.isHolding else { return nil }
    return WeatherAllowance(
      most: limit.unknown, constraint: constraints.unknown, channel: limit.channel, value: mean.value, from: nil,
      until: loss.until(hold: limit.hold, at: now))
  }
}

/// Wind and rain at one vent.
struct VentWeather: Sendable {
  private var wind: WeatherWatch?
  private var rain: WeatherWatch?

  /// `nil` for a vent that opens in any weather.
  init?(_ vent: VentPlan) {
    guard vent.wind != nil || vent.rain != nil else { return nil }
    wind = vent.wind.map { WeatherWatch($0, measured: .wind, unknown: .windUnknown) }
    rain = vent.rain.map { WeatherWatch($0, measured: .rain, unknown: .rainUnknown) }
  }

  mutating func step(_ readings: [Reading], at now: Instant) {
    if let channel = wind?.limit.channel { wind?.step(readings[channel.index].trusted, at: now) }
    if let channel = rain?.limit.channel { rain?.step(readings[channel.index].trusted, at: now) }
  }

  /// The tightest limit now; `nil` if there is none. Of equal ones wind is told before rain, and what is measured before what is not.
  /// - Parameter isByHand: whether a person drives the vent. Whoever stands there sees rain, and the weather where its sensor is lost;
  ///   only measured wind holds whatever anyone asks, because it breaks the house.
  func allowance(isByHand: Bool) -> WeatherAllowance? {
    var tightest: WeatherAllowance?
    func take(_ next: WeatherAllowance?) {
      guard let next else { return }
      if next.most < tightest?.most ?? .infinity { tightest = next }
    }
    if ControllerCheck.weatherLimit.isMade { take(wind?.measured) }
    if !isByHand, ControllerCheck.weatherLimit.isMade { take(rain?.measured) }
    if !isByHand, ControllerCheck.weatherUnknown.isMade {
      take(wind?.unknown)
      take(rain?.unknown)
    }
    return tightest
  }
}

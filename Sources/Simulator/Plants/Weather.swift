// The weather outside: season, sun, fronts that pass, and the spells that a scenario lays over them.

public import Climate
import RealModule

/// Outside air and sun at one moment.
public struct OutsideConditions: Hashable, Sendable {
  /// Air temperature in the shade.
  public var temperature: Temperature
  /// Relative humidity over water.
  public var relativeHumidity: RelativeHumidity
  /// Wind speed, m/s.
  public var wind: Double
  /// Rain, mm/h.
  public var rain: Double
  /// Solar radiation on a horizontal surface, W/m².
  public var irradiance: Double
  /// Cloud cover, 0…1.
  public var cloudiness: Double
  /// Barometric pressure.
  public var pressure: Pressure

  /// Conditions from their parts.
  public init(
    temperature: Temperature, relativeHumidity: RelativeHumidity, wind: Double = 1, irradiance: Double = 0,
    cloudiness: Double = 1, pressure: Pressure = .atAltitude(metres: 400), rain: Double = 0
  ) {
    self.temperature = temperature
    self.relativeHumidity = relativeHumidity
    self.wind = wind
    self.rain = rain
    self.irradiance = irradiance
    self.cloudiness = cloudiness
    self.pressure = pressure
  }

  /// Carbon dioxide outside, ppm: global mean of the years around 2023 (NOAA Global Monitoring Laboratory), rounded.
  public static let co2 = 420.0
}

/// Something out of the ordinary that the weather does for a while.
public struct WeatherSpell: Hashable, Sendable, Codable {
  /// Added to the temperature, K.
  public var temperatureShift: Double
  /// Cloud cover instead of the day's, 0…1.
  public var cloudiness: Double?
  /// Relative humidity instead of the day's, %.
  public var humidity: Double?
  /// Wind speed instead of the day's, m/s.
  public var wind: Double?
  /// Rain instead of the day's, mm/h.
  public var rain: Double?

  /// A spell from its parts.
  public init(
    temperatureShift: Double, cloudiness: Double? = nil, humidity: Double? = nil, wind: Double? = nil,
    rain: Double? = nil
  ) {
    (self.wind, self.rain) = (wind, rain)
    self.temperatureShift = temperatureShift
    self.cloudiness = cloudiness
    self.humidity = humidity
  }

  /// Clear, dry cold air. Engineering estimate of a late spring frost (倒春寒).
  public static let coldNight = WeatherSpell(temperatureShift: -9, cloudiness: 0)
  /// Foehn-like heat. Engineering estimate.
  public static let hotNoon = WeatherSpell(temperatureShift: 9, cloudiness: 0.1)
  /// The autumn rains of west China (华西秋雨): little sun, air close to saturation. Engineering estimate.
  public static let humidRain = WeatherSpell(temperatureShift: -2, cloudiness: 1, humidity: 96, rain: 2)
  /// A squall of a summer thunderstorm, Beaufort 8 with heavy rain. Engineering estimate.
  public static let storm = WeatherSpell(temperatureShift: -4, cloudiness: 1, humidity: 92, wind: 18, rain: 12)
}

/// Seeded weather around a climate table.
///
/// Each day draws a mean temperature (AR(1), so that warm and cold fronts last some days), a cloud cover, a dew point and a
/// wind; within the day all of them pass smoothly to those of the next. The temperature is lowest at 06:00 and highest at 15:00.
public struct Weather: Sendable {
  private let position: GeographicPosition
  private let utcOffset: Duration
  private let table: [MonthlyClimate]
  private let steady: OutsideConditions?
  private var generator: SeededGenerator
  private var today: Day?
  private var tomorrow = Day()
  private var fronts = Fronts()
  private var sun: SolarDay
  private var spells: [(from: Double, to: Double, spell: WeatherSpell)] = []

  /// Seeded weather of a place.
  /// - Parameters:
  ///   - climate: twelve rows, January first.
  ///   - utcOffset: local time minus UTC, for the sun.
  public init(
    at position: GeographicPosition = Weather.wuxi, climate: [MonthlyClimate] = MonthlyClimate.wuxi,
    utcOffset: Duration = .hours(8), seed: UInt64
  ) {
    self.init(position: position, climate: climate, utcOffset: utcOffset, seed: seed, steady: nil)
  }

  /// Weather that never changes, for experiments.
  public init(steady: OutsideConditions) {
    self.init(position: Self.wuxi, climate: MonthlyClimate.wuxi, utcOffset: .hours(8), seed: 0, steady: steady)
  }

  /// The county's valley: 31.4° N, 109.6° E, 400 m.
  public static let wuxi = GeographicPosition(latitude: 31.40, longitude: 109.60, altitude: 400)

  private init(
    position: GeographicPosition, climate: [MonthlyClimate], utcOffset: Duration, seed: UInt64,
    steady: OutsideConditions?
  ) {
    self.position = position
    self.utcOffset = utcOffset
    self.table = climate
    self.steady = steady
    generator = SeededGenerator(seed: seed, purpose: "weather")
    sun = SolarDay(at: position, dayOfYear: 1, utcOffset: utcOffset)
  }

  /// Lays a spell over the weather; it comes and goes within an hour and a half at either end.
  public mutating func add(_ spell: WeatherSpell, from start: PlantTime, lasting duration: Duration) {
    spells.append((start.localSeconds, start.localSeconds + duration.inSeconds, spell))
  }

  /// The weather at a moment. Days are drawn in order: a moment on an earlier day than the last call's counts as the last day's.
  public mutating func conditions(at time: PlantTime) -> OutsideConditions {
    var now = steady ?? seasonal(at: time)
    for (from, to, spell) in spells {
      let share = Self.share(of: time.localSeconds, from: from, to: to)
      if share > 0 { apply(spell, share: share, to: &now, at: time) }
    }
    return now
  }

  // MARK: Days

  /// Daily values, all meant at midnight at the beginning of the day.
  private struct Day {
    var number = 0
    var temperature = 0.0
    var range = 0.0
    var dewPoint = 0.0
    var cloudiness = 0.0
    var wind = 0.0
    var pressure = 0.0
  }

  /// What is left of the last days' fronts: standard normal, each an AR(1) process.
  private struct Fronts {
    var temperature = 0.0
    var clouds = 0.0
    var humidity = 0.0

    // Autocorrelations from one day to the next. Engineering estimates: fronts pass every four to seven days.
    mutating func roll(_ generator: inout SeededGenerator) {
      Self.roll(&temperature, 0.72, &generator)
      Self.roll(&clouds, 0.55, &generator)
      Self.roll(&humidity, 0.5, &generator)
    }

    private static func roll(_ value: inout Double, _ correlation: Double, _ generator: inout SeededGenerator) {
      value = correlation * value + (1 - correlation * correlation).squareRoot() * generator.nextGaussian()
    }
  }

  private mutating func draw(_ number: Int) -> Day {
    fronts.roll(&generator)
    let month = MonthlyClimate.on(
      dayOfYear: PlantTime(localSeconds: Double(number) * 86_400).dayOfYear, table: table)
    let cloudiness = min(max(month.cloudiness + 0.25 * fronts.clouds, 0), 1)
    let temperature = month.temperature + month.variation * fronts.temperature
    let mean = MoistAir(
      temperature: Temperature(celsius: month.temperature), relativeHumidity: RelativeHumidity(percent: month.humidity))
    // Warm fronts bring moist air, clouds keep it; both engineering estimates.
    let dewPoint =
      (mean.dewPoint?.celsius ?? 0) + 0.9 * month.variation * fronts.temperature + 1.0 * fronts.humidity
      + 3 * (cloudiness - month.cloudiness)
    return Day(
      number: number, temperature: temperature,
      // Clear days swing further than overcast ones.
      range: month.range * (1 - 0.9 * (cloudiness - month.cloudiness)),
      dewPoint: dewPoint, cloudiness: cloudiness,
      wind: month.wind * Double.exp(0.4 * generator.nextGaussian()),
      // Cold air is heavy: 0.4 kPa a standard deviation of temperature.
      pressure: Pressure.atAltitude(metres: position.altitude).kilopascals - 0.4 * fronts.temperature)
  }

  private mutating func roll(to number: Int) -> Day {
    var current: Day
    if let today {
      current = today
    } else {
      // A week beforehand, so that the first day is as far from the mean as any other.
      for _ in 0..<7 { fronts.roll(&generator) }
      current = draw(number)
      tomorrow = draw(number + 1)
    }
    while current.number < number {
      current = tomorrow
      tomorrow = draw(tomorrow.number + 1)
    }
    if today?.number != current.number {
      let dayOfYear = PlantTime(localSeconds: Double(current.number) * 86_400).dayOfYear
      sun = SolarDay(at: position, dayOfYear: dayOfYear, utcOffset: utcOffset)
      today = current
    }
    return current
  }

  private mutating func seasonal(at time: PlantTime) -> OutsideConditions {
    let day = roll(to: time.dayNumber)
    let next = tomorrow
    let share = Self.smoothStep(time.secondOfDay / 86_400)
    func between(_ a: Double, _ b: Double) -> Double { a + (b - a) * share }
    let cloudiness = between(day.cloudiness, next.cloudiness)
    let temperature =
      between(day.temperature, next.temperature) + between(day.range, next.range) / 2 * Self.dailyCourse(time.hour)
    // From thick cloud, harder towards overcast: 0.15 of the table's days or so. Engineering estimate; without a draw of its own, so that
    // the weather of a seed is what it was before there was rain.
    let rain = Self.heaviestRain * max(0, (cloudiness - Self.rainCloud) / (1 - Self.rainCloud))
    let vapour = SaturationFormula.buck.pressure(at: Temperature(celsius: between(day.dewPoint, next.dewPoint)))
    let saturation = SaturationFormula.buck.pressure(at: Temperature(celsius: temperature))
    return OutsideConditions(
      temperature: Temperature(celsius: temperature),
      relativeHumidity: RelativeHumidity(percent: min(100 * vapour.kilopascals / saturation.kilopascals, 98)),
      // Valley breezes rise with the day's warmth.
      wind: between(day.wind, next.wind) * (1 + 0.4 * Self.dailyCourse(time.hour)),
      irradiance: irradiance(at: time, cloudiness: cloudiness),
      cloudiness: cloudiness,
      pressure: Pressure(kilopascals: between(day.pressure, next.pressure)), rain: rain)
  }

  /// Clear-sky radiation dimmed by clouds, taking the sunshine share as what the clouds leave free (FAO-56 eq. 35 with its
  /// coefficients 0.25 and 0.50, relative to a cloudless sky).
  private func irradiance(at time: PlantTime, cloudiness: Double) -> Double {
    sun.clearSkyIrradiance(at: .nanoseconds(Int64(time.secondOfDay * 1e9))) * (1 - 2.0 / 3 * cloudiness)
  }

  /// Cloud cover from which it rains, and mm/h under a closed one.
  private static let (rainCloud, heaviestRain) = (0.95, 4.0)

  /// −1 at 06:00, 1 at 15:00, cosines between: the shape of a day's temperature. Engineering estimate.
  private static func dailyCourse(_ hour: Double) -> Double {
    if (6..<15).contains(hour) { return -Double.cos(.pi * (hour - 6) / 9) }
    let sinceMaximum = hour >= 15 ? hour - 15 : hour + 9
    return Double.cos(.pi * sinceMaximum / 15)
  }

  // MARK: Spells

  private mutating func apply(_ spell: WeatherSpell, share: Double, to now: inout OutsideConditions, at time: PlantTime)
  {
    let vapour =
      SaturationFormula.buck.pressure(at: now.temperature).kilopascals * now.relativeHumidity.fraction
    now.temperature.celsius += share * spell.temperatureShift
    // The air keeps its vapour, unless it gets too cold for it or the spell says otherwise.
    let saturation = SaturationFormula.buck.pressure(at: now.temperature).kilopascals
    var percent = min(100 * vapour / saturation, 98)
    if let humidity = spell.humidity { percent += share * (humidity - percent) }
    now.relativeHumidity = RelativeHumidity(percent: percent)
    if let wind = spell.wind { now.wind += share * (wind - now.wind) }
    if let rain = spell.rain { now.rain += share * (rain - now.rain) }
    if let cloudiness = spell.cloudiness {
      now.cloudiness += share * (cloudiness - now.cloudiness)
      if steady == nil { now.irradiance = irradiance(at: time, cloudiness: now.cloudiness) }
    }
  }

  private static func share(of now: Double, from: Double, to: Double) -> Double {
    guard now > from, now < to else { return 0 }
    let ramp = min(5400, (to - from) / 2)
    return smoothStep(min(min(now - from, to - now) / ramp, 1))
  }

  /// 0…1 to 0…1 with level ends.
  private static func smoothStep(_ x: Double) -> Double { x * x * (3 - 2 * x) }
}

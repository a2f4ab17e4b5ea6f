// What the models of disease look at: the climate hour by hour.

/// The air around leaves or larvae, mean of an hour.
public struct HourlyClimate: Hashable, Sendable {
  /// Temperature.
  public var temperature: Temperature
  /// Relative humidity.
  public var humidity: RelativeHumidity

  /// An hour from its parts.
  public init(temperature: Temperature, humidity: RelativeHumidity) {
    (self.temperature, self.humidity) = (temperature, humidity)
  }

  /// An hour in °C and percent.
  public init(celsius: Double, percent: Double) {
    self.init(temperature: Temperature(celsius: celsius), humidity: RelativeHumidity(percent: percent))
  }
}

/// A day of hours.
public struct DailyClimate: Hashable, Sendable {
  /// Lowest hourly temperature.
  public var minimum: Temperature
  /// Highest hourly temperature.
  public var maximum: Temperature
  /// Mean temperature.
  public var mean: Temperature
  /// Mean humidity.
  public var meanHumidity: RelativeHumidity
  /// Hours at 90 % or more.
  public var wetHours: Int

  /// A day from its hours; `nil` without one.
  public init?(_ hours: some Collection<HourlyClimate>) {
    let temperatures = hours.map(\.temperature)
    guard let minimum = temperatures.min(), let maximum = temperatures.max() else { return nil }
    (self.minimum, self.maximum) = (minimum, maximum)
    let count = Double(hours.count)
    mean = Temperature(celsius: temperatures.reduce(0) { $0 + $1.celsius } / count)
    meanHumidity = RelativeHumidity(percent: hours.reduce(0) { $0 + $1.humidity.percent } / count)
    wetHours = hours.count { LeafWetness.isWet($0.humidity) }
  }
}

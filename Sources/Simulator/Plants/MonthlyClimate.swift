// The climate that simulated weather varies around, as a table.

/// Long-term means of one month.
public struct MonthlyClimate: Hashable, Sendable, Codable {
  /// Mean temperature, °C.
  public var temperature: Double
  /// Mean difference between the day's highest and lowest temperature, K.
  public var range: Double
  /// Standard deviation of the daily mean temperature from day to day, K.
  public var variation: Double
  /// Mean relative humidity, %.
  public var humidity: Double
  /// Mean cloud cover, 0…1.
  public var cloudiness: Double
  /// Mean wind speed, m/s.
  public var wind: Double

  /// One row of the table.
  public init(
    temperature: Double, range: Double, variation: Double, humidity: Double, cloudiness: Double, wind: Double
  ) {
    self.temperature = temperature
    self.range = range
    self.variation = variation
    self.humidity = humidity
    self.cloudiness = cloudiness
    self.wind = wind
  }

  /// Wuxi county, Chongqing, 31.4° N 109.6° E, a valley at 400 m; January first.
  ///
  /// Engineering estimate. Built to lie within what is published for Chongqing as a whole: annual mean 16–18 °C, coldest month
  /// 4–8 °C, warmest 26–29 °C, relative humidity 70–80 %, sunshine 25–35 % of what is possible, little wind.
  public static let wuxi: [MonthlyClimate] = [
    .init(temperature: 6.0, range: 6.5, variation: 1.8, humidity: 72, cloudiness: 0.78, wind: 0.8),
    .init(temperature: 8.2, range: 7.0, variation: 2.3, humidity: 71, cloudiness: 0.78, wind: 1.0),
    .init(temperature: 12.3, range: 8.5, variation: 2.6, humidity: 70, cloudiness: 0.74, wind: 1.2),
    .init(temperature: 17.3, range: 9.0, variation: 2.4, humidity: 72, cloudiness: 0.70, wind: 1.3),
    .init(temperature: 21.4, range: 9.0, variation: 2.1, humidity: 74, cloudiness: 0.70, wind: 1.2),
    .init(temperature: 24.8, range: 8.5, variation: 1.8, humidity: 76, cloudiness: 0.70, wind: 1.1),
    .init(temperature: 27.6, range: 8.8, variation: 1.7, humidity: 75, cloudiness: 0.60, wind: 1.2),
    .init(temperature: 27.2, range: 9.2, variation: 1.8, humidity: 73, cloudiness: 0.55, wind: 1.2),
    .init(temperature: 22.8, range: 8.2, variation: 2.1, humidity: 75, cloudiness: 0.68, wind: 1.1),
    .init(temperature: 17.3, range: 7.2, variation: 2.0, humidity: 78, cloudiness: 0.74, wind: 0.9),
    .init(temperature: 12.2, range: 7.0, variation: 2.1, humidity: 77, cloudiness: 0.75, wind: 0.8),
    .init(temperature: 7.3, range: 6.5, variation: 1.9, humidity: 75, cloudiness: 0.77, wind: 0.8),
  ]

  /// The means on a day of the year, interpolated between the middles of the months. An empty table counts as `wuxi`.
  static func on(dayOfYear: Int, table: [MonthlyClimate]) -> MonthlyClimate {
    let table = table.isEmpty ? wuxi : table
    let position = Double(dayOfYear - 1) / 365.25 * Double(table.count) - 0.5
    let lower = position.rounded(.down)
    let count = table.count
    let (a, b) = (table[(Int(lower) + count) % count], table[(Int(lower) + 1) % count])
    func between(_ key: KeyPath<MonthlyClimate, Double>) -> Double {
      a[keyPath: key] + (b[keyPath: key] - a[keyPath: key]) * (position - lower)
    }
    return MonthlyClimate(
      temperature: between(\.temperature), range: between(\.range), variation: between(\.variation),
      humidity: between(\.humidity), cloudiness: between(\.cloudiness), wind: between(\.wind))
  }
}

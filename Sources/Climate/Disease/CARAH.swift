// Late blight of the potato as Chongqing forecasts it.

/// How severe an infection is.
public enum InfectionSeverity: Int, Comparable, CaseIterable, Sendable, Codable {
  /// 轻
  case light
  /// 中
  case medium
  /// 重
  case severe
  /// 极重
  case verySevere

  /// Lighter comes first.
  public static func < (left: InfectionSeverity, right: InfectionSeverity) -> Bool { left.rawValue < right.rawValue }
}

/// How long leaves must be wet for an infection, by temperature: the table of Guntz and Divoux as CARAH uses it.
public struct CARAHTable: Hashable, Sendable {
  /// Wet hours at one temperature from which an infection is light, medium, severe and very severe.
  public struct Row: Hashable, Sendable {
    /// °C.
    public var celsius: Int
    /// Hours of the four severities, increasing.
    public var hours: [Double]
    /// Whether somebody has compared the row with the printed table.
    public var isVerified: Bool

    /// A row from its parts.
    public init(celsius: Int, hours: [Double], isVerified: Bool = false) {
      (self.celsius, self.hours, self.isVerified) = (celsius, hours, isVerified)
    }
  }

  /// Rows by rising temperature. The first says where infection begins, the last serves for all that is warmer.
  public var rows: [Row]
  /// Mean temperature above which nothing is infected.
  public var warmest: Temperature

  /// A table from its rows.
  public init(rows: [Row], warmest: Temperature) {
    self.rows = rows.sorted { $0.celsius < $1.celsius }
    self.warmest = warmest
  }

  /// The table from memory. **Not verified**: the rows up to 10 °C are fairly sure, the longest hours from 11 °C on are means of what
  /// is remembered, and the last row is a guess. To be replaced by the printed table of the county's plant protection station.
  public static let unverified = CARAHTable(
    rows: [
      Row(celsius: 7, hours: [16.5, 19.5, 22.5, 25.5]), Row(celsius: 8, hours: [16, 19, 22, 25]),
      Row(celsius: 9, hours: [15.5, 18.5, 21.5, 24.5]), Row(celsius: 10, hours: [15, 18, 21, 24]),
      Row(celsius: 11, hours: [14, 17.5, 20.5, 22.5]), Row(celsius: 12, hours: [13.5, 17, 19.5, 22]),
      Row(celsius: 13, hours: [13, 16, 19, 21.25]), Row(celsius: 14, hours: [11.5, 15, 18, 20.5]),
      Row(celsius: 15, hours: [10.75, 14, 17, 19]), Row(celsius: 16, hours: [10.75, 13, 16, 18.5]),
      Row(celsius: 17, hours: [10.75, 12, 15, 17.5]), Row(celsius: 18, hours: [10.75, 11.375, 14, 17]),
    ], warmest: Temperature(celsius: 27))

  /// How severe an infection a wet period makes; `nil` for none. The row is that of the nearest whole degree.
  public func severity(wetHours: Double, mean: Temperature) -> InfectionSeverity? {
    guard let first = rows.first, mean <= warmest, mean.celsius >= Double(first.celsius) else { return nil }
    let degree = mean.celsius.rounded()
    guard let row = rows.last(where: { Double($0.celsius) <= degree }) else { return nil }
    let reached = row.hours.count { wetHours >= $0 }
    return InfectionSeverity(rawValue: reached - 1)
  }
}

/// The forecast of late blight by CARAH: infections, and how far each has grown.
///
/// It looks at temperature and humidity alone and takes for granted that spores and plants are there (Huang Chong 2017; Xie Kaiyun,
/// Chinese Potato Journal 2001). Checked in Chongqing at 260 stations, and against Wuxi in 2022 (Luo Zizi et al., Plant Protection
/// 50(4) (2024), 80–90). It begins with the emergence of the crop.
public struct CARAH: Sendable {
  /// One infection.
  public struct Infection: Hashable, Sendable {
    /// 代, from 1.
    public var generation: Int
    /// 次 within its generation, from 1.
    public var number: Int
    /// How severe.
    public var severity: InfectionSeverity
    /// Day on which it happened, from 0.
    public var day: Int
    /// Sum of the daily scores since.
    public var score = 0.0
    /// Day on which its score reached ``CARAH/complete``; `nil` before.
    public var completedOn: Int?

    /// The way bulletins count: `3代1次`.
    public var name: String { "\(generation)代\(number)次" }
  }

  /// Score at which an infection bears spores itself. From memory, not verified.
  public static let complete = 7.0
  /// Scores of the trigger infection at which to spray. From memory, not verified.
  public static let sprayWindow = 4.0...6.0

  /// The table in use.
  public let table: CARAHTable
  /// All infections since emergence.
  public private(set) var infections: [Infection] = []
  /// Whole days since emergence.
  public private(set) var day = 0
  private var today: [HourlyClimate] = []
  private var period = WetPeriod()
  /// Whether the present period has made the last infection.
  private var hasInfected = false

  /// A forecast that begins with the emergence of the crop.
  public init(table: CARAHTable = .unverified) { self.table = table }

  /// Adds an hour; 24 of them are a day.
  public mutating func add(_ hour: HourlyClimate) {
    if period.add(hour) { hasInfected = false }
    if LeafWetness.isWet(hour.humidity), let mean = period.meanTemperature,
      let severity = table.severity(wetHours: Double(period.hours), mean: mean)
    {
      note(severity)
    }
    today.append(hour)
    if today.count == 24 { finishDay() }
  }

  /// The daily score of a mean temperature (Conce). From memory, not verified.
  public static func score(ofDayAt mean: Temperature) -> Double {
    switch mean.celsius {
    case ...8: 0
    case ...12: 0.75
    case ...16.5: 1
    case ...20: 1.5
    default: 1
    }
  }

  private mutating func note(_ severity: InfectionSeverity) {
    if hasInfected, let last = infections.indices.last {
      infections[last].severity = max(infections[last].severity, severity)
      return
    }
    hasInfected = true
    guard let last = infections.last else {
      infections.append(Infection(generation: 1, number: 1, severity: severity, day: day))
      return
    }
    let first = infections.first { $0.generation == last.generation }
    let isNext = first?.completedOn != nil
    infections.append(
      Infection(
        generation: last.generation + (isNext ? 1 : 0), number: isNext ? 1 : last.number + 1, severity: severity,
        day: day))
  }

  /// The day's score goes to the infections of earlier days.
  private mutating func finishDay() {
    let mean = today.reduce(0) { $0 + $1.temperature.celsius } / Double(today.count)
    let score = Self.score(ofDayAt: Temperature(celsius: mean))
    for index in infections.indices where infections[index].day < day && infections[index].completedOn == nil {
      infections[index].score += score
      if infections[index].score >= Self.complete { infections[index].completedOn = day }
    }
    today.removeAll(keepingCapacity: true)
    day += 1
  }
}

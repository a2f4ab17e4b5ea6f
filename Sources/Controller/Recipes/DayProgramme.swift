// Day and night, by the clock or by the sun.

public import Climate

/// A time of day.
public enum TimeOfDay: Equatable, Sendable {
  /// By the site's clock, since midnight.
  case clock(Duration)
  /// After sunrise; before it if negative.
  case sunrise(Duration)
  /// After sunset; before it if negative.
  case sunset(Duration)
}

/// The day, as a part of 24 hours; what is left is the night. It may go over midnight.
public struct DayPeriod: Equatable, Sendable {
  /// When it begins.
  public var begin: TimeOfDay
  /// When it ends.
  public var end: TimeOfDay

  /// A day from its ends.
  public init(from begin: TimeOfDay, to end: TimeOfDay) { (self.begin, self.end) = (begin, end) }

  /// From sunrise to sunset.
  public static let sun = DayPeriod(from: .sunrise(.zero), to: .sunset(.zero))

  /// Whether it is day, and for how many seconds it has been day or night.
  func phase(at time: LocalTime) -> (isDay: Bool, seconds: Double) {
    let sinceBegin = time.seconds(since: begin)
    let sinceEnd = time.seconds(since: end)
    return sinceBegin < sinceEnd ? (true, sinceBegin) : (false, sinceEnd)
  }
}

/// What the lamps of a zone do in a stage.
public enum LightProgramme: Equatable, Sendable {
  /// Light in this part of the day, dark in the rest.
  case on(DayPeriod)
  /// Dark all the time: no law, no schedule and no override switches a lamp on.
  case blackout
}

/// Where a site is, and what its clocks and thermometers say.
public struct SitePlace: Equatable, Sendable {
  /// Where it is.
  public var position: GeographicPosition
  /// Standard time of the site minus UTC. Programmes do not follow summer time: neither does the sun.
  public var utcOffset: Duration
  /// The wet and dry bulb in which a dry–wet difference is meant.
  public var psychrometer: Psychrometer

  /// A place from its parts.
  /// - Parameter psychrometer: coefficient of the thermometers, 1/K.
  public init(
    position: GeographicPosition, utcOffset: Duration = .zero,
    psychrometer coefficient: Double = Psychrometer.naturallyVentilated
  ) {
    (self.position, self.utcOffset) = (position, utcOffset)
    psychrometer = Psychrometer(coefficient: coefficient, altitude: position.altitude)
  }

  /// What clock and sun say; `nil` while nobody knows the time.
  func localTime(_ wall: WallTime) -> LocalTime? {
    guard let (sun, seconds) = sun(wall) else { return nil }
    return LocalTime(
      seconds: seconds, sunrise: (sun.sunrise ?? .hours(6)).inSeconds, sunset: (sun.sunset ?? .hours(18)).inSeconds)
  }

  /// Light of a cloudless sky now, W/m²; `nil` while nobody knows the time.
  func clearSky(_ wall: WallTime) -> Double? {
    guard let (sun, seconds) = sun(wall) else { return nil }
    return sun.clearSkyIrradiance(at: .seconds(seconds))
  }

  /// The day's sun, and the seconds since midnight; `nil` while nobody knows the time.
  private func sun(_ wall: WallTime) -> (day: SolarDay, seconds: Double)? {
    guard wall.trust != .unknown else { return nil }
    let (milliseconds, overflow) = wall.unixMilliseconds.addingReportingOverflow(utcOffset.nanoseconds / 1_000_000)
    guard !overflow else { return nil }
    let day = (milliseconds - LocalTime.remainder(milliseconds)) / LocalTime.day
    return (
      SolarDay(at: position, dayOfYear: CalendarDay.dayOfYear(daysSince1970: day), utcOffset: utcOffset),
      Double(LocalTime.remainder(milliseconds)) / 1_000
    )
  }
}

/// The time of day with the sun's. In the polar night and under the midnight sun a day of twelve hours stands in.
struct LocalTime: Equatable, Sendable {
  /// Seconds since midnight.
  var seconds: Double
  /// Seconds from midnight to sunrise.
  var sunrise: Double
  /// Seconds from midnight to sunset.
  var sunset: Double

  static let day: Int64 = 86_400_000

  static func remainder(_ milliseconds: Int64) -> Int64 {
    let rest = milliseconds % day
    return rest < 0 ? rest + day : rest
  }

  /// Seconds since a time of day was last, 0…86400.
  func seconds(since time: TimeOfDay) -> Double {
    let then =
      switch time {
      case .clock(let time): time.inSeconds
      case .sunrise(let after): sunrise + after.inSeconds
      case .sunset(let after): sunset + after.inSeconds
      }
    let difference = (seconds - then).truncatingRemainder(dividingBy: 86_400)
    return difference < 0 ? difference + 86_400 : difference
  }
}

// Numbers, durations and times as people read them.

import Glibc

/// Formats numbers, durations and times.
public enum Format {
  /// A number with a fixed count of decimals.
  public static func number(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return "–" }
    var scale = 1.0
    for _ in 0..<max(0, decimals) { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 1e15 else { return "\(value)" }
    let sign = value < 0 && scaled > 0 ? "-" : ""
    let whole = Int64(scaled / scale)
    guard decimals > 0 else { return "\(sign)\(whole)" }
    let fraction = String(Int64(scaled) - whole * Int64(scale))
    return "\(sign)\(whole)." + String(repeating: "0", count: decimals - fraction.count) + fraction
  }

  /// Decimals that carry information in a unit.
  public static func decimals(ofUnit unit: String) -> Int {
    switch unit {
    case "ppm", "lx": 0
    case "V": 3
    default: 1
    }
  }

  /// A value with its unit: `24.1 °C`.
  public static func value(_ value: Double?, unit: String) -> String {
    guard let value else { return "–" }
    return number(value, decimals: decimals(ofUnit: unit)) + " " + unit
  }

  /// A duration in its two greatest units: `2 d 3 h`, `5 min 10 s`.
  public static func duration(_ seconds: Double, _ language: Language) -> String {
    let total = Int(max(0, min(seconds, 1e12)).rounded())
    let parts = [
      (total / 86_400, language(" d", "天")), (total / 3_600 % 24, language(" h", "小时")),
      (total / 60 % 60, language(" min", "分")), (total % 60, language(" s", "秒")),
    ]
    guard let first = parts.firstIndex(where: { $0.0 > 0 }) else { return language("0 s", "0秒") }
    return parts[first...].prefix(2).filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined(separator: language(" ", ""))
  }

  /// Lets local times be those of a place, by its name in the tz database, whatever the machine is set to.
  public static func useTimeZone(_ name: String) {
    setenv("TZ", name, 1)
    tzset()
  }

  /// Local wall time: `2026-04-20 06:30:00`.
  public static func localTime(unixMilliseconds: Int64) -> String {
    var seconds = time_t(unixMilliseconds / 1_000)
    var parts = tm()
    localtime_r(&seconds, &parts)
    return date(parts) + " " + clock(parts)
  }

  /// UTC in the form of ISO 8601: `2026-04-19T22:30:00Z`.
  public static func isoTime(unixMilliseconds: Int64) -> String {
    var seconds = time_t(unixMilliseconds / 1_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    return date(parts) + "T" + clock(parts) + "Z"
  }

  private static func date(_ parts: tm) -> String {
    "\(Int(parts.tm_year) + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
  }

  private static func clock(_ parts: tm) -> String { "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))" }

  private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

// Quantities as they are written in a configuration: a number and its unit.

import Climate

/// Reads quantities as they are written: `"90s"`, `"25.5 °C"`, `"2 K"`, `"85 %"`.
enum QuantityText {
  /// A kind of quantity with the units it may be written in, each with its factor to the canonical unit.
  enum Kind {
    case temperature, difference, percent, percentPoints, concentration, traceGas, airFlow, evaporation, illuminance,
      length, flow, volume, voltage,
      rate, bytes, speed, conductivity, radiantExposure, area
    case vapourPressure, vapourDensity, hourlyChange, degreeHours

    var units: [String: Double] {
      switch self {
      case .temperature: ["°C": 1, "℃": 1]
      case .difference: ["K": 1]
      case .percent, .percentPoints: ["%": 1, "％": 1]
      case .concentration, .traceGas: ["ppm": 1]
      case .airFlow: ["m³/h": 1, "m3/h": 1, "m³/s": 3_600, "m3/s": 3_600]
      case .evaporation: ["kg/h": 1, "g/h": 0.001]
      case .illuminance: ["lx": 1, "klx": 1_000]
      case .length: ["m": 1]
      case .flow: ["l/min": 1, "l/h": 1 / 60.0]
      case .volume: ["l": 1, "ml": 0.001]
      case .voltage: ["V": 1, "mV": 0.001]
      case .rate: ["K/min": 1.0 / 60, "%/min": 1.0 / 60, "ppm/min": 1.0 / 60]
      case .vapourPressure: ["kPa": 1, "hPa": 0.1]
      case .vapourDensity: ["g/m³": 1, "g/m3": 1]
      case .hourlyChange: ["K/h": 1, "%/h": 1]
      case .degreeHours: ["K·h": 1, "K h": 1, "K·d": 24, "K d": 24]
      case .speed: ["m/s": 1, "km/h": 1 / 3.6]
      case .conductivity: ["mS/cm": 1, "dS/m": 1, "µS/cm": 0.001, "uS/cm": 0.001]
      case .radiantExposure: ["J/cm²": 1, "J/cm2": 1, "MJ/m²": 100, "MJ/m2": 100]
      case .area: ["m²": 1, "m2": 1, "亩": 10_000 / 15.0]
      case .bytes: ["MB": 1e6, "MiB": 1_048_576, "GB": 1e9, "GiB": 1_073_741_824]
      }
    }

    var example: String {
      switch self {
      case .temperature: "25.5 °C"
      case .difference: "2 K"
      case .percent, .percentPoints: "85 %"
      case .concentration: "1500 ppm"
      case .traceGas: "10 ppm"
      case .airFlow: "3000 m³/h"
      case .evaporation: "0.5 kg/h"
      case .illuminance: "5000 lx"
      case .length: "400 m"
      case .flow: "4 l/min"
      case .volume: "5 l"
      case .voltage: "2.6 V"
      case .rate: "5 K/min"
      case .conductivity: "1.413 mS/cm"
      case .radiantExposure: "90 J/cm²"
      case .area: "40 m²"
      case .bytes: "512 MiB"
      case .speed: "8 m/s"
      case .vapourPressure: "0.8 kPa"
      case .vapourDensity: "12 g/m³"
      case .hourlyChange: "1 K/h"
      case .degreeHours: "1400 K·h"
      }
    }
  }

  /// The number in the canonical unit; `nil` if the text is no quantity of the kind.
  static func number(_ text: String, _ kind: Kind) -> Double? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || "+-.".contains($0)) }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }
    guard let number = Double(digits), number.isFinite, let factor = kind.units[String(unit)] else { return nil }
    return number * factor
  }

  /// A duration: `90s`, `1h30m`, `500ms`, `30d`; `nil` for anything else.
  static func duration(_ text: String) -> Duration? {
    var total = Duration.zero
    var rest = text[...]
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(digits.count).drop { $0 == " " }
      let unit = rest.prefix { $0.isASCII && $0.isLetter }
      rest = rest.dropFirst(unit.count).drop { $0 == " " }
      guard let number = Double(digits), number < 1e9, let seconds = durationUnits[String(unit)] else { return nil }
      total += .milliseconds(Int64((number * seconds * 1_000).rounded()))
    }
    return total
  }

  /// A duration as ``duration(_:)`` reads it, in the largest unit of which it is a whole number: `10m`, `7d`, `500ms`.
  static func text(_ duration: Duration) -> String {
    let milliseconds = duration.nanoseconds / 1_000_000
    for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)] as [(String, Int64)]
    where milliseconds != 0 && milliseconds % size == 0 {
      return "\(milliseconds / size)\(unit)"
    }
    return milliseconds == 0 ? "0s" : "\(milliseconds)ms"
  }

  private static let durationUnits: [String: Double] = [
    "ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400,
  ]
}

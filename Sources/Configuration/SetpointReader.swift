// Setpoints, bands and limits, the same in zones and in recipes.

import Climate
import Controller
import TOML

extension GasLimit {
  /// Where limits of ammonia lie, ppm: no rule for animals allows more than 25 (`agronomy.md` §2.3), and no cell tells less than 1.
  static let ammoniaLimits = 1.0...25
  /// Where warnings and alarms lie, ppm. 50 ppm hurt the eyes of people.
  static let ammoniaAlarms = 2.0...50
}

extension TableReader {
  /// A setpoint with its band; `nil` without a setpoint.
  /// - Parameters:
  ///   - range: where a setpoint may lie.
  ///   - night: the setpoint at night; alarm limits hold by day and by night.
  ///   - drop: how far the setpoint falls below that for a part of each day.
  ///   - subject: what lives by it, for the words of a fault.
  ///   - provenance: where the values come from; if `nil`, as the table says.
  func band(
    _ quantity: Quantity, in range: ClosedRange<Double>? = nil, night: Double? = nil, drop: Double = 0,
    subject: RecipeSubject? = nil,
    provenance given: Provenance? = nil
  ) -> BandSetpoint? {
    let (kind, bandKind, usual) = Self.form(of: quantity)
    let range = range ?? usual
    let setpoint = self.quantity("setpoint", kind, in: -50...200).flatMap { number in
      check(number, "setpoint", in: range, for: subject)
    }
    if let night { _ = check(night, "night", in: range, for: subject) }
    let band = self.quantity("band", bandKind, in: 0.1...50)
    let width = band ?? (quantity == .temperature ? 1 : 5)
    let (low, high) = alarms(kind, around: setpoint, night: night, drop: drop, width: width)
    let provenance = given ?? provenance()
    guard let setpoint else {
      if given != nil, !has("setpoint") { missing("setpoint") }
      return nil
    }
    return BandSetpoint(
      setpoint: setpoint, band: width, lowAlarm: low, highAlarm: high, isVerified: provenance?.isVerified)
  }

  private func check(_ number: Double, _ key: String, in range: ClosedRange<Double>, for subject: RecipeSubject?)
    -> Double?
  {
    guard let subject, !range.contains(number) else { return check(number, key, in: range) }
    faults.error(
      valueLocation(of: key),
      "\(key) is \(number) °C; for \(subject.rawValue) it must be from \(range.lowerBound) to \(range.upperBound) °C",
      "\(key) 为 \(number) °C；对象为 \(subject.rawValue) 时应在 \(range.lowerBound) 到 \(range.upperBound) °C 之间")
    return nil
  }

  /// Alarm limits, which lie outside the band by day and by night.
  private func alarms(
    _ kind: QuantityText.Kind, around setpoint: Double?, night: Double?, drop: Double = 0, width: Double
  ) -> (low: Double?, high: Double?) {
    let low = quantity("low-alarm", kind, in: -50...150)
    let high = quantity("high-alarm", kind, in: -50...150)
    guard let setpoint else { return (low, high) }
    let lowest = min(setpoint, (night ?? setpoint) - drop)
    let highest = max(setpoint, night ?? setpoint)
    if let low, low >= lowest {
      faults.error(
        valueLocation(of: "low-alarm"), "low-alarm must be below the setpoint of \(lowest)",
        "low-alarm 应低于设定值 \(lowest)")
    } else if let low, low > lowest - width {
      faults.warning(
        valueLocation(of: "low-alarm"), "low-alarm lies inside the band: it will ring in normal operation",
        "low-alarm 在允差之内：正常运行时也会报警")
    }
    if let high, high <= highest {
      faults.error(
        valueLocation(of: "high-alarm"), "high-alarm must be above the setpoint of \(highest)",
        "high-alarm 应高于设定值 \(highest)")
    } else if let high, high < highest + width {
      faults.warning(
        valueLocation(of: "high-alarm"), "high-alarm lies inside the band: it will ring in normal operation",
        "high-alarm 在允差之内：正常运行时也会报警")
    }
    return (low, high)
  }

  // MARK: Humidity

  /// How a humidity is written: its unit says it.
  struct HumidityForm {
    /// `nil` for relative humidity.
    var form: HumidityAim.Form?
    var kind: QuantityText.Kind
    /// Band where none is written.
    var usualBand: Double
    var range: ClosedRange<Double>
  }

  /// The form in which `setpoint` is written; relative humidity where that cannot be told.
  func humidityForm() -> HumidityForm {
    let forms = [
      HumidityForm(form: .dryWetDifference, kind: .difference, usualBand: 0.5, range: 0...15),
      HumidityForm(form: .vapourPressureDeficit, kind: .vapourPressure, usualBand: 0.1, range: 0...5),
      HumidityForm(form: .absoluteHumidity, kind: .vapourDensity, usualBand: 1, range: 0...80),
    ]
    let relative = HumidityForm(form: nil, kind: .percent, usualBand: 5, range: 0...100)
    guard case .string(let text)? = table["setpoint"]?.payload else { return relative }
    return forms.first { QuantityText.number(text, $0.kind) != nil } ?? relative
  }

  /// A humidity in any of its forms: as relative humidity, and as it is written.
  /// - Parameter celsius: the zone's temperature setpoint, at which a form that depends on it is converted for people and checks.
  func humidity(
    _ form: HumidityForm, at celsius: Double?, night: Double? = nil, provenance: Provenance? = nil
  ) -> (band: BandSetpoint?, aim: HumidityAim?) {
    guard let aimForm = form.form else { return (band(.humidity, night: night, provenance: provenance), nil) }
    let value = quantity("setpoint", form.kind, in: form.range)
    let width = quantity("band", form.kind, in: 0.01...form.range.upperBound) ?? form.usualBand
    if let night { _ = check(night, "night", in: form.range) }
    let provenance = provenance ?? self.provenance()
    guard let value else { return (nil, nil) }
    let aim = HumidityAim(form: aimForm, value: value, band: width)
    let relative = aim.relative(
      at: Temperature(celsius: celsius ?? 20), psychrometer: Psychrometer(altitude: Self.usualAltitude))
    let (low, high) = alarms(.percent, around: relative.setpoint, night: nil, width: relative.band)
    let band = BandSetpoint(
      setpoint: relative.setpoint, band: relative.band, lowAlarm: low, highAlarm: high,
      isVerified: provenance?.isVerified)
    return (band, aim)
  }

  /// m; moves a humidity by less than a point.
  private static let usualAltitude = 400.0

  // MARK: Provenance

  /// Source, evidence and status of a value; `nil` if none is given.
  func provenance() -> Provenance? {
    let source = string("source")
    let evidence = string("evidence")
    let status = string("status")
    if let status, status != "verified", status != "unverified" {
      faults.unknown(("status", "状态"), status, at: valueLocation(of: "status"), among: ["verified", "unverified"])
    }
    guard source != nil || evidence != nil || status != nil else { return nil }
    let text = [source, evidence.map { "[\($0)]" }].compactMap { $0 }.joined(separator: " ")
    return Provenance(source: text, isVerified: status == "verified")
  }

  /// Kinds of text, and the range outside which a setpoint is a slip of the pen: no crop or animal of ours lives there, and a
  /// heater must not be asked for it (`agronomy.md` §1.3, §2.3).
  private static func form(
    of quantity: Quantity
  ) -> (QuantityText.Kind, QuantityText.Kind, ClosedRange<Double>) {
    switch quantity {
    case .temperature: (.temperature, .difference, 0...40)
    default: (.percent, .percentPoints, 0...100)
    }
  }
}

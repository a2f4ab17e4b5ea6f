// Setpoints, bands and limits, the same in zones and in recipes.

import Climate
import Controller
import TOML

extension TableReader {
  /// A setpoint with its band; `nil` without a setpoint.
  func band(_ quantity: Quantity) -> BandSetpoint? {
    let (kind, bandKind, range) = Self.form(of: quantity)
    let setpoint = self.quantity("setpoint", kind, in: range)
    let band = self.quantity("band", bandKind, in: 0.1...50)
    let low = self.quantity("low-alarm", kind, in: -50...150)
    let high = self.quantity("high-alarm", kind, in: -50...150)
    let provenance = provenance()
    guard let setpoint else { return nil }
    let width = band ?? (quantity == .temperature ? 1 : 5)
    if let low, low >= setpoint {
      faults.error(
        valueLocation(of: "low-alarm"), "low-alarm must be below the setpoint of \(setpoint)",
        "low-alarm 应低于设定值 \(setpoint)")
    } else if let low, low > setpoint - width {
      faults.warning(
        valueLocation(of: "low-alarm"), "low-alarm lies inside the band: it will ring in normal operation",
        "low-alarm 在允差之内：正常运行时也会报警")
    }
    if let high, high <= setpoint {
      faults.error(
        valueLocation(of: "high-alarm"), "high-alarm must be above the setpoint of \(setpoint)",
        "high-alarm 应高于设定值 \(setpoint)")
    } else if let high, high < setpoint + width {
      faults.warning(
        valueLocation(of: "high-alarm"), "high-alarm lies inside the band: it will ring in normal operation",
        "high-alarm 在允差之内：正常运行时也会报警")
    }
    return BandSetpoint(setpoint: setpoint, band: width, lowAlarm: low, highAlarm: high, provenance: provenance)
  }

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

// What a zone's last day says about its equipment, as the local service tells it.

/// A piece of advice. Nothing is broken and nothing rings.
public struct AdviceMessage: Codable, Equatable, Sendable {
  /// What it is about.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// All outputs that air the zone ran at full, and a quantity stayed above its band although the air outside could have helped.
    case ventilationShortfall = "ventilation-shortfall"
    /// A quantity stayed above its band because the air outside was too warm or too moist.
    case outsideAir = "outside-air"
    /// A probe sits in the stream of an output.
    case probeInStream = "probe-in-stream"
    /// The sun shines on a probe.
    case probeInSun = "probe-in-sun"
    /// A heater heats a probe more than its zone.
    case probeAtHeater = "probe-at-heater"
    /// A probe answers later than the others.
    case probeLags = "probe-lags"
  }

  /// What it is about.
  public var kind: Kind
  /// The quantity above its band: `humidity`.
  public var quantity: String?
  /// The channel of the probe: `north.temperature`.
  public var probe: String?
  /// The outputs that ran at full, or in whose stream the probe sits.
  public var outputs: [String]?
  /// Hours of the last 24.
  public var hours: Double?
  /// Mean distance above the band, or of the probe from the others, in the unit.
  public var difference: Double?
  /// Unit of the difference: `%`, `K`, `ppm`.
  public var unit: String?
  /// How many times as much air would have been needed, at least.
  public var airFactor: Double?
  /// How much later the probe answers, min.
  public var lag: Double?

  private enum CodingKeys: String, CodingKey {
    case kind, quantity, probe, outputs, difference, unit
    case hours = "hours_h"
    case airFactor = "air_factor"
    case lag = "lag_min"
  }

  /// Advice of a kind, about nothing yet.
  public init(_ kind: Kind) { self.kind = kind }
}

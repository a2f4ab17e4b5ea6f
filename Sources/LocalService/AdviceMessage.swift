// What a zone's last day says about its equipment, as the local service tells it.

public import Controller

/// A piece of advice. Nothing is broken and nothing rings.
public struct AdviceMessage: Codable, Equatable, Sendable {
  /// What it is about.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// All outputs that air the zone ran at full, and a quantity stayed above its band although the air outside could have helped.
    case ventilationShortfall = "ventilation-shortfall"
    /// The fans move less air than a stage of the recipe will need for what is reared.
    case fanTooSmall = "fan-too-small"
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
  /// Title of the stage for which the fans are too small.
  public var stage: LocalizedText?
  /// Hours until that stage is expected; zero if it runs.
  public var expectedIn: Double?
  /// What the fans move, m³/h.
  public var flow: Double?
  /// What they should move, m³/h.
  public var neededFlow: Double?
  /// Boxes of silkworms in the zone.
  public var boxes: Double?
  /// Boxes for which the air suffices.
  public var sufficesFor: Double?

  private enum CodingKeys: String, CodingKey {
    case kind, quantity, probe, outputs, difference, unit, stage, boxes
    case hours = "hours_h"
    case airFactor = "air_factor"
    case lag = "lag_min"
    case expectedIn = "expected_in_h"
    case flow = "flow_m3_h"
    case neededFlow = "needed_flow_m3_h"
    case sufficesFor = "suffices_for_boxes"
  }

  /// Advice of a kind, about nothing yet.
  public init(_ kind: Kind) { self.kind = kind }
}

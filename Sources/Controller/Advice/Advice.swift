// What a zone's readings and outputs say about its equipment, for people to act on.

public import Climate

/// A piece of advice: nothing is broken and nothing rings, but a person could make the zone better.
public enum Advice: Equatable, Sendable {
  /// All outputs that air the zone ran at full, and a quantity stayed above its band although the air outside could have helped.
  case ventilationShortfall(VentilationShortfall)
  /// The fans move less air than a stage of the recipe, the present one or one ahead, will need for what is reared.
  case fanTooSmall(FanShortage)
  /// A quantity stayed above its band, and the air outside was too warm or too moist to help. `hours` of the last 24.
  case outsideAir(quantity: Quantity, hours: Double)
  /// A probe answers an output within a minute, and the other probes of its zone do not: it sits in the stream.
  case probeInStream(probe: ChannelID, of: OutputID)
  /// A probe shows more than the others, by `kelvins`, only while something shines on it or heats it.
  case probeInHeat(probe: ChannelID, from: HeatSource, kelvins: Double)
  /// A probe answers later than the others, by `minutes`.
  case probeLags(probe: ChannelID, minutes: Double)

  /// What heats a probe more than its zone.
  public enum HeatSource: String, Codable, Sendable, CaseIterable {
    /// The sun.
    case sun
    /// The heaters of the zone.
    case heater
  }
}

/// How far the outputs that air a zone fall short.
public struct VentilationShortfall: Equatable, Sendable {
  /// What stayed above its band.
  public var quantity: Quantity
  /// The outputs that ran at full.
  public var outputs: [OutputID]
  /// Hours of the last 24.
  public var hours: Double
  /// Mean distance above the band in these, in the quantity's unit.
  public var excess: Double
  /// How many times as much air would have been needed, more than 1. It is the least: what evaporates grows in drier air, and what goes
  /// through the walls does not grow with the air.
  public var factor: Double
  /// Boxes of silkworms in the zone; `nil` where nobody has said.
  public var boxes: Double?

  /// Boxes for which the air there was would have been enough: what larvae give off grows with their number, and so does the air that
  /// carries it. `nil` where that is not known, and for warmth, of which the sun and the walls have their share.
  public var sufficesFor: Double? { quantity == .temperature ? nil : boxes.map { $0 / factor } }
}

extension Controller {
  /// What a zone's last day, and what its recipe has ahead, say about its equipment.
  public func advice(in zone: ZoneID) -> [Advice] { advisers.advice(in: zone, zones[zone.index], plan) }
}

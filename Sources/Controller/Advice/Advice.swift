// What a zone's readings and outputs say about its equipment, for people to act on.

public import Climate

/// A piece of advice: nothing is broken and nothing rings, but a person could make the zone better.
public enum Advice: Equatable, Sendable {
  /// All outputs that air the zone ran at full, and a quantity stayed above its band although the air outside could have helped.
  case ventilationShortfall(VentilationShortfall)
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
}

extension Controller {
  /// What a zone's last day says about its equipment. Nothing is remembered over a restart.
  public func advice(in zone: ZoneID) -> [Advice] { advisers.advice(in: zone, plan) }
}

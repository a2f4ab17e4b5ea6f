// What keeps a heater off, whatever anyone asks.

import Climate

/// All that keeps a heater off, in one place and one order: no evidence, high limit, its own fumes, bad power, no effect.
///
/// It is asked for every heater in every step, before law, override and constraint, and what it refuses is switched off at once. The
/// guardian has limits of its own below.
struct HeaterPermissive {
  /// Temperature from which it stays off, °C; `nil` for none.
  var highLimit: Double?
  /// Why a fire must be out; `nil` if it may burn, or is none.
  var fumes: Reason?
  /// Until when the power is taken to be bad; `nil` if it is good.
  var brownOutUntil: Instant?
  /// Until when the heater must be off because it is without effect; `nil` if it may run.
  var noEffectUntil: Instant?
  /// What its zone aims at, °C, for people.
  var setpoint: Double?

  /// Why the heater must be off; `nil` if it may run.
  /// - Parameters:
  ///   - hottest: the hottest trustworthy probe of its zone; `nil` if there is none.
  ///   - channel: the temperature of its zone; `nil` if it has none.
  func refusal(hottest: Thermometer.Hottest?, zone channel: ChannelID?, _ readings: [Reading]) -> Reason? {
    guard let channel else { return Reason(rule: .noEvidence) }
    if hottest == nil, ControllerCheck.evidence.isMade { return Reason(rule: .noEvidence, channel: channel) }
    if let hottest, let highLimit, hottest.value >= highLimit, ControllerCheck.highLimit.isMade {
      return Reason(rule: .highLimit, channel: hottest.channel, value: hottest.value, setpoint: highLimit)
    }
    if let fumes { return fumes }
    if let brownOutUntil { return Reason(rule: .brownOut, until: brownOutUntil) }
    guard let noEffectUntil, ControllerCheck.noEffect.isMade else { return nil }
    return Reason(
      rule: .noEffect, channel: channel, value: readings[channel.index].trusted, setpoint: setpoint,
      until: noEffectUntil)
  }
}

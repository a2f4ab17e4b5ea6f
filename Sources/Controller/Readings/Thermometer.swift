// The temperature of a zone as its heaters must see it: at its hottest.

import Climate

/// The probes that say whether a zone may be heated.
struct Thermometer: Sendable {
  /// The hottest trustworthy probe of a zone.
  struct Hottest: Sendable {
    /// The probe.
    var channel: ChannelID
    /// What it shows, °C.
    var value: Double
    /// When the oldest probe that serves was read.
    var at: Instant

    /// What the guardian must know of the zone before it lets a heater run.
    func evidence(at now: Instant) -> HeaterEvidence {
      HeaterEvidence(temperature: value, age: at.duration(to: now))
    }
  }

  /// The temperature of the zone.
  let channel: ChannelID
  /// What it is made of; `nil` if it is itself a probe.
  private let group: ProbeGroup?

  /// The thermometer of a zone; `nil` if its temperature is not measured.
  init?(of zone: ZonePlan, _ plan: Plan) {
    guard let channel = zone.channels[.temperature] else { return nil }
    self.channel = channel
    if case .group(let group) = plan.channels[channel.index].source { self.group = group } else { group = nil }
  }

  /// The hottest probe, for the mean hides the hot end of a room; `nil` if none can be trusted.
  func hottest(of readings: [Reading]) -> Hottest? {
    if let group, ControllerCheck.hottestProbe.isMade { return group.highest(of: readings) }
    let reading = readings[channel.index]
    guard let value = reading.trusted, let at = reading.at else { return nil }
    return Hottest(channel: channel, value: value, at: at)
  }
}

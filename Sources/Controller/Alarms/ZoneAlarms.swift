// What the alarms of a zone need of its plan.

import Climate

/// What every step asks of a zone's plan for its alarms. The plan itself is long, and would be copied to be looked at.
struct ZoneAlarms: Sendable {
  /// How long a value is beyond its limit before it is an alarm.
  let delay: Duration
  /// Whether its fires are off while there is carbon monoxide.
  let guardsFires: Bool
  let hasBed: Bool
  /// What gives the bed its water.
  let source: OutputID?

  init(_ zone: ZonePlan) {
    delay = zone.alarmDelay
    guardsFires = zone.carbonMonoxideLimit != nil
    hasBed = zone.bed != nil
    source = zone.bed?.source
  }
}

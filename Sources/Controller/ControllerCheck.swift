// The controller's checks by name, so that tests can take each out and see that something notices.

/// A check of the controller. In a build for fault simulation (`FAULT_SIMULATION`) one can be taken out; in every other build all of them
/// are always made, and naming them costs nothing.
public enum ControllerCheck: String, CaseIterable, Sendable {
  /// A value outside its range is no reading.
  case range
  /// A spike is no reading.
  case spike
  /// A value grows stale.
  case staleness
  /// A value that never changes is no reading.
  case flatLine = "flat-line"
  /// A probe that has drifted away from its peers is voted out.
  case peers
  /// The hottest probe counts for the high limit.
  case hottestProbe = "hottest-probe"
  /// A heater needs a temperature.
  case evidence
  /// A heater is off at its high limit.
  case highLimit = "high-limit"
  /// A heater without effect is off.
  case noEffect = "no-effect"
  /// A fire is out while there is carbon monoxide.
  case carbonMonoxide = "carbon-monoxide"
  /// A fire whose carbon monoxide is not known is out.
  case carbonMonoxideUnknown = "carbon-monoxide-unknown"
  /// A heater is off while the power comes and goes.
  case brownOut = "brown-out"
  /// Longest time on.
  case maximumOn = "max-on"
  /// Shortest time off.
  case minimumOff = "min-off"
  /// Every output counts as just switched off at the start.
  case restAtStart = "rest-at-start"
  /// Most starts in an hour.
  case startsPerHour = "starts-per-hour"
  /// Outputs of an interlock are never on together.
  case interlock
  /// Time between two outputs of an interlock.
  case deadTime = "dead-time"
  /// Starts are spaced after a restart.
  case stagger
  /// What the guardian did is taken over.
  case feedback
  /// An override ends.
  case overrideEnd = "override-end"
  /// No override is longer than the longest.
  case overrideLength = "override-length"
  /// The time of an override goes on over a restart.
  case overrideAge = "override-age"
  /// A boot of the machine ends overrides.
  case overrideBoot = "override-boot"
  /// The daily cap of water.
  case waterCap = "water-cap"
  /// Water given is remembered over a restart.
  case waterMemory = "water-memory"
  /// Minimum ventilation.
  case minimumVentilation = "minimum-ventilation"
  /// Measured wind and rain limit a vent.
  case weatherLimit = "weather-limit"
  /// A vent whose weather is not known is limited.
  case weatherUnknown = "weather-unknown"
  /// The alarm relay falls for an alarm that nobody has seen.
  case alarmRelay = "alarm-relay"
  /// An alarm that comes and goes calls people at most once in a quarter of an hour.
  case alarmFlood = "alarm-flood"

  #if FAULT_SIMULATION
  /// The check taken out. Set before any controller is made, and not changed afterwards.
  @exclusivity(unchecked) nonisolated(unsafe) public static var removed: ControllerCheck?
  @inline(__always) var isMade: Bool { Self.removed != self }
  #else
  @inline(__always) var isMade: Bool { true }
  #endif
}

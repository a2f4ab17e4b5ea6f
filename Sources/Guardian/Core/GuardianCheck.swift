// The guardian's checks by name, so that tests can take each out and see that something notices.

/// A check of the guardian. In a build for fault simulation (`FAULT_SIMULATION`) one can be taken out; in every other build all of them are
/// always made, and naming them costs nothing.
public enum GuardianCheck: String, CaseIterable, Sendable {
  /// The lease ends when no frame comes.
  case leaseExpiry = "lease-expiry"
  /// A lease begins with the third good frame only.
  case arming
  /// A frame for another table is refused.
  case tableHash = "table-hash"
  /// A frame is heard once.
  case sequence
  /// A controller that has been restarted must earn its lease anew.
  case newLife = "new-life"
  /// Longest time on.
  case maximumOn = "max-on"
  /// Rest after the longest time on.
  case restAfterMaximum = "rest-after-max-on"
  /// Shortest time off.
  case minimumOff = "min-off"
  /// At its start the guardian takes every output as just switched off.
  case restAtStart = "rest-at-start"
  /// Rest after a stall in which the coils' supply may have fallen.
  case restAfterStall = "rest-after-stall"
  /// Most starts in an hour.
  case startsPerHour = "starts-per-hour"
  /// Outputs of an interlock are never on together.
  case interlock
  /// Time between two outputs of an interlock.
  case deadTime = "dead-time"
  /// A heater needs a temperature.
  case evidence
  /// The temperature must be fresh.
  case evidenceAge = "evidence-age"
  /// The temperature must be below the high limit.
  case highLimit = "high-limit"
  /// Without a lease the outputs follow their failsafe states.
  case failsafe
  /// A hold in failsafe ends.
  case holdEnd = "hold-end"
  /// Minimum ventilation goes on in failsafe.
  case failsafeDuty = "failsafe-duty"
  /// A cycle is verified only if no output reads on that should be off.
  case readBack = "read-back"

  #if FAULT_SIMULATION
  /// The check taken out. Set before any core is made, and not changed afterwards.
  @exclusivity(unchecked) nonisolated(unsafe) public static var removed: GuardianCheck?
  @inline(__always) var isMade: Bool { Self.removed != self }
  #else
  @inline(__always) var isMade: Bool { true }
  #endif
}

// Situations that a campaign of runs must have reached, or it has proved little.

/// A situation that safety depends on.
public enum Situation: UInt8, CaseIterable, Sendable {
  case maximumOnTrip
  case minimumOffHold
  case startsPerHourHold
  case interlockHold
  case noEvidenceTrip
  case highLimitTrip
  case leaseExpiryWithHeaterOn
  case tableMismatch
  case newLifeWithHeaterOn
  case guardianDeadWithHeaterOn
  case watchdogKill
  case postStopHelper
  case linesBusyAtStart
  case failsafeDuty
  case failsafeHold
  case railDropped
  case readBackMismatch
  case rogueRefused
  case damagedFrame
  case repeatedFrame
  case contactWelded
  case allProbesLost
  case probeSuspect
  case probeFailed
  case powerCutWithHeaterOn
  case powerCutWhileWatering
  case brownOutLoop
  case clockBackWhileWatering
  case clockAt1970
  case overrideExpired
  case overrideAcrossRestart
  case overrideOfHeater
  case waterCapReached
  case memoryNotSaved
  case databaseQuarantined
  case controllerRefusal
  case alarmOver
  case alarmRelayFell
  case alarmRelayBack
  case alarmReopened
  case ventHeldByWind
  case ventHeldUnknown
  case fumesOverLimit
  case fumesUnknown
}

/// A set of situations.
public struct Situations: Sendable {
  private var bits: UInt64 = 0

  mutating func reach(_ situation: Situation) { bits |= situation.bit }

  /// Whether a situation has been reached.
  public func contains(_ situation: Situation) -> Bool { bits & situation.bit != 0 }

  /// Situations of either.
  public mutating func formUnion(_ other: Situations) { bits |= other.bits }

  /// None.
  public init() {}
}

extension Situation {
  fileprivate var bit: UInt64 { 1 << UInt64(rawValue) }

  /// The name in reports: `max-on-trip`.
  public var name: String {
    var name = ""
    for character in String(describing: self) {
      if character.isUppercase { name += "-" }
      name += character.lowercased()
    }
    return name
  }
}

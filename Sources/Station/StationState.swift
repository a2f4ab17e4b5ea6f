// What the control step shows to everybody else.

public import Climate
public import Controller
public import Guardian
public import Uplink

/// How a bus is doing.
public struct BusState: Equatable, Sendable {
  /// Name of the bus.
  public var name: String
  /// Sweeps since the start.
  public var sweeps = 0
  /// Duration of the last sweep.
  public var lastSweep = Duration.zero
  /// Sensors that failed in the last sweep, by name, with why.
  public var failures: [String: String] = [:]

  /// A bus that has not been swept.
  public init(name: String) { self.name = name }
}

/// How the journal is doing.
public struct JournalView: Equatable, Sendable {
  /// Why it cannot be written; `nil` if it can.
  public var problem: String?
  /// Size on disk, bytes; `nil` if not known.
  public var bytes: Int64?
  /// Bytes that the process has written to its disk in the last 24 h, or since the start if that is less; `nil` if not known.
  public var written: Int64?
  /// Bytes that it writes in a day at this pace; `nil` in the first hour.
  public var writtenPerDay: Int64?
  /// Conditions to be raised as alarms.
  public var conditions: Set<AlarmID> = []
  /// Records dropped since the start.
  public var dropped = 0

  /// A journal that works.
  public init() {}
}

/// What the control step shows: a copy made for whoever asks. Copies share their storage, so it costs a few references.
public struct StationState: Sendable {
  /// The controller after the step.
  public var controller: Controller
  /// The decision of the step.
  public var decision: Decision
  /// The guardian's last answer.
  public var guardian: StatusFrame?
  /// Switching operations of each output.
  public var operations: [Int]
  /// Steps since the start.
  public var steps: Int
  /// When the step was.
  public var now: Instant
  /// The wall clock then.
  public var wall: WallTime
  /// When the controller began.
  public var began: Instant
  /// Lateness of the last step and the worst since the start.
  public var lateness: (last: Duration, worst: Duration)
  /// The buses.
  public var buses: [BusState]
  /// The journal.
  public var journal: JournalView
  /// The uplink; `nil` without one.
  public var uplink: UplinkView?

  /// A state from its parts.
  package init(
    controller: Controller, decision: Decision, guardian: StatusFrame?, operations: [Int], steps: Int, now: Instant,
    wall: WallTime, began: Instant, lateness: (last: Duration, worst: Duration), buses: [BusState], journal: JournalView
  ) {
    (self.controller, self.decision, self.guardian) = (controller, decision, guardian)
    (self.operations, self.steps, self.now, self.wall) = (operations, steps, now, wall)
    (self.began, self.lateness, self.buses, self.journal) = (began, lateness, buses, journal)
  }
}

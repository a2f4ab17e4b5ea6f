// The relay that holds a siren off while all is well, and the test of it.

import Climate

/// The alarm relay of a device, if it has one, and the test of siren and message path.
///
/// It says that all is well by being on: a cut wire, a dead guardian, a lost lease and a board without power all let the siren sound, which
/// hangs on its normally closed contact (`safety.md` I24). The guardian sees to these by its failsafe state, which is off; here it falls
/// for an alarm that is open and that nobody has seen.
public struct AlarmRelay: Sendable {
  /// How long a test may last: long enough to hear the siren in the house, and never left on.
  public static let testLengths = Duration.seconds(3)...Duration.seconds(60)
  /// What a test is about, in records.
  static let subject = "alarm"

  private let output: OutputID?
  private let severity: AlarmSeverity
  private var testUntil: Instant?

  init(_ plan: Plan) {
    output = plan.outputs.firstIndex { $0.kind == .alarm }.map { OutputID($0) }
    severity = output.map { plan.outputs[$0.index].callsFrom } ?? .critical
  }

  /// Begins a test, or lets one that goes on last longer.
  mutating func test(for duration: Duration, at now: Instant) {
    testUntil = now.advanced(by: min(max(duration, Self.testLengths.lowerBound), Self.testLengths.upperBound))
  }

  /// Whether a test goes on.
  func isTesting(at now: Instant) -> Bool { testUntil.map { now < $0 } ?? false }

  /// What the relay should do; `nil` for every other output.
  @inline(__always)
  func claim(on output: OutputID, _ alarms: AlarmBook) -> Claim? {
    guard output == self.output else { return nil }
    let calls = alarms.isCalling(from: severity) && ControllerCheck.alarmRelay.isMade
    return Claim(demand: calls ? 0 : 1, reason: Reason(rule: calls ? .alarm : .allWell))
  }
}

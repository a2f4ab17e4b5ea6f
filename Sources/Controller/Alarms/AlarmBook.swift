// All alarms of a device.

import Climate

/// An alarm's change, as the step reports it.
struct AlarmChange {
  var id: AlarmID
  var severity: AlarmSeverity
  var transition: AlarmTransition
  var value: Double?
  var by: String?
}

/// All alarms of a device, by identity.
struct AlarmBook: Sendable {
  private var alarms: [AlarmID: Alarm] = [:]

  /// Open alarms, most severe first, then by name.
  var open: [Alarm] {
    alarms.values.filter(\.isOpen).sorted { ($1.settings.severity, $0.id) < ($0.settings.severity, $1.id) }
  }

  /// Brings an alarm back that was open before a restart.
  mutating func restore(_ saved: Memory.SavedAlarm, at now: Instant) {
    alarms[saved.id] = Alarm(
      id: saved.id, settings: saved.id.kind.settings(delay: .zero), raisedAt: now, acknowledgedBy: saved.acknowledgedBy)
  }

  /// Takes in whether the condition of an alarm holds.
  /// - Parameter id: asked for only if it matters: where nothing is wrong, which is nearly always, a step names no alarm.
  mutating func update(
    _ id: @autoclosure () -> AlarmID, condition: Bool, value: Double? = nil, delay: Duration,
    into changes: inout [AlarmChange],
    at now: Instant
  ) {
    guard condition || !alarms.isEmpty else { return }
    let id = id()
    guard condition || alarms[id] != nil else { return }
    var alarm = alarms[id] ?? Alarm(id: id, settings: id.kind.settings(delay: delay))
    if let transition = alarm.update(condition: condition, at: now) {
      changes.append(AlarmChange(id: id, severity: alarm.settings.severity, transition: transition, value: value))
    }
    alarms[id] = alarm.isOpen || alarm.isPresent ? alarm : nil
  }

  /// Ends the condition of every alarm about the system that is not among those that hold.
  mutating func updateSystem(_ present: Set<AlarmID>, into changes: inout [AlarmChange], at now: Instant) {
    guard !present.isEmpty || !alarms.isEmpty else { return }
    let known = alarms.keys.filter { $0.kind.isSystem && !present.contains($0) }
    for id in (known + present).sorted() {
      update(id, condition: present.contains(id), delay: id.kind.systemDelay, into: &changes, at: now)
    }
  }

  /// Acknowledges one alarm, or all that are open.
  mutating func acknowledge(_ id: AlarmID?, by person: String, into changes: inout [AlarmChange]) {
    for open in open where id == nil || open.id == id {
      var alarm = open
      guard let transition = alarm.acknowledge(by: person) else { continue }
      alarms[alarm.id] = alarm
      changes.append(
        AlarmChange(id: alarm.id, severity: alarm.settings.severity, transition: transition, by: person))
    }
  }
}

extension AlarmKind {
  /// Whether the condition is reported by the parts around the controller instead of found by it.
  var isSystem: Bool {
    switch self {
    case .low, .high, .readingLost, .probeFailed, .waterCap: false
    case .guardianLost, .readBack, .tableMismatch, .journalQuarantined, .journalUnavailable, .diskFull, .stepLate,
      .recordsDropped:
      true
    }
  }

  /// How long a system condition must hold: a guardian that restarts or one late step is no alarm.
  var systemDelay: Duration {
    switch self {
    case .guardianLost, .stepLate: .seconds(5)
    case .readBack: .seconds(2)
    default: .zero
    }
  }

  func settings(delay: Duration) -> AlarmSettings {
    switch self {
    case .low, .high: AlarmSettings(severity: .alarm, delay: delay, latches: true)
    case .readingLost, .guardianLost, .readBack, .tableMismatch:
      AlarmSettings(severity: .critical, delay: delay, latches: true)
    case .journalQuarantined: AlarmSettings(severity: .warning, delay: delay, latches: true)
    case .journalUnavailable, .diskFull, .waterCap: AlarmSettings(severity: .alarm, delay: delay, latches: false)
    case .probeFailed, .stepLate, .recordsDropped: AlarmSettings(severity: .warning, delay: delay, latches: false)
    }
  }
}

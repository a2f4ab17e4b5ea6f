// All alarms of a device.

import Climate

/// An alarm's change, as the step reports it.
struct AlarmChange: Sendable {
  var id: AlarmID
  var severity: AlarmSeverity
  var transition: AlarmTransition
  var value: Double?
  var by: String?
}

/// What an alarm is about, by its place in the plan: every step asks for alarms that are not there, and a name would be dear to compare.
enum AlarmSubject: Equatable {
  case channel(ChannelID)
  case output(OutputID)
  case zone(ZoneID)
  /// The device itself, and the parts around the controller.
  case device
}

/// All alarms of a device that are open or about to be.
///
/// There are few, mostly none, and nearly every question is about one that is not among them: a list with the kinds in it answers that
/// without a look at a name.
struct AlarmBook: Sendable {
  private struct Entry: Sendable {
    let subject: AlarmSubject
    var alarm: Alarm
    /// Whether people have been called since it was raised.
    var hasCalled = true

    var isUnseen: Bool { alarm.isOpen && alarm.acknowledgedBy == nil }
  }

  private var entries: [Entry] = []
  /// When people were called in the last ``Alarm/callInterval``.
  private var calls: [(id: AlarmID, at: Instant)] = []
  private var kinds: UInt32 = 0

  /// Open alarms, most severe first, then by name.
  var open: [Alarm] {
    entries.map(\.alarm).filter(\.isOpen).sorted { ($1.settings.severity, $0.id) < ($0.settings.severity, $1.id) }
  }

  /// Whether an alarm of at least a severity calls people: it is open, and nobody has seen it.
  func isCalling(from severity: AlarmSeverity) -> Bool {
    entries.contains { $0.isUnseen && $0.hasCalled && $0.alarm.settings.severity >= severity }
  }

  /// Brings an alarm back that was open before a restart.
  mutating func restore(_ saved: Memory.SavedAlarm, of subject: AlarmSubject, at now: Instant) {
    strikeOut { $0.id == saved.id }
    add(
      Alarm(
        id: saved.id, settings: saved.id.kind.settings(delay: .zero), raisedAt: now,
        acknowledgedBy: saved.acknowledgedBy), of: subject)
    calls.append((saved.id, now))
  }

  /// Takes in whether the condition of an alarm holds.
  /// - Parameters:
  ///   - name: of the subject; asked for only if it matters, as is the value.
  @inline(__always)
  mutating func update(
    _ kind: AlarmKind, of subject: AlarmSubject, named name: @autoclosure () -> String, condition: Bool,
    value: @autoclosure () -> Double? = nil, delay: Duration, into changes: inout [AlarmChange], at now: Instant
  ) {
    // The usual case, where the question is asked.
    guard condition || kinds & kind.bit != 0 else { return }
    update(kind, subject, name, condition, value, delay, &changes, now)
  }

  @inline(never)
  private mutating func update(
    _ kind: AlarmKind, _ subject: AlarmSubject, _ name: () -> String, _ condition: Bool, _ value: () -> Double?,
    _ delay: Duration, _ changes: inout [AlarmChange], _ now: Instant
  ) {
    let place = entries.firstIndex { $0.subject == subject && $0.alarm.id.kind == kind }
    guard condition || place != nil else { return }
    let known =
      place ?? add(Alarm(id: AlarmID(kind: kind, subject: name()), settings: kind.settings(delay: delay)), of: subject)
    update(known, condition: condition, value: value(), &changes, now)
  }

  private mutating func update(
    _ place: Int, condition: Bool, value: Double?, _ changes: inout [AlarmChange], _ now: Instant
  ) {
    var transition = entries[place].alarm.update(condition: condition, at: now)
    if transition == .raised {
      entries[place].hasCalled = mayCall(for: entries[place].alarm.id, at: now)
      if !entries[place].hasCalled { transition = .reopened }
    } else if transition == nil, entries[place].isUnseen, !entries[place].hasCalled,
      mayCall(for: entries[place].alarm.id, at: now)
    {
      entries[place].hasCalled = true
      transition = .raised
    }
    if let transition {
      let alarm = entries[place].alarm
      changes.append(AlarmChange(id: alarm.id, severity: alarm.settings.severity, transition: transition, value: value))
    }
    if !condition, !entries[place].alarm.isOpen { strikeOut { !$0.isOpen && !$0.isPresent } }
  }

  /// Whether people may be called for an alarm; if so, this counts as a call. A test is what somebody waits for.
  private mutating func mayCall(for id: AlarmID, at now: Instant) -> Bool {
    calls.removeAll { $0.at.duration(to: now) >= Alarm.callInterval }
    let isTooSoon = id.kind != .test && calls.contains { $0.id == id }
    guard !isTooSoon || !ControllerCheck.alarmFlood.isMade else { return false }
    calls.append((id, now))
    return true
  }

  @discardableResult private mutating func add(_ alarm: Alarm, of subject: AlarmSubject) -> Int {
    entries.append(Entry(subject: subject, alarm: alarm))
    kinds |= alarm.id.kind.bit
    return entries.count - 1
  }

  private mutating func strikeOut(_ isMeant: (Alarm) -> Bool) {
    entries.removeAll { isMeant($0.alarm) }
    kinds = entries.reduce(0) { $0 | $1.alarm.id.kind.bit }
  }

  /// Ends the condition of every alarm about the system that is not among those that hold.
  mutating func updateSystem(_ present: Set<AlarmID>, into changes: inout [AlarmChange], at now: Instant) {
    guard !present.isEmpty || kinds & AlarmKind.systemBits != 0 else { return }
    let known = entries.map(\.alarm.id).filter { $0.kind.isSystem && !present.contains($0) }
    for id in (known + present).sorted() {
      let place = entries.firstIndex { $0.alarm.id == id }
      let settings = id.kind.settings(delay: id.kind.systemDelay)
      update(
        place ?? add(Alarm(id: id, settings: settings), of: .device), condition: present.contains(id), value: nil,
        &changes, now)
    }
  }

  /// Acknowledges one alarm, or all that are open.
  mutating func acknowledge(_ id: AlarmID?, by person: String, into changes: inout [AlarmChange]) {
    for alarm in open where id == nil || alarm.id == id {
      guard let place = entries.firstIndex(where: { $0.alarm.id == alarm.id }),
        let transition = entries[place].alarm.acknowledge(by: person)
      else { continue }
      changes.append(
        AlarmChange(id: alarm.id, severity: alarm.settings.severity, transition: transition, by: person))
    }
  }
}

extension AlarmKind {
  /// A bit of its own.
  var bit: UInt32 {
    switch self {
    case .low: 1 << 0
    case .high: 1 << 1
    case .readingLost: 1 << 2
    case .probeFailed: 1 << 3
    case .probesDisagree: 1 << 4
    case .backupProbe: 1 << 5
    case .heaterNoEffect: 1 << 6
    case .heaterWeak: 1 << 7
    case .noEffect: 1 << 8
    case .brownOut: 1 << 9
    case .stuckOn: 1 << 10
    case .guardianLost: 1 << 11
    case .readBack: 1 << 12
    case .tableMismatch: 1 << 13
    case .journalQuarantined: 1 << 14
    case .journalUnavailable: 1 << 15
    case .diskFull: 1 << 16
    case .stepLate: 1 << 17
    case .recordsDropped: 1 << 18
    case .waterCap: 1 << 19
    case .clockRate: 1 << 20
    case .journalDamaged: 1 << 21
    case .uplinkRefused: 1 << 22
    case .uplinkSilent: 1 << 23
    case .certificateEnds: 1 << 24
    case .ventLimited: 1 << 25
    case .test: 1 << 26
    case .carbonMonoxide: 1 << 27
    }
  }

  /// The bits of all kinds that the parts around the controller report.
  static let systemBits = AlarmKind.allCases.filter(\.isSystem).reduce(0) { $0 | $1.bit }

  /// Whether the condition is reported by the parts around the controller instead of found by it.
  var isSystem: Bool {
    switch self {
    case .low, .high, .readingLost, .probeFailed, .probesDisagree, .backupProbe, .heaterNoEffect, .heaterWeak,
      .noEffect, .brownOut, .stuckOn, .carbonMonoxide, .waterCap, .ventLimited, .test:
      false
    case .guardianLost, .readBack, .tableMismatch, .journalQuarantined, .journalDamaged, .journalUnavailable, .diskFull,
      .stepLate, .recordsDropped, .clockRate, .uplinkRefused, .uplinkSilent, .certificateEnds:
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
    case .readingLost, .brownOut, .stuckOn, .carbonMonoxide, .guardianLost, .readBack, .tableMismatch:
      AlarmSettings(severity: .critical, delay: delay, latches: true)
    case .heaterNoEffect, .test: AlarmSettings(severity: .critical, delay: delay, latches: false)
    case .journalQuarantined, .journalDamaged: AlarmSettings(severity: .warning, delay: delay, latches: true)
    case .probesDisagree, .backupProbe, .heaterWeak, .noEffect, .journalUnavailable, .diskFull, .waterCap, .clockRate,
      .uplinkRefused, .certificateEnds, .ventLimited:
      AlarmSettings(severity: .alarm, delay: delay, latches: false)
    case .probeFailed, .stepLate, .recordsDropped, .uplinkSilent:
      AlarmSettings(severity: .warning, delay: delay, latches: false)
    }
  }
}

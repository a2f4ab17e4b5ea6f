// What a run remembers of the device to judge it: overrides, alarms that must come, situations.

import Climate
import Configuration
import Controller
import Guardian
import Simulator
import Station

/// What a run remembers of the device.
struct DeviceWatch: Sendable {
  /// An alarm that must stand at a time if the controller has run until then, or whose condition must be over.
  private struct Expectation: Sendable {
    var isOver = false
    var kind: AlarmKind
    var subject: String
    var at: Int64
    var event: FaultEvent
  }

  /// Contacts with current, as of the last look.
  var live: UInt32 = 0
  /// When a power supply that comes and goes goes next, ms.
  var nextBrownOut: Int64 = 0
  /// Since when the controller has run without a break, ms.
  private(set) var runsSince: Int64 = 0

  /// Alarms that call people by an alarm relay and that nobody has seen.
  private var unseen: Set<AlarmID> = []
  /// Since when there have been any, ms.
  private(set) var unseenSince: Int64?
  /// Whether the alarm relay has fallen for one.
  var hasFallen = false
  /// When people were last called for each alarm in this life of the controller, ms.
  private var calledAt: [AlarmID: Int64] = [:]

  private let plan: Plan
  private let heaters: UInt32
  private var overrides: [Int64?]
  private var expectations: [Expectation] = []

  init(_ site: ScenarioSite) {
    plan = site.configuration.plan
    heaters = site.heaters
    overrides = Array(repeating: nil, count: plan.outputs.count)
  }

  // MARK: What happens

  mutating func overrideGiven(_ output: Int, until: Int64) { overrides[output] = until }

  /// A device that has lost its memory has lost its overrides.
  mutating func forgetOverrides() { for index in overrides.indices { overrides[index] = nil } }

  /// Whether a person drives an output.
  func isOverridden(_ output: Int) -> Bool { overrides[output] != nil }

  /// The machine has booted: nobody is there any more.
  mutating func hasBooted(at now: Int64) {
    expectations.removeAll()
    for index in overrides.indices where overrides[index] != nil { overrides[index] = now }
  }

  mutating func controllerStopped() { expectations.removeAll() }

  mutating func controllerStarted(_ controller: ControllerProcess, now: Int64, _ result: inout ScenarioResult) {
    runsSince = now
    expectations.removeAll()
    guard let loop = controller.loop else { return }
    // What it remembers of alarms it goes on calling for.
    unseen = Set(
      loop.controller.openAlarms.filter { $0.settings.severity == .critical && $0.acknowledgedBy == nil }.map(\.id))
    unseenSince = unseen.isEmpty ? nil : now
    calledAt.removeAll()
    for index in overrides.indices where overrides[index] != nil && loop.controller.override(of: OutputID(index)) != nil
    {
      result.situations.reach(.overrideAcrossRestart)
    }
  }

  /// Notes the alarm that a fault must raise within its bound.
  mutating func expectAlarm(for event: FaultEvent, _ controller: ControllerProcess, now: Int64) {
    // What begins may be why another alarm goes on.
    expectations.removeAll { $0.isOver }
    expect(event, after: Self.bound, controller, isOver: false, now: now)
  }

  /// Notes that the condition of a fault's alarm must be over within twice its bound.
  mutating func expectEnd(of event: FaultEvent, _ controller: ControllerProcess, now: Int64) {
    expect(event, after: 2 * Self.bound, controller, isOver: true, now: now)
  }

  /// Within which a lost probe must have raised its alarm, ms.
  private static let bound: Int64 = 95_000

  private mutating func expect(
    _ event: FaultEvent, after time: Int64, _ controller: ControllerProcess, isOver: Bool, now: Int64
  ) {
    guard controller.state == .running, event.duration > Self.bound + 1_000 else { return }
    let (kind, channel): (AlarmKind, Int?) =
      switch event.kind {
      case .probeGone(let channel): (.probeFailed, channel)
      case .busStuck(let zone): (.readingLost, plan.zones[zone].channels[.temperature]?.index)
      default: (.probeFailed, nil)
      }
    guard let channel else { return }
    expectations.append(
      Expectation(isOver: isOver, kind: kind, subject: plan.channels[channel].name, at: now + time, event: event))
  }

  // MARK: Looking

  /// Looks at what a step has decided.
  mutating func lookAtDecision(_ records: [Record], _ wanted: UInt32, now: Int64, _ result: inout ScenarioResult) {
    result.trace.add(UInt64(wanted))
    for index in records.indices {
      // Nearly all are samples, which need no copy.
      if case .sample(_, _, _, let quality) = records[index] {
        note(quality, &result)
        continue
      }
      note(records[index], now, &result)
      if result.options.keepsLog { keep(records[index], now, &result) }
    }
  }

  /// Whether the controller is to be asked for what it knows.
  func hasQuestions(at now: Int64) -> Bool {
    for expectation in expectations where now >= expectation.at { return true }
    for until in overrides { if let until, now > until + 2_000 { return true } }
    return false
  }

  /// Asks for overrides that must have ended, and for alarms that must stand.
  mutating func lookAtController(_ controller: ControllerProcess, now: Int64, _ result: inout ScenarioResult) {
    guard let loop = controller.loop else { return }
    for index in overrides.indices {
      guard let until = overrides[index], now > until + 2_000 else { continue }
      overrides[index] = nil
      if loop.controller.override(of: OutputID(index)) != nil {
        result.violations.append(
          Violation(invariant: "I12", at: now, what: "\(plan.outputs[index].name) is driven by hand beyond its time"))
      } else {
        result.situations.reach(.overrideExpired)
      }
    }
    checkExpectations(loop, now, &result)
  }

  private mutating func checkExpectations(_ loop: ControlLoop, _ now: Int64, _ result: inout ScenarioResult) {
    guard let place = expectations.firstIndex(where: { now >= $0.at }) else { return }
    let due = expectations.remove(at: place)
    let id = AlarmID(kind: due.kind, subject: due.subject)
    let alarm = loop.controller.openAlarms.first { $0.id == id }
    if due.isOver {
      guard alarm?.isPresent == true else { return result.situations.reach(.alarmOver) }
      let what = "\(id.text) goes on \(now - due.event.end) ms after the end of \(due.event.kind)"
      result.violations.append(Violation(invariant: "I23", at: now, what: what))
    } else if alarm == nil {
      let what = "no alarm \(id.text) \(now - due.event.at) ms after \(due.event.kind)"
      result.violations.append(Violation(invariant: "I23", at: now, what: what))
    }
  }

  private func keep(_ record: Record, _ now: Int64, _ result: inout ScenarioResult) {
    let what: String
    switch record {
    case .decision(_, let output, let isOn, let demand, let reason):
      let held = reason.heldBy.map { " held by \($0.rawValue)" } ?? ""
      what =
        "\(plan.outputs[output.index].name) \(isOn ? "on" : "off") \(demand) \(reason.rule.rawValue) \(reason.value ?? .nan)\(held)"
    case .alarm(_, let id, _, let transition, _, _): what = "alarm \(id.text) \(transition.rawValue)"
    case .event(_, let kind, let subject, let detail, _): what = "\(kind.rawValue) \(subject) \(detail)"
    case .sample, .anchor: return
    }
    result.log.append("\(now / 1_000) s \(what)")
  }

  private mutating func note(_ record: Record, _ now: Int64, _ result: inout ScenarioResult) {
    switch record {
    case .decision(_, let output, let isOn, _, let reason):
      result.trace.add(UInt64(output.index) << 1 | (isOn ? 1 : 0))
      result.trace.add(reason.rule.rawValue)
      if let held = reason.heldBy, held != .guardian { result.situations.reach(.controllerRefusal) }
      if reason.rule == .waterCap { result.situations.reach(.waterCapReached) }
    case .alarm(_, let id, let severity, let transition, _, _):
      note(transition, of: id, severity, now, &result)
      result.trace.add(id.text)
      result.trace.add(transition.rawValue)
      if transition == .raised || transition == .reopened, id.kind == .readingLost {
        result.situations.reach(.allProbesLost)
      }
    case .sample, .event, .anchor: break
    }
  }

  /// I25: people are called for the same alarm at most once in a quarter of an hour.
  private mutating func note(
    _ transition: AlarmTransition, of id: AlarmID, _ severity: AlarmSeverity, _ now: Int64,
    _ result: inout ScenarioResult
  ) {
    if severity == .critical {
      if transition == .raised { unseen.insert(id) } else { unseen.remove(id) }
      unseenSince = unseen.isEmpty ? nil : unseenSince ?? now
    }
    switch transition {
    case .raised:
      if let last = calledAt[id], now - last < 900_000 {
        let what = "called for \(id.text) \(now - last) ms after the last time"
        result.violations.append(Violation(invariant: "I25", at: now, what: what))
      }
      calledAt[id] = now
    case .reopened: result.situations.reach(.alarmReopened)
    case .acknowledged, .cleared: break
    }
  }

  private func note(_ quality: Quality, _ result: inout ScenarioResult) {
    if quality == .suspect { result.situations.reach(.probeSuspect) }
    if quality == .failed { result.situations.reach(.probeFailed) }
  }

  /// Looks at what a cycle of the guardian has done.
  func lookAtGuardian(
    _ core: GuardianCore, heldBefore: Bool, linesBefore: UInt32, isMismatched: Bool, rogue: Bool,
    _ result: inout ScenarioResult
  ) {
    if heldBefore, core.lease != .held, linesBefore & heaters != 0 {
      result.situations.reach(.leaseExpiryWithHeaterOn)
    }
    if core.lease == .tableMismatch { result.situations.reach(.tableMismatch) }
    guard core.held != 0 || isMismatched else { return }
    let status = core.status()
    if status.mismatched != 0 { result.situations.reach(.readBackMismatch) }
    for index in plan.outputs.indices {
      switch status.causes[index] {
      case .none: break
      case .failsafe:
        guard status.on & (1 << UInt32(index)) != 0 else { break }
        result.situations.reach(heaters & (1 << UInt32(index)) != 0 ? .failsafeHold : .failsafeDuty)
      case .minimumOff: result.situations.reach(.minimumOffHold)
      case .maximumOn: result.situations.reach(.maximumOnTrip)
      case .startsPerHour: result.situations.reach(.startsPerHourHold)
      case .interlock: result.situations.reach(.interlockHold)
      case .noEvidence: result.situations.reach(.noEvidenceTrip)
      case .highLimit: result.situations.reach(.highLimitTrip)
      case .railDown: result.situations.reach(.railDropped)
      }
      if rogue, status.causes[index] != .none { result.situations.reach(.rogueRefused) }
    }
  }

}

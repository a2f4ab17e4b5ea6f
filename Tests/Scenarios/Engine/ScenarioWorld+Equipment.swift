// I24, the wind and fumes: the alarm relay, how far a vent stands open, and when a fire is out.

import Configuration
import Controller
import Guardian

/// A vent as it stands, whatever its controller believes.
struct ScenarioVent: Sendable {
  /// 0 closed … 1 open.
  var opening: Double
  /// Since when the wind has not let it open further than that, ms, and how far; `nil` while any opening is allowed.
  var limit: (since: Int64, most: Double)?

  init(opening: Double) { self.opening = opening }
}

extension ScenarioWorld {
  /// Time from an alarm to the fall of the relay, ms: the next step, the lease of the frame before it where frames are lost, and a cycle.
  private static let callTime: Int64 = 1_000 + GuardianCore.leaseDuration + 1_000
  /// Time in which a vent reaches where the wind allows it beside the travel of its motor, ms: a gust's mean, a rest between two moves, the
  /// closing after a start of the controller, and two of the steps in which the simulator looks.
  private static let ventTime: Int64 = 300_000
  /// What the account of a vent's place may be wrong by between two visits to its ends.
  private static let ventError = 0.12
  /// A value grows stale in five seconds; then a step and a cycle.
  private static let fireTime: Int64 = 10_000
  /// A gust's mean lags behind it, m/s.
  private static let windError = 0.3

  // MARK: The alarm relay

  /// I24: the alarm relay is on only while a guardian holds the lease of a controller that calls nobody.
  mutating func checkAlarmRelay(_ live: UInt32) {
    if live & alarmBit == 0 {
      if watch.unseenSince != nil, guardianState == .running, guardian.lease == .held {
        result.situations.reach(.alarmRelayFell)
        watch.hasFallen = true
      }
      return
    }
    guard guardianState == .running else {
      let time = now - guardianStoppedAt
      if time > Self.watchdog + Self.helperTime + Self.cycle {
        violate("I24", "the alarm relay is on \(time) ms after the guardian stopped")
      }
      return
    }
    let silence = now - lastGoodFrameAt
    if silence > GuardianCore.leaseDuration + 500 {
      violate("I24", "the alarm relay is on \(silence) ms after the last frame")
    }
    guard let since = watch.unseenSince else {
      if watch.hasFallen {
        result.situations.reach(.alarmRelayBack)
        watch.hasFallen = false
      }
      return
    }
    guard controller.state == .running, !isRogue else { return }
    let time = now - max(since, watch.runsSince)
    if time > Self.callTime { violate("I24", "the alarm relay is on \(time) ms after an alarm that nobody has seen") }
  }

  /// I24, the way back: with nothing to call for, the siren is silent.
  mutating func checkAllWell() {
    guard alarmBit != 0, watch.unseenSince == nil, relays.live & alarmBit == 0 else { return }
    violate("I24", "the alarm relay is off although no alarm calls anybody")
  }

  /// Whether nothing stands between the controller and the contacts.
  var isUndisturbed: Bool {
    controller.state == .running && guardianState == .running && guardian.lease == .held && relays.isRailUp(at: now)
      && !isRogue && !framesDamaged && !isOtherTable
  }

  // MARK: The fire

  /// A fire is out while there is as much carbon monoxide as its limit, and while nobody knows.
  /// - Parameter step: length of the step in which this look falls, ms.
  mutating func checkFire(_ fumes: ScenarioFumes, _ live: UInt32, step: Int64) {
    guard isUndisturbed else { return }
    if fumes.overSince != nil { result.situations.reach(.fumesOverLimit) }
    if fumes.unknownSince != nil { result.situations.reach(.fumesUnknown) }
    guard live & ~(relays.welded | relays.stuckOn) & (1 << UInt32(site.zones[0].heater)) != 0 else { return }
    for (since, what) in [
      (fumes.overSince, "with \(fumes.concentration) ppm of carbon monoxide"),
      (fumes.unknownSince, "though nobody knows"),
    ] {
      guard let since else { continue }
      let time = now - max(since, isFreeSince, watch.runsSince)
      if time > Self.fireTime + step { violate("fumes", "the fire burns \(what), \(time) ms after") }
    }
  }

  // MARK: The vent

  /// Lets the vent's motor run as its contacts did, and looks whether it stands further open than the wind allows.
  mutating func advanceVent(_ plan: ScenarioSite.Vent, by seconds: Double) {
    let run = (onShares[plan.opening] - onShares[plan.closing]) * seconds / plan.travel
    vent.opening = min(max(vent.opening + run, 0), 1)
    let measured = wind.measured(at: now)
    guard let most = measured.map({ plan.most(in: $0 - Self.windError) }) ?? plan.wind.unknown else {
      vent.limit = nil
      return
    }
    // What is tighter begins now; what is looser has been in force with the tighter.
    let since = vent.limit.map { most < $0.most ? now : $0.since } ?? now
    let limit = (since: since, most: most)
    vent.limit = limit
    let time = now - max(limit.since, isFreeSince, watch.runsSince)
    guard time > Self.ventTime + Int64(2_200 * plan.travel) else { return }
    result.situations.reach(measured == nil ? .ventHeldUnknown : .ventHeldByWind)
    if vent.opening > limit.most + Self.ventError {
      let weather = measured.map { "in wind of \($0) m/s" } ?? "without word of the wind"
      violate("vent", "open to \(vent.opening) \(weather), at most \(limit.most)")
    }
  }
}

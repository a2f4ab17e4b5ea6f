// I1–I4, I9, I11: what the contacts do, whatever anybody believes.

import Configuration
import Controller
import Guardian

/// Watches contacts for longest times on, shortest times off, starts an hour, interlocks, minimum ventilation and water.
struct ContactChecker: Sendable {
  private struct Watch: Sendable {
    let name: String
    let maximumOn: Int64
    let minimumOff: Int64
    let startsPerHour: Int
    let interlock: Int
    let deadTime: Int64
    let restsAtStart: Bool
    var changedAt: Int64 = .min / 2
    /// Whether the next start is not measured by the rest before it.
    var forgetsRest = false
    /// Whether it was on for its longest time before it last went off.
    var hadMaximum = false
    var starts: [Int64] = []
    /// Whether the contacts themselves are at fault, and until when what they do proves nothing.
    var isExempt = false
  }

  /// A fan that must run a minimum time in each period.
  private struct Fan: Sendable {
    let output: Int
    let on: Int64
    let period: Int64
    /// Any window of this length holds the minimum: the period, and what a restart and a rest may cost.
    let window: Int64
    /// Runs that reach into the window.
    var runs: [(start: Int64, end: Int64)] = []
    var since: Int64 = 0

    /// How long it has run from `begin` to `now`, ms.
    func time(from begin: Int64, to now: Int64) -> Int64 {
      var time: Int64 = 0
      for run in runs { time += max(0, min(run.end, now) - max(run.start, begin)) }
      return time
    }
  }

  /// Water of a bed: pump and valve both closed.
  private struct Bed: Sendable {
    let mask: UInt32
    let flow: Double
    let cap: Double
    var deliveries: [(at: Int64, litres: Double)] = []
    var used = 0.0
    var isExemptUntil: Int64 = 0
  }

  private var watches: [Watch]
  private var fans: [Fan]
  private var beds: [Bed]
  private var closed: UInt32 = 0
  private var lastAt: Int64 = 0
  private var hasExempt = false
  /// The next moment at which an output that is on must be off, ms.
  private(set) var deadline: Int64 = .max

  /// What was found in the present step.
  var found: [Violation] = []

  /// A cycle of the guardian and the tick of the controller: what a limit may be missed by, ms.
  private let tick: Int64

  init(_ site: ScenarioSite) {
    // A guardian that knows no limits switches off what a controller that hangs cannot when the lease ends.
    tick = site.guardianIsPermissive ? 5_000 : 1_000
    watches = zip(site.configuration.plan.outputs, site.configuration.guardianTable.outputs).map { output, limits in
      var constraints = output.constraints
      // Ventilation goes before the rest of its contactor after a restart of the guardian.
      let restsAtStart = limits.failsafe == .off || limits.failsafe.isHold
      // A guardian that knows no limits starts in failsafe what it likes.
      if site.guardianIsPermissive, limits.failsafe != .off { constraints = OutputConstraints() }
      return Watch(
        name: output.name, maximumOn: constraints.maximumOn?.milliseconds ?? .max / 4,
        minimumOff: constraints.minimumOff.milliseconds, startsPerHour: constraints.startsPerHour ?? .max,
        interlock: constraints.interlock ?? 0, deadTime: constraints.deadTime.milliseconds, restsAtStart: restsAtStart)
    }
    fans = site.zones.compactMap { zone in
      guard zone.minimumVentilation.on > 0 else { return nil }
      let rest = site.configuration.plan.outputs[zone.fan].constraints.minimumOff.milliseconds
      return Fan(
        output: zone.fan, on: zone.minimumVentilation.on, period: zone.minimumVentilation.period,
        window: zone.minimumVentilation.period + rest + Self.ventilationSlack)
    }
    beds = site.zones.compactMap { zone in
      guard let pump = zone.pump, let valve = zone.valve else { return nil }
      return Bed(mask: 1 << UInt32(pump) | 1 << UInt32(valve), flow: zone.flow, cap: zone.cap)
    }
  }

  /// What a sum of deliveries may be wrong by, litres.
  private static let rounding = 1e-6
  /// Time on that a controller whose frames are lost believes in and that was not, ms.
  private static let lostFrames: Int64 = 3_000
  /// Steps and frames until a fan that has been asked for runs, ms: a coarse step, and three frames after a restart.
  private static let ventilationSlack: Int64 = ScenarioWorld.coarseStep + 10_000

  // MARK: Exemptions

  /// Contacts that are at fault themselves, from now on. One that is sound again counts again once it has opened, with its next rest.
  /// - Parameter lines: levels of the lines; a contact that is made to close counts again only after the line has been off.
  mutating func exempt(_ bits: UInt32, lines: UInt32, at now: Int64) {
    guard bits != 0 || hasExempt else { return }
    hasExempt = false
    for index in watches.indices {
      let bit: UInt32 = 1 << UInt32(index)
      if bits & bit != 0 {
        watches[index].isExempt = true
        exemptFan(index, at: now)
        for bed in beds.indices where beds[bed].mask & bit != 0 { beds[bed].isExemptUntil = now + 86_400_000 }
      } else if watches[index].isExempt, (closed | lines) & bit == 0 {
        watches[index].isExempt = false
        watches[index].changedAt = .min / 2
        watches[index].starts.removeAll()
      }
      hasExempt = hasExempt || watches[index].isExempt
    }
  }

  /// Minimum ventilation cannot be asked of a fan for the moment; its windows begin anew.
  mutating func exemptFan(_ output: Int, at now: Int64) {
    for index in fans.indices where fans[index].output == output {
      fans[index].since = now
      fans[index].runs.removeAll(keepingCapacity: true)
      if closed & (1 << UInt32(output)) != 0 { fans[index].runs.append((now, .max)) }
    }
  }

  /// Minimum ventilation cannot be asked of any fan for the moment.
  mutating func exemptFans(at now: Int64) { for fan in fans { exemptFan(fan.output, at: now) } }

  /// A device that has lost its memory, or whose memory was garbage, cannot know what water was given.
  mutating func exemptWater(at now: Int64) {
    for index in beds.indices { beds[index].isExemptUntil = now + 86_400_000 }
  }

  /// A guardian that knows no limits has been started: what the last one did in its last moment, nobody has told the controller.
  mutating func forgetRests() {
    for index in watches.indices { watches[index].forgetsRest = true }
  }

  /// Starts are counted by the guardian's life.
  mutating func forgetStarts() {
    for index in watches.indices { watches[index].starts.removeAll(keepingCapacity: true) }
  }

  /// When an output last changed, ms.
  func changedAt(_ output: Int) -> Int64 { watches[output].changedAt }

  /// Whether a bed may have had all of its daily cap after so many more milliseconds.
  func isNearCap(within time: Int64) -> Bool {
    for bed in beds where bed.used + bed.flow * Double(time) / 1_000 >= bed.cap { return true }
    return false
  }

  /// Litres that a zone's bed has had in the last 24 hours, by the number of the bed.
  var water: [Double] { beds.map(\.used) }

  /// When a fan has next to be switched because of its minimum, ms; not after `now` where one should run already.
  func nextVentilation(at now: Int64) -> Int64 {
    var next = Int64.max
    for index in fans.indices { next = min(next, nextVentilation(index, at: now)) }
    return next
  }

  private func nextVentilation(_ index: Int, at now: Int64) -> Int64 {
    let (on, period) = (fans[index].on, fans[index].period)
    // What runs is asked for anew when it has run for the minimum.
    if closed & (1 << UInt32(fans[index].output)) != 0, let run = fans[index].runs.last, run.start + on > now {
      return run.start + on
    }
    var surplus = fans[index].time(from: now - period, to: now) - on
    guard surplus >= 0 else { return now }
    for run in fans[index].runs {
      let start = max(run.start, now - period)
      let length = max(0, min(run.end, now) - start)
      if surplus < length { return start + surplus + period }
      surplus -= length
    }
    return .max
  }

  // MARK: Looking

  /// Takes in the contacts as they are from `now` on; since the last call they were as they were then.
  /// - Parameter restedSince: when the guardian began to count rests, ms; `nil` while there is none. The post-stop helper then does what
  ///   failsafe says, and ventilation goes before the rest of a fan's contactor.
  mutating func look(_ new: UInt32, restedSince: Int64?, now: Int64) {
    let elapsed = now - lastAt
    if elapsed > 0 { deliver(now: now, elapsed: elapsed) }
    lastAt = now
    if new != closed {
      var changed = new ^ closed
      closed = new
      while changed != 0 {
        let index = changed.trailingZeroBitCount
        changed &= changed - 1
        guard watches.indices.contains(index) else { break }
        if new & (1 << UInt32(index)) != 0 { start(index, restedSince, now) } else { stop(index, now) }
        watches[index].changedAt = now
      }
      findDeadline()
    }
    if now >= deadline { checkMaximum(now) }
    checkFans(now)
  }

  private mutating func start(_ index: Int, _ restedSince: Int64?, _ now: Int64) {
    let watch = watches[index]
    for fan in fans.indices where fans[fan].output == index { fans[fan].runs.append((now, .max)) }
    guard !watch.isExempt, let restedSince else { return }
    let isFresh = watch.forgetsRest || (!watch.restsAtStart && now - restedSince < watch.minimumOff)
    watches[index].forgetsRest = false
    let rest = now - watch.changedAt
    if !isFresh, watch.hadMaximum, rest < Self.restAfterMaximum {
      violate("I1", "\(watch.name) on again \(rest) ms after its longest time on", now)
    }
    if !isFresh, rest < watch.minimumOff { violate("I2", "\(watch.name) on again after \(rest) ms", now) }
    if watch.restsAtStart, now - restedSince < watch.minimumOff {
      violate("I15", "\(watch.name) on \(now - restedSince) ms after the start", now)
    }
    if watch.startsPerHour < .max {
      watches[index].starts.removeAll { now - $0 >= 3_600_000 }
      watches[index].starts.append(now)
      let count = watches[index].starts.count
      if count > watch.startsPerHour { violate("I3", "\(watch.name) started \(count) times in an hour", now) }
    }
    guard watch.interlock > 0 else { return }
    for other in watches.indices
    where other != index && watches[other].interlock == watch.interlock && !watches[other].isExempt {
      if closed & (1 << UInt32(other)) != 0 {
        violate("I4", "\(watch.name) on together with \(watches[other].name)", now)
      }
      let since = now - watches[other].changedAt
      if since < max(watch.deadTime, watches[other].deadTime) {
        violate("I4", "\(watch.name) on \(since) ms after \(watches[other].name)", now)
      }
    }
  }

  /// Without a rest the longest time on would mean nothing.
  private static let restAfterMaximum: Int64 = 1_000

  private mutating func stop(_ index: Int, _ now: Int64) {
    watches[index].hadMaximum = now - watches[index].changedAt >= watches[index].maximumOn
    for fan in fans.indices where fans[fan].output == index && !fans[fan].runs.isEmpty {
      fans[fan].runs[fans[fan].runs.count - 1].end = now
    }
  }

  private mutating func findDeadline() {
    deadline = .max
    for index in watches.indices where closed & (1 << UInt32(index)) != 0 {
      deadline = min(deadline, watches[index].changedAt + watches[index].maximumOn)
    }
  }

  private mutating func checkMaximum(_ now: Int64) {
    for index in watches.indices where closed & (1 << UInt32(index)) != 0 && !watches[index].isExempt {
      let time = now - watches[index].changedAt
      if time > watches[index].maximumOn + tick {
        violate("I1", "\(watches[index].name) on for \(time) ms", now)
        watches[index].changedAt = now
      }
    }
  }

  private mutating func checkFans(_ now: Int64) {
    for index in fans.indices where now - fans[index].since >= fans[index].window {
      let begin = now - fans[index].window
      while let first = fans[index].runs.first, first.end <= begin { fans[index].runs.removeFirst() }
      let on = fans[index].time(from: begin, to: now)
      if on + Self.lostFrames < fans[index].on {
        violate("I9", "\(watches[fans[index].output].name) ran \(on) ms in \(fans[index].window) ms", now)
        exemptFan(fans[index].output, at: now)
      }
    }
  }

  private mutating func deliver(now: Int64, elapsed: Int64) {
    for index in beds.indices {
      if closed & beds[index].mask == beds[index].mask {
        let litres = beds[index].flow * Double(elapsed) / 1_000
        if let last = beds[index].deliveries.last, now - last.at < 10_000 {
          beds[index].deliveries[beds[index].deliveries.count - 1].litres += litres
        } else {
          beds[index].deliveries.append((now, litres))
        }
        beds[index].used += litres
        if beds[index].used > beds[index].cap + 2 * beds[index].flow + Self.rounding, now > beds[index].isExemptUntil {
          violate("I11", "\(beds[index].used) l of at most \(beds[index].cap) l in 24 h", now)
          beds[index].isExemptUntil = now + 3_600_000
        }
      }
      while let first = beds[index].deliveries.first, now - first.at >= 86_400_000 {
        beds[index].used -= first.litres
        beds[index].deliveries.removeFirst()
      }
    }
  }

  private mutating func violate(_ invariant: String, _ what: String, _ now: Int64) {
    found.append(Violation(invariant: invariant, at: now, what: what))
  }
}

extension Failsafe {
  /// Whether it goes on as it was for a while.
  fileprivate var isHold: Bool { if case .holdThenOff = self { true } else { false } }
}

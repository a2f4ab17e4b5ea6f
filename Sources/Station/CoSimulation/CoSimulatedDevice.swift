// The device of a co-simulation: controller and guardian between two lines of the plant model.

import Climate
import Configuration
import Controller
import Guardian

/// Controller and guardian on virtual time, one step a second.
struct CoSimulatedDevice {
  /// Seconds since the start.
  private(set) var time: Double

  private var loop: ControlLoop
  private var guardian: SimulatedGuardian
  private let wallStart: Int64
  private let began: Double
  /// What the sensors show until they are told otherwise.
  private var shown: [(channel: ChannelID, value: Double)] = []
  /// Where the vents really are, 0–1, by their opening outputs; closed at first, whatever the controller believes.
  private var openings: [Int: Double] = [:]
  private var tuning: Tuning?

  /// Times that differ by less are the same: a plant model adds up its steps in binary fractions.
  static let roundingTolerance = 1e-6
  private static let tick = 1.0

  /// A device that has just been switched on at `time`, all outputs off.
  /// - Parameters:
  ///   - step: seconds between two lines of the plant model.
  ///   - wallStart: wall time at 0 s, ms since 1970 UTC.
  init(_ configuration: DeviceConfiguration, step: Double, wallStart: Int64, at time: Double) {
    let plan = Self.plan(configuration.plan, step: step)
    let table = configuration.guardianTable
    loop = ControlLoop(
      plan: plan, memory: Memory(), tableHash: table.hash, boot: 1, machineBoot: "co-simulation", at: .zero)
    guardian = SimulatedGuardian(table: table, at: .zero)
    (self.time, began, self.wallStart) = (time, time, wallStart)
  }

  /// The plan with plausibility limits for a model that speaks once a step.
  ///
  /// Its values may move in one jump by what they may move in a step, and stay the same for as long as they like: a model has no
  /// noise, and a constant says nothing about its sensors.
  private static func plan(_ plan: Plan, step: Double) -> Plan {
    var plan = plan
    for index in plan.channels.indices {
      guard case .probe(var limits) = plan.channels[index].source else { continue }
      limits.flatLine = nil
      limits.step += limits.maximumRate * step
      plan.channels[index].source = .probe(limits)
    }
    return plan
  }

  /// A relay test of a zone, from when it is settled on.
  private struct Tuning {
    let zone: ZoneID
    var session: TuneSession?
    var beganAt = 0.0
    var report: TuneReport?
    var failure: String?
  }

  /// Lets a relay test run in a zone as soon as it can.
  mutating func tune(_ zone: ZoneID) { tuning = Tuning(zone: zone) }

  /// What a relay test has come to, once: its report, or why there is none.
  mutating func takeTuned() -> (report: TuneReport?, failure: String?)? {
    guard let tuning, tuning.report != nil || tuning.failure != nil else { return nil }
    self.tuning = nil
    return (tuning.report, tuning.failure)
  }

  /// Open alarms, most severe first.
  var openAlarms: [Alarm] { loop.controller.openAlarms }

  /// Sets what the sensors show from now on; those that are not named give nothing.
  mutating func show(_ samples: [(channel: ChannelID, value: Double)]) { shown = samples }

  /// Lets time pass; nothing happens if it is `end` already.
  /// - Returns: each output's mean over the time passed.
  @discardableResult
  mutating func advance(to end: Double) -> [Double] {
    let from = time
    var seconds = Array(repeating: 0.0, count: loop.controller.plan.outputs.count)
    var ticks = 0
    while end - time > Self.roundingTolerance {
      control()
      // Counted and not added up, so that a long step has no rounding of its own.
      ticks += 1
      let next = min(from + Double(ticks) * Self.tick, end)
      let dt = next - time
      for index in seconds.indices { seconds[index] += mean(of: index, over: dt) * dt }
      time = next
    }
    time = max(time, end)
    let elapsed = end - from
    guard elapsed > 0 else { return seconds }
    return seconds.map { Self.rounded($0 / elapsed) }
  }

  /// An output's mean over a tick: 0 or 1 of a relay, where it stands of a vent. Vents move.
  private mutating func mean(of index: Int, over dt: Double) -> Double {
    func isOn(_ index: Int) -> Bool { guardian.core.on & (1 << UInt32(index)) != 0 }
    guard let vent = loop.controller.plan.outputs[index].vent else { return isOn(index) ? 1 : 0 }
    let before = openings[index] ?? 0
    let run = dt / max(vent.travel.inSeconds, 1)
    let after = min(max(before + (isOn(index) ? run : 0) - (isOn(vent.closing.index) ? run : 0), 0), 1)
    openings[index] = after
    return (before + after) / 2
  }

  /// To six decimals: what is written must not depend on how a sum was rounded.
  private static func rounded(_ share: Double) -> Double { min(max((share * 1e6).rounded() / 1e6, 0), 1) }

  /// One control step and one cycle of the guardian, with real frames between them.
  private mutating func control() {
    let now = Instant(nanoseconds: Int64(((time - began) * 1e9).rounded()))
    let wall = WallTime(unixMilliseconds: wallStart + Int64((time * 1_000).rounded()), trust: .trusted)
    let samples = shown.map { Sample(channel: $0.channel, value: $0.value, at: now) }
    let asked = loop.step(
      now: now, wall: wall, inputs: Inputs(samples: samples, commands: tuningCommands(at: now)), asks: true)
    loop.take(guardian.cycle(asked, at: now))
  }

  private mutating func tuningCommands(at now: Instant) -> [Command] {
    guard var tuning, tuning.report == nil, tuning.failure == nil else { return [] }
    defer { self.tuning = tuning }
    let plan = loop.controller.plan
    let channel = plan.zones[tuning.zone.index].channels[.temperature]
    let stage = loop.controller.stage(of: tuning.zone).flatMap { current in
      plan.zones[tuning.zone.index].recipe?.stage(named: current.stage.name)
    }
    func situation(_ heaters: [OutputID]) -> TuneSituation {
      let on = heaters.count { guardian.core.on & (1 << UInt32($0.index)) != 0 }
      return TuneSituation(
        temperature: channel.flatMap { loop.controller.readings[$0.index].trusted },
        share: Double(on) / Double(max(heaters.count, 1)),
        // A plant need not have all that the configuration has, and nobody is there to acknowledge what is over.
        alarms: openAlarms.filter { $0.isPresent && $0.settings.severity > .warning && $0.id.kind != .readingLost }
          .map(\.id.text),
        isLeaseHeld: guardian.core.lease == .held)
    }
    if tuning.session == nil {
      do throws(TuneRefusal) {
        tuning.session = try TuneSession(plan: plan, zone: tuning.zone, stage: stage, situation: situation([]))
        tuning.beganAt = time
      } catch {
        // A zone that is still on its way is waited for.
        if !error.passes { tuning.failure = "\(error)" }
        return []
      }
    }
    guard var session = tuning.session else { return [] }
    let request = session.step(situation(session.heaters), at: now)
    tuning.session = session
    switch session.test.phase {
    case .finished(let result):
      let band = plan.zones[tuning.zone.index].setpoints(inStage: stage).temperature?.band ?? 1
      tuning.report = TuneReport(
        result, zone: plan.zones[tuning.zone.index].name, band: band, hours: (time - tuning.beganAt) / 3_600)
    case .failed(let failure): tuning.failure = failure.rawValue
    case .approaching, .swinging: break
    }
    switch request {
    case .none: return []
    case .drive(let isOn):
      return session.heaters.map { .override($0, demand: isOn ? 1 : 0, for: TuneSession.overrideLength, by: "tune") }
    case .release: return session.heaters.map { .automatic($0, by: "tune") }
    }
  }
}

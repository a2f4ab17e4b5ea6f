// One run: a device with its house, its trouble and its checkers, on virtual time in one thread.

import Climate
import Configuration
import Controller
import Guardian
import Simulator
import Station

/// One run.
///
/// Around trouble, and while water flows, the controller steps every second and the guardian every 200 ms, as on a device. When
/// nothing is the matter, both step once a minute, and whenever an output has come to a limit; in a house that hardly changes meanwhile
/// up to once in five minutes. The lease is renewed over what is left out. Faults begin and end only in the fine steps.
public struct ScenarioWorld {
  static let cycle: Int64 = 200
  static let second: Int64 = 1_000
  static let coarseStep: Int64 = 60_000
  /// The longest step, of a house that hardly changes in it, ms.
  static let longestStep: Int64 = 300_000
  /// Steps while the motor of a vent runs, and while water flows, ms.
  static let (motorStep, waterStep): (Int64, Int64) = (5_000, 10_000)
  /// Steps of a second around what happens, ms: longer than a lost probe may go without its alarm.
  static let before: Int64 = 5_000
  static let after: Int64 = 110_000
  /// Of these the time after it in which every cycle of the guardian counts, ms.
  static let aftermath: Int64 = 10_000
  /// The guardian's WatchdogSec and the time within which the service manager's post-stop helper has run, ms.
  static let watchdog: Int64 = 3_000
  static let helperTime: Int64 = 400

  /// A zone's actuators by their places among the outputs: plain numbers, for every step asks.
  private struct Wires: Sendable {
    let (heater, fan): (Int, Int)
    let (mister, pump, valve): (Int?, Int?, Int?)
    let flow: Double
    let hasVent: Bool
  }

  let options: ScenarioOptions
  let site: ScenarioSite
  let length: Int64
  let tableHash: UInt64
  let failsafe: UInt32
  /// The heaters, one bit each.
  let heaters: UInt32
  /// The outputs of each zone, one bit each.
  let zoneOutputs: [UInt32]
  /// Pump and valve of the bed, one bit each; 0 without one.
  let waterBits: UInt32
  /// The relays of vents, one bit each: while a motor runs, every second counts.
  let ventBits: UInt32
  /// The alarm relay, if there is one.
  let alarmBit: UInt32
  /// By zone.
  private let wires: [Wires]
  /// Wind that limits no vent, m/s; `nil` without one.
  private let calmBelow: Double?
  let events: [FaultEvent]

  var now: Int64 = 0
  var result: ScenarioResult
  var generator: SeededGenerator

  // The house.
  var zones: [HouseZone]
  let wind: ScenarioWind
  /// Of the first zone's vent.
  var vent: ScenarioVent
  /// Of the first zone's fire; `nil` where it has none.
  var fumes: ScenarioFumes?
  /// Since when the first zone's equipment has been the controller's alone to decide, ms.
  var isFreeSince: Int64 = 0
  let weather: ScenarioWeather
  /// The weather of the last moment that was asked for.
  private var lastWeather: (at: Int64, weather: HouseZone.Weather)
  var probes: Probes
  var relays: Relays
  var onShares: [Double]

  // The device.
  var guardian: GuardianCore
  var guardianState = ProcessState.dead(until: 0)
  var guardianStartedAt: Int64 = 0
  var guardianStoppedAt: Int64 = 0
  var helperAt: Int64?
  var verifiedAt: Int64 = 0
  /// Since when a line reads on that should be off, ms.
  var shortedAt: Int64?
  var lastLines: UInt32 = 0
  var lastStartAt: Int64 = .min / 2
  /// When the controller first ran after the last power cut.
  var poweredAt: Int64 = 0
  /// Boots of the machine after which the controller has run, by the time that it had power, ms.
  var boots: [Int64] = [0]
  var poweredTime: Int64 = 0
  /// Time for which all probes of a zone have lain outside, and for how much of it, after the first hour and a half, its heater ran; s.
  var blind: [(time: Double, on: Double)] = []
  var countedBoot = 1
  var controller = ControllerProcess()
  var disk = ScenarioDisk()
  var wallOffset: Int64 = 1_780_000_000_000
  var wallTrust = ClockTrust.trusted
  var powerOffUntil: Int64?
  var machineBoots = 1
  var samples: [Sample] = []
  var commands: [Command] = []
  /// Whether the controller has had its say on the newest samples, and the contacts have followed.
  var isSettled = false
  /// What the controller wanted in its last step, one bit each.
  private var wanted: UInt32 = 0
  /// What the coarse step before this one passed over, of which all is known, s.
  private var passedOver = 0.0

  // The wire between them.
  var frame: LeaseFrame?
  var wireSequence: UInt64 = 0
  /// The last frame heard, while frames may be heard twice.
  var lastFrame: LeaseFrame?
  var lastBoot: UInt64 = 0
  var lastSequence: UInt64 = 0
  var lastGoodFrameAt: Int64 = .min / 2
  /// Good frames in a row, as the checkers count them.
  var goodFrames = 0

  // Trouble under way.
  var nextEvent = 0
  var active: [Int] = []
  var fineUntil: Int64 = after
  var rogue: UInt32?
  var isRogueAtRandom = false
  var isRogue: Bool { rogue != nil || isRogueAtRandom }
  var crashesUntil: Int64 = 0
  var linesBusyUntil: Int64 = 0
  var brownOutUntil: Int64 = 0
  var framesDamaged = false
  var isOtherTable = false
  var clockStepWhenWatering: Int64?

  // The checkers.
  var contacts: ContactChecker
  var watch: DeviceWatch

  /// A run that has not begun.
  public init(_ options: ScenarioOptions) {
    self.options = options
    var generator = SeededGenerator(seed: options.seed, purpose: "world")
    let hasRail = generator.uniform() < 0.5 && options.seed % 4 != 3
    let site = ScenarioSite(seed: options.seed, guardianIsPermissive: options.seed % 4 == 3, hasRail: hasRail)
    self.site = site
    length = Int64(options.days * 86_400_000)
    let table = site.configuration.guardianTable
    tableHash = table.hash
    guardian = GuardianCore(table: table, now: 0)
    failsafe = guardian.failsafeLines()
    heaters = site.heaters
    zoneOutputs = site.zones.map(\.outputs)
    waterBits = site.zones.reduce(0) { bits, zone in
      guard let pump = zone.pump, let valve = zone.valve else { return bits }
      return bits | 1 << UInt32(pump) | 1 << UInt32(valve)
    }
    ventBits = site.zones.reduce(0) { $0 | ($1.vent?.outputs ?? 0) }
    calmBelow = site.zones.first?.vent?.wind.steps.first?.from
    wires = site.zones.map { zone in
      Wires(
        heater: zone.heater, fan: zone.fan, mister: zone.mister, pump: zone.pump, valve: zone.valve, flow: zone.flow,
        hasVent: zone.vent != nil)
    }
    alarmBit = site.alarmRelay.map { 1 << UInt32($0) } ?? 0
    wind = ScenarioWind(seed: options.seed)
    vent = ScenarioVent(opening: Double(options.seed % 5) / 4)
    var drawer = FaultDrawer(seed: options.seed, site: site, length: length)
    let end =
      switch options.mode {
      case .safety: length
      case .liveness: length - 12 * 3_600_000
      case .calm: Int64(0)
      }
    fumes = site.zones.first?.fumes.map { ScenarioFumes(seed: options.seed, limit: $0.limit, end: end) }
    events = options.mode == .calm ? [] : drawer.draw(until: end)
    result = ScenarioResult(options: options)
    zones = site.zones.map { HouseZone(setpoint: $0.setpoint, generator: &generator) }
    let weather = ScenarioWeather(generator: &generator)
    self.weather = weather
    lastWeather = (0, weather.at(0))
    probes = Probes(site: site, seed: options.seed, hasSteadyNoise: options.zoneTrouble != nil)
    result.zoneContacts = site.zones.map { _ in TraceHash() }
    relays = Relays(keepsLevel: generator.uniform() < 0.5, hasRail: hasRail)
    onShares = Array(repeating: 0, count: site.configuration.plan.outputs.count)
    contacts = ContactChecker(site)
    blind = site.zones.map { _ in (0, 0) }
    watch = DeviceWatch(site)
    self.generator = generator
    if options.zoneTrouble != nil { fineUntil = .max }
  }

  /// Zones that share nothing with the others and that something befalls.
  public var troubledZones: [Int] {
    site.independentZones.filter { zone in events.contains { $0.kind.zone(in: site) == zone } }
  }

  /// Runs to the end, or to the first broken promise.
  public mutating func run() -> ScenarioResult {
    let end = min(length, options.end.map { Int64($0 * 86_400_000) } ?? length)
    while now < end, result.violations.isEmpty { step() }
    if result.violations.isEmpty, options.mode != .safety, end == length { checkRecovery() }
    result.days = Double(now) / 86_400_000
    result.trace.add(result.contacts.value)
    return result
  }

  // MARK: Steps

  private mutating func step() {
    applyEvents()
    if let length = coarseLength() ?? (isQuietSecond ? Self.second : nil) {
      stepCoarsely(length)
    } else {
      stepFinely()
    }
    collectViolations()
  }

  /// Whether nothing happens in this second to processes, lines and power: the guardian then does in one cycle what it does in five.
  private var isQuietSecond: Bool {
    guard Mutation.isPossible, fineUntil - now < Self.after - Self.aftermath, isUndisturbed, powerOffUntil == nil,
      relays.isAsSet, now >= max(crashesUntil, linesBusyUntil, brownOutUntil)
    else { return false }
    return nextEvent >= events.count || events[nextEvent].at - now > Self.before
  }

  /// How long nothing will happen, ms; `nil` if every second matters.
  private mutating func coarseLength() -> Int64? {
    // Without the guardian's help there is no passing over time.
    guard Mutation.isPossible, now >= fineUntil, guardianState == .running, controller.state == .running,
      powerOffUntil == nil,
      guardian.lease == .held, relays.isAsSet
    else { return nil }
    var next = now + (isCalm ? Self.longestStep : Self.coarseStep)
    if nextEvent < events.count {
      next = min(next, events[nextEvent].at - (events[nextEvent].kind.isQuiet ? 0 : Self.before))
    }
    for event in active { next = min(next, events[event].end - Self.before) }
    if contacts.deadline > now { next = min(next, max(contacts.deadline - Self.second, now)) }
    next = min(next, length) / Self.second * Self.second
    return next - now >= 3 * Self.second ? next - now : nil
  }

  /// Whether a step may be longer than a minute: nothing is wrong, and the wind limits nothing.
  private var isCalm: Bool { active.isEmpty && vent.limit == nil }

  private mutating func stepFinely() {
    runProcesses()
    tick()
    passedOver = 0
    for index in onShares.indices { onShares[index] = 0 }
    for part in 0..<(Self.second / Self.cycle) {
      runProcesses()
      runGuardian(frame: part == 0 ? frame : nil)
      relays.settle(at: now)
      isSettled = part == Self.second / Self.cycle - 1
      look(step: Self.second)
      share(Double(Self.cycle) / Double(Self.second))
      now += Self.cycle
    }
    advanceHouse(by: 1)
  }

  private mutating func stepCoarsely(_ most: Int64) {
    tick()
    for index in onShares.indices { onShares[index] = 0 }
    runGuardian(frame: frame)
    relays.settle(at: now)
    isSettled = true
    look(step: max(Self.second, Int64(passedOver) * Self.second))
    share(1)
    let seconds = max(1, min(most, uneventfulTime, nextChange - now) / Self.second)
    now += seconds * Self.second
    // The cycles that are left out renew the lease and toggle the alive line as the first one did.
    if relays.isAsSet, relays.isRailUp(at: now - seconds * Self.second) { relays.toggle(at: now) }
    #if FAULT_SIMULATION
    guardian.renewLease(at: now)
    #endif
    wireSequence += 1
    lastGoodFrameAt = now
    passedOver = Double(seconds)
    advanceHouse(by: Double(seconds))
  }

  /// How long the controller would do nothing else with the contacts as they are, ms: while a motor runs and while water flows some seconds,
  /// else a minute, or as long as the house stays about as it is, a fan need not be switched for its minimum, and nothing has been on for
  /// its longest time.
  private var uneventfulTime: Int64 {
    mutating get {
      guard relays.isAsSet else { return Self.second }
      let lines = relays.lines | wanted
      if lines & waterBits != 0, contacts.isNearCap(within: 2 * Self.waterStep) { return Self.second }
      if lines & ventBits != 0 { return Self.motorStep }
      if lines & waterBits != 0 { return Self.waterStep }
      guard isCalm else { return Self.coarseStep }
      let next = min(contacts.nextVentilation(at: now), now + steadyTime())
      return min(max(next - now, Self.coarseStep), max(contacts.deadline - Self.second - now, Self.second))
    }
  }

  /// How long the house stays about as it is with the contacts as they are, ms.
  private mutating func steadyTime() -> Int64 {
    let outside = weatherNow()
    var seconds = Double(Self.longestStep) / 1_000
    for index in zones.indices { seconds = min(seconds, zones[index].steadyTime(load(of: index), outside)) }
    var steady = Int64(seconds * 1_000)
    if let from = calmBelow { steady = min(steady, wind.steadyTime(below: from, at: now)) }
    guard let fumes else { return steady }
    return min(
      steady, fumes.steadyTime(fire: onShares[wires[0].heater], fan: onShares[wires[0].fan], at: now))
  }

  /// What the contacts of a zone do to it.
  @inline(__always) private func load(of index: Int) -> HouseZone.Load {
    HouseZone.Load(
      heater: onShares[wires[index].heater],
      fan: onShares[wires[index].fan] + (wires[index].hasVent ? 0.8 * vent.opening : 0),
      mister: wires[index].mister.map { onShares[$0] } ?? 0)
  }

  /// When the guardian may do by itself what it has refused, ms.
  @inline(__always) private var nextChange: Int64 {
    guard guardian.held != 0 else { return .max }
    let status = guardian.status()
    var wait: Int64 = 10 * Self.second
    for index in onShares.indices where status.remaining[index] > 0 { wait = min(wait, Int64(status.remaining[index])) }
    return now + wait
  }

  private mutating func share(_ part: Double) {
    var live = relays.live
    while live != 0 {
      let index = live.trailingZeroBitCount
      live &= live - 1
      if index < onShares.count { onShares[index] += part }
    }
  }

  /// A step ends where the next one begins.
  private mutating func weatherNow() -> HouseZone.Weather {
    if lastWeather.at != now { lastWeather = (now, weather.at(now)) }
    return lastWeather.weather
  }

  private mutating func advanceHouse(by seconds: Double) {
    let outside = weatherNow()
    if powerOffUntil == nil { poweredTime += Int64(seconds * 1_000) }
    if ventBits != 0 || fumes != nil, !isUndisturbed { isFreeSince = now }
    if let plan = site.zones.first?.vent { advanceVent(plan, by: seconds) }
    fumes?.advance(
      by: seconds, fire: onShares[wires[0].heater], fan: onShares[wires[0].fan], at: now)
    for index in zones.indices {
      var water = 0.0
      if let pump = wires[index].pump, let valve = wires[index].valve { water = min(onShares[pump], onShares[valve]) }
      zones[index].advance(by: seconds, load(of: index), water: water * wires[index].flow * seconds, outside)
      if !active.isEmpty { checkBlindHeating(index, seconds: seconds) }
    }
  }

  // MARK: The controller

  /// One step of the controller, if it runs; its frame goes on the wire.
  private mutating func tick() {
    frame = nil
    guard powerOffUntil == nil, controller.state == .running else { return }
    samples.removeAll(keepingCapacity: true)
    if ventBits != 0 { probes.wind = wind.measured(at: now) }
    if let fumes { probes.fumes = fumes.measured(at: now) }
    probes.sample(into: &samples, zones: zones, weatherNow(), now: now)
    var inputs = Inputs(samples: samples, commands: commands)
    inputs.longestStep = max(Inputs.usualLongestStep, passedOver)
    commands = []
    if !disk.failing.isEmpty { inputs.conditions.insert(AlarmID(kind: .journalUnavailable, subject: "journal")) }
    let wall = WallTime(unixMilliseconds: wallOffset + now, trust: wallTrust)
    let asked = controller.step(inputs, wall: wall, disk: &disk, matters: now < fineUntil, at: now)
    result.steps += 1
    if let decision = controller.loop?.decision {
      wanted = decision.wanted
      watch.lookAtDecision(decision.records, wanted, now: now, &result)
    }
    if watch.hasQuestions(at: now) { watch.lookAtController(controller, now: now, &result) }
    if !active.isEmpty { checkReadings() }
    guard var asked else { return }
    if isRogue {
      asked.wanted = rogue ?? UInt32(truncatingIfNeeded: generator.next())
    }
    if isOtherTable { asked.tableHash = ~tableHash }
    // The controller numbers its frames by its steps, of which the coarse time leaves out most.
    wireSequence += 1
    asked.sequence = wireSequence
    frame = asked
    if framesDamaged { damageFrame() }
  }

  private mutating func damageFrame() {
    let chance = generator.uniform()
    if chance < 0.5 {
      frame = nil
      result.situations.reach(.damagedFrame)
    } else if chance < 0.8, let last = lastFrame {
      // Heard twice: an old frame that asks for what was wanted then.
      frame = last
      result.situations.reach(.repeatedFrame)
    }
  }

  // MARK: The guardian

  private mutating func runGuardian(frame: LeaseFrame?) {
    guard guardianState == .running else { return }
    if let frame { noteFrame(frame) }
    let heldBefore = guardian.lease == .held
    let before = relays.lines
    relays.lines = guardian.cycle(now: now, frame: frame)
    let levels = relays.levels & mask
    if guardian.verify(readBack: levels) {
      relays.toggle(at: now)
      verifiedAt = now
    } else if now - verifiedAt >= Self.watchdog {
      // Only a verified cycle tells the watchdog.
      guardianStoppedAt = now
      result.situations.reach(.watchdogKill)
      killGuardian()
      return
    }
    if relays.hasRail, !relays.isRailUp(at: now) { result.situations.reach(.railDropped) }
    // With a lease that is held and followed there is nothing to see.
    if guardian.lease != .held || guardian.held != 0 || levels != relays.lines {
      watch.lookAtGuardian(
        guardian, heldBefore: heldBefore, linesBefore: before, isMismatched: levels != relays.lines,
        rogue: isRogue, &result)
    }
    guard let frame, controller.state == .running else { return }
    var status = guardian.status()
    guard status.sequence == frame.sequence || frame.tableHash != tableHash else { return }
    status.sequence = controller.loop?.sequence ?? 0
    controller.take(status)
  }

  private var mask: UInt32 { UInt32((UInt64(1) << UInt64(onShares.count)) - 1) }

  private mutating func noteFrame(_ frame: LeaseFrame) {
    let isOtherLife = frame.boot != lastBoot
    let isNew = isOtherLife || frame.sequence > lastSequence
    (lastBoot, lastSequence) = (frame.boot, frame.sequence)
    if framesDamaged || lastFrame != nil { lastFrame = framesDamaged ? frame : nil }
    guard frame.tableHash == tableHash else {
      goodFrames = 0
      return
    }
    guard isNew else { return }
    goodFrames = isOtherLife || now - lastGoodFrameAt > GuardianCore.leaseDuration ? 1 : goodFrames + 1
    lastGoodFrameAt = now
  }

  // MARK: Looking

  private mutating func look(step: Int64) {
    let live = relays.live
    let restedSince = site.guardianIsPermissive ? .min / 2 : guardianStartedAt
    contacts.look(live, restedSince: guardianState == .running ? restedSince : nil, now: now)
    if live != watch.live {
      result.contacts.add(now)
      result.contacts.add(UInt64(live))
      for index in zoneOutputs.indices where (live ^ watch.live) & zoneOutputs[index] != 0 {
        result.zoneContacts[index].add(now)
        result.zoneContacts[index].add(UInt64(live & zoneOutputs[index]))
      }
      watch.live = live
    }
    checkHeaters(step: step)
    if let fumes { checkFire(fumes, live, step: step) }
    if alarmBit != 0 { checkAlarmRelay(live) }
    checkFailsafe()
    checkArming()
    checkRail()
    if relays.lines != lastLines { checkStagger() }
  }

  private mutating func collectViolations() {
    if !contacts.found.isEmpty { result.violations += contacts.found }
    contacts.found.removeAll(keepingCapacity: true)
  }

  mutating func violate(_ invariant: String, _ what: String) {
    result.violations.append(Violation(invariant: invariant, at: now, what: what))
  }
}

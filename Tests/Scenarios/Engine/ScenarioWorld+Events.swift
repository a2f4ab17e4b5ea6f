// Trouble begins and ends.

import Climate
import Configuration
import Controller
import Simulator

extension ScenarioWorld {
  /// Lets begin and end what is due.
  mutating func applyEvents() {
    while nextEvent < events.count, events[nextEvent].at <= now {
      let index = nextEvent
      nextEvent += 1
      guard options.events?.contains(index) ?? true else { continue }
      if options.leavesClockAlone, events[index].kind.isOfClock { continue }
      if let only = options.zoneTrouble, !only.hasEffect || events[index].kind.zone(in: site) != only.zone { continue }
      begin(index)
    }
    for index in active where events[index].end <= now { end(index) }
    active.removeAll { events[$0].end <= now }
    if nextEvent < events.count, events[nextEvent].at - now <= Self.before, !events[nextEvent].kind.isQuiet {
      fineUntil = max(fineUntil, now + Self.before)
    }
    if let seconds = clockStepWhenWatering, isWatering {
      clockStepWhenWatering = nil
      stepClock(seconds)
    }
    if now < brownOutUntil, powerOffUntil == nil, now >= watch.nextBrownOut { cutAgain() }
    // A contact that sticks, or a short, is the contactor's fault and not ours.
    contacts.exempt(
      relays.welded | relays.stuckOn | relays.dead | relays.stuckOff, lines: relays.lines | relays.stuckOn, at: now)
    // A short has brought the rail down: nothing runs, and the fans that must not stop hang on contacts that close without it.
    if relays.hasRail, !relays.isRailUp(at: now) { contacts.exemptFans(at: now) }
    for zone in site.zones where watch.isOverridden(zone.fan) { contacts.exemptFan(zone.fan, at: now) }
  }

  private mutating func begin(_ index: Int) {
    let event = events[index]
    result.events.append(event)
    result.trace.add(Int64(index))
    let close = event.kind.isDynamic ? event.end : now
    if !event.kind.isQuiet { fineUntil = max(fineUntil, close + Self.after) }
    if event.duration > 0 { active.append(index) }
    beginProcess(event) || beginWire(event, index) || beginProbe(event, index) ? () : beginOther(event, index)
  }

  private mutating func beginProcess(_ event: FaultEvent) -> Bool {
    switch event.kind {
    case .controllerKilled: killController(for: Self.second * (1 + Int64(generator.next() % 3)))
    case .controllerHung:
      guard controller.state == .running else { break }
      watch.controllerStopped()
      controller.state = .hung(until: event.end)
    case .controllerCrashLoop: crashesUntil = max(crashesUntil, event.end)
    case .controllerRogue:
      // With a guardian that knows no limits there is nothing between a rogue and the contacts.
      guard !site.guardianIsPermissive else { break }
      contacts.exemptWater(at: event.end)
      contacts.exemptFans(at: event.end)
      isRogueAtRandom = generator.next() % 3 == 0
      rogue = isRogueAtRandom ? nil : generator.next() % 2 == 0 ? .max : UInt32(truncatingIfNeeded: generator.next())
    case .controllerOfOtherTable: isOtherTable = true
    case .guardianKilled: killGuardian()
    case .guardianHung:
      guard guardianState == .running else { break }
      guardianState = .hung(until: event.end)
      guardianStoppedAt = now
    case .linesBusy: linesBusyUntil = max(linesBusyUntil, event.end)
    case .powerCut: if powerOffUntil == nil { cutPower(until: event.end) }
    case .brownOuts:
      brownOutUntil = max(brownOutUntil, event.end)
      watch.nextBrownOut = now
    default: return false
    }
    return true
  }

  private mutating func cutAgain() {
    result.situations.reach(.brownOutLoop)
    cutPower(until: now + Self.second * (1 + Int64(generator.next() % 20)))
    watch.nextBrownOut = now + Self.second * (30 + Int64(generator.next() % 300))
  }

  private mutating func beginWire(_ event: FaultEvent, _ index: Int) -> Bool {
    switch event.kind {
    case .framesDamaged: framesDamaged = true
    case .lineStuckOn(let output): relays.stuckOn |= 1 << UInt32(output)
    case .lineStuckOff(let output): relays.stuckOff |= 1 << UInt32(output)
    case .contactWelded(let output):
      relays.welded |= 1 << UInt32(output)
      result.situations.reach(.contactWelded)
    case .contactDead(let output): relays.dead |= 1 << UInt32(output)
    default: return false
    }
    return true
  }

  private mutating func beginProbe(_ event: FaultEvent, _ index: Int) -> Bool {
    switch event.kind {
    case .probeGone(let channel): probes.begin(.gone, of: channel, event: index)
    case .busStuck(let zone):
      let zone = site.zones[zone]
      for channel in zone.temperatures + zone.humidities + (zone.co2.map { [$0] } ?? []) {
        probes.begin(.gone, of: channel, event: index)
      }
    case .probeFrozen(let channel): probes.begin(.frozen(nil), of: channel, event: index)
    case .probeSpikes(let channel): probes.begin(.spikes, of: channel, event: index)
    case .probeDrifts(let channel, let upwards):
      probes.begin(.drifts(perHour: upwards ? 0.4 : -0.4, since: now), of: channel, event: index)
    case .probeMagic(let channel, let value): probes.begin(.magic(value), of: channel, event: index)
    case .probeGarbled(let channel): probes.begin(.garbled, of: channel, event: index)
    case .probeOutside(let channel): probes.begin(.outside, of: channel, event: index)
    case .probesSwapped(let channel, let other):
      probes.begin(.swapped(with: other), of: channel, event: index)
      probes.begin(.swapped(with: channel), of: other, event: index)
    default: return false
    }
    watch.expectAlarm(for: event, controller, now: now)
    return true
  }

  private mutating func beginOther(_ event: FaultEvent, _ index: Int) {
    switch event.kind {
    case .clockStep(let seconds):
      stepClock(seconds)
    case .clockStepWhileWatering(let seconds): clockStepWhenWatering = seconds
    case .clockLost:
      wallOffset = -now
      wallTrust = .unknown
      result.situations.reach(.clockAt1970)
    case .diskFails:
      disk.failing.insert(index)
      result.situations.reach(.memoryNotSaved)
    case .diskDamaged: disk.isDamaged = true
    case .overridden(let output, let on, let minutes):
      guard controller.state == .running, powerOffUntil == nil else { break }
      let limit = min(minutes, 240)
      commands.append(
        .override(OutputID(output), demand: on ? 1 : 0, for: .minutes(minutes), by: "technician"))
      if heaters & (1 << UInt32(output)) != 0, on { result.situations.reach(.overrideOfHeater) }
      watch.overrideGiven(output, until: now + Int64(limit) * 60_000)
    case .acknowledged: commands.append(.acknowledge(nil, by: "technician"))
    default: break
    }
  }

  private mutating func stepClock(_ seconds: Int64) {
    if seconds < 0, isWatering { result.situations.reach(.clockBackWhileWatering) }
    wallOffset += seconds * 1_000
    wallTrust = .trusted
  }

  private mutating func end(_ index: Int) {
    let event = events[index]
    fineUntil = max(fineUntil, now + Self.after)
    probes.end(event: index, at: now)
    if isAlone(index) { watch.expectEnd(of: event, controller, now: now) }
    disk.failing.remove(index)
    switch event.kind {
    case .controllerRogue: if !isActive(.controllerRogue, but: index) { (rogue, isRogueAtRandom) = (nil, false) }
    case .controllerOfOtherTable: isOtherTable = isActive(.controllerOfOtherTable, but: index)
    case .framesDamaged: framesDamaged = isActive(.framesDamaged, but: index)
    case .lineStuckOn(let output): if !isActive(event.kind, but: index) { relays.stuckOn &= ~(1 << UInt32(output)) }
    case .lineStuckOff(let output): if !isActive(event.kind, but: index) { relays.stuckOff &= ~(1 << UInt32(output)) }
    case .contactWelded(let output): if !isActive(event.kind, but: index) { relays.welded &= ~(1 << UInt32(output)) }
    case .contactDead(let output): if !isActive(event.kind, but: index) { relays.dead &= ~(1 << UInt32(output)) }
    default: break
    }
  }

  /// Whether nothing else has befallen the probes of the event's zone for so long that they agree again.
  private func isAlone(_ index: Int) -> Bool {
    guard let zone = events[index].kind.zone(in: site) else { return false }
    return events.indices.prefix(nextEvent).allSatisfy { other in
      if case .probesSwapped = events[other].kind { return events[other].end < now - 7_200_000 }
      return other == index || events[other].end < now - 7_200_000 || events[other].kind.zone(in: site) != zone
    }
  }

  private func isActive(_ kind: FaultEvent.Kind, but index: Int) -> Bool {
    active.contains { $0 != index && events[$0].kind == kind && events[$0].end > now }
  }
}

extension FaultEvent.Kind {
  /// Whether only the wall clock is concerned.
  var isOfClock: Bool {
    switch self {
    case .clockStep, .clockStepWhileWatering, .clockLost: true
    default: false
    }
  }
}

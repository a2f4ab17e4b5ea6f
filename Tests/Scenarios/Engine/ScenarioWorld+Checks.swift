// I5–I7, F5, F36 and I26: heaters and their evidence, failsafe without a lease, the way back.

import Climate
import Configuration
import Controller
import Guardian
import Station

extension ScenarioWorld {
  /// I5: a heater is on only while a probe of its zone answers. F36: not on the word of frozen probes. I6: never at its high limit.
  /// - Parameter step: length of the step in which this look falls, ms.
  mutating func checkHeaters(step: Int64) {
    let live = relays.live & ~(relays.welded | relays.stuckOn)
    guard live & heaters != 0 else { return }
    for index in site.zones.indices where live & (1 << UInt32(site.zones[index].heater)) != 0 {
      checkHeater(ofZone: index, step: step)
    }
  }

  private mutating func checkHeater(ofZone index: Int, step: Int64) {
    guard guardianState == .running else { return checkWithoutGuardian(index) }
    var answered = Int64.min
    for probe in site.zones[index].temperatures { answered = max(answered, probes.answeredAt(probe)) }
    // A guardian that knows no limits holds without evidence.
    let isGuarded = !site.guardianIsPermissive || guardian.lease == .held
    if isGuarded, now - answered > 61_000 + step {
      violate("I5", "\(heaterName(index)) on \(now - answered) ms after the last temperature")
    }
    if !active.isEmpty, isFrozen(index, step: step) {
      violate("F36", "\(heaterName(index)) on although every probe has given the same value for an hour")
    }
    checkHighLimit(index)
    checkPower(index)
  }

  private func isFrozen(_ zone: Int, step: Int64) -> Bool {
    site.zones[zone].temperatures.allSatisfy { probe in
      // A controller that has been restarted has to watch for an hour again.
      probes.frozenSince(probe, events: events).map { now - max($0, watch.runsSince) > 3_720_000 + step } ?? false
    }
  }

  private func heaterName(_ zone: Int) -> String { site.configuration.plan.outputs[site.zones[zone].heater].name }

  private mutating func checkWithoutGuardian(_ zone: Int) {
    let time = now - guardianStoppedAt
    if time > Self.watchdog + Self.helperTime + Self.cycle {
      violate("F5", "\(heaterName(zone)) on \(time) ms after the guardian stopped")
    }
  }

  private mutating func checkHighLimit(_ index: Int) {
    guard guardian.lease == .held, now - watch.runsSince > 60_000, isSettled else { return }
    let temperatures = site.zones[index].temperatures
    guard let limit = site.configuration.plan.outputs[site.zones[index].heater].highLimit,
      temperatures.count(where: { probes.troubles(of: $0) > 0 }) < 2
    else { return }
    for probe in temperatures where probes.isSound(probe, for: 1_200_000, at: now) {
      // One against two: its peers, which were wrong together, have voted it out, and it is not yet back.
      if controller.loop?.controller.readings[probe].fault == .disagrees { continue }
      // The climate of a CO2 sensor counts with the margin that it warms itself by.
      let margin = site.zones[index].co2 != nil && probe == temperatures.last ? 2.2 : 0
      guard let value = probes.last(probe), value >= limit + margin else { continue }
      violate("I6", "\(heaterName(index)) on although a sound probe shows \(value) °C, limit \(limit) °C")
    }
  }

  /// I7: half a second after the lease has run out, every output is in its failsafe state.
  mutating func checkFailsafe() {
    guard guardianState == .running, now - guardianStartedAt > 4_000 else { return }
    let silence = now - lastGoodFrameAt
    guard silence > GuardianCore.leaseDuration + 500 else { return }
    for (index, output) in site.configuration.guardianTable.outputs.enumerated() {
      let isOn = relays.lines & (1 << UInt32(index)) != 0
      switch output.failsafe {
      case .off: if isOn { violate("I7", "\(output.name) on \(silence) ms after the last frame") }
      case .holdThenOff(let hold):
        if isOn, silence > GuardianCore.leaseDuration + 500 + hold {
          violate("I7", "\(output.name) held \(silence) ms after the last frame")
        }
      case .on:
        let rest = now - contacts.changedAt(index)
        if !isOn, rest > output.minimumOff + Self.second { violate("I7", "\(output.name) off without a lease") }
      case .duty: break
      }
    }
  }

  /// I7, the way back: an output that is off in failsafe is on only after three good frames in a row of one life of the controller.
  mutating func checkArming() {
    guard guardianState == .running, goodFrames < GuardianCore.framesToArm else { return }
    for (index, output) in site.configuration.guardianTable.outputs.enumerated() where output.failsafe == .off {
      if relays.lines & (1 << UInt32(index)) != 0 { violate("I7", "\(output.name) on after \(goodFrames) good frames") }
    }
  }

  /// F24: where a line reads on that should be off, the coils' supply falls.
  mutating func checkRail() {
    guard relays.hasRail, guardianState == .running, relays.hasPower, relays.levels & ~relays.lines != 0 else {
      shortedAt = nil
      return
    }
    let since = shortedAt ?? now
    shortedAt = since
    if now - since > Relays.railTime + Self.cycle, relays.live & ~relays.welded != 0 {
      violate("F24", "contacts closed \(now - since) ms after a line was shorted")
    }
  }

  /// F35, F37: what the controller trusts of a temperature probe that spikes, or that has left its peers.
  mutating func checkReadings() {
    for index in active {
      switch events[index].kind {
      case .probeSpikes(let channel):
        if let loop = controller.loop { checkSpike(channel, loop) }
      case .probeDrifts(let channel, _):
        if let loop = controller.loop { checkDrift(channel, since: events[index].at, loop) }
      default: break
      }
    }
  }

  private mutating func checkSpike(_ channel: Int, _ loop: ControlLoop) {
    guard let zone = site.zones.firstIndex(where: { $0.temperatures.contains(channel) }), isOnlyTrouble(of: channel),
      !probes.hasJustChanged(channel, at: now), let value = loop.controller.readings[channel].trusted
    else { return }
    guard now - watch.runsSince > 60_000, abs(value - zones[zone].temperature) > 8 else { return }
    violate("F35", "a spike of \(loop.controller.plan.channels[channel].name) is trusted")
  }

  private mutating func checkDrift(_ channel: Int, since: Int64, _ loop: ControlLoop) {
    guard let zone = site.zones.firstIndex(where: { $0.temperatures.contains(channel) }), isOnlyTrouble(of: channel),
      now - max(watch.runsSince, since) > 3 * 3_600_000, loop.controller.readings[channel].trusted != nil
    else { return }
    var peers = site.zones[zone].temperatures.filter { $0 != channel }
    if site.zones[zone].co2 != nil {
      // A backup is no peer.
      guard channel != site.zones[zone].temperatures.last else { return }
      peers.removeLast()
    }
    guard peers.count >= 2, peers.allSatisfy({ probes.isSound($0, for: 3 * 3_600_000, at: now) }) else { return }
    // It was as far away as that an hour ago.
    if drift(since: since) - 0.4 > 3 {
      violate(
        "F37", "\(loop.controller.plan.channels[channel].name) is trusted \(drift(since: since)) K from its peers")
    }
  }

  private func drift(since: Int64) -> Double { 0.4 * Double(now - since) / 3_600_000 }

  private func isOnlyTrouble(of channel: Int) -> Bool { probes.troubles(of: channel) == 1 }

  /// F20: after a power cut no two outputs start within five seconds of each other. An alarm relay is no load.
  mutating func checkStagger() {
    let lines = relays.lines & ~alarmBit
    defer { lastLines = lines }
    let started = lines & ~lastLines
    guard started != 0, guardianState == .running, guardian.lease == .held else { return }
    let isJudged = !isRogue && controller.state == .running && now - poweredAt < 290_000
    if isJudged, started.nonzeroBitCount > 1 || now - lastStartAt < 5_000, lastStartAt > controller.startedAt {
      violate("F20", "starts \(now - lastStartAt) ms apart after a power cut")
    }
    lastStartAt = now
  }

  /// F18: with five boots in half an hour no heater is on.
  private mutating func checkPower(_ zone: Int) {
    guard boots.count >= 5 else { return }
    let recent = boots.count { poweredTime - $0 < 1_680_000 }
    if recent >= 5, controller.state == .running, now - controller.startedAt > 5_000, guardian.lease == .held {
      violate("F18", "\(heaterName(zone)) on after \(recent) boots in half an hour")
    }
  }

  /// F39: a heater whose probes all lie outside hardly runs.
  mutating func checkBlindHeating(_ index: Int, seconds: Double) {
    let zone = site.zones[index]
    let isBlind =
      controller.state == .running && guardian.lease == .held && !watch.isOverridden(zone.heater)
      && zone.temperatures.allSatisfy { probes.isOutside($0) }
    guard isBlind, (relays.welded | relays.stuckOn) & (1 << UInt32(zone.heater)) == 0 else {
      blind[index] = (0, 0)
      return
    }
    blind[index].time += seconds
    if blind[index].time > 5_400 { blind[index].on += seconds * onShares[zone.heater] }
    let judged = blind[index].time - 5_400
    if judged > 4 * 3_600, blind[index].on > 0.6 * judged {
      violate("F39", "a heater ran \(Int(blind[index].on)) s of \(Int(judged)) s although its probes lie outside")
    }
  }

  /// I26: when trouble has been over for hours, every zone is in closed loop again.
  mutating func checkRecovery() {
    guard let loop = controller.loop, controller.state == .running else { return violate("I26", "no controller runs") }
    guard guardian.lease == .held else { return violate("I26", "the lease is \(guardian.lease)") }
    if relays.hasRail, !relays.isRailUp(at: now) { violate("I26", "the rail is down") }
    for (index, zone) in loop.controller.plan.zones.enumerated() {
      guard let channel = zone.channels[.temperature] else { continue }
      if loop.controller.readings[channel.index].trusted == nil {
        violate("I26", "zone \(zone.name) has no temperature")
      }
      let heater = loop.decision.outputs[site.zones[index].heater]
      if heater.reason.rule == .noEvidence || heater.reason.rule == .override {
        violate("I26", "the heater of zone \(zone.name) is kept by \(heater.reason.rule.rawValue)")
      }
      checkTemperature(index)
    }
    checkAllWell()
    for alarm in loop.controller.openAlarms where alarm.isPresent && alarm.settings.severity == .critical {
      violate("I26", "\(alarm.id.text) still stands")
    }
  }

  private mutating func checkTemperature(_ index: Int) {
    let zone = site.zones[index]
    // Zones that share a supply take turns, and few starts may be too few: what is left may be too little in a cold night.
    let constraints = site.configuration.plan.outputs[zone.heater].constraints
    guard constraints.interlock == nil, constraints.startsPerHour == nil else { return }
    let outside = weather.at(now).temperature
    let reachable = outside + 0.6 * zones[index].heaterRise
    if reachable > zone.setpoint, zones[index].temperature < zone.setpoint - 3 {
      violate("I26", "it is \(zones[index].temperature) °C where \(zone.setpoint) °C are wanted, outside \(outside) °C")
    }
  }
}
